"""Names in use that the name map does not know, and what they are proposed to be."""

from __future__ import annotations

from typing import Any


def proposals(query: Any) -> dict[str, list[Any]]:
    found = query("select name, nearest, standard, similarity::float8 from ops.unmapped_names")
    return {name: rest for name, *rest in (row.values() for row in found)}


def test_unmapped_name_shows_its_use(deliver: Any, query: Any, admin: Any) -> None:
    admin.execute("select core.set_alias('status', '켬', '사용')")
    deliver("결제,a,켬,t", "결제,b,사용,t", "결제,c,검토,t", source="one")
    deliver("결제,d,검토,", source="two")
    found = query("select domain, name, features, sources from ops.unmapped_names order by 1, 2")
    assert [tuple(row.values()) for row in found] == [
        ("environment", "all", 4, ["one", "two"]),
        ("feature_group", "결제", 4, ["one", "two"]),
        ("kind", "feature", 4, ["one", "two"]),
        ("owner", "t", 3, ["one"]),
        ("status", "검토", 2, ["one", "two"]),
    ]


def test_removed_features_use_no_names(deliver: Any, query: Any) -> None:
    deliver("결제,a,검토,t", "정산,b,검토,t")
    deliver("결제,a,사용,t", accept=True)
    assert {"정산", "검토"}.isdisjoint(proposals(query))


def test_unmapped_name_is_proposed_the_nearest_known_one(
    deliver: Any, query: Any, admin: Any
) -> None:
    admin.execute("select core.set_alias('feature_group', 'payments', '결제 서비스')")
    admin.execute("select core.set_alias('owner', 'Paymemts', '결제팀')")
    deliver("Paymemts,a,사용,t", "결제서비스,b,사용,t", "결제통합관리,c,사용,t")
    found = proposals(query)
    # pa ay ym me em mt ts and pa ay ym me en nt ts: five of seven
    assert found["Paymemts"] == ["payments", "결제 서비스", 0.71]
    assert found["결제서비스"] == ["결제 서비스", "결제 서비스", 0.67]
    assert found["결제통합관리"] == [None, None, None]


def test_among_unknown_names_the_more_frequent_is_proposed(deliver: Any, query: Any) -> None:
    deliver("Login,a,on,t", "Login,b,on,t", "login,a,on,t", "쿠폰관리,a,on,t", "쿠폰관라,a,on,t")
    found = proposals(query)
    assert found["login"] == ["Login", "Login", 1]
    assert found["Login"] == [None, None, None]
    assert found["쿠폰관리"] == found["쿠폰관라"] == [None, None, None]


def test_known_name_goes_before_a_likelier_unknown_one(
    deliver: Any, query: Any, admin: Any
) -> None:
    admin.execute("select core.set_alias('feature_group', 'pay', '쿠폰 등록')")
    deliver("쿠폰 등급,a,on,t", "쿠폰 등급,b,on,t", "쿠폰 등급표,a,on,t")
    assert proposals(query)["쿠폰 등급표"][0] == "쿠폰 등록"
    admin.execute("select core.remove_alias('feature_group', 'pay')")
    assert proposals(query)["쿠폰 등급표"][0] == "쿠폰 등급"


def test_nearest_is_found_among_thousands(admin: Any, query: Any) -> None:
    """Pieces that all names share do not hide the one that is really like it."""
    admin.execute(
        "insert into core.features (source, feature_group, feature_name)"
        " select 'hand', '서비스 ' || md5(g::text), f::text"
        " from generate_series(1, 2000) as g, generate_series(1, 2) as f"
        " union all select 'hand', '서비스 ' || overlay(md5('7') placing 'x' from 9), 'f'"
    )
    (found,) = query("select nearest, md5('7') as seven from ops.unmapped_names where features = 1")
    assert found["nearest"] == f"서비스 {found['seven']}"

"""Search: every word anywhere, in any case, found by the index of bigrams."""

from __future__ import annotations

import random
from typing import Any

import pytest

from db.connection import READER, connect
from etl.sync import refresh

WORDS = [
    "결제",
    "환불",
    "자동",
    "로그인",
    "ABtest",
    "쿠폰_할인",
    "100%",
    "정책서",
    "운영",
    "상태",
    "a\\b",
    "검색",
    "검",
    "색인",
]


@pytest.fixture
def texts(admin: Any, etl: Any) -> dict[str, str]:
    """Store 300 features and return what each holds, by name."""
    dice = random.Random(3)  # noqa: S311  not for secrets
    for number in range(300):
        group, owner = dice.choice(WORDS), dice.choice(WORDS)
        title = " ".join(dice.choices(WORDS, k=3))
        admin.execute(
            "insert into core.features (feature_group, feature_name, owner, title, source)"
            " values (%s, %s, %s, %s, 'hand')",
            [group, f"f{number}", owner, title],
        )
    refresh(etl)
    rows = admin.execute("select feature_name, feature_group, owner, title from api.features")
    return {name: "\n".join([name, *rest]).lower() for name, *rest in rows}


@pytest.mark.parametrize(
    "q",
    ["환불", "불", "로그", "그인 자동", "abT", "쿠폰_", "_할", "0%", "%", "_", "a\\b", "없는말",
     "f29", " 정책  검색 ", "", "제 환"],
)  # fmt: skip
def test_search_finds_what_holds_every_word(texts: Any, settings: Any, q: str) -> None:
    with connect(settings, READER) as conn:
        found = {
            name
            for (name,) in conn.execute("select feature_name from api.search_features(%s)", [q])
        }
    words = q.lower().split()
    assert found == {name for name, text in texts.items() if all(word in text for word in words)}


def test_search_uses_its_index_whatever_the_order(admin: Any, etl: Any, settings: Any) -> None:
    admin.execute(
        "insert into core.features (feature_group, feature_name, source)"
        " select 'g' || n % 50, '기능 ' || md5(n::text), 'hand' from generate_series(1, 5000) as n"
    )
    refresh(etl)
    admin.execute("analyze api.features")
    with connect(settings, READER) as conn:
        for q in ("abc", "없는 말", "기능 fff"):
            plan = conn.execute(
                f"explain select * from api.search_features('{q}') order by feature_id limit 50"
            ).fetchall()
            assert "features_search_idx" in str(plan), q

"""Broken files lose nothing quietly: each is refused whole, held, or its bad rows are named."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from etl.declaration import Source
from etl.runs import Order, Run
from etl.sync import sync_source
from fmw.errors import FmwError, RunRefused, SourceError

COLUMNS = {"feature_group": "group", "feature_name": "name", "status": "status"}
HEADER = "group,name,status\n"


@pytest.fixture
def sync(etl: Any, tmp_path: Path) -> Any:
    """Sync bytes (or several files of them) as the source "team" and return its run."""

    def sync(*contents: bytes | str, order: Order | None = None, **declared: Any) -> Run:
        folder = tmp_path / "team"
        folder.mkdir(exist_ok=True)
        for number, content in enumerate(contents):
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{number}.csv").write_bytes(data)
        declared = {"kind": "csv", "path": str(folder), "columns": COLUMNS} | declared
        return sync_source(etl, Source(name="team", **declared), order)

    return sync


def live(admin: Any) -> dict[str, str]:
    query = "select feature_name, status from core.features where removed_at is null"
    return dict(admin.execute(query).fetchall())


def many(count: int) -> str:
    return HEADER + "".join(f"g,n{number},on\n" for number in range(count))


def test_quote_never_closed_refuses_the_file(sync: Any, admin: Any) -> None:
    sync(many(100))
    with pytest.raises(SourceError, match=r"0\.csv:87: a quote is opened and never closed"):
        sync(many(100).replace("g,n85,on", 'g,n85,"on'))
    assert len(live(admin)) == 100


def test_one_header_in_two_spellings_is_one_column(sync: Any, admin: Any) -> None:
    sync("group,name,Status\ng,a,on\n", "Group,name,status\ng,b,off\n")
    assert live(admin) == {"a": "on", "b": "off"}


def test_blank_line_above_the_header(sync: Any, admin: Any) -> None:
    sync(f"\n,,\n{HEADER}g,a,on\n")
    assert live(admin) == {"a": "on"}


def test_line_of_commas_is_no_row_and_moves_no_place(sync: Any, admin: Any) -> None:
    run = sync(f"{HEADER}g,a,on\n,,\n,b,on\ng,c,on\n,,\n")
    assert (run.read, run.created, run.rejected) == (3, 2, 1)
    assert admin.execute("select location from ops.run_issues").fetchall() == [("0.csv:4",)]


def test_row_that_cannot_be_read_removes_nothing_by_itself(sync: Any, admin: Any) -> None:
    sync(many(30))
    held = sync(many(30).replace("g,n7,on", "g,n7,on,extra"))
    assert held.status == "held"
    assert "1 rows could not be read, and it would remove 1" in (held.error or "")
    assert len(live(admin)) == 30


def test_corrected_declaration_reads_the_same_bytes_again(sync: Any, admin: Any) -> None:
    data = f"{HEADER}g,a,운영\n".encode("cp949")
    sync(data, encoding="latin-1")
    sync(data, encoding="cp949")
    assert live(admin) == {"a": "운영"}


def test_one_broken_byte_rejects_its_row_only(sync: Any, admin: Any) -> None:
    rows = "".join(f"결제,기능 {number},사용\n" for number in range(300)).encode()
    run = sync(HEADER.encode() + rows.replace("기능 7,".encode(), b"\xea\xb8 7,", 1))
    assert (run.created, run.rejected) == (299, 1)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(many(5000).encode())[:-200], id="truncated gzip"),
        pytest.param(b"not gzip", id="no gzip"),
    ],
)
def test_broken_archive_is_a_source_error(
    etl: Any, admin: Any, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        sync_source(etl, Source(name="team", kind="csv", path=str(path), columns=COLUMNS))
    assert admin.execute("select status from ops.runs").fetchall() == [("failed",)]


def test_huge_field_rejects_its_row_only(sync: Any) -> None:
    run = sync(f"{HEADER}g,a,on\ng,b,\x00{'x' * (1 << 24)}y\ng,c,on\n")
    assert run.created == 2


def test_any_header_makes_a_column(sync: Any, admin: Any) -> None:
    sync("group,name,status,xmin,,\ng,a,on,1,,\n")
    assert admin.execute("select attributes from core.features").fetchone() == ({"xmin": "1"},)


def test_one_column_for_two_of_ours(sync: Any, admin: Any) -> None:
    sync(f"{HEADER}g,a,on\n", columns=COLUMNS | {"owner": "group"})
    assert admin.execute("select owner from core.features").fetchone() == ("g",)


def test_lone_carriage_return_in_a_field(sync: Any, admin: Any) -> None:
    sync(f'{HEADER}g,a,"o\rn"\ng,short\n')
    assert live(admin) == {"a": "o n"}


def test_attributes_that_are_no_object_reject_their_row_only(sync: Any) -> None:
    columns = COLUMNS | {"attributes": "more"}
    run = sync("group,name,status,more\ng,a,on,[1]\ng,b,on,{}\n", columns=columns)
    assert (run.created, run.rejected) == (1, 1)


def test_skipped_delivery_moves_the_date_on(sync: Any) -> None:
    from etl.sync import parse_moment

    for day in ("2025-01-01", "2025-01-05"):
        sync(many(3), order=Order(effective_at=parse_moment(day)))
    with pytest.raises(RunRefused):
        sync(many(4), order=Order(effective_at=parse_moment("2025-01-03")))


def test_old_file_does_not_take_over_what_an_admin_asked_for(sync: Any, admin: Any) -> None:
    sync(many(100))
    admin.execute("select ops.request_sync(array['team'], true)")
    with pytest.raises(RunRefused, match="queued"):
        sync(HEADER + "g,n1,on\n", order=Order(files=[Path("x.csv")]))
    assert len(live(admin)) == 100


def test_delivery_dated_before_a_change_by_hand_is_refused(sync: Any, admin: Any) -> None:
    from etl.sync import parse_moment

    sync(many(3), order=Order(effective_at=parse_moment("2025-01-01")))
    admin.execute("update core.features set status = 'fixed' where feature_name = 'n1'")
    with pytest.raises(RunRefused, match="n1 changed on"):
        sync(many(3), HEADER + "g,x,on\n", order=Order(effective_at=parse_moment("2025-02-01")))
    assert admin.execute("select min(total) >= 0 from core.current_daily_counts").fetchone() == (
        True,
    )


def test_absolute_glob_is_refused_plainly(etl: Any, tmp_path: Path) -> None:
    source = Source(name="team", kind="csv", path=str(tmp_path / "*.csv"), columns=COLUMNS)
    with pytest.raises(FmwError):
        sync_source(etl, source)

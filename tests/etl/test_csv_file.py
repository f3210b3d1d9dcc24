"""Reading CSV: the fast way and the careful way say the same, and every bad row is named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.declaration import Source
from etl.delivery import given_files
from etl.reading import Issue, Unfit
from etl.sources.csv_file import CsvTable, check_plain
from etl.sources.encodings import detect_encoding
from etl.sources.table import TableReader
from fmw.errors import SourceError

COLUMNS = {"feature_group": "그룹", "feature_name": "이름"}
HEADER = "그룹,이름,상태\n"


def open_csv(source: Source, *paths: Path) -> TableReader:
    return TableReader(source, [CsvTable(source, file) for file in given_files(paths)])


def reader(path: Path, content: bytes | str, **declared: object) -> TableReader:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = Source(name="t", kind="csv", path=str(path), columns=COLUMNS, **declared)  # type: ignore[arg-type]
    return open_csv(source, path)


def read(it: TableReader, *, careful: bool) -> tuple[list[list[str]], list[Issue]]:
    """Return the rows COPY would get, without the header, and the issues."""
    issues: list[Issue] = []
    text = "".join(
        block.decode() for part in it.parts(issues, careful=careful) for block in part.blocks
    )
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=it._tables[0].delimiter))
    return (rows if careful else rows[1:]), issues


def test_plain_file_goes_to_copy_byte_for_byte(tmp_path: Path) -> None:
    body = HEADER + '결제,"환불, 전액",사용\n결제,취소,""\n'.replace('""', "")
    it = reader(tmp_path / "a.csv", body)
    (part,) = it.parts([], careful=False)
    assert b"".join(part.blocks) == body.encode()
    assert "header" in part.options


@pytest.mark.parametrize(
    "row",
    [
        '결제,5" 화면,사용',
        '결제,""두번"",사용',
        '결제,"안에 "따옴표" 있음",사용',
        "\\.",
        "결제,\x00,사용",
    ],
)
def test_unusual_file_is_read_carefully(tmp_path: Path, row: str) -> None:
    it = reader(tmp_path / "a.csv", f"{HEADER}결제,환불,사용\n{row}\n")
    with pytest.raises(Unfit):
        read(it, careful=False)


def test_careful_way_names_file_line_and_reason_of_each_bad_row(tmp_path: Path) -> None:
    body = (
        HEADER
        + '결제,"두\n줄",사용\n결제,짧다\n\n결제,너무,길,다\n결제,환불,사용\n결제,\x00,사용\n'
    )
    rows, issues = read(reader(tmp_path / "a.csv", body), careful=True)
    assert rows == [["결제", "두\n줄", "사용"], ["결제", "환불", "사용"]]
    assert [(issue.location, issue.code) for issue in issues] == [
        ("a.csv:4", "malformed_row"),
        ("a.csv:6", "malformed_row"),
        ("a.csv:8", "malformed_row"),
    ]
    assert issues[0].message == "the row has 2 fields, the header 3"
    assert issues[0].raw == "결제,짧다"


def test_row_in_another_encoding_is_an_issue(tmp_path: Path) -> None:
    body = HEADER.encode() + "결제,환불,사용\n".encode() + "결제,취소,사용\n".encode("cp949")
    rows, issues = read(reader(tmp_path / "a.csv", body, encoding="utf-8"), careful=True)
    assert rows == [["결제", "환불", "사용"]]
    assert [issue.location for issue in issues] == ["a.csv:3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings_of_korean_office_files(tmp_path: Path, encoding: str) -> None:
    body = HEADER + "결제,환불 처리 기능,사용\n" * 20
    it = reader(tmp_path / "a.csv", body.encode(encoding))
    rows, issues = read(it, careful=encoding in {"cp949", "utf-16"})
    assert rows == [["결제", "환불 처리 기능", "사용"]] * 20
    assert issues == []
    assert it.mapping["columns"]["feature_name"] == "이름"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("group,name,status\nauth,login_58,알림\npay,login_58,결제\n", "cp949"),
        ("g,n\na,뷁\na,환불\na,취소\na,배송\na,알림\n", "cp949"),  # 뷁: beyond KS X 1001
        ("group,name\nKüche,Öfen für größere Räume\nÄnderung,café\n", "cp1252"),
    ],
)
def test_a_few_words_tell_the_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(text.encode(encoding))
    assert path.read_bytes().decode(detect_encoding(*given_files([path]))) == text


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    body = (HEADER + "결제,환불,사용\n").replace(",", delimiter)
    rows, _ = read(reader(tmp_path / "a.csv", body), careful=False)
    assert rows == [["결제", "환불", "사용"]]


def test_missing_column_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.csv: there is no column '이름'") as caught:
        reader(tmp_path / "a.csv", "그룹,기능이름\nx,y\n")
    assert "기능이름" in caught.value.hint


def test_headers_match_whatever_their_spacing_and_width(tmp_path: Path) -> None:
    it = reader(tmp_path / "a.csv", " 그 룹 ,이름,ＮＯＴＥ\nx,y,z\n")
    assert it.mapping["columns"] == {"feature_group": "그 룹", "feature_name": "이름"}


def test_header_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="twice"):
        reader(tmp_path / "a.csv", "그룹,이름,이름\nx,y,z\n")


def test_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.csv is empty"):
        reader(tmp_path / "a.csv", "")


def test_places_of_rows_count_physical_lines_over_all_files(tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text(HEADER + 'a,"b\nc",d\na,short\ne,f,g\n', encoding="utf-8")
    second.write_text(HEADER + "h,i,j\n", encoding="utf-8")
    source = Source(name="t", kind="csv", path=str(tmp_path), columns=COLUMNS)
    it = open_csv(source, first, second)
    assert it.locate({1, 2, 3}) == {1: "1.csv:3", 2: "1.csv:5", 3: "2.csv:2"}


def test_detection_reads_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" * 400_000 + "결제,환불\n".encode("cp949") * 50)
    assert detect_encoding(*given_files([path])) != "utf-8"
    assert detect_encoding(*given_files([path]), whole=False) == "utf-8"


def test_a_file_whose_korean_comes_late_is_read_rightly(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"g,n\n" + b"a,b\n" * 300_000 + "결제,환불\n".encode("cp949") * 50)
    columns = {"feature_group": "g", "feature_name": "n"}
    it = open_csv(Source(name="t", kind="csv", path=str(path), columns=columns), path)
    rows, issues = read(it, careful=True)
    assert (len(rows), rows[-1], issues) == (300_050, ["결제", "환불"], [])


field = st.text(alphabet='a가 ,"\n\\.', max_size=6)


@given(
    rows=st.lists(st.lists(field, min_size=2, max_size=2), min_size=1, max_size=6), split=st.data()
)
def test_proof_accepts_what_csv_writers_write_and_finds_the_same_end(
    rows: list[list[str]], split: st.DataObject
) -> None:
    """Cut anywhere after a line end, the state carried over must come out even."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    data = buffer.getvalue().encode()
    cuts = [position + 1 for position, byte in enumerate(data) if byte == 10]
    cut = split.draw(st.sampled_from(cuts))
    try:
        inside = check_plain(data[:cut], b",", inside=False)
        inside = check_plain(data[cut:], b",", inside=inside)
    except Unfit:
        return  # allowed: the careful way reads it
    assert not inside
    assert list(csv.reader(io.StringIO(data.decode(), newline=""))) == rows


raw = st.text(alphabet='ab,"\n', max_size=24)


@given(text=raw)
def test_proof_refuses_text_that_readers_take_differently(text: str) -> None:
    """What passes has its quotes at the borders of fields only: there COPY and csv agree."""
    try:
        inside = check_plain(text.encode() + b"\n", b",", inside=False)
    except Unfit:
        return
    if inside:
        return
    for record in csv.reader(io.StringIO(text, newline=""), strict=True):
        for value in record:
            assert '"' not in value or '""' in text

"""Tables of web pages: what a page may do, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.framework.archive import Limits
from connectors.framework.html import is_html, read_html
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot
from hub.errors import PayloadTooLarge, RequestSyntaxError


def page(body: str, head: str = '<meta charset="utf-8">') -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def rows(body: str, number: int = 0) -> list[list[str]]:
    return read_html(page(body), "x.html", "utf-8")[number].rows


def test_the_heading_before_a_table_is_its_first_row() -> None:
    body = "<h1>Site</h1><h2>Births</h2><table><tr><th>Year<td>A</table>"
    assert rows(body) == [["Births", ""], ["Year", "A"]]
    assert rows(body.replace("<tr>", "<caption>Deaths</caption><tr>", 1)) == [
        ["Deaths", ""], ["Year", "A"],
    ]  # fmt: skip


def test_tables_that_lay_out_the_page_are_no_tables() -> None:
    body = "<table><tr><td><table><tr><td>1</table><td>menu</table><p>A note</p>"
    found = read_html(page(body), "x.html", "utf-8")
    assert [each.name for each in found] == ["table 1", "page"]
    assert found[0].rows == [[""], ["1"]]
    assert found[1].rows == [["A note"]]


def test_spans_keep_their_place() -> None:
    body = (
        "<table><tr><th rowspan=2>Year<th colspan=2>Men<tr><th>a<th>b<tr><td>2020<td>1<td>2</table>"
    )
    (table,) = read_html(page(body), "x.html", "utf-8")
    assert table.rows[1:] == [["Year", "Men", ""], ["", "a", "b"], ["2020", "1", "2"]]
    assert table.merged == (((1, 0), (2, 0)), ((1, 1), (1, 2)))


def test_a_raised_mark_does_not_become_part_of_a_figure() -> None:
    body = "<table><tr><td>USA<sup>1</sup><td>234<sup>1</sup></table>"
    assert rows(body)[1] == ["USA (1)", "234 (1)"]


def test_what_nobody_sees_is_not_read() -> None:
    body = "<table><tr><td>1<script>2</script><!-- 3 --><td>4<br>5</table>"
    assert rows(body)[1] == ["1", "4 5"]


def test_the_page_says_its_encoding(tmp_path: Path) -> None:
    text = '<html><head><meta charset="iso-8859-1"></head><table><tr><td>Curaçao</table></html>'
    path = tmp_path / "x.html"
    path.write_bytes(text.encode("iso-8859-1"))
    (sheet,) = open_workbook(Snapshot.take(path), limits=Limits())
    assert sheet.text.tolist() == [[""], ["Curaçao"]]
    with pytest.raises(RequestSyntaxError, match="utf-8"):
        read_html(text.replace("iso-8859-1", "utf-8").encode("iso-8859-1"), "x", "utf-8")


def test_a_span_cannot_fill_the_memory() -> None:
    body = "<table><tr><td colspan=99999999>1</table>"
    with pytest.raises(PayloadTooLarge):
        rows(body)


def test_entities_of_a_page_are_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden", "utf-8")
    content = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><table><tr><td>&x;</table>'
    )
    found = read_html(content.encode(), "x.html", "utf-8")
    assert "hidden" not in str(found)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"<!-- saved --><HTML lang=en>", True),
        (b"<table><tr>", True),
        (b'<?xml version="1.0"?><html>', True),
        (b'<?xml version="1.0"?><mes:Structure>', False),
        (b"a,b\n<html>", False),
    ],
)
def test_a_page_is_told_by_its_beginning(start: bytes, said: bool) -> None:
    assert is_html(start) is said


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<&>"),
    min_size=1,
    max_size=6,
)


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_table_is_read_as_it_was_written(cells: list[list[str]]) -> None:
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells)
    assert rows(f"<table>{body}</table>")[1:] == cells

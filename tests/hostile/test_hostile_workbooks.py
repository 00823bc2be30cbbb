"""Workbooks, and what else connectors read, made to harm; and what would harm our own readers."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import bodies
import bombs
import openpyxl
import pytest
from bodies import CSV
from siege import FINAL, MEMORY_MB, SECONDS, Siege

from hub.errors import RequestSyntaxError
from hub.validation.report_csv import write_csv
from hub.validation.workbook import copy_of

CONNECTOR = "mex/upm_air_entries"
#: Texts that a spreadsheet would take for a formula, a link, or a command.
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "http://example.org/x",
    "mailto:a@b",
)


@pytest.mark.parametrize("name", bombs.HOSTILE)
def test_no_connector_opens_it(siege: Siege, name: str) -> None:
    body = bombs.HOSTILE[name]()
    query = f"dry_run=true&connector={CONNECTOR}&filename=table.xlsx"
    found = siege.ask("POST", f"/api/submissions?{query}", body)
    assert found.seconds < SECONDS
    assert found.memory < MEMORY_MB, f"{found.memory:.0f} MiB"
    assert b"root:" not in found.content
    if found.status == 200:
        assert found.json["valid"] is False
        assert all(f["message"] for f in found.json["findings"])
    else:
        assert 400 <= found.status < 500, found.content[:300]


@pytest.mark.parametrize("name", ["a far cell", "merged beyond all size", "millions of styles"])
def test_its_marked_copy_is_made_with_care(siege: Siege, name: str) -> None:
    """Merged ranges and styles are nothing to a connector, but the copy is made of all of it."""
    body = bombs.HOSTILE[name]()
    _, state, _ = siege.submit(body, f"connector={CONNECTOR}&filename=table.xlsx")
    assert state["state"] in FINAL - {"published", "failed"}
    found = siege.ask("GET", f"/api/submissions/{state['token']}/report?format=xlsx")
    assert found.status == 200
    assert found.seconds < SECONDS and found.memory < MEMORY_MB
    assert openpyxl.load_workbook(io.BytesIO(found.content)).sheetnames


@pytest.mark.parametrize("name", ["merged beyond all size", "millions of styles", "laughs"])
def test_a_copy_is_refused_in_words(tmp_path: Path, name: str) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(bombs.HOSTILE[name]())
    with pytest.raises(RequestSyntaxError, match=r"too large|document type"):
        copy_of(path)


def test_a_sound_copy_is_made(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    merged = '<mergeCells count="1"><mergeCell ref="A1:C2"/></mergeCells>'
    path.write_bytes(bombs.xlsx(behind=merged))
    assert str(next(iter(copy_of(path)["S"].merged_cells))) == "A1:C2"


def test_texts_of_senders_are_inert_in_workbooks(siege: Siege) -> None:
    """Attributes that look like formulas come out as texts: in data, in reports, in both tables."""
    header, *rows = bodies.good(CSV, len(FORMULAS)).decode().splitlines()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = next(csv.reader([header]))
    writer.writerow(columns)
    at = columns.index("OBS_STATUS")
    for cells, text in zip(csv.reader(rows), FORMULAS, strict=True):
        writer.writerow([*cells[:at], text, *cells[at + 1 :]])
    body = out.getvalue().encode()
    _, state, report = siege.submit(body, "format=sdmx-csv-1.0&filename=a.csv")
    assert state["state"] == "refused"
    assert {f["found"] for f in report["findings"]} >= {t for t in FORMULAS if "\r" not in t}
    base = f"/api/submissions/{state['token']}/report"
    assert _formulas(siege.ask("GET", f"{base}?format=xlsx").content) == []
    table = siege.ask("GET", f"{base}?format=csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert [c for c in cells if c.startswith(("=", "+", "@", "\t", "\r"))] == []
    assert any("'=1+1" in c for c in cells)
    page = siege.ask("GET", f"{base}?format=html").content
    assert b'href="http://example.org/x"' not in page
    assert write_csv({"counts": {}, "findings": [], "causes": []})


def test_published_texts_are_inert_in_a_workbook(siege: Siege) -> None:
    """The same in what readers get."""
    comments = [t for t in FORMULAS if t.strip() == t]
    body = bodies.good(CSV, len(comments)).decode().splitlines()
    columns = next(csv.reader([body[0]]))
    at = columns.index("COMMENT_OBS")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for cells, text in zip(csv.reader(body[1:]), comments, strict=True):
        writer.writerow([*cells[:at], text, *cells[at + 1 :]])
    taken = siege.submit(out.getvalue().encode(), "format=sdmx-csv-1.0&filename=a.csv")
    assert taken[1]["state"] == "published", taken[2]
    found = siege.ask("GET", "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?format=xlsx")
    assert found.status == 200, found.content[:300]
    assert _formulas(found.content) == []
    book = openpyxl.load_workbook(io.BytesIO(found.content))
    told = {cell.value for row in book["data"].iter_rows() for cell in row}
    assert told >= set(comments)


def _formulas(content: bytes) -> list[str]:
    """Cells of a workbook that would be computed or followed, wherever they are."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        or (cell.hyperlink is not None and cell.hyperlink.target is not None)
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found += [n for n in archive.namelist() if "externalLink" in n or "ddeLink" in n]
    return found

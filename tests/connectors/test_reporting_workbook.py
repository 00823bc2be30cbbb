"""The reporting workbook: what it offers, and that what an office writes comes back as it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_workbook import corner, fill
from openpyxl import Workbook, load_workbook

from connectors import catalogue
from connectors.reporting.form import HIDDEN, Form, FormError, Table
from connectors.reporting.layouts import build, dataflows, year_before
from connectors.reporting.offices import countries, office
from connectors.reporting.read import claim_of, read_workbook
from connectors.reporting.workbook import blank_workbook
from hub.errors import NotFound, RequestSyntaxError
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.formats import by_name
from hub.model.findings import Finding
from hub.structures.repository import StructureSet
from hub.validation import render, validate

TWELVE = ("BLZ", "CRI", "GTM", "GUY", "HND", "JAM", "LCA", "MEX", "NIC", "PAN", "SLV", "SUR")
LANGUAGES = ("en", "es", "nl")
ENTRIES = "1 Entries by nationality"


def form_of(structures: StructureSet, country: str, dataflow: str, language: str) -> Form:
    annual = dataflow in {"DF_MIG_STOCK", "DF_MIG_INDICATOR"}
    period = "2026" if annual else "2026-03"
    return build(structures, country, dataflow, period, language=language)


def rows_of(path: Path, structures: StructureSet) -> tuple[list[dict[str, Any]], list[Finding]]:
    message = read_workbook(path, structures)
    batches = [block.batch for block in message.blocks]
    rows = pa.Table.from_batches(batches).to_pylist() if batches else []
    return rows, message.findings


def agreeing(table: Table, i: int, j: int) -> int:
    """Figures that differ by row and sex, and have the same totals in every table."""
    times = {"F": 1, "M": 2, "_U": 3, "_T": 6}[dict(table.columns[j].codes)["SEX"]]
    entries = [n for n, row in enumerate(table.rows) if row.kind == "entry"]
    if i != entries[0]:
        return times * (i % 7)
    return times * (10_000 - sum(n % 7 for n in entries[1:]))


def test_the_twelve_have_workbooks_of_every_dataflow() -> None:
    assert countries() == TWELVE
    assert set(catalogue.workbooks()) == set(TWELVE)
    assert {"DF_MIG_BORDER", "DF_MIG_RESIDENCE", "DF_MIG_RETURNS", "DF_MIG_IRREGULAR",
            "DF_MIG_TRANSIT", "DF_MIG_STOCK", "DF_MIG_INDICATOR"} == set(dataflows())  # fmt: skip


@pytest.mark.parametrize("country", TWELVE)
def test_each_is_made_with_lists_and_without_macros(country: str, structures: StructureSet) -> None:
    for number, dataflow in enumerate(dataflows()):
        form = form_of(structures, country, dataflow, LANGUAGES[number % 3])
        with zipfile.ZipFile(io.BytesIO(blank_workbook(structures, form))) as archive:
            names = archive.namelist()
            sheets = [archive.read(n) for n in names if n.startswith("xl/worksheets/")]
        assert not [n for n in names if "vba" in n.lower() or n.endswith(".bin")]
        assert len(sheets) == len(form.tables) + 4
        lists = sum(sheet.count(b'type="list"') for sheet in sheets)
        # Those of the sheet of other figures, and of what is said about all figures.
        asked = len(form.about) - ("SOURCE" in form.about)
        assert lists == len(form.other) - 2 + asked
        assert sum(b'type="custom"' in sheet for sheet in sheets) == len(form.tables)
        assert all(len(name) <= 31 for name in form.sheets.values())


@pytest.mark.parametrize("country", TWELVE)
def test_what_an_office_fills_in_becomes_sdmx(
    country: str, structures: StructureSet, tmp_path: Path
) -> None:
    place = TWELVE.index(country)
    dataflow = dataflows()[place % len(dataflows())]
    form = form_of(structures, country, dataflow, LANGUAGES[place % 3])
    path = tmp_path / "office.xlsx"
    told = fill(blank_workbook(structures, form), form, agreeing, path)
    claim = claim_of(path)
    assert claim is not None and claim.provider == office(country).providers[dataflow]
    message = read_workbook(path, structures)
    blocks: list[Any] = []
    report = validate(message, blocks.append)
    assert report.valid, [f.message for f in report][:3]
    key = structures.dataflow("MIGHUB", dataflow, None).key
    rows = [row for block in blocks for row in block.batch.to_pylist()]
    found = {tuple(row[name] for name in key): row["OBS_VALUE"] for row in rows}
    wanted = {}
    for table in form.tables:
        for (i, j), value in told[table.id].items():
            codes = dict((*table.fixed, *table.rows[i].codes, *table.columns[j].codes))
            wanted[tuple(codes[name] for name in key)] = str(value)
    assert wanted.items() <= found.items()
    assert message.header is not None
    for name in ("sdmx-ml-3.0", "sdmx-csv-2.0", "sdmx-json-2.0"):
        sent = tmp_path / "message"
        chunks = write_data(blocks, by_name(name), message.header, WriteOptions())
        sent.write_bytes(b"".join(chunks))
        again = read_data(sent, name, structures)
        values = [
            (tuple(row[each] for each in key), row["OBS_VALUE"])
            for block in again.blocks
            for row in block.batch.to_pylist()
        ]
        assert dict(values) == found
        assert len(values) == len(rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_office_finds_lists_locks_and_its_language(
    language: str, structures: StructureSet
) -> None:
    form = build(structures, "LCA", "DF_MIG_BORDER", "2026-03", language=language)
    book = load_workbook(io.BytesIO(blank_workbook(structures, form)))
    assert book.sheetnames[0] == form.sheets["guide"]
    assert book[HIDDEN].sheet_state == "hidden"
    assert [s.title for s in book if s.sheet_state == "visible"][1:-1] == [
        form.sheets["about"], *(table.sheet for table in form.tables)
    ]  # fmt: skip
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)
    table = form.tables[0]
    sheet = book[table.sheet]
    top, left = corner(sheet, table)
    entry = sheet.cell(top + 3, left + 1)
    assert not entry.protection.locked
    assert sheet.cell(top + 3, left).protection.locked
    assert sheet.cell(top + 3, left).value.endswith("(LCA)")
    assert str(sheet.cell(top + 1, left + 1).value).startswith("=IF(")
    lists = list(book[form.sheets["other"]].data_validations.dataValidation)
    assert {v.type for v in lists} == {"list"}
    assert len(lists) == len(form.other) - 2  # all but the figure and its note
    hidden = book[HIDDEN]
    for validation in lists:
        first, last = (
            int(part.rpartition("$")[2]) for part in validation.formula1.split("!")[1].split(":")
        )
        labels = {str(hidden.cell(row, 4).value) for row in range(first, last + 1)}
        assert any(labels == set(choices.values()) for choices in form.lists.values())
    words = {"en": "Female", "es": "Mujeres", "nl": "Vrouwen"}
    assert table.columns[0].label == f"{words[language]} (F)"
    assert {"en": "March 2026", "es": "Marzo 2026", "nl": "Maart 2026"}[language].casefold() == (
        table.columns[0].over.casefold().replace(" de ", " ")
    )


def test_a_workbook_is_the_same_bytes_again(structures: StructureSet) -> None:
    form = form_of(structures, "SUR", "DF_MIG_TRANSIT", "nl")
    assert blank_workbook(structures, form) == blank_workbook(structures, form)


def test_a_form_comes_back_from_its_lines(structures: StructureSet) -> None:
    form = form_of(structures, "MEX", "DF_MIG_IRREGULAR", "es")
    assert Form.from_lines(form.lines()) == form


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_changed_line_is_noticed(march: tuple[Form, bytes], data: st.DataObject) -> None:
    lines = [list(line) for line in march[0].lines()]
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[row]) - 1))
    lines[row][column] += data.draw(st.sampled_from(["x", " ", "0"]))
    with pytest.raises(FormError):
        Form.from_lines(lines)


def test_what_has_no_workbook_is_said(structures: StructureSet) -> None:
    with pytest.raises(NotFound):
        build(structures, "FRA", "DF_MIG_BORDER", "2026")
    with pytest.raises(NotFound):
        build(structures, "LCA", "DF_MIG_FLOW", "2026")
    with pytest.raises(NotFound):
        build(structures, "LCA", "DF_MIG_BORDER", "2026", provider="SUR_FSD")
    with pytest.raises(RequestSyntaxError):
        build(structures, "LCA", "DF_MIG_BORDER", "2026-13")
    with pytest.raises(RequestSyntaxError):
        build(structures, "LCA", "DF_MIG_STOCK", "2026-Q1")
    with pytest.raises(RequestSyntaxError):
        build(structures, "LCA", "DF_MIG_STOCK", "2026", language="fr")
    quarter = build(structures, "LCA", "DF_MIG_BORDER", "2026-Q2")
    assert [p for p in quarter.about if p.startswith("2026")] == ["2026-04", "2026-05", "2026-06"]


def test_figures_of_the_year_before_are_shown_and_not_read(
    structures: StructureSet, tmp_path: Path
) -> None:
    form = form_of(structures, "LCA", "DF_MIG_BORDER", "en")
    schema = structures.dataflow("MIGHUB", "DF_MIG_BORDER", None)
    table = form.tables[0]
    codes = dict((*table.fixed, *table.rows[2].codes, *table.columns[0].codes))
    codes["TIME_PERIOD"] = year_before(codes["TIME_PERIOD"])
    assert codes["TIME_PERIOD"] == "2025-03"
    content = blank_workbook(structures, form, {tuple(codes[n] for n in schema.key): "4711"})
    book = load_workbook(io.BytesIO(content))
    sheet = book["2025 (1)"]
    top, left = corner(sheet, table)
    assert sheet.cell(top + 3, left + 1).value == 4711
    assert "2025 (2)" not in book.sheetnames
    path = tmp_path / "blank.xlsx"
    path.write_bytes(content)
    assert rows_of(path, structures) == ([], [])


@pytest.fixture(scope="module")
def march(structures: StructureSet) -> tuple[Form, bytes]:
    form = build(structures, "LCA", "DF_MIG_BORDER", "2026-03", language="en")
    book = load_workbook(io.BytesIO(blank_workbook(structures, form)))
    for table in form.tables:  # a program that writes no results of formulas
        for row in book[table.sheet].iter_rows():
            for cell in row:
                if str(cell.value).startswith("="):
                    cell.value = None
    made = io.BytesIO()
    book.save(made)
    return form, made.getvalue()


Change = Callable[[Any], None]


@pytest.fixture
def after(
    march: tuple[Form, bytes], structures: StructureSet, tmp_path: Path
) -> Callable[[Change], tuple[list[dict[str, Any]], list[Finding]]]:
    """Rows and findings of the workbook after a change."""

    def change(how: Change) -> tuple[list[dict[str, Any]], list[Finding]]:
        book = load_workbook(io.BytesIO(march[1]))
        how(book)
        path = tmp_path / "office.xlsx"
        book.save(path)
        return rows_of(path, structures)

    return change


def one(findings: list[Finding]) -> tuple[str, str | None, int | None, str | None]:
    """The only finding: rule, sheet, row, column."""
    assert len(findings) == 1, [f.message for f in findings]
    found = findings[0]
    return found.rule, found.sheet, found.row, found.column


def put(sheet: str, **given: Any) -> Change:
    def change(book: Any) -> None:
        for address, value in given.items():
            book[sheet][address] = value

    return change


def test_signs_say_zero_missing_impossible_and_kept_back(after: Any) -> None:
    signs = {"B9": "-", "C9": "nil", "B12": "n.d.", "C12": "..", "B13": "x", "C13": "C"}
    rows, findings = after(put(ENTRIES, **signs, B14=5, C14=0, E9=0, E14=5))
    assert not findings
    told = {(r["CITIZENSHIP"], r["SEX"]): (r["OBS_VALUE"], r["OBS_STATUS"]) for r in rows}
    assert told["LCA", "F"] == told["LCA", "M"] == ("0", "P")
    assert told["ATG", "F"] == told["ATG", "M"] == (None, "O")
    assert (told["ABW", "F"], told["ABW", "M"]) == ((None, "M"), (None, "Q"))
    assert told["BHS", "_T"] == ("5", "P")


def test_a_blank_is_nothing_or_zero_as_the_office_says(after: Any, march: Any) -> None:
    rows, findings = after(put(ENTRIES, B9=3, E9=3, B7=3, E7=3))
    assert not findings
    assert len(rows) == 4
    zero = march[0].lists["BLANK"]["ZERO"]

    def both(book: Any) -> None:
        put(ENTRIES, B9=3, E9=3, B7=3, E7=3)(book)
        about = book["About the figures"]
        row = next(r for r in range(1, 30) if about.cell(r, 1).value == "A blank cell means")
        about.cell(row, 2).value = zero

    rows, findings = after(both)
    assert not findings
    heads = [r for r in march[0].tables[0].rows if r.kind != "group"]
    assert len(rows) == 4 * len(heads)
    assert sum(int(r["OBS_VALUE"]) for r in rows) == 12
    assert {r["MEASURE"] for r in rows} == {"ENTRIES"}  # the other tables have no figures


def test_status_note_definition_and_source_reach_every_figure(after: Any) -> None:
    def change(book: Any) -> None:
        put(ENTRIES, B9=3, E9=3, B7=3, E7=3)(book)
        about = book["About the figures"]
        for row in range(1, 30):
            said = about.cell(row, 1).value
            if said == "March 2026":
                about.cell(row, 2).value = "Estimated value (E)"
                about.cell(row, 3).value = "Cruise terminal closed"
            if said == "Source":
                about.cell(row, 2).value = "Border management system"

    rows, findings = after(change)
    assert not findings
    assert {r["OBS_STATUS"] for r in rows} == {"E"}
    assert {r["COMMENT_OBS"] for r in rows} == {"Cruise terminal closed"}
    assert {r["DEFINITION"] for r in rows} == {"BORDER_EVENT"}
    assert {r["SOURCE"] for r in rows} == {"Border management system"}


EXITS, AGES, POSTS = "2 Exits by nationality", "3 Entries by age", "5 Entries by border post"
#: What is written, and the one finding it gives.
FAULTS = [
    (ENTRIES, "B9", "12a", ("NUMBER_EXPECTED", 9, "B")),
    (ENTRIES, "C9", "1 234", ("NUMBER_EXPECTED", 9, "C")),
    (ENTRIES, "B12", "1.234", ("NUMBER_EXPECTED", 12, "B")),
    (ENTRIES, "C12", -1, ("NOT_A_COUNT", 12, "C")),
    (ENTRIES, "B13", 1.5, ("NOT_A_COUNT", 13, "B")),
    (ENTRIES, "C13", True, ("NUMBER_EXPECTED", 13, "C")),
    (ENTRIES, "A14", "The Bahamas", ("LABEL_UNKNOWN", 14, "A")),
    (ENTRIES, "F9", 7, ("VALUE_OUTSIDE_TABLE", 9, "F")),
    (ENTRIES, "B8", 7, ("VALUE_OUTSIDE_TABLE", 8, "B")),
    (ENTRIES, "B200", 7, ("LABEL_MISSING", 200, "B")),
    (EXITS, "B6", "Women", ("HEADER_DIFFERS", 6, "B")),
    ("4 Exits by age", "B5", "Mar 26", ("HEADER_DIFFERS", 5, "B")),
    ("6 Exits by border post", "A6", "Land", ("HEADER_MISSING", None, None)),
    (POSTS, "A3", "SUR · DF_MIG_BORDER · 2026-03 · entries_post", ("SHEET_UNKNOWN", 3, "A")),
]  # fmt: skip


def test_each_fault_is_one_finding_at_its_cell(after: Any) -> None:
    def change(book: Any) -> None:
        for sheet, address, value, _ in FAULTS:
            book[sheet][address] = value
        # A total that is typed and wrong; one that its program never calculated.
        put(AGES, B8=3, C8=4, D8=0, E8=8, B7=3, C7=4, D7=0, E7=7, B9=2)(book)

    _, findings = after(change)
    wanted = [(rule, sheet, row, column) for sheet, _, _, (rule, row, column) in FAULTS]
    wanted += [
        ("TOTAL_MISMATCH", AGES, 7, "B"), ("TOTAL_MISMATCH", AGES, 8, "E"),
        ("TOTAL_MISMATCH", AGES, 7, "E"), ("NUMBER_EXPECTED", AGES, 9, "E"),
    ]  # fmt: skip
    found = [(f.rule, f.sheet, f.row, f.column) for f in findings]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    for finding in findings:
        if finding.row and finding.rule != "SHEET_UNKNOWN":
            assert f"{finding.column}{finding.row}" in finding.message


def test_a_row_that_takes_the_name_of_another_leaves_one_missing(after: Any) -> None:
    _, findings = after(put(ENTRIES, A13="Barbados (BRB)"))
    assert {f.rule for f in findings} == {"DUPLICATE_LABEL", "LABEL_MISSING"}


def test_rows_may_be_sorted_and_columns_moved(after: Any) -> None:
    def change(book: Any) -> None:
        sheet = book[ENTRIES]
        sheet["A14"], sheet["A15"] = sheet["A15"].value, sheet["A14"].value
        sheet["B6"], sheet["C6"] = sheet["C6"].value, sheet["B6"].value
        for address, value in {"B14": 1, "C14": 2, "E14": 3, "B7": 1, "C7": 2, "E7": 3}.items():
            sheet[address] = value

    rows, findings = after(change)
    assert not findings
    assert {(r["CITIZENSHIP"], r["SEX"], r["OBS_VALUE"]) for r in rows} >= {("BRB", "M", "1")} or {
        r["SEX"] for r in rows if r["OBS_VALUE"] == "1"
    } == {"M"}


def test_a_deleted_row_and_a_deleted_sheet(after: Any) -> None:
    _, findings = after(lambda book: book[ENTRIES].delete_rows(15))
    assert one(findings) == ("LABEL_MISSING", ENTRIES, 15, "A")
    _, findings = after(lambda book: book.remove(book["4 Exits by age"]))
    assert one(findings) == ("SHEET_MISSING", "4 Exits by age", None, None)


def test_sheets_may_be_moved_and_renamed_and_none_added(after: Any) -> None:
    def change(book: Any) -> None:
        put(ENTRIES, B9=3, E9=3, B7=3, E7=3)(book)
        book.move_sheet(ENTRIES, 3)
        book[ENTRIES].title = "Entradas"

    rows, findings = after(change)
    assert not findings
    assert len(rows) == 4

    def add(book: Any) -> None:
        book.create_sheet("Notes")["A1"] = "call Ana"

    _, findings = after(add)
    assert one(findings) == ("SHEET_UNKNOWN", "Notes", None, None)


def test_tables_that_say_different_totals(after: Any) -> None:
    def change(book: Any) -> None:
        put(ENTRIES, B9=3, E9=3, B7=3, E7=3)(book)
        put("5 Entries by border post", B8=2, B7=2)(book)

    _, findings = after(change)
    assert one(findings) == ("TOTAL_MISMATCH", "5 Entries by border post", 7, "B")
    assert f"{ENTRIES}, E7" in findings[0].message


OTHER = "Other figures"


def test_other_figures_take_any_combination(after: Any) -> None:
    line = {
        "A6": "Entries (ENTRIES)", "B6": "united states (USA)",
        "E6": "Vieux Fort airport (Hewanorra) (LCA_UVF)",
        "F6": "AIR", "K6": "Persons (PS)", "L6": "2026", "M6": 812, "N6": "A", "O6": "cards",
    }  # fmt: skip
    _, findings = after(put(OTHER, **line))
    assert one(findings) == ("LABEL_UNKNOWN", OTHER, 6, "B")
    assert findings[0].suggestion is not None and "(USA)" in findings[0].suggestion
    rows, findings = after(put(OTHER, **line | {"B6": findings[0].suggestion}))
    assert not findings
    (row,) = rows
    assert (row["FREQ"], row["TIME_PERIOD"], row["OBS_VALUE"]) == ("A", "2026", "812")
    assert (row["BORDER_POINT"], row["CITIZENSHIP"], row["SEX"]) == ("LCA_UVF", "USA", "_T")
    assert (row["OBS_STATUS"], row["COMMENT_OBS"]) == ("A", "cards")
    faulty: dict[str, Any] = {}
    for row, change in ((6, {"M": None}), (7, {"M": "many"}), (8, {"K": None}), (9, {"L": "2025"})):
        given = {address[0]: value for address, value in line.items()} | {"B": "USA"} | change
        faulty |= {f"{column}{row}": value for column, value in given.items()}
    _, findings = after(put(OTHER, **faulty))
    assert {(f.rule, f.sheet, f.row, f.column) for f in findings} == {
        ("NUMBER_EXPECTED", OTHER, 6, "M"), ("NUMBER_EXPECTED", OTHER, 7, "M"),
        ("LABEL_UNKNOWN", OTHER, 8, "K"), ("LABEL_UNKNOWN", OTHER, 9, "L"),
    }  # fmt: skip
    assert len(findings) == 4


def test_a_changed_hidden_sheet_is_refused(after: Any, structures: StructureSet) -> None:
    def change(book: Any) -> None:
        book[HIDDEN]["B5"] = "SUR"

    _, findings = after(change)
    assert one(findings)[:2] == ("WORKBOOK_CHANGED", HIDDEN)


def test_another_workbook_is_none_of_the_hub(structures: StructureSet, tmp_path: Path) -> None:
    book = Workbook()
    book.active["A1"] = 1
    path = tmp_path / "any.xlsx"
    book.save(path)
    assert claim_of(path) is None
    _, findings = rows_of(path, structures)
    assert one(findings)[0] == "WORKBOOK_CHANGED"
    path.write_bytes(b"PK\x03\x04 not a zip")
    assert claim_of(path) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "holds the text"), ("es", "contiene el texto"), ("nl", "bevat de tekst")],
)
def test_findings_are_in_the_language_of_the_workbook(
    language: str, words: str, structures: StructureSet, tmp_path: Path
) -> None:
    form = form_of(structures, "SUR", "DF_MIG_TRANSIT", language)
    path = tmp_path / "w.xlsx"
    fill(blank_workbook(structures, form), form,
         lambda table, i, j: "veel" if (table.id, i, j) == ("transit_age", 1, 0) else None,
         path)  # fmt: skip
    _, findings = rows_of(path, structures)
    assert one(findings)[0] == "NUMBER_EXPECTED"
    assert words in findings[0].message
    assert "holds the text veel" in render(findings[0], "en")
    assert "contiene el texto veel" in render(findings[0], "es")

"""What every connector must do, asked of every folder there is."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import load, save

from connectors import catalogue
from connectors.framework.archive import Limits
from connectors.framework.catalogue import Catalogue
from connectors.framework.cutting import Source
from connectors.framework.discovery import Connectors
from connectors.framework.faults import Faults
from connectors.framework.labels import LabelKind, LabelMap
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Kind, formats
from hub.model.findings import Severity
from hub.plugins import connector_catalogue
from hub.structures.repository import StructureSet
from hub.validation import validate

IDS = catalogue.ids()
SAMPLES = [pytest.param(i, p, id=f"{i}:{p.name}") for i in IDS for p in catalogue.samples(i)]
#: Samples that are files of records.
LISTINGS = [
    pytest.param(i, p, id=f"{i}:{p.name}")
    for i in IDS
    if "tables" in catalogue.record(i).layout
    for p in catalogue.samples(i)
]
ROOT = Path(__file__).resolve().parents[2]

Read = Callable[..., Outcome]


def maps(connector: str) -> Iterator[LabelMap]:
    yield from Connectors().get(connector).maps.values()


def test_the_catalogue_is_announced() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    points = project["project"]["entry-points"]
    assert points["mighub.connectors"] == {"catalogue": "connectors:catalogue"}
    assert list(connector_catalogue().ids()) == list(IDS)


@pytest.mark.parametrize("connector", IDS)
def test_a_record_names_what_the_hub_has(connector: str, structures: StructureSet) -> None:
    record = catalogue.record(connector)
    ref, agreement = record.dataflow, record.provision_agreement
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    found = structures.get("provisionagreement", agreement)
    assert found.structure_usage.id == ref.id
    assert found.data_provider.id == record.provider
    assert set(record.fixed) <= set(schema.columns)
    assert {"en", "es"} <= set(record.title)
    assert catalogue.samples(connector)


@pytest.mark.parametrize("connector", IDS)
def test_every_code_of_a_map_is_a_code(connector: str, structures: StructureSet) -> None:
    ref = catalogue.record(connector).dataflow
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    for labels in maps(connector):
        for component in labels.components:
            codes = schema.by_id[component].codes
            used = {e.codes[component] for e in labels.entries if component in e.codes}
            assert codes is None or used <= set(codes), (labels.name, used - set(codes))


@pytest.mark.parametrize("connector", IDS)
def test_labels_without_codes_are_only_checked(connector: str) -> None:
    for labels in maps(connector):
        for entry in labels.entries:
            # A map that decides nothing only tells which records are read.
            if not entry.codes and labels.components not in ((), ("COMMENT_OBS",)):
                assert entry.kind in (
                    LabelKind.AGGREGATE,
                    LabelKind.ZERO,
                    LabelKind.IGNORED,
                ), entry
                assert entry.note, f"{labels.name}: say why {entry.label!r} has no code"


#: Warnings of samples that are as their publisher's files are: incidents without a number, twice.
MAY_WARN = {"int/iom_missing_migrants": {"RECORD_REPEATED"}}


@pytest.mark.parametrize(("connector", "sample"), SAMPLES)
def test_a_sample_is_valid_and_keyed(
    connector: str, sample: Path, structures: StructureSet, read: Read
) -> None:
    report = validate(catalogue.read(connector, sample, structures))
    assert report.valid, [f.message for f in report][:3]
    warnings = {f.rule for f in report if f.severity is Severity.WARNING}
    assert warnings <= MAY_WARN.get(connector, set())
    assert report.observations >= catalogue.record(connector).expectations.observations[0] or (
        catalogue.record(connector).sample.marker
    )


@pytest.mark.parametrize(("connector", "sample"), SAMPLES)
def test_a_sample_says_the_same_again_in_every_format(
    connector: str, sample: Path, structures: StructureSet
) -> None:
    first, second = (catalogue.read(connector, sample, structures) for _ in range(2))
    once, again = list(first.blocks), list(second.blocks)
    assert first.header is not None and second.header is not None
    for format_ in formats(Kind.DATA):
        if format_.writer is not None:
            one = hashlib.sha256(
                b"".join(write_data(once, format_, first.header, WriteOptions()))
            ).hexdigest()
            other = hashlib.sha256(
                b"".join(write_data(again, format_, second.header, WriteOptions()))
            ).hexdigest()
            assert one == other, format_.name


def heads(connector: str, sample: Path) -> tuple[str, list[tuple[int, int]]]:
    """The sheet of a sample with a table, and the cells of headers that tell what it is."""
    found = Connectors().get(connector)
    csv_ = found.record.csv
    source = Source(found.record, found.maps, Faults(sample.name))
    book = open_workbook(
        Snapshot.take(sample),
        encoding=csv_.get("encoding", "utf-8-sig"),
        delimiter=csv_.get("delimiter", ","),
        limits=Limits(),
    )
    cut = found.cut(book, source)
    if cut.tables:
        table = cut.tables[0]
        corner, *_ = table.sheet.find(table.row_header)
        assert corner[1] == table.rows[0].column
        ends = (table.columns[0], table.columns[-1])
        return table.sheet.name, [corner, *((head.row, head.column) for head in ends)]
    listing = cut.listings[0]
    header = listing.figures[0].row
    columns = [*(key.column for key in listing.keys), *(head.column for head in listing.figures)]
    return listing.sheet.name, [(header, column) for column in columns]


@pytest.mark.parametrize(("connector", "sample"), SAMPLES)
def test_a_renamed_column_is_refused(
    connector: str, sample: Path, read: Read, tmp_path: Path
) -> None:
    sheet, cells = heads(connector, sample)
    suffix = sample.suffix if sample.suffix in {".csv", ".json", ".html", ".px"} else ".xlsx"
    for row, column in cells:
        pages = load(sample)
        pages[sheet].rows[row][column] = "Renamed"
        outcome = read(connector, save(pages, tmp_path / f"renamed{suffix}"))
        assert any(f.severity is Severity.ERROR for f in outcome.findings), (row, column)


@pytest.mark.parametrize(("connector", "sample"), LISTINGS)
def test_columns_in_another_order_are_the_same_file(
    connector: str, sample: Path, read: Read, tmp_path: Path
) -> None:
    pages = load(sample)
    (page,) = pages.values()
    for row in page.rows:
        row.reverse()
    turned = read(connector, save(pages, tmp_path / sample.name))
    assert turned.findings == read(connector, sample).findings
    assert turned.frame.equals(read(connector, sample).frame)


@pytest.mark.parametrize(("connector", "sample"), LISTINGS)
def test_a_column_nobody_knows_is_reported(
    connector: str, sample: Path, read: Read, tmp_path: Path
) -> None:
    pages = load(sample)
    (page,) = pages.values()
    header = heads(connector, sample)[1][0][0]
    for number, row in enumerate(page.rows):
        row.append("unheard_of" if number == header else "1" if number > header else "")
    outcome = read(connector, save(pages, tmp_path / sample.name))
    assert [(f.rule, f.row, f.found) for f in outcome.findings if f.severity is Severity.ERROR] == [
        ("LABEL_UNKNOWN", header + 1, "unheard_of")
    ]


@pytest.mark.parametrize("connector", IDS)
def test_a_blank_file_is_refused(connector: str, read: Read, tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_bytes(b"")
    assert read(connector, path).only().rule in ("SHEET_MISSING", "HEADER_MISSING")


@pytest.mark.parametrize("connector", IDS)
def test_a_file_of_another_source_is_refused(connector: str, read: Read) -> None:
    for other in IDS:
        if other != connector:
            outcome = read(connector, catalogue.samples(other)[0])
            assert any(f.severity is Severity.ERROR for f in outcome.findings), other


@pytest.mark.parametrize("connector", IDS)
def test_a_sample_cites_its_source(connector: str) -> None:
    folder = catalogue.record(connector).folder / "sample"
    text = (folder / "README.md").read_text("utf-8")
    for path in catalogue.samples(connector):
        assert path.name in text
    assert catalogue.record(connector).publisher["name"] in text


def test_every_rule_is_documented() -> None:
    said = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    used = set()
    for path in (ROOT / "connectors").rglob("*.py"):
        used |= set(re.findall(r'faults\.add\(\s*"([A-Z_]+)"', path.read_text("utf-8")))
    assert len(used) > 12
    assert {rule for rule in used if f"`{rule}`" not in said} == set()


def test_adding_a_source_is_adding_a_folder(tmp_path: Path, read: Read) -> None:
    """A tidy CSV of three lines, with a connector of a dozen, found without any list."""
    shipped = catalogue.record("mex/upm_air_entries").folder
    folder = tmp_path / "bol" / "toy"
    folder.mkdir(parents=True)
    text = (shipped / "source.yaml").read_text("utf-8")
    text = text.replace('["3000", "12000"]', '["1", "9"]').split("  labels: [Total General")[0]
    text += 'sample: {note: {en: none, es: ninguno}}\ncsv: {thousands: ",", decimal: "."}\n'
    (folder / "source.yaml").write_text(text, "utf-8")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["label", "level", "kind", "CITIZENSHIP"], ["Todos", "0", "aggregate", "_T"],
             ["Perú", "", "area", "PER"], ["Namibia", "", "area", "NAM"]]
        )  # fmt: skip
    (folder / "connector.py").write_text(
        """
import numpy as np
from connectors.framework.crosstab import Crosstab, Cut
from connectors.framework.cutting import Region, column_heads, row_heads

def cut(book, source):
    (sheet,) = book
    (row, column), = sheet.find("PAIS")
    columns = column_heads(sheet, row, column + 1)
    at = [head.column for head in columns]
    rows = row_heads(Region(sheet, range(row + 1, sheet.height), column, at), source,
                     source.maps["rows"])
    return Cut([Crosstab(sheet, rows, columns, np.array([at] * len(rows)), "PAIS",
                         source.maps["rows"], fixed={"FREQ": "A", "BORDER_POINT": "_T"},
                         column_codes={"TIME_PERIOD": [head.label for head in columns]})])
""",
        "utf-8",
    )
    added = Catalogue(Connectors(tmp_path))
    assert added.ids() == ("bol/toy",)
    path = tmp_path / "toy.csv"
    path.write_text(
        'PAIS,2023,2024\nTodos,"1,234.50",7\nPeru,"1,200",3\nNAMIBIA,34.50,4\n', "utf-8"
    )
    outcome = read("bol/toy", path, added)
    assert outcome.findings == []
    assert outcome.frame[["CITIZENSHIP", "TIME_PERIOD", "OBS_VALUE"]].to_numpy().tolist() == [
        ["_T", "2023", "1234.50"], ["_T", "2024", "7"], ["PER", "2023", "1200"],
        ["PER", "2024", "3"], ["NAM", "2023", "34.50"], ["NAM", "2024", "4"],
    ]  # fmt: skip

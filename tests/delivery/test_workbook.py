"""The workbook of the Demographic Yearbook: every cell against the whole store, by hand."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from naive_yearbook import CLOSED, NEAR, SHEETS, Key, cells, is_part, key_of, near, partly
from pack_hub import hand_in, settings_at
from random_store import BORDER, FLOW, STOCK
from released import release
from yearbook import FLOWS, Rows, book, border_row, flow_row, more_of, stock_row, stored

from codelists.text_yaml import DataFileError
from dsd import consumers
from dsd.consumers import tables
from hub.cli import cli
from hub.delivery.workbook import make
from hub.errors import NoResults, NotFound, RequestSyntaxError
from hub.model.schema import StructureRef
from hub.plugins import connector_catalogue
from hub.query import data_v2
from hub.store.home import Hub
from hub.store.select import select
from hub.store.submissions import State
from registry.app import create_app

#: Sources whose samples stand in a table, or may not.
SAMPLES = (
    "blz/sib_census_birthplace", "int/oecd_flows", "int/oecd_stock", "mex/upm_air_entries",
    "sur/abs_census_nationality", "int/undesa_stock",
)  # fmt: skip
NOT_PUBLISHED = "Nobody has published it here for the year."
PARTS = "only of parts of it: by "


def compare(hub: Hub, rows: Rows, area: str, year: str) -> int:
    """Compare each cell of each table; returns how many have a figure."""
    opened, expected, many = book(hub, area, year), cells(rows, area, year), 0
    there, finer = near(rows, area, year), partly(rows, area, year)
    for number, (component, measures, fixed) in SHEETS.items():
        shown = opened.cells(number)
        due = {
            key: value
            for key, value in expected.items()
            if key[0] in measures and key_of({**fixed, **_only(key, component)}) == key
        }
        if number in CLOSED:
            due = {k: v for k, v in due.items() if k in shown}
        assert {k for k, (value, _) in shown.items() if value is not None} == due.keys(), number
        for key, (value, notes) in shown.items():
            if key in due:
                assert Decimal(str(value)) == due[key].value, (number, key)
                _noted(due[key], notes)
                many += 1
                continue
            own = next(iter(NEAR[key[0]]))  # the dataflow that may fill it
            parts = own not in there.get(key, ()) and any(
                is_part(row, key, area) for row in finer[key[0]]
            )
            assert any(PARTS in note for note in notes) is parts, (number, key, notes)
            if key in there or parts:
                assert notes and NOT_PUBLISHED not in notes, (number, key)
            else:
                assert notes == [NOT_PUBLISHED], (number, key)
            borders = "DF_MIG_BORDER" in there.get(key, ())
            if key[0] in ("IMMIGRATION", "EMIGRATION") and value is None and borders:
                assert any("BORDER_EVENT" in note for note in notes)
    return many


def _only(key: Key, component: str) -> dict[str, str]:
    """The codes of a key in which a table with rows of a component may differ from totals."""
    names = ("MEASURE", "CITIZENSHIP", "COUNTRY_BIRTH", "COUNTRY_PREV_NEXT", "SEX", "AGE", "REASON")
    codes = dict(zip(names, key, strict=True))
    return {c: codes[c] for c in ("MEASURE", "SEX", component)}


def _noted(value: Any, notes: list[str]) -> None:
    """A figure's notes say its status, its unit, and that months were added up, and only then."""
    heads = [note.partition(":")[0] for note in notes]
    assert (value.status in heads) is (value.status != "A"), (value, notes)
    assert ("Counted are: Events" in notes) is (value.unit == "EV")
    assert ("The sum of the twelve months of the year." in notes) is value.summed


@pytest.mark.parametrize("seed", [1, 2])
def test_random_stores(new_hub: Callable[[], Hub], seed: int) -> None:
    """Each cell of each table has what the whole store says it has, and nothing else."""
    hub = new_hub()
    for ref in FLOWS:
        release(hub, more_of(ref, seed), flow=(ref.agency, ref.id, ref.version), provider="P")
    rows = stored(hub)
    assert all(rows.values())
    filled = sum(compare(hub, rows, a, y) for a in ("MEX", "CRI") for y in ("2001", "2020"))
    assert filled > 100


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Hub]:
    """A hub that published samples, each by its connector."""
    home = tmp_path_factory.mktemp("sampled") / "hub"
    shutil.copytree(empty_home, home)
    known = connector_catalogue()
    with Hub.open(settings_at(home)) as hub:
        for name in SAMPLES:
            for sample in known.samples(name):
                assert hand_in(hub, sample, connector=name) in (State.PUBLISHED, State.UNCHANGED)
        yield hub


@pytest.mark.parametrize(
    ("area", "year", "figures"),
    [("BLZ", "2022", 24), ("MEX", "2020", 3), ("SUR", "2012", 6), ("MEX", "2026", 0)],
)
def test_samples(sampled: Hub, area: str, year: str, figures: int) -> None:
    assert compare(sampled, stored(sampled), area, year) == figures


def publish(hub: Hub, ref: StructureRef, rows: list[Any], provider: str | None = None) -> None:
    release(hub, rows, flow=(ref.agency, ref.id, ref.version), provider=provider)


MONTHS = [f"2022-{m:02}" for m in range(1, 13)]


@pytest.fixture
def made(new_hub: Callable[[], Hub]) -> Hub:
    """A hub with one case of each kind, of Mexico in 2022."""
    hub = new_hub()
    hostile = '=HYPERLINK("http://example.org","click")'
    publish(hub, FLOW, [
        flow_row("IMMIGRATION", "100", OBS_STATUS="P", COMMENT_OBS=hostile),
        flow_row("IMMIGRATION", "40", SEX="F", CONF_STATUS="C"),
        flow_row("IMMIGRATION", "60", SEX="M", DEFINITION="RES_6M"),
        flow_row("EMIGRATION", "70", DEFINITION="PASSENGER"),
        flow_row("EMIGRATION", None, SEX="F", OBS_STATUS="Q"),
        flow_row("EMIGRATION", "9", SEX="M", UNIT_MULT="3"),
        *(flow_row("IMMIGRATION", "2", t, CITIZENSHIP="GTM") for t in MONTHS),
        *(flow_row("IMMIGRATION", "2", t, CITIZENSHIP="HND") for t in MONTHS[:-1]),
        flow_row("NET_MIGRATION", "30"),
    ], "MEX_UPM")  # fmt: skip
    publish(hub, BORDER, [
        *(border_row(t, "1000.5") for t in MONTHS),
        *(border_row(t, "7", CITIZENSHIP="_FOR") for t in MONTHS[1:]),
        border_row("2022", "5", CITIZENSHIP="MEX", TRANSPORT_MODE="AIR"),
    ], "MEX_UPM")  # fmt: skip
    publish(hub, STOCK, [
        stock_row("STOCK_MIG", "1200", DEFINITION="FB"),
        stock_row("STOCK_FC", "11", TIME_PER_COLLECT="E"),
        stock_row("STOCK_FC", "12", CITIZENSHIP="MEX"),
    ])  # fmt: skip
    return hub


def test_why_each_cell_is_empty_or_what_its_figure_means(made: Hub) -> None:
    opened = book(made, "MEX", "2022")
    migrants, travel = opened.cells(2), opened.cells(1)

    def cell(cells_: dict[Key, tuple[Any, list[str]]], **codes: str) -> tuple[Any, str]:
        value, notes = cells_[key_of(codes)]
        return value, " | ".join(notes)

    value, notes = cell(migrants, MEASURE="IMMIGRATION")
    assert value == 100
    assert "P: Provisional value" in notes
    assert 'Note of the source: =HYPERLINK("http://example.org","click")' in notes
    value, notes = cell(migrants, MEASURE="IMMIGRATION", SEX="M")
    assert value == 60
    assert "D: The definition is another one" in notes
    assert "Definition of the source: Usual residence: 6 months or more" in notes
    for codes, rule in (
        ({"MEASURE": "IMMIGRATION", "SEX": "F"}, "NOT_FREE; Immigration and emigration"),
        ({"MEASURE": "EMIGRATION"}, "FLOW_NO_RESIDENCE"),
        ({"MEASURE": "EMIGRATION", "SEX": "F"}, "NO_VALUE"),
        ({"MEASURE": "EMIGRATION", "SEX": "M"}, "SCALED"),
        ({"MEASURE": "IMMIGRATION", "CITIZENSHIP": "_FOR"}, "BORDER_EVENT; Border entries and"),
    ):
        value, notes = cell(migrants, **codes)
        assert value is None
        assert f"({rule}" in notes, codes
    by_citizenship = opened.cells(7)
    value, notes = cell(by_citizenship, MEASURE="IMMIGRATION", CITIZENSHIP="GTM")
    assert (value, notes) == (24, "The sum of the twelve months of the year.")
    value, notes = cell(by_citizenship, MEASURE="IMMIGRATION", CITIZENSHIP="HND")
    assert value is None
    assert "(YEAR_INCOMPLETE" in notes
    assert "Months that are there: January to November." in notes
    value, notes = cell(travel, MEASURE="ENTRIES")
    assert value == 12006
    assert "Counted are: Events" in notes
    value, notes = cell(travel, MEASURE="ENTRIES", CITIZENSHIP="_FOR")
    assert value is None and "(YEAR_INCOMPLETE" in notes
    assert "Months that are there: February to December." in notes
    value, notes = cell(travel, MEASURE="ENTRIES", CITIZENSHIP="MEX")
    assert value is None and "(NOT_ASKED" in notes
    value, notes = cell(travel, MEASURE="EXITS")
    assert (value, notes) == (None, NOT_PUBLISHED)
    value, notes = cell(opened.cells(12), MEASURE="STOCK_FB")
    assert value is None and "(STOCK_ESTIMATE" in notes
    value, notes = cell(opened.cells(15), MEASURE="STOCK_FC")
    assert (value, notes) == (11, "Time of the count: End of period")
    value, notes = cell(opened.cells(15), MEASURE="STOCK_FC", CITIZENSHIP="MEX")
    assert value is None and "(STOCK_NATIVES" in notes
    assert "no dimension for the duration" in opened.notes(11)[1]
    assert "no dimension for occupation" in opened.notes(16)[1]
    for number in (11, 16):
        sheet = opened.sheets[number]
        assert not [c for row in sheet.iter_rows(min_row=6) for c in row if c.data_type == "n"
                    and c.value is not None]  # fmt: skip


def test_an_empty_cell_says_of_what_parts_and_months_there_are_figures(
    new_hub: Callable[[], Hub],
) -> None:
    """Figures of parts of a cell are no reason to say that nobody published anything."""
    hub = new_hub()
    publish(hub, BORDER, [
        *(border_row(f"2022-{m:02}", "7", CITIZENSHIP="GTM") for m in (1, 2, 3, 7)),
        border_row("2022-11", "7", CITIZENSHIP="HND", SEX="F"),
        border_row("2022-01", "7", CITIZENSHIP="MEX", SEX="M"),
        border_row("2022-05", None, CITIZENSHIP="GTM", OBS_STATUS="Q"),
        border_row("2022-01", "7", MEASURE="EXITS", CONF_STATUS="C", CITIZENSHIP="GTM"),
    ], "MEX_UPM")  # fmt: skip
    publish(hub, FLOW, [flow_row("IMMIGRATION", "5", CITIZENSHIP="GTM", SEX="F")])
    opened = book(hub, "MEX", "2022")
    travel = {key: " | ".join(notes) for key, (_, notes) in opened.cells(1).items()}

    def note(**codes: str) -> str:
        return travel[key_of({"MEASURE": "ENTRIES", **codes})]

    dataset = "(Border entries and exits)"
    start = "No figure of it is published, only of parts of it: by"
    assert note() == (
        f"{start} Citizenship, Sex. Months that are there: "
        f"January to March, July, November. {dataset}"
    )
    assert note(CITIZENSHIP="_FOR").startswith(f"{start} Citizenship, Sex. Months that are there")
    assert note(CITIZENSHIP="MEX") == f"{start} Sex. Months that are there: January. {dataset}"
    assert note(SEX="F") == f"{start} Citizenship. Months that are there: November. {dataset}"
    assert note(SEX="M", CITIZENSHIP="_FOR") == note(SEX="F", CITIZENSHIP="MEX") == NOT_PUBLISHED
    # What is not sent on, and what has no value, is no part.
    assert note(MEASURE="EXITS") == NOT_PUBLISHED
    migrants = opened.cells(2)
    (told,) = migrants[key_of({"MEASURE": "IMMIGRATION", "SEX": "F", "CITIZENSHIP": "_FOR"})][1]
    assert told == f"{start} Citizenship. (Immigration and emigration)"


def test_words_of_a_spanish_workbook(new_hub: Callable[[], Hub]) -> None:
    """Who migrates has the names that offices use; what is no country stands last."""
    hub = new_hub()
    publish(hub, STOCK, [
        stock_row("STOCK_FC", "4", CITIZENSHIP=code) for code in ("HND", "_O", "GTM", "_U", "BRA")
    ])  # fmt: skip
    publish(hub, FLOW, [
        flow_row("IMMIGRATION", "5", DEFINITION="_U"),
        flow_row("EMIGRATION", "5", "2022-02"),
    ])  # fmt: skip
    _, content = make(hub, "un_dyb", "MEX", "2022", language="es")
    opened = openpyxl.load_workbook(io.BytesIO(content))
    shown = {
        name.split()[0]: [[c for c in row if c is not None] for row in opened[name].values]
        for name in opened.sheetnames
    }
    everything = [str(c) for rows in shown.values() for row in rows for c in row]
    everything += opened.sheetnames
    for never in ("que llegan", "que salen", "Llegan", "Salen", "Nacidos fuera", "Desconocida ("):
        assert not [text for text in everything if never in text], never
    assert "Definición de la fuente: no indicada." in str(shown["2"])
    assert "Faltan meses del año, o el valor de alguno de ellos. Meses que hay: febrero." in str(
        shown["2"]
    )
    assert (shown["5"][4][0], shown["6"][4][0]) == (
        "País de residencia anterior", "País de residencia siguiente",
    )  # fmt: skip
    rows = [row[0] for row in shown["15"][5:] if row]
    assert rows[: rows.index("Notas")] == [
        "Total", "Brasil", "Guatemala", "Honduras", "Otras áreas no listadas", "Apátrida",
        "Desconocida",
    ]  # fmt: skip


def test_no_text_becomes_a_formula(made: Hub) -> None:
    _, content = make(made, "un_dyb", "MEX", "2022")
    kinds = {
        cell.data_type
        for sheet in openpyxl.load_workbook(io.BytesIO(content))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert kinds == {"s", "n"}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = [packed.read(n) for n in packed.namelist() if n.startswith("xl/worksheets/")]
        assert b"HYPERLINK(" in packed.read("xl/sharedStrings.xml")
        assert "xl/worksheets/_rels/sheet2.xml.rels" not in packed.namelist()
    assert not [sheet for sheet in sheets if b"<f>" in sheet or b"<f " in sheet]


def test_crossings_and_persons_of_one_year_are_one_cell(new_hub: Callable[[], Hub]) -> None:
    """Where both are published, crossings stand in the cell; a consumer never gets two."""
    hub = new_hub()
    publish(hub, BORDER, [border_row("2022", "5"), border_row("2022", "3", UNIT_MEASURE="PS")])
    path = "dataflow/MIGHUB/DF_UN_DYB_TRAVEL/1.0.0/*"
    found = [r for b in select(hub, data_v2.parse(path, "")).blocks() for r in b.batch.to_pylist()]
    assert [(r["OBS_VALUE"], r["UNIT_MEASURE"]) for r in found] == [("5", "EV")]


def test_sources_say_whose_figures_stand_in_a_table(made: Hub) -> None:
    """And the addresses give these figures, and what they were made from."""
    opened = book(made, "MEX", "2022")
    client: FlaskClient = create_app(made).test_client()
    lines = list(opened.file["Sources"].iter_rows(min_row=5, values_only=True))
    by_sheet = {int(str(line[0]).split()[0]): line for line in lines}
    counts = {
        number: sum(value is not None for value, _ in opened.cells(number).values())
        for number in SHEETS
    }
    assert {n: line[1] for n, line in by_sheet.items()} == {n: c for n, c in counts.items() if c}
    assert len(lines) == len(by_sheet)
    assert "(MEX_UPM)" in str(by_sheet[2][2])
    assert by_sheet[15][2] == "not known"
    assert "MIGHUB:DF_MIG_FLOW(1.0.0)" in str(by_sheet[2][3])
    for number, line in by_sheet.items():
        accept = {"Accept": "application/vnd.sdmx.data+json;version=1.0.0"}
        answer = client.get(str(line[6]), headers=accept)
        assert answer.status_code == 200, line[6]
        rows = client.get(f"{line[6]}&format=csv").text.splitlines()
        figures = [v for v, _ in opened.cells(number).values() if v is not None]
        assert len(rows) - 1 == len(figures), number
        assert client.get(str(line[7])).status_code == 200
        told = client.get(str(line[8])).json
        assert told["observations"]
        assert {o["key"]["REF_AREA"] for o in told["observations"]} == {"MEX"}


def test_a_hub_that_was_given_the_cells_makes_the_same_tables(
    made: Hub, new_hub: Callable[[], Hub], tmp_path: Path
) -> None:
    """Another hub's cells are filled in as they are; whose they were is what it was told."""
    client, other = create_app(made).test_client(), new_hub()
    for id_ in ("DF_UN_DYB_TRAVEL", "DF_UN_DYB_FLOW", "DF_UN_DYB_STOCK"):
        csv = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
        (tmp_path / f"{id_}.csv").write_bytes(
            client.get(f"/sdmx/v2/data/dataflow/MIGHUB/{id_}/1.0.0/*", headers=csv).data
        )
        assert hand_in(other, tmp_path / f"{id_}.csv") is State.PUBLISHED
    one, two = book(made, "MEX", "2022"), book(other, "MEX", "2022")
    for number in SHEETS:
        figures = {k: v for k, (v, _) in one.cells(number).items() if v is not None}
        assert {k: v for k, (v, _) in two.cells(number).items() if v is not None} == figures
    (line, *_) = two.file["Sources"].iter_rows(min_row=5, values_only=True)
    assert "MIGHUB:DF_UN_DYB_TRAVEL(1.0.0)" in str(line[3])
    shown = create_app(other).test_client()
    assert [shown.get(str(url)).status_code for url in line[6:]] == [200, 200, 200]


def test_the_command_and_the_address_give_the_same_file(
    made: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_HOME", str(made.settings.home))
    target = tmp_path / "mexico.xlsx"
    asked = ["workbook", "un_dyb", "--area", "MEX", "--year", "2022", "-o", str(target)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    client = create_app(made).test_client()
    answer = client.get("/api/workbooks/un_dyb/MEX/2022.xlsx")
    assert answer.status_code == 200
    assert answer.content_type.endswith("spreadsheetml.sheet")
    assert "un_dyb_MEX_2022.xlsx" in answer.headers["Content-Disposition"]
    assert answer.data == target.read_bytes()
    assert CliRunner().invoke(cli, ["workbook"]).output == "un_dyb\n"
    spanish = client.get("/api/workbooks/un_dyb/MEX/2022.xlsx?lang=es")
    assert openpyxl.load_workbook(io.BytesIO(spanish.data)).sheetnames[0] == "Contenido"
    # From the page of consumers, the form leads there.
    page = client.get("/consumers").text
    assert 'action="/workbook/filled"' in page and '<option value="MEX">' in page
    form = "consumer=un_dyb&area=MEX&year=2022&language=fr"
    led = client.get(f"/workbook/filled?{form}", follow_redirects=True)
    assert openpyxl.load_workbook(io.BytesIO(led.data)).sheetnames[0] == "Sommaire"
    assert client.get("/workbook/filled?consumer=un_dyb").status_code == 400


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (("un_dyb", "XQQ", "2022", "en"), NotFound, "There is no area 'XQQ'"),
        (("un_dyb", "=MEX", "2022", "en"), NotFound, "There is no area"),
        (("un_dyb", "MEX", "20x2", "en"), NotFound, "a year such as 2022"),
        (("un_dyb", "MEX", "1950", "en"), NoResults, "Nothing is published here of Mexico in 1950"),
        (("oecd", "MEX", "2022", "en"), NotFound, "There is no workbook for 'oecd'"),
        (("un_dyb", "MEX", "1950", "es"), NoResults, "Aquí no se publicó nada .*: México, 1950"),
        (("un_dyb", "XQQ", "2022", "fr"), NotFound, "Il n’y a pas de territoire 'XQQ'"),
        (("un_dyb", "MEX", "2022", "nl"), RequestSyntaxError, "en, es, fr"),
    ],
)
def test_what_there_is_no_workbook_of(
    made: Hub,
    asked: tuple[str, str, str, str],
    error: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consumer, area, year, language = asked
    with pytest.raises(error, match=words):
        make(made, consumer, area, year, language=language)
    client = create_app(made).test_client()
    url = f"/api/workbooks/{consumer}/{area}/{year}.xlsx?lang={language}"
    answer = client.get(url)
    assert answer.status_code == (400 if error is RequestSyntaxError else 404)
    assert re.search(re.escape(words.split("'")[0].strip()).replace(r"\.\*", ".*"), answer.text)
    monkeypatch.setenv("HUB_HOME", str(made.settings.home))
    done = CliRunner().invoke(
        cli, ["workbook", consumer, "--area", area, "--year", year, "--lang", language]
    )
    assert done.exit_code == 1
    assert re.search(words, done.output)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("measures: [IMMIGRATION]", "measures: [RETURNS]", "`near` says nothing"),
        ("published: in_order", "published: somehow", "by_name or in_order"),
        ("  dataflow: *flow\n  measures: [EMIGRATION]", "  measures: [EMIGRATION]", "has the keys"),
        ("fr: Entrants par âge", "fr: 'Entrants: par âge'", "no sheet can be named"),
    ],
)
def test_a_wrong_layout_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = Path(consumers.__file__).parent / "un_dyb" / "tables.yaml"
    text = path.read_text("utf-8")
    (tmp_path / "tables.yaml").write_text(text.replace(old, new, 1), "utf-8")
    assert old in text
    with pytest.raises(DataFileError, match=words):
        tables.read(tmp_path / "tables.yaml")

"""Two editions of a cumulative publication: what came in between, on the publisher's real file."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from outcome import Outcome
from workbooks import Cell, Page, load, save

from connectors import catalogue
from connectors.cli import connectors
from connectors.framework.pair import is_pair, pack
from hub import intake
from hub.errors import RequestSyntaxError, SemanticError
from hub.query import data_v2
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.provenance import provenance
from hub.structures.repository import StructureSet

ID = "mex/upm_air_entries"
FILE = "mexico-upm/c131_2026_05.xls"
SHEET = "Cuadro 1.3.1"
TITLE = "1.3.1 Entradas aéreas"
FLOW = "dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"

Read = Callable[..., Outcome]


def edition(page: Page, months: str, times: int) -> Page:
    """The real file as if it were of other months, with all its counts multiplied."""

    def changed(cell: Cell) -> Cell:
        if isinstance(cell, str) and cell.strip().startswith(TITLE):
            assert "enero-mayo de 2026" in cell
            return cell.replace("enero-mayo de 2026", months)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return int(cell) * times
        return cell

    return Page([[changed(cell) for cell in row] for row in page.rows], page.merged)


@pytest.fixture(scope="module")
def original(shared_data: Callable[[str], Path]) -> Page:
    return load(shared_data(FILE))[SHEET]


@pytest.fixture(scope="module")
def april(original: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("april") / "c131.xlsx"
    return save({SHEET: edition(original, "enero-abril de 2026", 1)}, path)


@pytest.fixture(scope="module")
def may(original: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("may") / "c131.xlsx"
    return save({SHEET: edition(original, "enero-mayo de 2026", 3)}, path)


@pytest.fixture(scope="module")
def pair(april: Path, may: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair") / "may.tar"
    path.write_bytes(pack(april, may))
    return path


def packed(earlier: Path, later: Path, target: Path) -> Path:
    target.write_bytes(pack(earlier, later))
    return target


@pytest.fixture(scope="module")
def between(read: Read, pair: Path) -> Outcome:
    return read(ID, pair)


def test_the_month_is_what_came_in_between(between: Outcome) -> None:
    assert between.findings == []
    assert set(between.frame["FREQ"]) == {"M"}
    assert set(between.frame["TIME_PERIOD"]) == {"2026-05"}
    # Three times the printed figures less the printed figures.
    assert between.value(CITIZENSHIP="_T", BORDER_POINT="_T") == str(2 * 13169132)
    assert between.value(CITIZENSHIP="NAM", BORDER_POINT="MEX_CUN") == "16"
    assert len(between.frame) == 209 * 30


def test_it_says_that_the_hub_computed_it(between: Outcome) -> None:
    assert set(between.frame["OBS_STATUS"]) == {"E"}
    remarks = between.frame["COMMENT_OBS"]
    assert remarks.str.contains("January to month 5 of 2026").all()
    assert remarks.str.contains("January to month 4").all()


def test_several_months_are_one_range(
    read: Read, original: Page, may: Path, tmp_path: Path
) -> None:
    march = save({SHEET: edition(original, "enero-marzo de 2026", 1)}, tmp_path / "c131.xlsx")
    found = read(ID, packed(march, may, tmp_path / "x.tar"))
    assert set(found.frame["FREQ"]) == {"_U"}
    assert set(found.frame["TIME_PERIOD"]) == {"2026-04-01/P2M"}


def test_the_year_less_its_first_months_is_its_rest(
    read: Read, original: Page, april: Path, tmp_path: Path
) -> None:
    year = save({SHEET: edition(original, "enero-diciembre de 2026", 2)}, tmp_path / "c131.xlsx")
    found = read(ID, packed(april, year, tmp_path / "x.tar"))
    assert set(found.frame["TIME_PERIOD"]) == {"2026-05-01/P8M"}


@pytest.mark.parametrize("months", ["enero-mayo de 2025", "enero-junio de 2026"])
def test_editions_that_do_not_follow_each_other_are_refused(
    read: Read, original: Page, may: Path, tmp_path: Path, months: str
) -> None:
    other = save({SHEET: edition(original, months, 1)}, tmp_path / "c131.xlsx")
    found = read(ID, packed(other, may, tmp_path / "x.tar"))
    assert found.only().rule == "DIFFERENCE_PERIODS"
    assert found.only().severity.value == "error"
    assert len(found.frame) == 0


def test_a_figure_that_shrank_is_reported_and_has_no_value(
    read: Read, original: Page, may: Path, tmp_path: Path
) -> None:
    revised = edition(original, "enero-abril de 2026", 1)
    row, _ = revised.find("Namibia")
    found = read(ID, packed(may_as(original, tmp_path, 5, "enero-abril de 2026"), may,
                            tmp_path / "x.tar"))  # fmt: skip
    assert {f.rule for f in found.findings} == {"DIFFERENCE_NEGATIVE"}
    assert {f.severity.value for f in found.findings} == {"warning"}
    one = found.frame[
        (found.frame["CITIZENSHIP"] == "NAM") & (found.frame["BORDER_POINT"] == "MEX_CUN")
    ]
    assert one["OBS_VALUE"].tolist() == [None]
    assert one["OBS_STATUS"].tolist() == ["O"]
    place = next(f for f in found.findings if f.row == row + 1)
    assert place.expected is not None
    assert place.expected.startswith("at least")


def may_as(original: Page, folder: Path, times: int, months: str) -> Path:
    (folder / "other").mkdir()
    return save({SHEET: edition(original, months, times)}, folder / "other" / "c131.xlsx")


def test_a_line_that_one_edition_lacks_gives_no_figure(
    read: Read, original: Page, may: Path, tmp_path: Path
) -> None:
    """With zeros throughout the sums hold whatever lines there are."""
    page = edition(original, "enero-abril de 2026", 0)
    line, _ = original.find("Namibia")
    rows = [row for r, row in enumerate(page.rows) if r != line]
    lacking = save({SHEET: Page(rows)}, tmp_path / "c131.xlsx")
    found = read(ID, packed(lacking, may, tmp_path / "x.tar"))
    assert [f.rule for f in found.findings] == ["DIFFERENCE_ONE_SIDED"]
    assert found.findings[0].row == line + 1
    assert len(found.frame) == 208 * 30


def test_a_source_that_does_not_count_from_january_has_no_difference(
    structures: StructureSet, tmp_path: Path
) -> None:
    sample = catalogue.samples("mex/iom_irregular_nationality")[0]
    with pytest.raises(SemanticError, match="January"):
        catalogue.read(
            "mex/iom_irregular_nationality", packed(sample, sample, tmp_path / "x.tar"), structures
        )


def test_an_archive_of_something_else_is_refused(structures: StructureSet, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("earlier/a.xls", "later/a.xls", "more/a.xls"):
            tar.addfile(tarfile.TarInfo(name))
    path = tmp_path / "x.tar"
    path.write_bytes(buffer.getvalue())
    assert is_pair(path)
    with pytest.raises(RequestSyntaxError, match="pair of editions"):
        catalogue.read(ID, path, structures)


def test_the_same_editions_give_the_same_bytes(april: Path, may: Path, pair: Path) -> None:
    assert pack(april, may) == pair.read_bytes()


def test_the_command_writes_the_pair(april: Path, may: Path, tmp_path: Path, pair: Path) -> None:
    target = tmp_path / "may.tar"
    words = ["difference", ID, "--earlier", str(april), "--later", str(may), "-o", str(target)]
    result = CliRunner().invoke(connectors, words)
    assert result.exit_code == 0, result.output
    assert "6,270 observations" in result.output
    assert target.read_bytes() == pair.read_bytes()


def test_the_command_writes_nothing_wrong(april: Path, may: Path, tmp_path: Path) -> None:
    target = tmp_path / "may.tar"
    words = ["difference", ID, "--earlier", str(may), "--later", str(april), "-o", str(target)]
    result = CliRunner().invoke(connectors, words)
    assert result.exit_code == 1
    assert not target.exists()


def test_a_published_month_leads_to_both_its_cells(
    pair: Path, april: Path, may: Path, tmp_path: Path
) -> None:
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path / "home")})) as hub:
        token = intake.submit(hub, pair, "may.tar", connector=ID)
        assert intake.process(hub, token).state == "published"
        query = data_v2.parse(FLOW, "c[CITIZENSHIP]=NAM&c[BORDER_POINT]=MEX_CUN")
        _, (found,), _ = provenance(hub, query, 10)
        (state,) = found.states
    assert state.values is not None
    assert state.values["OBS_VALUE"] == "16"
    sheets, cells = zip(*state.places, strict=True)
    assert sheets == (f"later/c131.xlsx/{SHEET}", f"earlier/c131.xlsx/{SHEET}")
    for path, cell, value in zip((may, april), cells, (24, 8), strict=True):
        column, row = cell.rstrip("0123456789"), int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        number = 0
        for letter in column:
            number = number * 26 + ord(letter) - 64
        assert load(path)[SHEET].rows[row - 1][number - 1] == value

"""``mighub connectors``: list, show, run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from workbooks import load, save

from connectors import catalogue
from connectors.cli import connectors
from hub.messages.api import read_data
from hub.structures.repository import StructureSet

UPM = "mex/upm_air_entries"
SAMPLE = catalogue.samples(UPM)[0]


def call(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(connectors, [str(a) for a in arguments], input=stdin)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    pages = load(SAMPLE)
    (page,) = pages.values()
    row, column = page.find("Cuba")
    page.rows[row][column] = "Kuba"
    return save(pages, tmp_path / "faulty.xlsx")


def test_list_and_show_name_the_sources() -> None:
    assert {r["id"] for r in json.loads(call("list", "--format", "json").stdout)} == set(
        catalogue.ids()
    )
    assert UPM in call("list").stdout
    shown = json.loads(call("show", UPM, "--format", "json").stdout)
    assert shown["sample"]["files"] == [SAMPLE.name]
    assert "MEX_UPM" in call("show", UPM).stdout


@pytest.mark.parametrize("name", ["sdmx-ml-2.1", "sdmx-csv-2.0", "sdmx-json-2.0"])
def test_run_writes_a_message_that_reads_back(
    name: str, tmp_path: Path, structures: StructureSet
) -> None:
    target = tmp_path / "out"
    result = call("run", UPM, "--input", SAMPLE, "--output", target, "--format", name)
    assert result.exit_code == 0, result.output
    message = read_data(target, name, structures)
    assert sum(block.batch.num_rows for block in message.blocks) == 1380
    assert "1,380 observations" in result.stderr


def test_run_stops_at_a_fault_and_writes_nothing(faulty: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    result = call("run", UPM, "-i", faulty, "-o", target)
    assert result.exit_code == 1
    assert not target.exists()
    assert "LABEL_UNKNOWN" in result.stderr
    assert "Cuadro 1.3.1" in result.stderr
    assert "nothing was written" in result.stderr


def test_the_report_as_json_has_the_place(faulty: Path, tmp_path: Path) -> None:
    result = call("run", UPM, "-i", faulty, "-o", tmp_path / "x", "--report", "json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["valid"], report["counts"]["error"]) == (1, False, 1)
    (finding,) = [f for f in report["findings"] if f["severity"] == "error"]
    assert (finding["rule"], finding["sheet"]) == ("LABEL_UNKNOWN", "Cuadro 1.3.1")
    assert finding["file"] == "faulty.xlsx"
    assert finding["suggestion"] == "Cuba"


def test_a_dash_is_stdin_and_stdout() -> None:
    result = call("run", UPM, "-i", "-", "-o", "-", "-f", "sdmx-csv-1.0", stdin=SAMPLE.read_bytes())
    assert result.exit_code == 0
    assert result.stdout_bytes.count(b"\n") == 1381


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "xyz/none", "-i", SAMPLE, "-o", "-"),
        ("run", UPM, "-i", "not-there.xls", "-o", "-"),
        ("run", UPM, "-i", SAMPLE, "-o", "-", "-f", "pdf"),
        ("show", "xyz/none"),
    ],
)
def test_wrong_use_is_2(arguments: tuple[object, ...]) -> None:
    assert call(*arguments).exit_code == 2


def test_bytes_that_are_no_workbook_are_1(tmp_path: Path) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(b"\xff\xfe\x00 nothing")
    result = call("run", UPM, "-i", path, "-o", "-")
    assert result.exit_code == 1
    assert "x.xls" in result.stderr

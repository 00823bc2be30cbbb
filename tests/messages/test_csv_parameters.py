"""``timeFormat`` and ``keys`` of SDMX-CSV, the letters of 2.1, and .Stat's labelled file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import cubes
import pytest

from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.csv_times import normalized
from hub.messages.detect import detect
from hub.model.dataset import Action, DataMessage
from hub.model.periods import YearStart
from hub.model.schema import Component, DataSchema, Role, StructureRef

ROW = {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "NA", "SEX": "F", "TIME_PERIOD": "2020",
       "OBS_VALUE": "1", "OBS_STATUS": "A"}  # fmt: skip


def write(format_: str, rows: list[dict[str, str | None]], **extra: str) -> list[dict[str, str]]:
    options = WriteOptions(extra=extra)
    block = cubes.block(cubes.CUBE, rows)
    text = b"".join(write_data([block], format_, cubes.HEADER, options)).decode()
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.conformance("format.csv2.time_format")
@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2020", "2020-01-01"), ("2020-05", "2020-05-01"), ("2020-05-17", "2020-05-17"),
        ("2020-Q3", "2020-07-01"), ("2020-S2", "2020-07-01"), ("2020-T2", "2020-05-01"),
        ("2020-M03", "2020-03-01"), ("2020-W01", "2019-12-30"), ("2020-D032", "2020-02-01"),
        ("2026-01-01/P5M", "2026-01-01"), ("2020-05-17T10:30:00", "2020-05-17T10:30:00"),
        ("2020-05-17T00:00:00", "2020-05-17T00:00:00"),
        ("2020-05-17T10:30:00+02:00", "2020-05-17T08:30:00Z"), ("no period", "no period"),
    ],
)  # fmt: skip
def test_normalized_times(period: str, expected: str) -> None:
    assert normalized(period) == expected


@pytest.mark.conformance("format.csv2.time_format")
@pytest.mark.parametrize("format_", ["sdmx-csv-1.0", "sdmx-csv-2.0", "sdmx-csv-2.1"])
def test_time_format(format_: str) -> None:
    rows = [ROW | {"TIME_PERIOD": p} for p in ("2020", "2020-Q2", "2020-06")] + [
        {"FREQ": "A", "REF_AREA": "MEX"}
    ]
    times = [r["TIME_PERIOD"] for r in write(format_, rows, timeformat="normalized")]
    assert times == ["2020-01-01", "2020-04-01", "2020-06-01", ""]
    times = [r["TIME_PERIOD"] for r in write(format_, rows, timeformat="original")]
    assert times == ["2020", "2020-Q2", "2020-06", ""]
    with pytest.raises(ValueError, match="timeFormat"):
        write(format_, rows, timeformat="daily")


def test_each_row_has_its_own_start_of_the_reporting_year() -> None:
    start = Component("REPORTING_YEAR_START_DAY", Role.ATTRIBUTE, "X", text_type="MonthDay")
    schema = DataSchema(
        StructureRef("MIGHUB", "DF_R", "1.0"), StructureRef("MIGHUB", "DSD_R", "1.0"),
        cubes.CUBE.dimensions, cubes.CUBE.time, cubes.CUBE.measures, (start,),
    )  # fmt: skip
    rows = [
        ROW | {"TIME_PERIOD": "2020-Q1", start.id: day, "OBS_STATUS": None}
        for day in ("--07-01", None, "--04-01", "--01-01")
    ]
    options = WriteOptions(extra={"timeformat": "normalized"})
    block = cubes.block(schema, rows)
    text = b"".join(write_data([block], "sdmx-csv-2.1", cubes.HEADER, options)).decode()
    times = [r["TIME_PERIOD"] for r in csv.DictReader(text.splitlines())]
    assert times == ["2020-07-01", "2020-01-01", "2020-04-01", "2020-01-01"]
    assert normalized("2020-Q1", YearStart(7, 1)) == "2020-07-01"


@pytest.mark.conformance("format.csv2.keys")
@pytest.mark.parametrize(
    ("keys", "columns"),
    [("none", []), ("series", ["SERIES_KEY"]), ("obs", ["OBS_KEY"]),
     ("both", ["SERIES_KEY", "OBS_KEY"])],
)  # fmt: skip
@pytest.mark.parametrize("format_", ["sdmx-csv-2.0", "sdmx-csv-2.1"])
def test_keys(format_: str, keys: str, columns: list[str]) -> None:
    (row,) = write(format_, [ROW], keys=keys)
    names = list(row)
    assert names[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert names[3 : 3 + len(columns)] == columns
    assert names[3 + len(columns)] == "FREQ"
    expected = {"SERIES_KEY": "A.MEX.NA.F", "OBS_KEY": "A.MEX.NA.F.2020"}
    assert {c: row[c] for c in columns} == {c: expected[c] for c in columns}


@pytest.mark.conformance("format.csv2.actions")
def test_letters_of_2_1(read_text: Callable[[str, str], DataMessage], tmp_path: Path) -> None:
    head = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,OBS_VALUE\n"
    lines = "".join(f"dataflow,MIGHUB:DF_CUBE(1.0.0),{a},MEX,1\n" for a in "MRDAI")
    message = read_text(head + lines, "sdmx-csv-2.1")
    assert [action for _, action, _ in cubes.flat(message.blocks)] == [
        Action.MERGE, Action.REPLACE, Action.DELETE, Action.MERGE, Action.MERGE,
    ]  # fmt: skip
    path = tmp_path / "m.csv"
    for letter, name in (("M", "2.1"), ("A", "2.0"), ("R", "2.0")):
        path.write_text(f"{head}dataflow,MIGHUB:DF_CUBE(1.0.0),{letter},MEX,1\n")
        found = detect(path)
        assert found is not None and found.name == f"sdmx-csv-{name}"


def test_the_labelled_file_of_dot_stat_is_read(
    shared_data: Callable[[str], Path],
) -> None:
    """``format=csvfilewithlabels``: DATAFLOW in capitals, a name column after each id column."""
    path = shared_data("oecd-dsd-mig/DF_MIG_B11_World_2012_2022.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = ("REF_AREA", "CITIZENSHIP", "FREQ", "MEASURE", "SEX", "BIRTH_PLACE", "EDUCATION_LEV",
           "UNIT_MEASURE")  # fmt: skip
    coded = {
        i: Component(
            i, Role.DIMENSION, i, StructureRef("OECD", i, "1"), tuple({r[i] for r in rows})
        )
        for i in ids
    }
    schema = DataSchema(
        StructureRef("OECD.ELS.IMD", "DSD_MIG@DF_MIG", "1.0"),
        StructureRef("OECD.ELS.IMD", "DSD_MIG", "1.0"),
        tuple(coded.values()), cubes.CUBE.time, cubes.CUBE.measures,
        tuple(Component(i, Role.ATTRIBUTE, i, StructureRef("OECD", i, "1"), ("A", "0"))
              for i in ("OBS_STATUS", "UNIT_MULT", "DECIMALS")),
    )  # fmt: skip
    found = detect(path)
    assert found is not None and found.name == "sdmx-csv-2.0"
    message = read_data(path, found, cubes.Resolver((schema,)))
    read = cubes.flat(message.blocks)
    wanted = [tuple(r[c] or None for c in schema.columns) for r in rows]
    assert [row for _, _, row in read] == wanted
    assert message.findings == []

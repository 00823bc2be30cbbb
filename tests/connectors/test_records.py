"""Registers of single crossings: counts come out, people never do."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from connectors.framework import records_read
from connectors.framework.records import Register, Registers
from connectors.framework.records_count import counts_of, read_register
from connectors.framework.records_read import count
from hub import intake
from hub.cli import cli
from hub.errors import RequestSyntaxError
from hub.intake.check import check
from hub.intake.uploads import create
from hub.model.findings import Severity
from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.repository import StructureSet
from hub.validation import RULES, render

ID = "lca/border_records"
RECORD = Registers().get(ID)
SAMPLE = RECORD.samples()[0]
STRUCTURES = StructureSet.shipped()
SCHEMA = STRUCTURES.dataflow("MIGHUB", "DF_MIG_BORDER", "1.0.0")
BANDS = ((15, "Y0T14"), (25, "Y15T24"), (45, "Y25T44"), (65, "Y45T64"), (999, "Y_GE65"))

Row = dict[str, str]


def rows() -> list[Row]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, table: list[Row], columns: list[str] | None = None) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or list(table[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(table)
    return path


def open_record() -> Register:
    """The record without a rule for what leaves."""
    return dataclasses.replace(RECORD, disclosure=None)


def cube(path: Path) -> dict[tuple[str, ...], int]:
    """Counts of the record's tables, by measure, month and what they break down by."""
    found = counts_of(count(open_record(), path), SCHEMA)
    names = ("MEASURE", "TIME_PERIOD", "CITIZENSHIP", "COUNTRY_RESIDENCE", "SEX", "AGE",
             "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY")  # fmt: skip
    return {tuple(row): int(n) for *row, n in found[[*names, "OBS_VALUE"]].itertuples(index=False)}


def by_hand() -> dict[tuple[str, ...], int]:
    """The same, one row after the other and with nothing of the framework."""
    posts = {"UVF": ("LCA_UVF", "AIR"), "SLU": ("LCA_SLU", "AIR")}
    permits = {"national": "NATIONAL", "visitor": "VISITOR_TOUR", "business": "VISITOR_BUS",
               "transit": "TRANSIT", "crew": "CREW", "work permit": "TEMP_WORK",
               "resident": "PERM"}  # fmt: skip
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows():
        age = "_U"
        if row["birth_date"]:
            born, on = (
                date.fromisoformat(row["birth_date"]),
                date.fromisoformat(row["crossed_at"][:10]),
            )
            years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
            age = next(code for end, code in BANDS if years < end)
        head = ("ENTRIES" if row["direction"] == "in" else "EXITS", row["crossed_at"][:7])
        sex = "_U" if row["sex"] == "X" else row["sex"]
        point, mode = posts.get(row["post"], ("_O_SEA", "SEA"))
        cells = {("_T",) * 7}
        cells |= {(row["nationality"], *("_T",) * 6), ("_T", row["residence"], *("_T",) * 5)}
        cells |= {("_T", "_T", s, a, "_T", "_T", "_T") for s in (sex, "_T") for a in (age, "_T")}
        cells |= {(*("_T",) * 4, p, m, "_T") for p in (point, "_T") for m in (mode, "_T")}
        cells |= {(*("_T",) * 6, permits[row["permit"]])}
        found.update((*head, *cell) for cell in cells)
    return dict(found)


def test_the_counts_are_those_of_the_rows() -> None:
    assert cube(SAMPLE) == by_hand()


def test_batches_compression_and_parquet_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "crossings.csv.gz"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    parquet = tmp_path / "crossings.parquet"
    pq.write_table(pacsv.read_csv(SAMPLE, convert_options=pacsv.ConvertOptions(
        column_types=dict.fromkeys(rows()[0], pa.string()))), parquet)  # fmt: skip
    whole = cube(SAMPLE)
    monkeypatch.setattr(records_read, "_BLOCK", 4096)
    monkeypatch.setattr(records_read, "_ROWS", 37)
    assert cube(SAMPLE) == cube(packed) == cube(parquet) == whole


def test_columns_may_be_in_any_order(tmp_path: Path) -> None:
    assert cube(write(tmp_path / "a.csv", rows(), list(reversed(rows()[0])))) == cube(SAMPLE)


def findings(tmp_path: Path, table: list[Row], columns: list[str] | None = None) -> dict[str, str]:
    """Sentences by rule; and nobody is in them, in no language."""
    found = count(RECORD, write(tmp_path / "faulty.csv", table, columns)).findings
    for one in found:
        text = render(one, "es") + str(one.to_dict())
        for row in table:
            for name in ("document_number", "surname", "given_names", "birth_date"):
                assert not row[name] or row[name] not in text
    return {f.rule: f.message for f in found}


def test_each_fault_is_told_by_row_and_column(tmp_path: Path) -> None:
    table = rows()
    table[3]["nationality"] = "ZZZ"
    table[9]["nationality"] = "ZZZ"
    table[5]["crossed_at"] = "2025-02-30T10:00"
    table[6]["birth_date"] = "31/12/1980"
    table[7]["birth_date"] = "2030-01-01"
    table.append(dict(table[0]))
    found = findings(tmp_path, table)
    assert found == {
        "RECORD_LABEL": "Nobody has said yet what 'ZZZ' in the column nationality is: "
                        "rows 5, 11 (2).",
        "RECORD_MOMENT": "crossed_at is no date (2024-05-17) or moment (2024-05-17T10:30) in rows "
                         "7 (1).",
        "RECORD_BIRTH": "birth_date is no date of the form 1980-05-17 in rows 8 (1).",
        "RECORD_AGE": "birth_date and the crossing give an impossible age in rows 9 (1).",
        "RECORD_TWICE": "Rows that repeat a crossing given before: 402 (1).",
    }  # fmt: skip


def test_a_row_with_too_many_fields_is_told_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    lines = SAMPLE.read_text("utf-8").splitlines()
    lines[4] += ",Secretname"
    lines[9] = lines[9].replace('"in"', '"inward"').replace('"out"', '"outward"')
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = {f.rule: f for f in count(RECORD, path).findings}
    assert {rule: f.row for rule, f in found.items()} == {"RECORD_FIELDS": 5, "RECORD_LABEL": 10}
    assert "Secretname" not in str(found)


def test_a_missing_column_is_refused_and_an_unknown_one_is_not_read(tmp_path: Path) -> None:
    renamed = [{("gender" if k == "sex" else k): v for k, v in row.items()} for row in rows()]
    found = count(RECORD, write(tmp_path / "a.csv", renamed)).findings
    assert [(f.rule, f.column) for f in found] == [
        ("RECORD_COLUMN_MISSING", "sex"), ("RECORD_COLUMN_UNKNOWN", "gender"),
    ]  # fmt: skip
    more = [row | {"face": "secret"} for row in rows()]
    counted = count(RECORD, write(tmp_path / "b.csv", more))
    assert [(f.rule, f.severity) for f in counted.findings] == [
        ("RECORD_COLUMN_UNKNOWN", Severity.WARNING)
    ]
    assert "secret" not in str(counted)


@pytest.mark.parametrize(
    ("born", "band"),
    [("2010-01-02", "Y15T24"), ("2010-01-03", "Y0T14"), ("1960-01-02", "Y_GE65"),
     ("1960-01-03", "Y45T64"), ("2025-01-02", "Y0T14"), ("", "_U")],
)  # fmt: skip
def test_the_age_is_that_of_the_day_of_crossing(tmp_path: Path, born: str, band: str) -> None:
    row = rows()[0] | {"crossed_at": "2025-01-02T23:59:59", "birth_date": born}
    found = cube(write(tmp_path / "one.csv", [row]))
    assert {key[5] for key in found} == {"_T", band}


def test_faults_leave_no_count(tmp_path: Path) -> None:
    table = rows()
    table[0]["sex"] = "?"
    message = read_register(RECORD, write(tmp_path / "a.csv", table), STRUCTURES)
    assert list(message.blocks) == []


def test_small_counts_are_withheld_before_they_leave() -> None:
    message = read_register(RECORD, SAMPLE, STRUCTURES)
    shown = [row for block in message.blocks for row in block.batch.to_pylist()]
    true = cube(SAMPLE)
    assert len(shown) == len(true)
    assert {row["CONF_STATUS"] for row in shown if row["OBS_VALUE"] is None} <= {"A", "S", "C"}
    assert min(int(row["OBS_VALUE"]) for row in shown if row["OBS_VALUE"]) >= 5


def test_every_rule_of_registers_is_in_the_catalogue() -> None:
    text = Path(records_read.__file__).read_text("utf-8")
    named = set(re.findall(r'"(RECORD_[A-Z_]+)"', text))
    assert len(named) == 9
    assert named <= set(RULES)


# Where people could be left behind


def people() -> set[bytes]:
    found = set()
    for row in rows():
        names = ("document_number", "birth_date", "surname", "given_names")
        found |= {row[name].encode() for name in names}
    return found - {b""}


def test_nobody_is_in_any_file_or_output(tmp_path: Path) -> None:
    home, scratch, out = (tmp_path / name for name in ("home", "scratch", "out"))
    for folder in (scratch, out):
        folder.mkdir()
    where = {**os.environ, "HUB_HOME": str(home), "TMPDIR": str(scratch)}
    printed = b""
    for command in (
        ["init"],
        ["connectors", "records", ID, "-i", str(SAMPLE), "-o", str(out / "counts.csv"),
         "-f", "sdmx-csv-2.0", "--report", "json"],
        ["submit", str(out / "counts.csv"), "--provider", "LCA_DOI"],
        ["submit", str(SAMPLE)],
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "hub", *command], env=where, capture_output=True, check=False
        )
        printed += done.stdout + done.stderr
        assert (done.returncode == 0) is (command[-1] != str(SAMPLE)), done.stderr
    held = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert any(p.suffix == ".parquet" for p in held)
    for content in (printed, *(p.read_bytes() for p in held)):
        assert not [name for name in people() if name in content]


def test_a_hub_takes_no_register_however_it_is_sent(tmp_path: Path) -> None:
    settings = Settings.load({"HUB_HOME": str(tmp_path / "home")})
    packed = gzip.compress(SAMPLE.read_bytes())
    with Hub.init(settings) as hub:
        for how in (
            {"connector": ID}, {"format": "sdmx-csv-1.0"}, {"connector": "mex/upm_air_entries"}, {},
        ):  # fmt: skip
            for body in (SAMPLE.read_bytes(), packed):
                with pytest.raises(RequestSyntaxError, match="mighub connectors records"):
                    intake.submit(hub, io.BytesIO(body), "x.csv", **how)  # type: ignore[arg-type]
        with pytest.raises(RequestSyntaxError, match="stay in their office"):
            check(hub, io.BytesIO(packed), "x.csv")
        with pytest.raises(RequestSyntaxError, match="stay in their office"):
            create(hub, owner="office", length=10, how={"connector": ID})
        assert not [p for p in (tmp_path / "home" / "incoming").rglob("*") if p.is_file()]
        assert hub.submissions.find() == []


def test_memory_is_bounded_by_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_read, "_BLOCK", 1 << 16)
    peaks = []
    plain = pa.default_memory_pool()
    for times in (40, 320):
        path = tmp_path / f"{times}.csv"
        head, *lines = SAMPLE.read_text("utf-8").splitlines()
        path.write_text("\n".join([head, *lines * times]) + "\n", "utf-8")
        pool = pa.proxy_memory_pool(plain)
        pa.set_memory_pool(pool)
        try:
            assert count(RECORD, path).rows == 400 * times
        finally:
            pa.set_memory_pool(plain)
        peaks.append(pool.max_memory())
    assert 0 < peaks[1] < 1.5 * peaks[0]


def test_the_command_says_which_registers_there_are() -> None:
    done = CliRunner().invoke(cli, ["connectors", "records", "xyz/none", "-i", str(SAMPLE)])
    assert done.exit_code == 2
    assert ID in done.output

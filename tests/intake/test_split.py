"""Publish what is valid and give the rest back, in the format that was sent."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from intake_hub import BORDER, message, row, send, stored
from test_field_intake import RULE

from hub import intake
from hub.errors import NotFound
from hub.intake import returned
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.formats import Kind, formats
from hub.model.dataset import Header
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.store.submissions import Mode, State

MONTHS = [f"2020-{m:02d}" for m in range(1, 13)]
WRITABLE = [f.name for f in formats(Kind.DATA) if f.reader and f.writer]


def year(value: object = 1, area: str = "MEX") -> list[str]:
    return [row(area, t, value) for t in MONTHS]


def split(hub: Hub, body: bytes, **how: Any) -> intake.Submission:
    return send(hub, body, mode=Mode.VALID, **how)


def rows_of(hub: Hub, token: str, name: str) -> list[dict[str, str]]:
    """Observations of a part, by reading it as anyone would."""
    path, format_ = returned.part(hub, token, name)
    assert format_ is not None
    found = []
    for block in read_data(path, format_, hub.structures).blocks:
        found += block.batch.to_pylist()
    return [{k: v for k, v in r.items() if v is not None} for r in found]


def rules_of(hub: Hub, token: str) -> list[dict[str, str]]:
    path, _ = returned.part(hub, token, "rules")
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def as_sent(hub: Hub, body: bytes, name: str, folder: Path) -> bytes:
    """A CSV message in another format."""
    path = folder / "plain.csv"
    path.write_bytes(body)
    blocks = read_data(path, "sdmx-csv-1.0", hub.structures).blocks
    header = Header("TEST", "TEST", datetime.now(UTC))
    schemas = (hub.structures.dataflow(BORDER.agency, BORDER.id, BORDER.version),)
    return b"".join(write_data(blocks, name, header, WriteOptions(schemas=schemas)))


def test_the_valid_rows_are_published_and_the_others_given_back(hub: Hub) -> None:
    bad = [row("MEX", "2021-01", "many"), row("MEX", "2021-13", 2).replace(",M,", ",M,")]
    done = split(hub, message([*year(), *bad]))
    assert done.state is State.PUBLISHED
    assert stored(hub) == {("MEX", t): "1" for t in MONTHS}
    assert [r["TIME_PERIOD"] for r in rows_of(hub, done.token, "accepted")] == MONTHS
    assert [r["OBS_VALUE"] for r in rows_of(hub, done.token, "rejected")] == ["many", "2"]
    rules = rules_of(hub, done.token)
    assert [r["OBSERVATION"] for r in rules] == ["13", "14"]
    assert rules[0]["RULES"] == "VALUE_TYPE"
    report = intake.report(hub, done.token)
    assert report["valid"] is False
    assert {f["row"] for f in report["findings"] if f["row"]} == {14, 15}
    assert report["findings"][-1]["rule"] == "MESSAGE_SPLIT"


def test_the_part_given_back_can_be_corrected_and_sent_again(hub: Hub) -> None:
    done = split(hub, message([*year(), row("MEX", "2021-01", "many")]))
    path, format_ = returned.part(hub, done.token, "rejected")
    assert format_ is not None and format_.name == "sdmx-csv-1.0"
    again = send(hub, path.read_bytes().replace(b"many", b"7"))
    assert again.counts == {"observations": 1, "inserted": 1, "updated": 0, "deleted": 0}
    assert stored(hub)["MEX", "2021-01"] == "7"


@pytest.mark.parametrize("name", WRITABLE)
def test_every_format_is_given_back_as_it_came(hub: Hub, tmp_path: Path, name: str) -> None:
    body = as_sent(hub, message([*year(), row("DOM", "2021-01", "many")]), name, tmp_path)
    done = split(hub, body, format=name)
    assert done.state is State.PUBLISHED, intake.report(hub, done.token)
    assert len(stored(hub)) == 12
    good, bad = (rows_of(hub, done.token, part) for part in ("accepted", "rejected"))
    assert [r["TIME_PERIOD"] for r in good] == MONTHS
    assert [(r["REF_AREA"], r["OBS_VALUE"]) for r in bad] == [("DOM", "many")]
    summary = returned.summary(hub, done.token)
    assert summary is not None
    assert summary["accepted"] == {"rows": 12, "format": name}
    assert summary["rejected"] == {"rows": 1, "format": name}


def test_all_rows_of_a_repeated_key_are_given_back(hub: Hub) -> None:
    body = message([*year(), row("MEX", "2020-05", 7), row("DOM", "2020-01", 3),
                    row("DOM", "2020-01", 3)])  # fmt: skip
    done = split(hub, body)
    # Twice the same value is a warning; two values are an error of both.
    assert stored(hub) == {("MEX", t): "1" for t in MONTHS if t != "2020-05"} | {
        ("DOM", "2020-01"): "3"
    }
    told = [(r["OBSERVATION"], r["RULES"]) for r in rules_of(hub, done.token)]
    assert told == [("5", "DUPLICATE_CONFLICT"), ("13", "DUPLICATE_CONFLICT")]


def test_a_workbook_is_given_back_as_csv(hub: Hub) -> None:
    (hub.settings.home / "rules").mkdir()
    rule = RULE.replace("{REF_AREA: [BLZ]}", "{CITIZENSHIP: [USA]}")
    (hub.settings.home / "rules" / "own.yaml").write_text(rule, "utf-8")
    catalogue = connector_catalogue()
    sample = next(iter(catalogue.samples("mex/upm_air_entries")))
    token = intake.submit(
        hub, sample, sample.name, connector="mex/upm_air_entries", mode=Mode.VALID
    )
    assert intake.process(hub, token).state is State.PUBLISHED
    summary = returned.summary(hub, token)
    assert summary is not None
    assert summary["rejected"]["format"] == "sdmx-csv-2.0"
    rejected = rows_of(hub, token, "rejected")
    assert {r["CITIZENSHIP"] for r in rejected} == {"USA"}
    assert len(rejected) == summary["rejected"]["rows"]
    assert {r["RULES"] for r in rules_of(hub, token)} == {"BORDER_BIG"}
    assert "USA" not in {r["CITIZENSHIP"] for r in rows_of(hub, token, "accepted")}


def test_a_series_whose_attribute_contradicts_itself_is_given_back_whole(hub: Hub) -> None:
    odd = [row("DOM", t, 5, source="census" if t == "2020-06" else "survey") for t in MONTHS]
    done = split(hub, message([*year(), *odd]))
    assert stored(hub) == {("MEX", t): "1" for t in MONTHS}
    rejected = rows_of(hub, done.token, "rejected")
    assert {r["REF_AREA"] for r in rejected} == {"DOM"}
    assert len(rejected) == 12
    assert {r["RULES"] for r in rules_of(hub, done.token)} == {"SERIES_ATTRIBUTE_INCONSISTENT"}


@pytest.mark.parametrize(
    "body",
    [
        message([row("MEX", "2020-01", "x"), row("MEX", "2020-02", "y")]),
        message(year()).replace(b",OBS_STATUS,", b",OBS_STATUZ,"),
    ],
    ids=["nothing is valid", "a column is unknown"],
)
def test_what_cannot_be_parted_is_refused_whole(hub: Hub, body: bytes) -> None:
    done = split(hub, body)
    assert done.state is State.REFUSED
    assert stored(hub) == {}
    assert "MESSAGE_NOT_SPLIT" in {f["rule"] for f in intake.report(hub, done.token)["findings"]}
    with pytest.raises(NotFound):
        returned.part(hub, done.token, "rejected")


def test_without_faults_and_without_the_mode_nothing_is_parted(hub: Hub) -> None:
    done = split(hub, message(year()))
    assert done.state is State.PUBLISHED
    assert returned.summary(hub, done.token) is None
    assert send(hub, message([*year(2), row("MEX", "2021-01", "x")])).state is State.REFUSED

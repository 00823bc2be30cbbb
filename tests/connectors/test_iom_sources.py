"""IOM: displacement rounds and missing migrants, on the publisher's files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outcome import Outcome

from connectors import catalogue

DTM, MISSING = "int/iom_dtm", "int/iom_missing_migrants"

Read = Callable[..., Outcome]
Answer = dict[str, Any]


@pytest.fixture
def answer() -> Answer:
    """The shipped extract of a DTM answer."""
    (path,) = catalogue.samples(DTM)
    read: Answer = json.loads(path.read_text("utf-8"))
    return read


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Callable[[Answer], Outcome]:
    def outcome(answer: Answer) -> Outcome:
        path = tmp_path / "dtm.json"
        path.write_text(json.dumps(answer), "utf-8")
        return read(DTM, path)

    return outcome


@pytest.mark.parametrize("level", ["admin0", "admin1"])
def test_displaced_people_add_up_to_the_answer(
    level: str, read: Read, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data(f"iom-dtm/displacement-{level}-admin0pcode-hti.json")
    outcome = read(DTM, path)
    records = json.loads(path.read_text("utf-8"))["result"]
    whole = outcome.frame[outcome.frame["SEX"] == "_T"]
    assert whole["OBS_VALUE"].map(int).sum() == sum(r["numPresentIdpInd"] for r in records)
    wrong = sum(
        r["numberMales"] is not None
        and r["numberMales"] + r["numberFemales"] != r["numPresentIdpInd"]
        for r in records
    )
    assert Counter((f.rule, f.severity.value) for f in outcome.findings) == {
        ("TOTAL_MISMATCH", "warning"): wrong
    }


def test_the_first_round_after_the_earthquake(
    read: Read, shared_data: Callable[[str], Path]
) -> None:
    outcome = read(DTM, shared_data("iom-dtm/displacement-admin0-admin0pcode-hti.json"))
    key = {"TIME_PERIOD": "2010-11-30", "REASON": "DISASTER_GEO"}
    assert outcome.value(**key, SEX="_T") == "1068882"
    assert outcome.value(**key, SEX="M") == "509533"
    row = outcome.frame.query("TIME_PERIOD == '2010-11-30' and SEX == 'F'").iloc[0]
    assert (row["FREQ"], row["REF_AREA"], row["COUNTRY_ORIGIN"], row["LOCATION"]) == (
        "I", "HTI", "HTI", "_T",
    )  # fmt: skip


def test_a_round_that_did_not_ask_for_sex_has_no_zeros(
    read: Read, shared_data: Callable[[str], Path]
) -> None:
    outcome = read(DTM, shared_data("iom-dtm/displacement-admin0-admin0pcode-hti.json"))
    men = outcome.frame.query("TIME_PERIOD == '2022-04-30' and SEX == 'M'")
    assert len(men) == 2
    assert men["OBS_VALUE"].isna().all()
    assert set(men["OBS_STATUS"]) == {"O"}


def test_divisions_of_origin_are_added_up_and_named(
    read: Read, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("iom-dtm/displacement-admin1-admin0pcode-hti.json")
    records = [
        r for r in json.loads(path.read_text("utf-8"))["result"]
        if (r["reportingDate"][:10], r["admin1Pcode"], r["displacementReason"])
        == ("2025-06-30", "HT01", "Conflict")
    ]  # fmt: skip
    outcome = read(DTM, path)
    key = {"TIME_PERIOD": "2025-06-30", "LOCATION": "HT-OU", "REASON": "CONFLICT", "SEX": "_T"}
    assert outcome.value(**key) == str(sum(r["numPresentIdpInd"] for r in records))
    found = outcome.frame
    for component, code in key.items():
        found = found[found[component] == code]
    for record in records:
        assert record["idpOriginAdmin1Name"] in found["COMMENT_OBS"].iloc[0]


def test_operations_are_not_added_to_one_another(
    answer: Answer, reread: Callable[[Answer], Outcome]
) -> None:
    other = dict(answer["result"][0], operation="Another operation")
    same = dict(answer["result"][0], operation="A third operation")
    answer["result"] = [other, same]
    answer["totalRecordsCount"] = 2
    assert {f.rule for f in reread(answer).findings} == {"DUPLICATE_LABEL"}


def test_an_answer_that_is_cut_short_is_refused(
    answer: Answer, reread: Callable[[Answer], Outcome]
) -> None:
    del answer["result"][-1]
    finding = reread(answer).only()
    assert (finding.rule, finding.sheet, finding.column) == (
        "ROWS_MISSING", "answer", "totalRecordsCount",
    )  # fmt: skip


def test_a_service_that_failed_is_refused(
    answer: Answer, reread: Callable[[Answer], Outcome]
) -> None:
    answer["isSuccess"] = False
    assert reread(answer).only().rule == "ANSWER_FAILED"


def test_a_reason_nobody_knows_is_one_finding(
    answer: Answer, reread: Callable[[Answer], Outcome]
) -> None:
    for record in answer["result"][:3]:
        record["displacementReason"] = "Alien invasion"
    finding = reread(answer).only()
    assert (finding.rule, finding.row) == ("LABEL_UNKNOWN", 2)


@pytest.fixture(scope="module")
def deaths(read: Read, shared_data: Callable[[str], Path]) -> tuple[Outcome, list[dict[str, str]]]:
    path = shared_data("iom-missing-migrants/mmp_americas_2014_2020.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return read(MISSING, path), list(csv.DictReader(file))


@pytest.mark.parametrize("total", [True, False], ids=["all origins", "by origin"])
def test_deaths_and_incidents_add_up_to_the_file(
    deaths: tuple[Outcome, list[dict[str, str]]], total: bool
) -> None:
    outcome, rows = deaths
    frame = outcome.frame[(outcome.frame["COUNTRY_COUNTERPART"] == "_T") == total]
    counted = frame["OBS_VALUE"].map(int).groupby(frame["SERIES"]).sum()
    assert counted["SM_DTH_MIGR"] == sum(float(row["dead"]) for row in rows) == 5365
    assert counted["INCIDENTS_MIGR"] == len(rows) == 3626


def test_one_month_at_one_border(deaths: tuple[Outcome, list[dict[str, str]]]) -> None:
    outcome, rows = deaths
    here = [r for r in rows if r["t"].startswith("2019-06") and r["geo"] == "USA"]
    key = {"REF_AREA": "USA", "TIME_PERIOD": "2019-06", "SERIES": "SM_DTH_MIGR"}
    assert (
        outcome.value(**key, COUNTRY_COUNTERPART="_T")
        == f"{sum(float(r['dead']) for r in here):.0f}"
    )
    unknown = sum(float(r["dead"]) for r in here if r["nat"] == "UNK")
    assert outcome.value(**key, COUNTRY_COUNTERPART="_U") == f"{unknown:.0f}"


def test_several_origins_and_longer_times_are_remarked(
    deaths: tuple[Outcome, list[dict[str, str]]],
) -> None:
    outcome, rows = deaths
    several = outcome.frame[outcome.frame["COUNTRY_COUNTERPART"] == "_O"]
    assert several["COMMENT_OBS"].str.contains("Origins given together").all()
    assert several.query("SERIES == 'INCIDENTS_MIGR'")["OBS_VALUE"].map(int).sum() == sum(
        "," in row["nat"] for row in rows
    )
    brooks = outcome.frame.query(
        "REF_AREA == 'USA' and TIME_PERIOD == '2014-08' and COUNTRY_COUNTERPART == '_T'"
    )
    assert brooks["COMMENT_OBS"].str.contains("over a longer time").all()


def test_records_alike_are_reported_once(deaths: tuple[Outcome, list[dict[str, str]]]) -> None:
    outcome, _ = deaths
    finding = outcome.only()
    assert (finding.rule, finding.found) == ("RECORD_REPEATED", "26")

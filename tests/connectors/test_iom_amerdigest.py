"""IOM's series in which several countries report: the publisher's files, whole and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outcome import Outcome
from tidy_csv import Line, lines, without, write

from connectors import catalogue
from hub.model.findings import Severity
from hub.structures.repository import StructureSet

Read = Callable[..., Outcome]
Shared = Callable[[str], Path]

ENTRIES = "int/iom_regular_entries"
EXITS = "int/iom_regular_exits"
IRREGULAR = "int/iom_irregular_entries"
SWAPPED = "iom-amerdigest/regout_AS_PUBLISHED_geo_nat_swapped.csv"
MULTIPLE = [i for i in catalogue.ids() if catalogue.record(i).reporters]


def errors(outcome: Outcome) -> Counter[str]:
    return Counter(f.rule for f in outcome.findings if f.severity is Severity.ERROR)


def total(outcome: Outcome, period: str, area: str) -> int:
    frame = outcome.frame
    part = frame[frame["TIME_PERIOD"].str.startswith(period) & (frame["REF_AREA"] == area)]
    return int(part["OBS_VALUE"].astype(int).sum())


def sample(connector: str) -> Path:
    return catalogue.samples(connector)[0]


@pytest.mark.parametrize("connector", MULTIPLE)
def test_each_reporter_has_an_agreement_that_allows_its_data(
    connector: str, structures: StructureSet
) -> None:
    record = catalogue.record(connector)
    for area, reporter in record.reporters.items():
        ref = reporter.provision_agreement
        found = structures.get("provisionagreement", ref)
        assert found.data_provider.id == reporter.provider
        assert found.structure_usage.id == record.dataflow.id
        schema = structures.agreement(ref.agency, ref.id, ref.version)
        allowed = [
            codes
            for region in schema.constraints
            for name, codes in region.values
            if name == "REF_AREA" and region.included
        ]
        assert allowed
        assert all(area in codes for codes in allowed)


def test_there_are_sources_in_which_several_report() -> None:
    assert set(MULTIPLE) == {ENTRIES, EXITS, IRREGULAR}


# -- columns exchanged --------------------------------------------------------------------------


@pytest.mark.parametrize("connector", [EXITS, ENTRIES])
def test_exchanged_columns_are_refused_with_one_finding(
    connector: str, read: Read, shared_data: Shared
) -> None:
    outcome = read(connector, shared_data(SWAPPED))
    finding = outcome.only()
    assert (finding.rule, finding.severity) == ("COLUMNS_SWAPPED", Severity.ERROR)
    assert (finding.row, finding.column) == (1, "geo")
    assert "exchanged" in finding.message
    assert outcome.frame.empty


def test_it_is_the_content_that_decides_and_not_the_name(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    published = lines(shared_data(SWAPPED))
    renamed = write(published, tmp_path / "regout.csv")
    assert read(EXITS, renamed).only().rule == "COLUMNS_SWAPPED"
    in_order = [{**x, "geo": x["nat"], "nat": x["geo"]} for x in published if x["geo"]]
    sound = [x for x in in_order if x["nat"] != "HMD"]
    misnamed = write(sound, tmp_path / "regout_AS_PUBLISHED_geo_nat_swapped.csv")
    outcome = read(EXITS, misnamed)
    assert not errors(outcome)
    assert len(outcome.frame) == len(sound)
    assert set(outcome.frame["MEASURE"]) == {"EXITS"}


def test_a_swapped_file_of_two_reporters_is_refused(read: Read, tmp_path: Path) -> None:
    turned = [{**x, "geo": x["nat"], "nat": x["geo"]} for x in lines(sample(ENTRIES))]
    assert read(ENTRIES, write(turned, tmp_path / "x.csv")).only().rule == "COLUMNS_SWAPPED"


def test_one_row_that_is_turned_round_is_a_reporter_nobody_knows(
    read: Read, tmp_path: Path
) -> None:
    records = lines(sample(ENTRIES))
    records[5] |= {"geo": records[5]["nat"], "nat": records[5]["geo"]}
    finding = read(ENTRIES, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row, finding.column) == ("REPORTER_UNKNOWN", 7, "geo")
    assert finding.found == records[5]["geo"]


def test_a_reporter_who_is_gone_is_missed(read: Read, tmp_path: Path) -> None:
    one = (x for x in lines(sample(ENTRIES)) if x["geo"] == "CRI")
    finding = read(ENTRIES, write(one, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.expected) == ("REPORTER_MISSING", "MEX")


# -- whole files --------------------------------------------------------------------------------


def test_entries_are_refused_for_impossible_origins_and_pass_without(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    path = shared_data("iom-amerdigest/regin.csv")
    outcome = read(ENTRIES, path)
    assert errors(outcome) == {"ORIGIN_IMPOSSIBLE": 2}
    given = lines(path)
    found = {f.found: f for f in outcome.findings if f.rule == "ORIGIN_IMPOSSIBLE"}
    assert set(found) == {"HMD", "IOT"}
    for code, finding in found.items():
        assert given[finding.row - 2]["nat"] == code
        assert given[finding.row - 2]["n"] != "0"
    sound = without(path, tmp_path / "x.csv", lambda line: line["nat"] in found)
    again = read(ENTRIES, sound)
    assert not errors(again)
    assert total(again, "2022-01", "CRI") == 236924
    assert total(again, "2022-01", "MEX") == sum(
        int(x["n"]) for x in lines(sound) if x["t"] == "2022-01" and x["geo"] == "MEX"
    )


def test_irregular_entries_are_refused_for_a_blank_figure_and_pass_without(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    path = shared_data("iom-amerdigest/irreg.csv")
    outcome = read(IRREGULAR, path)
    (blank,) = (f for f in outcome.findings if f.severity is Severity.ERROR)
    assert (blank.rule, blank.row, blank.column, blank.found) == ("NUMBER_EXPECTED", 2301, "n", "")
    sound = without(path, tmp_path / "x.csv", lambda line: not line["n"])
    again = read(IRREGULAR, sound)
    assert not errors(again)
    assert total(again, "2024", "MEX") == 986314  # the presented of 2024, not the channelled
    assert set(again.frame.groupby("REF_AREA")["MEASURE"].unique().map(tuple).items()) == {
        ("MEX", ("IRREGULAR_PRESENTED",)), ("PAN", ("IRREGULAR_ENTRIES",)),
    }  # fmt: skip


def test_rows_that_panama_lacks_in_one_month_are_named(read: Read, shared_data: Shared) -> None:
    """The three largest nationalities: 2,551 people where another edition has 4,702."""
    outcome = read(IRREGULAR, shared_data("iom-amerdigest/irreg.csv"))
    (finding,) = (f for f in outcome.findings if f.rule == "ROWS_MISSING")
    assert (finding.severity, finding.found) == (Severity.WARNING, "2022-01")
    assert finding.expected == "rows for ECU, HTI, VEN"
    assert total(outcome, "2022-01", "PAN") == 2551


# -- a table of another measure -----------------------------------------------------------------


def test_own_nationals_among_irregular_entries_are_refused(read: Read, tmp_path: Path) -> None:
    records = lines(sample(IRREGULAR))
    at = next(i for i, x in enumerate(records) if x["geo"] == "MEX")
    records.append({**records[at], "nat": "MEX", "n": "12"})
    finding = read(IRREGULAR, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row, finding.column) == ("OWN_NATIONALS", len(records) + 1, "nat")


def test_a_month_of_regular_entries_in_the_table_of_irregular_ones_is_refused(
    read: Read, tmp_path: Path
) -> None:
    records = lines(sample(IRREGULAR))
    next_month: list[Line] = [
        {**x, "t": "2022-02", "n": str(int(x["n"]) * 30)} for x in records if x["geo"] == "MEX"
    ]
    finding = read(IRREGULAR, write([*records, *next_month], tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row) == ("LEVEL_JUMP", len(records) + 2)
    assert "2022-02" in finding.message


def test_own_nationals_may_enter(read: Read, shared_data: Shared) -> None:
    outcome = read(ENTRIES, shared_data("iom-amerdigest/regin.csv"))
    own = outcome.frame[outcome.frame["CITIZENSHIP"] == outcome.frame["REF_AREA"]]
    assert sorted(own["TIME_PERIOD"])[0] == "2024-01"
    assert set(own["REF_AREA"]) == {"CRI"}

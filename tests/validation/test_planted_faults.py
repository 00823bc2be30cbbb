"""Each kind of fault, planted at several places, is found once, at its place; clean data is clean.

Blocks hold 64 rows here, so the places include both sides of block boundaries and both ends.
"""

from __future__ import annotations

import pytest
from corpus import PLANTS, SCHEMA, Plant, clean, message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.validation import RULES, validate

PLACES = (0, 63, 64, 479)


def _id(plant: Plant) -> str:
    return f"{plant.rule}-{plant.component}-{plant.name or plant.found}"


@pytest.mark.parametrize("seed", range(3))
def test_clean_data_gives_no_finding(seed: int) -> None:
    report = validate(message(clean(seed)))
    assert report.findings == []
    assert report.valid
    assert report.observations == 480
    assert report.dataflow == str(SCHEMA.dataflow)


@pytest.mark.parametrize("plant", PLANTS, ids=_id)
def test_a_planted_fault_is_found_once_at_its_place(plant: Plant) -> None:
    for place in PLACES:
        columns = clean()
        ordinal = plant.plant(columns, place)
        report = validate(message(columns), file="a.csv")
        found = [(f.rule, f.component, f.row) for f in report]
        assert found == [(plant.rule, plant.component, ordinal + 2)]
        finding = report.findings[0]
        assert finding.severity == RULES[plant.rule].severity
        assert report.counts[finding.severity] == 1
        assert report.valid == (finding.severity != "error")
        assert finding.file == "a.csv"
        assert finding.expected
        if plant.found is not None:
            assert finding.found == plant.found
        dims = [columns[d][ordinal] or "" for d in SCHEMA.series_key]
        assert finding.key == ".".join(dims)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 39),
            st.sampled_from([p for p in PLANTS if p.found is not None and "SERIES" not in p.rule]),
        ),
        max_size=12,
        unique_by=lambda each: each[0],
    ),
    st.integers(1, 500),
)
def test_many_faults_at_once_are_all_found_whatever_the_blocks(
    planted: list[tuple[int, Plant]], batch_rows: int
) -> None:
    """One fault in a series at most, so that none hides another."""
    columns = clean()
    expected = []
    for number, plant in planted:
        ordinal = plant.plant(columns, number * 12 + 6)
        expected.append((plant.rule, plant.component, ordinal + 2))
    report = validate(message(columns, batch_rows))
    assert sorted((f.rule, str(f.component), f.row) for f in report) == sorted(expected)
    assert [f.row for f in report] == sorted(f.row or 0 for f in report)


@pytest.mark.parametrize(
    "plant", [p for p in PLANTS if "DUPLICATE" in p.rule or p.component == "SOURCE"], ids=_id
)
def test_large_messages_are_compared_in_slices(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes come back in slices of the hash space and in chunks of the file."""
    monkeypatch.setattr("hub.validation.staging._SLICE", 50)
    monkeypatch.setattr("hub.validation.staging._READ", 37)
    columns = clean()
    assert validate(message(columns)).findings == []
    ordinal = plant.plant(columns, 300)
    found = [(f.rule, f.component, f.row) for f in validate(message(columns))]
    assert found == [(plant.rule, plant.component, ordinal + 2)]


def test_a_value_that_is_wrong_in_many_rows_is_a_fault_in_each() -> None:
    columns = clean()
    columns["SEX"] = ["X" if i % 2 else sex for i, sex in enumerate(columns["SEX"])]
    report = validate(message(columns))
    assert report.counts["error"] == 240
    assert [f.row for f in report] == list(range(3, 482, 2))
    assert {f.suggestion for f in report} == {"_X"}


def test_beyond_the_cap_faults_are_counted_and_the_report_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub.validation.dataset.MAX_FINDINGS", 10)
    columns = clean()
    columns["SEX"] = ["X"] * 480
    columns["OBS_VALUE"] = ["abc"] * 480
    columns["OBS_STATUS"] = ["A"] * 480
    report = validate(message(columns))
    assert len(report.findings) == 10
    assert report.counts["error"] == 960
    assert report.truncated


def test_duplicates_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.validation.dataset.MAX_FINDINGS", 10)
    once = clean()
    twice = {name: cells * 2 for name, cells in once.items()}
    assert validate(message(twice)).counts == {"error": 0, "warning": 480, "note": 0}
    twice["OBS_VALUE"][480:] = ["31" if v else None for v in once["OBS_VALUE"]]
    given = sum(v is not None for v in once["OBS_VALUE"])
    report = validate(message(twice))
    assert report.counts == {"error": given, "warning": 480 - given, "note": 0}
    assert len(report.findings) == 10

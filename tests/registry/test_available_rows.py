"""Availability against a naive reading of the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from released import border, release, settings_of

from hub.errors import NoResults
from hub.query.availability import AvailabilityQuery, Mode, parse_v1, parse_v2
from hub.store.available import Coverage, available
from hub.store.home import Hub

_DRAWN = random.Random(7)

VALUES = {
    "REF_AREA": ["DOM", "MEX", "NAM", "COL"],
    "CITIZENSHIP": ["_T", "MEX", "XXA"],
    "SEX": ["_T", "M", "F"],
    "TIME_PERIOD": [f"{y}-{m:02}" for y in (2024, 2025) for m in (1, 6, 12)],
}
ROWS = [
    border(t, str(n), area=a, citizenship=c, SEX=s)
    for n, (a, c, s, t) in enumerate(
        (a, c, s, t)
        for a in VALUES["REF_AREA"]
        for c in VALUES["CITIZENSHIP"]
        for s in VALUES["SEX"]
        for t in VALUES["TIME_PERIOD"]
        if _DRAWN.random() < 0.25
    )
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as made:
        release(made, ROWS)
        yield made


chosen = st.fixed_dictionaries(
    {},
    optional={name: st.sets(st.sampled_from(v), min_size=1) for name, v in VALUES.items()},
)


def naive(choice: dict[str, set[str]], mode: Mode, dimension: str) -> set[str | None]:
    """Values of a dimension among the rows, its own choice left out for ``available``."""
    return {
        row[dimension]
        for row in ROWS
        if all(
            row[d] in wanted for d, wanted in choice.items() if mode is Mode.EXACT or d != dimension
        )
    }


def answered(hub: Hub, query: AvailabilityQuery) -> Coverage | None:
    try:
        (coverage,) = available(hub, query)
    except NoResults:
        return None
    return coverage


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(choice=chosen, mode=st.sampled_from(Mode))
def test_values_counts_and_coverage_are_those_of_the_rows(
    hub: Hub, choice: dict[str, set[str]], mode: Mode
) -> None:
    filters = "&".join(f"c[{name}]={','.join(sorted(v))}" for name, v in choice.items())
    query = parse_v2("dataflow/MIGHUB/DF_MIG_BORDER", f"mode={mode}&{filters}")
    coverage = answered(hub, query)
    expected = {d: naive(choice, mode, d) for d in VALUES}
    if not any(expected.values()):
        assert coverage is None
        return
    assert coverage is not None
    for dimension in ("REF_AREA", "CITIZENSHIP", "SEX"):
        assert set(coverage.values.get(dimension, ())) == expected[dimension], dimension
    times = sorted(str(t) for t in expected["TIME_PERIOD"])
    if times:
        assert (coverage.start, coverage.end) == (first(times[0]), last(times[-1]))
    matching = [r for r in ROWS if all(r[d] in wanted for d, wanted in choice.items())]
    series = {tuple(v for k, v in r.items() if k in VALUES and k != "TIME_PERIOD")
              for r in matching}  # fmt: skip
    assert (coverage.observations, coverage.series) == (len(matching), len(series))


def first(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m")


def last(month: str) -> datetime:
    start = first(month)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def test_the_key_and_the_filter_say_the_same(hub: Hub) -> None:
    keyed = parse_v2("dataflow/MIGHUB/DF_MIG_BORDER/*/*.MEX,*.DOM", "mode=available")
    filtered = parse_v2("dataflow/MIGHUB/DF_MIG_BORDER", "c[REF_AREA]=MEX,DOM&mode=available")
    one, other = answered(hub, keyed), answered(hub, filtered)
    assert one is not None
    assert other is not None
    assert replace(one, part=other.part) == other
    assert set(one.values["REF_AREA"]) == set(VALUES["REF_AREA"])


def test_an_answer_without_filters_is_kept_until_something_is_released(hub: Hub) -> None:
    query = parse_v1("DF_MIG_BORDER", "")
    before = answered(hub, query)
    assert before is not None
    assert answered(hub, query) == before
    instant = datetime.now(UTC)
    release(hub, [border("2030-01", "1", area="PER")])
    after = answered(hub, query)
    assert after is not None
    assert "PER" in after.values["REF_AREA"]
    then = answered(hub, replace(query, data=replace(query.data, as_of=instant)))
    assert then == before
    release(hub, deletes=[border("2030-01", "1", area="PER")])
    assert answered(hub, query) == before

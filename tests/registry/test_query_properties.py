"""Any key, filter, period and version query, asked over HTTP, selects what a naive reference does.

``MIGHUB_QUERIES`` asks for more examples of each.
"""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import naive
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import Row
from released import border, release, settings_of

from hub.store.home import Hub
from registry.app import create_app

EXAMPLES = int(os.environ.get("MIGHUB_QUERIES") or 25)

some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

KEY = (
    "FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART",
    "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY", "TRAVEL_CONDITION", "SEX", "AGE",
    "UNIT_MEASURE",
)  # fmt: skip
SHOWN = (*KEY, "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS")

#: Versions of one dataflow, each with observations of its own.
VERSIONS = ("1.0.0", "1.0.3", "1.2.0", "1.10.1", "2.0.0", "2.1.0-draft")

PERIODS = {
    "A": ["2023", "2024", "2025-A1"],
    "S": ["2024-S1", "2024-S2"],
    "Q": ["2023-Q4", "2024-Q1", "2024-Q3"],
    "M": ["2023-12", "2024-01", "2024-M02", "2024-06", "2024-12", "2025-01"],
    "W": ["2020-W53", "2024-W01", "2024-W27"],
    "D": ["2023-12-31", "2024-02-29", "2024-07-01"],
    "_U": ["2024-01-15/P90D", "2024-12-20/P30D"],
}
CODES = {
    "REF_AREA": ["DOM", "MEX", "NAM"],
    "CITIZENSHIP": ["_T", "NAM", "XXA"],
    "SEX": ["F", "M"],
}
COMMENTS = [None, None, "NA", "ñandú", 'a "quote", and more', "100 %", "a+b"]


def draw_rows(seed: int, count: int) -> list[Row]:
    """Observations with every kind of period; the same for the same seed."""
    dice = random.Random(seed)
    found: dict[tuple[Any, ...], Row] = {}
    for _ in range(count):
        freq = dice.choice(list(PERIODS))
        row = border(
            dice.choice(PERIODS[freq]),
            dice.choice(["0", "1", "2.50", "-3", "884.389", "100", "20"]),
            area=dice.choice(CODES["REF_AREA"]),
            citizenship=dice.choice(CODES["CITIZENSHIP"]),
            FREQ=freq,
            SEX=dice.choice(CODES["SEX"]),
            OBS_STATUS=dice.choice("AE"),
            COMMENT_OBS=dice.choice(COMMENTS),
        )
        found[tuple(row[c] for c in (*KEY, "TIME_PERIOD"))] = row
    return list(found.values())


ROWS = {version: draw_rows(i, 160 if i == 0 else 12) for i, version in enumerate(VERSIONS)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A hub with six versions of a dataflow, each released once."""
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as hub:
        made = create_app(hub).test_client()
        accept = {"Accept": "application/vnd.sdmx.structure+xml;version=3.0.0"}
        flow = made.get("/sdmx/v2/structure/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0", headers=accept)
        for version in VERSIONS[1:]:
            number = version.encode()
            body = flow.data.replace(b' version="1.0.0" ', b' version="%s" ' % number)
            body = body.replace(b"DF_MIG_BORDER(1.0.0)", b"DF_MIG_BORDER(%s)" % number)
            answer = made.post(
                "/sdmx/v2/structure",
                data=body,
                content_type=accept["Accept"],
                headers={"X-API-Key": "test-admin-key-0123456789"},
            )
            assert answer.status_code == 201, answer.text
        for version, rows in ROWS.items():
            release(hub, rows, flow=("MIGHUB", "DF_MIG_BORDER", version))
        yield made


#: An observation with the version of the dataflow it came in.
Found = tuple[str | None, ...]


def ask(client: FlaskClient, url: str) -> list[Found]:
    """Observations of an answer in their order; a component the answer lacks is ``None``."""
    answer = client.get(url, headers={"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"})
    if answer.status_code in (204, 404):
        return []
    assert answer.status_code == 200, (url, answer.text)
    lines = csv.DictReader(io.StringIO(answer.text, newline=""))
    return [
        (line["STRUCTURE_ID"].partition("(")[2][:-1], *(line.get(c) or None for c in SHOWN))
        for line in lines
    ]


def shown(version: str, rows: list[Row]) -> list[Found]:
    return [(version, *(r.get(c) for c in SHOWN)) for r in naive.in_order(rows, KEY)]


#: Codes for a dimension: those there are, one that exists and is not there, one nobody knows.
def codes(dimension: str) -> st.SearchStrategy[list[str]]:
    known = {**CODES, "FREQ": [*PERIODS, "H"], "MEASURE": ["ENTRIES", "EXITS"]}
    return st.lists(st.sampled_from([*known[dimension], "ZZZ"]), max_size=3, unique=True)


_ASKED = ("FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "SEX")
keys = st.fixed_dictionaries({d: codes(d) for d in _ASKED}).map(
    lambda wanted: [wanted.get(d, []) for d in KEY]
)
periods = st.sampled_from(
    [*(p for some_ in PERIODS.values() for p in some_ if "/" not in p), "2024-T2", "2024-07"]
)
counts = st.none() | st.integers(1, 3)


@some
@given(key=keys, start=st.none() | periods, end=st.none() | periods, first=counts, last=counts)
@pytest.mark.conformance(
    "v1.data.key.order",
    "v1.data.key.or",
    "v1.data.start_period",
    "v1.data.end_period",
    "v1.data.first_n",
    "v1.data.last_n",
    "v1.data.n_after_periods",
    "v1.period.frequencies",
)
def test_rest_1_selects_what_the_reference_selects(
    client: FlaskClient,
    key: list[list[str]],
    start: str | None,
    end: str | None,
    first: int | None,
    last: int | None,
) -> None:
    asked = {"startPeriod": start, "endPeriod": end,
             "firstNObservations": first, "lastNObservations": last}  # fmt: skip
    text = ".".join("+".join(part) for part in key)
    query = "&".join(f"{k}={v}" for k, v in asked.items() if v is not None)
    rows = [r for r in ROWS["1.0.0"] if naive.has_key(r, KEY, key) and naive.within(r, start, end)]
    expected = shown("1.0.0", naive.ends(rows, KEY, first, last))
    assert ask(client, f"/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0/{text}?{query}") == expected


@st.composite
def short_keys(draw: st.DrawFn) -> list[list[str]]:
    """A key of REST 2: one code or none for each dimension, cut anywhere."""
    dimensions = KEY[: draw(st.integers(1, len(KEY)))]
    return [draw(codes(d))[:1] if d in _ASKED else [] for d in dimensions]


_WORDS = {
    "REF_AREA": ["MEX", "NAM", "M", "ZZZ"],
    "SEX": ["F", "M"],
    "OBS_STATUS": ["A", "E"],
    # No "," and no "+": clients encode those between values too, so nothing escapes one in a value.
    "COMMENT_OBS": ["NA", "a", "ñ", '"quote"', "100 %"],
}
_ON_TEXT = ("eq", "ne", "lt", "le", "gt", "ge", "co", "nc", "sw", "ew")
_ON_ORDER = ("eq", "ne", "lt", "le", "gt", "ge")


def comparisons(component: str) -> st.SearchStrategy[tuple[str, str]]:
    if component == "TIME_PERIOD":
        return st.tuples(st.sampled_from(_ON_ORDER), periods)
    if component == "OBS_VALUE":
        numbers = st.sampled_from(["0", "2.5", "-3", "100.0", "884.389", "21"])
        return st.tuples(st.sampled_from(_ON_ORDER), numbers)
    return st.tuples(st.sampled_from(_ON_TEXT), st.sampled_from(_WORDS[component]))


def alternatives(component: str) -> st.SearchStrategy[list[list[tuple[str, str]]]]:
    together = st.lists(comparisons(component), min_size=1, max_size=2)
    return st.lists(together, min_size=1, max_size=2)


filters = st.sets(st.sampled_from([*_WORDS, "TIME_PERIOD", "OBS_VALUE"]), max_size=3).flatmap(
    lambda chosen: st.fixed_dictionaries({c: alternatives(c) for c in sorted(chosen)})
)
pages = st.tuples(st.none() | st.integers(0, 30), st.none() | st.integers(1, 40))


@some
@given(
    wanted=st.lists(short_keys(), max_size=3),
    asked=filters,
    fiscal=st.booleans(),
    first=counts,
    last=counts,
    page=pages,
)
@pytest.mark.conformance(
    "v2.data.key.several",
    "v2.data.key.short",
    "v2.data.key.wildcard",
    "v2.filter.time",
    "v2.filter.time_reporting_year",
    "v2.filter.numbers",
    "v2.data.first_last_n",
    "v2.data.offset_limit",
    "v2.data.reporting_year_start",
)
def test_rest_2_selects_what_the_reference_selects(
    client: FlaskClient,
    wanted: list[list[list[str]]],
    asked: dict[str, list[list[tuple[str, str]]]],
    fiscal: bool,
    first: int | None,
    last: int | None,
    page: tuple[int | None, int | None],
) -> None:
    path = ",".join(".".join(part[0] if part else "*" for part in key) for key in wanted)
    parts = [
        f"c[{component}]="
        + ",".join(
            "+".join(f"{op}:{quote(value, safe='')}" for op, value in together) for together in ors
        )
        for component, ors in asked.items()
    ]
    extra = {"firstNObservations": first, "lastNObservations": last,
             "offset": page[0], "limit": page[1],
             "reportingYearStartDay": "--07-01" if fiscal else None}  # fmt: skip
    parts += [f"{k}={v}" for k, v in extra.items() if v is not None]
    year = (7, 1) if fiscal else (1, 1)
    rows = [
        r
        for r in ROWS["1.0.0"]
        if (not wanted or any(naive.has_key(r, KEY, key) for key in wanted))
        and all(
            any(all(naive.holds(r, c, op, v, year) for op, v in ands) for ands in ors)
            for c, ors in asked.items()
        )
    ]
    expected = shown("1.0.0", naive.ends(rows, KEY, first, last))
    expected = expected[page[0] or 0 :][: page[1]]
    url = f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/{path or '*'}?{'&'.join(parts)}"
    assert ask(client, url) == expected


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """A version query: a version, or one with a wildcard in it."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*VERSIONS, "+", "~", "*", "3.0.0"]))
    wildcard, at = draw(st.sampled_from("+~*")), draw(st.integers(0, 2))
    parts = [draw(st.sampled_from(["1", "2"])), draw(st.sampled_from(["0", "1", "2"])),
             draw(st.sampled_from(["0", "1", "3"]))]  # fmt: skip
    if draw(st.booleans()):
        parts[at] += wildcard
    else:  # after a wildcard without a number there are zeros only
        parts[at:] = [wildcard, *["0"] * (2 - at)]
    return ".".join(parts)


@some
@given(asked=st.lists(expressions(), min_size=1, max_size=2), area=st.sampled_from(["MEX", "*"]))
@pytest.mark.conformance(
    "v2.version.exact",
    "v2.version.plus",
    "v2.version.wild_part",
    "v2.version.from_any",
    "v2.version.from_major",
    "v2.version.from_minor",
    "v2.version.tilde",
    "v2.version.star",
    "v2.version.or",
    "v2.version.numeric",
)
def test_versions_of_rest_2_are_those_of_the_reference(
    client: FlaskClient, asked: list[str], area: str
) -> None:
    chosen = naive.versions(",".join(asked), VERSIONS)
    expected = [
        found
        for version in VERSIONS
        if version in chosen
        for found in shown(version, [r for r in ROWS[version] if area in ("*", r["REF_AREA"])])
    ]
    url = f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/{','.join(asked)}/*.{area}"
    assert sorted(ask(client, url), key=str) == sorted(expected, key=str)


@some
@given(asked=st.sampled_from([*VERSIONS, "latest", "all", "", "9.9"]))
@pytest.mark.conformance("v1.data.flow.agency", "v1.data.flow.version")
def test_versions_of_rest_1_are_those_of_the_reference(client: FlaskClient, asked: str) -> None:
    chosen = {"all": VERSIONS, "latest": VERSIONS[-1:], "": VERSIONS[-1:]}.get(asked, (asked,))
    expected = [f for v in VERSIONS if v in chosen for f in shown(v, ROWS[v])]
    found = ask(client, f"/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,{asked}")
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_both_interfaces_select_the_same(client: FlaskClient) -> None:
    """The same question in both languages: all of it, and a part with every kind of condition."""
    one = "/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0"
    two = "/sdmx/v2/data/*/MIGHUB/DF_MIG_BORDER/1.0.0"
    assert ask(client, one) == ask(client, two) == shown("1.0.0", ROWS["1.0.0"])
    of_one = ask(client, f"{one}/.MEX+DOM.........F..?startPeriod=2024-Q1&endPeriod=2024-S2")
    of_two = ask(client, f"{two}?c[REF_AREA]=MEX,DOM&c[SEX]=F&c[TIME_PERIOD]=ge:2024-Q1+le:2024-S2")
    assert of_one == of_two
    assert 0 < len(of_one) < 60

"""The engine against a reference that walks over rows in plain Python."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engine_choice import ENGINE_URL
from engine_cube import SCHEMA, Row, rows_of, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError, SemanticError
from hub.query import data_v1, data_v2
from hub.query.model import DataQuery
from hub.store.engine import Engine
from hub.store.engines import open_engine
from hub.store.layout import layout
from hub.store.statement import changed, deleted, none, plain, stored

KEY = ("FREQ", "AREA", "SEX")
PERIODS = (
    "2019", "2020", "2021", "2020-Q1", "2020-Q4", "2021-Q1", "2020-01", "2020-06", "2020-12",
    "2021-01", "2020-12-31", "2021-01-01", "2020-01-01/P5M", "2020-W53",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(ENGINE_URL, 256, tmp_path_factory.mktemp("spill"), threads=2)
    yield made
    made.close()


def ask(engine: Engine, query: DataQuery, files: list[str]) -> list[Row]:
    look = layout(SCHEMA, query)
    statement = plain(SCHEMA, query, look, stored(SCHEMA, files))
    return rows_of(engine.batches(SCHEMA, statement, rows=50))


# --- the reference: periods as spans of days, written down without looking at the hub's own


def span(text: str) -> tuple[datetime, datetime]:
    """First instant and exclusive end of the few forms used here."""
    if "/" in text:
        day, months = text.split("/P")
        start = datetime.fromisoformat(day)
        return start, shift(start, int(months[:-1]))
    if match := re.fullmatch(r"(\d{4})-Q(\d)", text):
        start = datetime(int(match[1]), 3 * int(match[2]) - 2, 1)
        return start, shift(start, 3)
    if match := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        start = datetime.fromisocalendar(int(match[1]), int(match[2]), 1)
        return start, start + timedelta(7)
    parts = [int(p) for p in text.split("-")]
    start = datetime(*[*parts, 1, 1][:3])  # type: ignore[arg-type]
    return start, (
        start + timedelta(1) if len(parts) == 3 else shift(start, 1 if len(parts) == 2 else 12)
    )


def shift(day: datetime, months: int) -> datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def by_key(row: Row) -> tuple[Any, ...]:
    return (*(row[d] for d in KEY), *span(str(row["TIME_PERIOD"])), row["TIME_PERIOD"])


def ends(rows: list[Row], first: int | None, last: int | None) -> list[Row]:
    if first is None and last is None:
        return rows
    series: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=by_key):
        series.setdefault(tuple(row[d] for d in KEY), []).append(row)
    kept = []
    for group in series.values():
        chosen = {id(r) for r in group[: first or 0]} | {
            id(r) for r in group[len(group) - min(last or 0, len(group)) :]
        }
        kept += [r for r in group if id(r) in chosen]
    return kept


codes = {"FREQ": ["A", "Q", "M"], "AREA": ["NA", "MEX", "DOM"], "SEX": ["_T", "M", "F"]}
rows_strategy = st.lists(
    st.fixed_dictionaries(
        {
            **{d: st.sampled_from(c) for d, c in codes.items()},
            "TIME_PERIOD": st.sampled_from(PERIODS),
            "OBS_VALUE": st.sampled_from(["0", "1", "2.50", "10", "-3", "884.389", "1e2", "NaN"])
            | st.none(),
            "OBS_STATUS": st.sampled_from(["A", "E"]),
            "COMMENT": st.sampled_from(["", "NA", "a 'quoted' text", 'ñandú; "x"']) | st.none(),
            "SOURCE": st.just("S"),
            "TITLE": st.none(),
        }
    ),
    max_size=40,
    unique_by=by_key,
)
some = ["A", "Q", "M", "NA", "MEX", "DOM", "_T", "F", "ZZZ"]
part = st.lists(st.sampled_from(some), max_size=3, unique=True)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(
    rows=rows_strategy,
    key=st.tuples(part, part, part),
    start=st.sampled_from(PERIODS[:-2]) | st.none(),
    end=st.sampled_from(PERIODS[:-2]) | st.none(),
    first=st.integers(1, 3) | st.none(),
    last=st.integers(1, 3) | st.none(),
)
def test_v1_agrees_with_the_reference(
    engine: Engine, tmp_path: Path, rows: list[Row], key: tuple[list[str], ...],
    start: str | None, end: str | None, first: int | None, last: int | None,
) -> None:  # fmt: skip
    half = len(rows) // 2
    files = [write(tmp_path / "a.parquet", rows[:half]), write(tmp_path / "b.parquet", rows[half:])]
    asked = {
        "startPeriod": start, "endPeriod": end,
        "firstNObservations": first, "lastNObservations": last,
    }  # fmt: skip
    query = data_v1.parse(
        "DF_CUBE/" + ".".join("+".join(p) for p in key),
        "&".join(f"{k}={v}" for k, v in asked.items() if v is not None),
    )
    expected = [
        r
        for r in rows
        if all(not p or r[d] in p for d, p in zip(KEY, key, strict=True))
        and (start is None or span(str(r["TIME_PERIOD"]))[0] >= span(start)[0])
        and (end is None or span(str(r["TIME_PERIOD"]))[1] <= span(end)[1])
    ]
    expected = sorted(ends(expected, first, last), key=by_key)
    assert ask(engine, query, files) == expected


text_ops: dict[str, Callable[[str | None, str], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "co": lambda a, b: a is not None and b in a,
    "nc": lambda a, b: a is None or b not in a,
    "sw": lambda a, b: a is not None and a.startswith(b),
    "ew": lambda a, b: a is not None and a.endswith(b),
}
time_ops: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a[0] >= b[0] and a[1] <= b[1],
    "ne": lambda a, b: not (a[0] >= b[0] and a[1] <= b[1]),
    "ge": lambda a, b: a[0] >= b[0],
    "le": lambda a, b: a[1] <= b[1],
    "gt": lambda a, b: a[0] >= b[1],
    "lt": lambda a, b: a[1] <= b[0],
}


def holds(row: Row, component: str, operator: str, value: str) -> bool:
    found = row[component]
    if component == "TIME_PERIOD" and operator in time_ops:
        return time_ops[operator](span(str(found)), span(value))
    if component == "OBS_VALUE" and operator in time_ops:
        number = None if found in (None, "NaN") else float(str(found))
        if operator == "ne":
            return number != float(value)
        return number is not None and text_ops[operator](number, float(value))  # type: ignore[arg-type]
    return text_ops[operator](found, value)


values = {
    "AREA": st.sampled_from(["NA", "MEX", "M", "E"]),
    "COMMENT": st.sampled_from(["NA", "a", "ñ", "' OR 1=1 --", '"x"']),
    "OBS_VALUE": st.sampled_from(["0", "2.5", "10.0", "-3", "100"]),
    "TIME_PERIOD": st.sampled_from(PERIODS[:9]),
}
operators = st.lists(st.sampled_from(list(text_ops)), min_size=1, max_size=2)
filters = st.dictionaries(
    st.sampled_from(list(values)), st.lists(operators, min_size=1, max_size=2), max_size=3
)


@pytest.mark.conformance(
    "v2.filter.components",
    "v2.filter.and",
    "v2.filter.or",
    "v2.filter.eq",
    "v2.filter.ne",
    "v2.filter.lt_le",
    "v2.filter.gt_ge",
    "v2.filter.co_nc",
    "v2.filter.sw_ew",
)
@quick
@given(rows=rows_strategy, asked=filters, data=st.data())
def test_v2_filters_agree_with_the_reference(
    engine: Engine, tmp_path: Path, rows: list[Row], asked: dict[str, list[list[str]]], data: Any
) -> None:
    files = [write(tmp_path / "a.parquet", rows)]
    chosen = {
        c: [[(op, data.draw(values[c])) for op in ands] for ands in ors] for c, ors in asked.items()
    }
    text = "&".join(
        f"c[{c}]=" + ",".join("+".join(f"{op}:{_quote(v)}" for op, v in ands) for ands in ors)
        for c, ors in chosen.items()
    )
    expected = [
        r
        for r in rows
        if all(
            any(all(holds(r, c, op, v) for op, v in ands) for ands in ors)
            for c, ors in chosen.items()
        )
    ]
    query = data_v2.parse("dataflow/TEST/DF_CUBE/*/*", text)
    assert ask(engine, query, files) == sorted(expected, key=by_key)


def _quote(text: str) -> str:
    return "".join(f"%{b:02X}" for b in text.encode())


@pytest.mark.conformance("v2.data.key.several", "v2.data.key.short", "v2.data.offset_limit")
@quick
@given(
    rows=rows_strategy,
    keys=st.lists(
        st.lists(st.sampled_from(["*", *some]), min_size=1, max_size=3), min_size=1, max_size=3
    ),
    offset=st.integers(0, 5),
    limit=st.integers(1, 10),
)  # fmt: skip
def test_v2_keys_and_pages_agree_with_the_reference(
    engine: Engine, tmp_path: Path, rows: list[Row], keys: list[list[str]], offset: int, limit: int
) -> None:
    files = [write(tmp_path / "a.parquet", rows)]
    query = data_v2.parse(
        "dataflow/TEST/DF_CUBE/*/" + ",".join(".".join(k) for k in keys),
        f"offset={offset}&limit={limit}",
    )
    expected = [
        r
        for r in rows
        if any(all(c in ("*", r[d]) for d, c in zip(KEY, k, strict=False)) for k in keys)
    ]
    assert ask(engine, query, files) == sorted(expected, key=by_key)[offset : offset + limit]


@quick
@given(old=rows_strategy, new=rows_strategy, kept=rows_strategy)
def test_changes_between_two_versions(
    engine: Engine, tmp_path: Path, old: list[Row], new: list[Row], kept: list[Row]
) -> None:
    """Rows that differ come as they are now, keys that are gone come as deletions."""
    stay = {by_key(r) for r in kept}
    old = [*kept, *(r for r in old if by_key(r) not in stay)]
    new = [*kept, *(r for r in new if by_key(r) not in stay)]
    before, now = write(tmp_path / "a.parquet", old), write(tmp_path / "b.parquet", new)
    query = data_v2.parse("dataflow/TEST/DF_CUBE", "")
    look = layout(SCHEMA, query)
    then, today = stored(SCHEMA, [before]), stored(SCHEMA, [now])
    found = rows_of(engine.batches(SCHEMA, changed(SCHEMA, query, look, today, then)))
    assert found == sorted((r for r in new if r not in old), key=by_key)
    gone = rows_of(engine.batches(SCHEMA, deleted(SCHEMA, query, today, then)))
    left = {by_key(r) for r in new}
    expected = [{k: r[k] for k in SCHEMA.key} for r in old if by_key(r) not in left]
    assert sorted(gone, key=by_key) == sorted(expected, key=by_key)


# --- what hypothesis does not say clearly


def row(key: str, time: str, value: str | None = "1", **more: str | None) -> Row:
    dimensions = dict(zip(KEY, key.split("."), strict=True))
    return {
        **dimensions, "TIME_PERIOD": time, "OBS_VALUE": value, "OBS_STATUS": "A", "COMMENT": None,
        "SOURCE": None, "TITLE": None, **more,
    }  # fmt: skip


def test_columns_keep_the_contract(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [row("A.NA._T", "2020", "884.389")])
    query = data_v1.parse("DF_CUBE", "")
    statement = plain(SCHEMA, query, layout(SCHEMA, query), stored(SCHEMA, [file]))
    (batch,) = engine.batches(SCHEMA, statement)
    assert tuple(batch.schema.names) == SCHEMA.columns
    for field in batch.schema:
        wanted = (
            pa.string() if field.name == "OBS_VALUE" else pa.dictionary(pa.int32(), pa.string())
        )
        assert field.type == wanted, field.name
    assert batch.column("AREA").to_pylist() == ["NA"]
    assert batch.column("OBS_VALUE").to_pylist() == ["884.389"]


@pytest.mark.parametrize(
    ("detail", "columns", "count"),
    [
        ("full", SCHEMA.columns, 3),
        ("dataonly", ("FREQ", "AREA", "SEX", "TIME_PERIOD", "OBS_VALUE"), 3),
        ("serieskeysonly", ("FREQ", "AREA", "SEX"), 2),
        ("nodata", ("FREQ", "AREA", "SEX", "SOURCE", "TITLE"), 2),
    ],
)
def test_detail_prunes_columns(
    engine: Engine, tmp_path: Path, detail: str, columns: tuple[str, ...], count: int
) -> None:
    rows = [row("A.NA._T", "2020", SOURCE="x"), row("A.NA._T", "2021"), row("A.MEX._T", "2020")]
    file = write(tmp_path / "a.parquet", rows)
    query = data_v1.parse("DF_CUBE", f"detail={detail}")
    look = layout(SCHEMA, query)
    statement = plain(SCHEMA, query, look, stored(SCHEMA, [file]))
    assert statement.columns == columns
    assert look.series_only == (count == 2)
    found = rows_of(engine.batches(SCHEMA, statement))
    assert len(found) == count
    if detail == "nodata":  # a series attribute that one row lacks is the series' all the same
        assert [r["SOURCE"] for r in found] == [None, "x"]


def test_attributes_of_matched_rows_come_without_measures(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [row("A.NA._T", "2020", COMMENT="c", SOURCE="s")])
    query = data_v2.parse("dataflow/TEST/DF_CUBE", "attributes=all&measures=none")
    (found,) = ask(engine, query, [file])
    assert "OBS_VALUE" not in found
    assert (found["OBS_STATUS"], found["COMMENT"], found["SOURCE"]) == ("A", "c", "s")


def test_a_column_that_older_files_lack_is_empty_there(engine: Engine, tmp_path: Path) -> None:
    known = tuple(c for c in SCHEMA.columns if c not in ("COMMENT", "TITLE"))
    old = write(tmp_path / "a.parquet", [row("A.NA._T", "2020")], known)
    new = write(tmp_path / "b.parquet", [row("A.NA._T", "2021", COMMENT="new")],
                tuple(c for c in SCHEMA.columns if c != "TITLE"))  # fmt: skip
    found = ask(engine, data_v1.parse("DF_CUBE", ""), [old, new])
    assert [(r["TIME_PERIOD"], r["COMMENT"], r["TITLE"]) for r in found] == [
        ("2020", None, None), ("2021", "new", None),
    ]  # fmt: skip


def test_series_stand_together_for_any_dimension_at_observation(
    engine: Engine, tmp_path: Path
) -> None:
    rows = [row(f"{f}.{a}.{s}", t) for f in "AQ" for a in ("NA", "MEX") for s in ("M", "F")
            for t in ("2019", "2020", "2021")]  # fmt: skip
    file = write(tmp_path / "a.parquet", rows[::-1])
    for at in ("TIME_PERIOD", "SEX", "FREQ", "AREA"):
        found = ask(engine, data_v1.parse("DF_CUBE", f"dimensionAtObservation={at}"), [file])
        series = [tuple(r[d] for d in SCHEMA.key if d != at) for r in found]
        changes = sum(a != b for a, b in pairwise(series))
        assert changes == len(set(series)) - 1, at


@pytest.mark.conformance("v2.data.sort", "v2.data.sort_words")
def test_sorting(engine: Engine, tmp_path: Path) -> None:
    rows = [
        row("A.NA._T", "2020", "9"),
        row("A.NA._T", "2021", "10"),
        row("A.MEX._T", "2020", None),
    ]
    file = write(tmp_path / "a.parquet", rows)

    def order(sort: str) -> list[tuple[str | None, str | None]]:
        query = data_v2.parse("dataflow/TEST/DF_CUBE", f"sort={sort}")
        return [(r["AREA"], r["TIME_PERIOD"]) for r in ask(engine, query, [file])]

    assert order("series_key+TIME_PERIOD:desc") == [("MEX", "2020"), ("NA", "2021"), ("NA", "2020")]
    assert order("*:desc") == [("NA", "2021"), ("NA", "2020"), ("MEX", "2020")]
    # numbers sort as numbers, what is missing comes last
    assert order("OBS_VALUE:desc") == [("NA", "2021"), ("NA", "2020"), ("MEX", "2020")]


def test_a_sort_that_takes_series_apart_is_flat_or_refused() -> None:
    flat = layout(SCHEMA, data_v2.parse("", "sort=TIME_PERIOD:desc"))
    assert flat.dimension_at_observation == "AllDimensions"
    kept = layout(SCHEMA, data_v2.parse("", "sort=AREA+FREQ:desc+SEX+TIME_PERIOD:desc"))
    assert kept.dimension_at_observation is None
    with pytest.raises(SemanticError, match="takes series apart"):
        layout(SCHEMA, data_v2.parse("", "sort=TIME_PERIOD&dimensionAtObservation=TIME_PERIOD"))


@pytest.mark.conformance(
    "v2.data.key.too_long", "v2.filter.unknown_component", "v2.data.attributes.unknown"
)
@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("dataflow/T/D/*/A.B.C.D", "", "4 parts but .* 3 dimensions: FREQ.AREA.SEX"),
        ("", "c[NOPE]=1", "no component NOPE"),
        ("", "attributes=NOPE", "no attribute NOPE"),
        ("", "measures=OBS_STATUS", "no measure OBS_STATUS"),
        ("", "dimensionAtObservation=OBS_VALUE", "not a dimension"),
        ("", "sort=NOPE", "no component NOPE to sort by"),
        ("", "attributes=none&measures=none&sort=TIME_PERIOD", "cannot be sorted"),
    ],
)
def test_what_the_structure_does_not_have(path: str, query: str, words: str) -> None:
    asked = data_v2.parse(path, query)
    with pytest.raises(SemanticError, match=words):
        plain(SCHEMA, asked, layout(SCHEMA, asked), none(SCHEMA))


@pytest.mark.parametrize(
    "query", ["c[TIME_PERIOD]=20x0", "c[OBS_VALUE]=ge:abc", "c[OBS_VALUE]=nan"]
)
def test_values_that_cannot_be_read(query: str) -> None:
    asked = data_v2.parse("", query)
    with pytest.raises(RequestSyntaxError):
        plain(SCHEMA, asked, layout(SCHEMA, asked), none(SCHEMA))


@pytest.mark.conformance("v2.filter.time_reporting_year")
def test_reporting_years_start_where_the_query_says(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [row("M.NA._T", "2010-12"), row("M.NA._T", "2011-01")])
    query = data_v2.parse("", "c[TIME_PERIOD]=ge:2010-Q3&reportingYearStartDay=--07-01")
    assert [r["TIME_PERIOD"] for r in ask(engine, query, [file])] == ["2011-01"]


def test_a_whole_year_includes_what_ends_with_it(engine: Engine, tmp_path: Path) -> None:
    rows = [row("M.NA._T", t) for t in ("2012", "2012-12", "2012-Q4", "2012-W52", "2012-12-31")]
    file = write(tmp_path / "a.parquet", [*rows, row("M.NA._T", "2013-01-01")])
    found = ask(engine, data_v1.parse("DF_CUBE", "endPeriod=2012"), [file])
    assert len(found) == len(rows)


def test_series_that_the_key_fixes(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [row("A.NA._T", "2020"), row("A.NA._T", "2021")])
    query = data_v1.parse("DF_CUBE/A.NA._T", "detail=serieskeysonly")
    assert ask(engine, query, [file]) == [{"FREQ": "A", "AREA": "NA", "SEX": "_T"}]
    nothing = data_v1.parse("DF_CUBE/A.MEX._T", "detail=serieskeysonly")
    assert ask(engine, nothing, [file]) == []


def test_cursors_of_several_threads(engine: Engine, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    rows = [
        row(f"A.{a}.{s}", str(y)) for a in ("NA", "MEX") for s in "MF" for y in range(1950, 2020)
    ]
    file = write(tmp_path / "a.parquet", rows)
    with ThreadPoolExecutor(8) as pool:
        counts = pool.map(
            lambda a: len(ask(engine, data_v1.parse(f"DF_CUBE/.{a}.", ""), [file])),
            ["NA", "MEX"] * 16,
        )
    assert set(counts) == {140}

"""ClickHouse and DuckDB give the same rows in the same order: over local files and over S3.

The third engine is the client of a ClickHouse server; the server it asks here is the one in this
process, as there is no other.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from engine_cube import SCHEMA, Row, rows_of, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import fs

from hub.query import data_v1, data_v2
from hub.query.model import DataQuery
from hub.store.availability import Holdings
from hub.store.embedded import folder
from hub.store.engine import Engine
from hub.store.engine_clickhouse import ClickHouseEngine
from hub.store.engine_server import Server
from hub.store.engines import open_engine
from hub.store.layout import layout
from hub.store.statement import Statement, changed, deleted, plain, stored
from hub.store.withdrawn import withdrawn
from hub.views import Relation

Engines = Mapping[str, Engine]


def opened(spill: Path) -> dict[str, Engine]:
    """One engine of each kind; the object store is the one that the environment names now."""

    embedded = open_engine("chdb://", 512, spill, threads=1)
    assert embedded.scalar("SELECT 1") == 1  # the client below finds it open

    def in_process() -> clickhouse_connect.driver.Client:
        return clickhouse_connect.get_client(interface="chdb", path=folder())

    return {
        "duckdb": open_engine("", 256, spill, threads=1),
        "in process": embedded,
        "server": ClickHouseEngine(Server(in_process), os.environ),
    }


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    made = opened(tmp_path_factory.mktemp("spill"))
    yield made
    for one in made.values():
        one.close()


def agreed(engines: Engines, ask: Callable[[Engine], Any]) -> Any:
    """The one answer of all engines."""
    answers = {name: ask(engine) for name, engine in engines.items()}
    for name, answer in answers.items():
        assert answer == answers["duckdb"], name
    return answers["duckdb"]


def rows(engines: Engines, statement: Statement | None) -> Any:
    """The one answer to a statement, in order."""
    if statement is None:
        return None
    return agreed(engines, lambda engine: rows_of(engine.batches(SCHEMA, statement, rows=7)))


# --- any rows, any question

PERIODS = (
    "1899", "2019", "2020", "2021", "2020-Q1", "2020-Q4", "2020-01", "2020-12", "2020-12-31",
    "2020-01-01/P5M", "2020-W53", "2301-01",
)  # fmt: skip
TEXTS = ("", "NA", "a 'quoted' text", 'ñandú; "x"', "back\\slash", "two\nlines", "\\N", "?", "%")
NUMBERS = (
    "0", "-0", "1", "+1", "2.50", "10", "9", "-3", "884.389", "1e2", "1E-7", ".5", "5.", "007",
    "NaN", "INF", "-INF", "123456789012345678", "123456789012345679", "0.1", "0.10",
)  # fmt: skip
CODES = {"FREQ": ("A", "Q", "M"), "AREA": ("NA", "MEX", "DOM"), "SEX": ("_T", "M", "F")}

a_row = st.fixed_dictionaries(
    {
        **{d: st.sampled_from(codes) for d, codes in CODES.items()},
        "TIME_PERIOD": st.sampled_from(PERIODS),
        "OBS_VALUE": st.sampled_from(NUMBERS) | st.none(),
        "OBS_STATUS": st.sampled_from(["A", "E"]),
        "COMMENT": st.sampled_from(TEXTS) | st.none(),
        "SOURCE": st.sampled_from(["S", "T"]) | st.none(),
        "TITLE": st.none(),
    }
)
cube = st.lists(a_row, max_size=40, unique_by=lambda r: tuple(r[c] for c in SCHEMA.key))

filters = st.one_of(
    st.tuples(
        st.sampled_from(["OBS_VALUE"]),
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
        st.sampled_from(["0", "1", "2.5", "9", "-3", "100", "1e-7"]),
    ),
    st.tuples(
        st.sampled_from(["AREA", "COMMENT", "OBS_STATUS", "OBS_VALUE"]),
        st.sampled_from(["co", "nc", "sw", "ew"]),
        st.sampled_from(["A", "M", "N", "x", "1", ".", "ñ"]),
    ),
    st.tuples(
        st.sampled_from(["AREA", "COMMENT", "SOURCE"]),
        st.sampled_from(["eq", "ne", "lt", "ge"]),
        st.sampled_from(["NA", "MEX", "S", "ZZZ"]),
    ),
    st.tuples(
        st.just("TIME_PERIOD"),
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
        st.sampled_from(["1899", "2020", "2020-Q4", "2020-12-31", "2301"]),
    ),
)


def words(**given: object) -> str:
    return "&".join(f"{name}={value}" for name, value in given.items() if value is not None)


sorts = st.lists(
    st.sampled_from([*SCHEMA.columns, "series_key"]).flatmap(
        lambda name: st.sampled_from([name, f"{name}:desc"])
    ),
    max_size=3,
    unique_by=lambda one: one.partition(":")[0],
)
v2 = st.builds(
    lambda keys, where, order, first, last, limit, offset, attributes, measures: data_v2.parse(
        f"dataflow/TEST/DF_CUBE/1.0.0/{','.join('.'.join(k) for k in keys) or '*'}",
        "&".join(
            [
                *(f"c[{c}]={op}:{value}" for c, op, value in where),
                words(
                    sort="+".join(order) or None, firstNObservations=first,
                    lastNObservations=last, limit=limit, offset=offset, attributes=attributes,
                    measures=measures, dimensionAtObservation="AllDimensions",
                ),
            ]
        ).strip("&"),
    ),
    keys=st.lists(st.tuples(*(st.sampled_from([*c, "*"]) for c in CODES.values())), max_size=2),
    where=st.lists(filters, max_size=2, unique_by=lambda f: f[0]),
    order=sorts, first=st.integers(1, 2) | st.none(), last=st.integers(1, 2) | st.none(),
    limit=st.integers(1, 9) | st.none(), offset=st.integers(1, 5) | st.none(),
    attributes=st.sampled_from([None, "none", "series", "dsd"]),
    measures=st.sampled_from([None, None, "none", "all"]),
)  # fmt: skip

some = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def answerable(query: DataQuery) -> bool:
    try:
        plain(SCHEMA, query, layout(SCHEMA, query), stored(SCHEMA, ()))
    except Exception:
        return False
    return True


@some
@given(given=cube, query=v2.filter(answerable))
def test_any_question(engines: Engines, tmp_path: Path, given: list[Row], query: DataQuery) -> None:
    half = len(given) // 2
    files = [
        write(tmp_path / "a.parquet", given[:half]),
        write(tmp_path / "b.parquet", given[half:]),
    ]
    rows(engines, plain(SCHEMA, query, layout(SCHEMA, query), stored(SCHEMA, files)))


@some
@given(old=cube, new=cube, query=v2.filter(answerable))
def test_any_change(
    engines: Engines, tmp_path: Path, old: list[Row], new: list[Row], query: DataQuery
) -> None:
    look = layout(SCHEMA, query)
    before = stored(SCHEMA, [write(tmp_path / "a.parquet", old)])
    now = stored(SCHEMA, [write(tmp_path / "b.parquet", new)])
    rows(engines, changed(SCHEMA, query, look, now, before))
    rows(engines, deleted(SCHEMA, query, now, before))
    rows(engines, withdrawn(SCHEMA, query, look, now, before))


@some
@given(
    given=cube,
    choice=st.dictionaries(
        st.sampled_from(["AREA", "SEX"]), st.frozensets(st.sampled_from(["NA", "MEX", "M", "_T"]))
    ),
)
def test_what_the_pages_show(
    engines: Engines, tmp_path: Path, given: list[Row], choice: dict[str, frozenset[str]]
) -> None:
    there = stored(SCHEMA, [write(tmp_path / "a.parquet", given)])
    keys = sorted({tuple(str(r[d]) for d in CODES) for r in given})[:5]

    def shown(engine: Engine) -> Any:
        held = Holdings(SCHEMA, there, engine)
        index = held.index()
        seen = sorted(map(index.key, range(index.series)))
        observed = sorted(map(repr, held.observations(keys, ["2020", "2020-Q4"]).to_pylist()))
        latest = {key: str(value) for key, value in held.latest_values(keys, None).items()}
        periods = held.periods(choice)
        return seen, index.observations, index.start, index.end, periods, observed, latest

    agreed(engines, shown)


# --- the functions that statements may call


@pytest.mark.parametrize(
    "expression",
    [
        *(f"number('{n}')" for n in (*NUMBERS, "", "x", "1e5.5", "--1")),
        *(f"shown(exact('{n}'))" for n in ("0", "100", "1.50", "-0.0001", "1e2", "12345678901.5")),
        "CAST(exact('x') IS NULL AS BIGINT)", "CAST(exact('') IS NULL AS BIGINT)",
        "CAST(contains('ñandú', 'and') AS BIGINT)", "CAST(starts_with('ab', 'b') AS BIGINT)",
        "CAST(suffix('ab', 'b') AS BIGINT)",
        "CAST(NULL AS VARCHAR)", "CAST(CAST(NULL AS VARCHAR) AS BIGINT)",
    ],
)  # fmt: skip
def test_functions(engines: Engines, expression: str) -> None:
    agreed(engines, lambda engine: repr(engine.scalar(f"SELECT {expression}")))


def test_years_of_instants(engines: Engines, tmp_path: Path) -> None:
    given = [{**dict.fromkeys(SCHEMA.columns, "A"), "TIME_PERIOD": t} for t in PERIODS[1:-1]]
    there = stored(SCHEMA, [write(tmp_path / "a.parquet", given)])
    sql = f"SELECT TIME_PERIOD, year_start(_start), year_end(_start) FROM {there.sql} ORDER BY 1"
    found = agreed(engines, lambda engine: engine.rows(sql, there.values))
    assert [str(start) for _, start, _ in found][:2] == [
        "2019-01-01 00:00:00",
        "2020-01-01 00:00:00",
    ]


# --- over S3: one bucket, the same questions


@pytest.fixture
def bucket(s3: str) -> Callable[[Path], str]:
    """Puts a file on the object store and gives its address."""
    store = fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], region="us-east-1")

    def put(path: Path) -> str:
        address = f"{s3}/{uuid.uuid4().hex}.parquet"
        with store.open_output_stream(address.removeprefix("s3://")) as target:
            target.write(path.read_bytes())
        return address

    return put


QUESTIONS = (
    "",
    "startPeriod=2020&endPeriod=2020",
    "lastNObservations=1",
    "detail=serieskeysonly",
    "detail=dataonly&firstNObservations=2",
)


def test_the_same_over_s3(bucket: Callable[[Path], str], tmp_path: Path) -> None:
    times = (("A", "2020"), ("A", "2021"), ("M", "2020-01"), ("M", "2021-02"))
    fixed = {"SEX": "M", "OBS_STATUS": "A", "COMMENT": "c", "SOURCE": "S"}
    given = [
        {"FREQ": f, "AREA": a, "TIME_PERIOD": t, "OBS_VALUE": f"{i}{j}", **fixed}
        for i, a in enumerate(CODES["AREA"])
        for j, (f, t) in enumerate(times)
    ]
    local = [tmp_path / f"{i}.parquet" for i in range(3)]
    parts = [write(path, given[i::3]) for i, path in enumerate(local)]
    there = [bucket(path) for path in local]
    engines = opened(tmp_path)
    for asked in QUESTIONS:
        query = data_v1.parse("DF_CUBE/.NA+DOM.", asked)

        def ask(files: list[str], engine: Engine, query: DataQuery = query) -> list[Row]:
            statement = plain(SCHEMA, query, layout(SCHEMA, query), stored(SCHEMA, files))
            return rows_of(engine.batches(SCHEMA, statement))

        expected = ask(parts, engines["duckdb"])
        assert expected
        for name in ("in process", "server"):
            assert ask(there, engines[name]) == expected, (name, asked)
            assert ask([there[1]], engines[name]) == ask([parts[1]], engines["duckdb"])


def test_a_file_that_is_not_there_is_an_error_and_not_fewer_rows(
    bucket: Callable[[Path], str], tmp_path: Path
) -> None:
    row = {**dict.fromkeys(SCHEMA.columns, "A"), "TIME_PERIOD": "2020"}
    here = write(tmp_path / "a.parquet", [row])
    there = bucket(Path(here))
    engines = opened(tmp_path)
    for name, engine in engines.items():
        lists = [[here, str(tmp_path / "gone.parquet")]]
        lists += [[there, there.replace(".parquet", "x.parquet")]] if name != "duckdb" else []
        for files in lists:
            count = f"SELECT count(*) FROM {_all(files).sql}"
            with pytest.raises(
                Exception, match=r"(?i)no such file|no files|not exist|doesn't exist|cannot answer"
            ):
                engine.scalar(count, _all(files).values)
            assert engine.scalar(count, _all(files[:1]).values) == 1


def _all(files: list[str]) -> Relation:
    return stored(SCHEMA, files)

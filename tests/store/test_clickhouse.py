"""ClickHouse as an engine: memory, time, what it refuses, and which version of a table it reads."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from engine_cube import SCHEMA, rows_of, write

from hub import intake
from hub.errors import HubError, Unavailable
from hub.model.dataset import CODED
from hub.model.schema import StructureRef
from hub.query import data_v1
from hub.settings import Settings
from hub.store.budget import Budget, OutOfTime, use
from hub.store.dialect import DuckDb, Files, Kind, Listed, replaced
from hub.store.dialect_clickhouse import ClickHouse, ObjectAddress
from hub.store.engine import Engine
from hub.store.engine_server import server
from hub.store.engines import open_engine
from hub.store.home import Hub
from hub.store.layout import layout
from hub.store.statement import plain, stored

MEMORY_MB = 512


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine("chdb://", MEMORY_MB, tmp_path_factory.mktemp("spill"), threads=2)
    yield made
    made.close()


def test_more_than_the_memory_is_streamed_spilled_or_refused(tmp_path: Path) -> None:
    script = Path(__file__).with_name("clickhouse_memory.py")
    command = [sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, timeout=120, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "streamed": [300_000, True],
        "running": 0,
        "sorted": ["299999", 300_000],
        "refused": True,
        "after": 300_000,
    }


def test_a_statement_ends_with_its_budget(engine: Engine) -> None:
    many = Listed(("A",), tuple((str(i),) for i in range(2000)))
    three = "SELECT count(*) FROM ? a CROSS JOIN ? b CROSS JOIN ? c WHERE a.A || b.A < c.A"
    use(Budget(0.3))
    try:
        with pytest.raises(OutOfTime):
            engine.scalar(three, (many, many, many))
    finally:
        use(None)
    assert engine.scalar("SELECT 1") == 1


def test_columns_keep_the_contract(engine: Engine, tmp_path: Path) -> None:
    row = {**dict.fromkeys(SCHEMA.columns), "FREQ": "A", "AREA": "NA", "SEX": "_T"}
    row |= {"TIME_PERIOD": "2020", "OBS_VALUE": "884.3890", "OBS_STATUS": "A"}
    file = write(tmp_path / "a.parquet", [row, {**row, "AREA": "DOM", "COMMENT": ""}])
    query = data_v1.parse("DF_CUBE", "")
    statement = plain(SCHEMA, query, layout(SCHEMA, query), stored(SCHEMA, [file]))
    (batch,) = engine.batches(SCHEMA, statement)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        assert column.type == (pa.string() if name == "OBS_VALUE" else CODED), name
    # Values that do not occur are codes nobody has: readers of dictionaries would see them.
    assert sorted(batch.column("AREA").dictionary.to_pylist()) == ["DOM", "NA"]
    assert batch.column("COMMENT").dictionary.to_pylist() == [""]
    assert rows_of([batch])[1] == {**row, "TITLE": None}


# --- the version that is read


BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
KEY = "M,MEX,ENTRIES,_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV"


def hand_in(hub: Hub, values: dict[str, int]) -> None:
    schema = hub.structures.dataflow(BORDER.agency, BORDER.id, BORDER.version)
    head = ",".join(["DATAFLOW", *schema.key, "OBS_VALUE", "OBS_STATUS"])
    lines = [f"{BORDER},{KEY},{month},{value},A" for month, value in values.items()]
    body = io.BytesIO("\n".join([head, *lines]).encode())
    token = intake.submit(hub, body, "m.csv", format="sdmx-csv-1.0")
    assert intake.process(hub, token).state is intake.State.PUBLISHED


DELTA = """
import json, sys, chdb
def at(version):
    sql = f"SELECT OBS_VALUE FROM deltaLakeLocal('{sys.argv[1]}') ORDER BY 1 "
    set_ = f"SETTINGS delta_lake_snapshot_version = {version}"
    return str(chdb.query(sql + set_, "TabSeparated")).split()
print(json.dumps([at(version) for version in range(1, int(sys.argv[2]) + 1)]))
"""


def test_what_is_read_is_the_pinned_version_of_the_table(tmp_path: Path) -> None:
    """Of each version the same rows that ClickHouse's own reader of Delta tables finds in it."""
    engine = open_engine("chdb://", MEMORY_MB, tmp_path)
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path / "home")})) as hub:
        for values in ({"2025-01": 1, "2025-02": 2}, {"2025-02": 3}, {"2025-03": 4}):
            hand_in(hub, values)
        last = hub.observations.latest(BORDER)
        assert last is not None
        schema = hub.structures.dataflow(BORDER.agency, BORDER.id, BORDER.version)
        seen = []
        for version in range(1, last + 1):
            ours = stored(schema, hub.observations.addresses(BORDER, version))
            found = engine.rows(f"SELECT OBS_VALUE FROM {ours.sql} ORDER BY 1", ours.values)
            seen.append([value for (value,) in found])
        place = hub.observations.uri(BORDER)  # it reads tables below its working folder only
        command = [sys.executable, "-c", DELTA, place, str(last)]
        told = subprocess.run(command, capture_output=True, timeout=60, text=True, cwd=place)
    assert told.returncode == 0, told.stderr
    assert seen == json.loads(told.stdout)
    assert seen[-3:] == [["1", "2"], ["1", "3"], ["1", "3", "4"]]


# --- addresses, settings, forks


@pytest.mark.parametrize(
    "url", ["duck://", "chdb://?max_threads=1", "clickhouse://host?cluster=a&user=b", "chdb"]
)
def test_another_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="HUB_ENGINE_URL is empty"):
        open_engine(url, 64, tmp_path)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    nobody = open_engine("clickhouse://u:p@127.0.0.1:1/db", 64, Path("unused"))
    with pytest.raises(Unavailable):
        nobody.scalar("SELECT 1")


def test_the_address_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def get_client(**given: object) -> None:
        asked.update(given)
        raise RuntimeError("seen")

    monkeypatch.setattr("clickhouse_connect.get_client", get_client)
    at = server(urlsplit("clickhouses://us%40er:p%2Fw@db.example.org:8443/hub"), 64)
    with pytest.raises(RuntimeError, match="seen"):
        at.command("SELECT 1")
    wanted = {
        "interface": "https", "host": "db.example.org", "port": 8443, "username": "us@er",
        "password": "p/w", "database": "hub", "autogenerate_session_id": False,
    }  # fmt: skip
    assert {name: asked[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("path", "function"), [("/a/b.parquet", "fileCluster"), ("s3://b/k.parquet", "s3Cluster")]
)
def test_a_cluster_shares_the_files(path: str, function: str, tmp_path: Path) -> None:
    """There is no cluster here; ClickHouse reads the statement and says just that."""
    one = open_engine("chdb://?cluster=nodes", 64, tmp_path)
    files = Files((path,), (("A", Kind.CODE),))
    assert f"{function}(" in one.dialect.bind("SELECT A FROM ?", (files,)).sql
    with pytest.raises(Exception, match="Requested cluster 'nodes' not found"):
        one.scalar("SELECT A FROM ?", (files,))


def test_objects_of_amazon_and_of_another_server() -> None:
    amazon = ObjectAddress({"AWS_REGION": "eu-west-1"})
    assert amazon.url("b", "k/a.parquet") == "https://b.s3.eu-west-1.amazonaws.com/k/a.parquet"
    assert amazon.credentials == ()
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
    other = ObjectAddress({"AWS_ENDPOINT_URL": "http://localhost:1/", **keys})
    assert other.url("b", "k") == "http://localhost:1/b/k"
    files = Files(("s3://b/x/1.parquet", "s3://b/y/2.parquet"), (("A", Kind.CODE),))
    bound = ClickHouse(other).bind("SELECT A FROM ?", (files,))
    (address,) = {str(v) for v in bound.values if str(v).startswith("http")}
    assert address == "http://localhost:1/b/{x/1.parquet,y/2.parquet}"
    assert {"a", "s"} < set(map(str, bound.values))
    assert "'s'" not in bound.sql  # a secret is no part of the text, which servers log


@pytest.mark.parametrize("path", ["/data/{a}/1.parquet", "/a*.parquet", "s3://b/{x,y}.parquet"])
def test_a_name_that_would_be_a_pattern_is_refused(path: str) -> None:
    with pytest.raises(HubError, match="cannot read"):
        ClickHouse(ObjectAddress({})).bind("SELECT * FROM ?", (Files((path,), ()),))


def test_places_and_values_have_to_match() -> None:
    sql = """SELECT '?', "?", ? FROM ?"""
    assert replaced(sql, (1, 2), str) == """SELECT '?', "?", 1 FROM 2"""
    for values in ((1,), (1, 2, 3)):
        with pytest.raises(ValueError, match="than"):
            replaced(sql, values, str)


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        ClickHouse(ObjectAddress({})).bind("SELECT ?", (b"x",))


def test_a_short_table_of_texts(engine: Engine) -> None:
    rows = (("a'b", "\\"), ("", "\n"))
    table = Listed(("A", "B"), rows)
    assert engine.rows("SELECT A, B FROM ? ORDER BY A DESC", (table,)) == list(rows)
    assert DuckDb().bind("FROM ?", (table,)).values == [["a'b", ""], ["\\", "\n"]]


FORKED = """
import os, sys
from pathlib import Path
from hub.errors import HubError
from hub.store.engines import open_engine

engine = open_engine("chdb://", 64, Path(sys.argv[1]))
if sys.argv[2] == "before":
    engine.scalar("SELECT 1")
for _ in range(2):
    child = os.fork()
    if not child:
        try:
            print(engine.scalar("SELECT 40 + 2"), flush=True)
        except HubError as error:
            print(error.message[:19], flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize(("when", "said"), [("after", "42"), ("before", "ClickHouse was used")])
def test_processes_that_serve_each_have_their_own(when: str, said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKED, str(tmp_path), when]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True, text=True)
    assert done.stdout.splitlines() == [said, said]

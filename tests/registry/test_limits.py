"""What one request may cost: so many observations, so many seconds, and only while it is wanted."""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import duckdb
import pytest
from live import Server, served, until
from released import MONTHS, border, release

from hub.store.budget import Abandoned, Budget, OutOfTime, use, working
from hub.store.home import Hub

PATH = "/sdmx/v1/data/DF_MIG_BORDER"
PATH2 = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER"
#: Months that are released: more than the smallest limit here.
MANY = len(MONTHS)

#: A statement that would run for minutes.
ENDLESS = "SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) % 7 = 1"


def publish(hub: Hub) -> None:
    release(hub, [border(t, str(i)) for i, t in enumerate(MONTHS)])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A hub whose answers have one observation fewer than there are."""
    home = tmp_path_factory.mktemp("small")
    with served(home, publish, HUB_MAX_OBSERVATIONS=str(MANY - 1), HUB_WORKERS="1") as server:
        yield server


@pytest.mark.parametrize("path", [PATH, PATH2])
def test_an_answer_beyond_the_limit_is_refused_with_advice(small: Server, path: str) -> None:
    status, response, body = small.get(path, Accept="application/xml")
    assert status == 413
    assert response.getheader("Content-Type") == "application/xml"
    assert b'code="510"' in body
    assert re.search(rf"More than {MANY - 1} observations.*limit and offset.*Range", body.decode())


def test_what_the_advice_says_works(small: Server) -> None:
    path = PATH2
    first = small.get(f"{path}?limit={MANY - 1}", Accept="text/csv")
    rest = small.get(f"{path}?limit={MANY - 1}&offset={MANY - 1}", Accept="text/csv")
    ranged = small.get(path, Accept="text/csv", Range=f"values=0-{MANY - 2}")
    narrow = small.get(f"{path}?c[TIME_PERIOD]=ge:{MONTHS[1]}", Accept="text/csv")
    assert [first[0], rest[0], ranged[0], narrow[0]] == [200, 200, 206, 200]
    assert first[2].count(b"\n") - 1 + rest[2].count(b"\n") - 1 == MANY
    assert narrow[2].count(b"\n") == MANY
    assert small.get(f"{path}?limit={MANY}")[0] == 413


def test_one_observation_a_series_is_counted_as_one(small: Server) -> None:
    assert small.get(f"{PATH}?lastNObservations=1", Accept="text/csv")[0] == 200
    assert small.get(f"{PATH}?detail=serieskeysonly", Accept="application/xml")[0] == 200


def run(seconds: float, gone: Callable[[], bool] = lambda: False) -> float:
    """Run the endless statement under a budget; the seconds it took until it was ended."""
    since = time.monotonic()
    use(Budget(seconds, gone))
    try:
        with closing(duckdb.connect()) as connection, working(connection.interrupt):
            connection.execute(ENDLESS).fetchone()
    finally:
        use(None)
        taken = time.monotonic() - since
    return taken


def test_a_statement_ends_when_its_seconds_are_spent() -> None:
    since = time.monotonic()
    with pytest.raises(OutOfTime, match=r"more than the 0\.3 seconds.*limit and offset"):
        run(0.3)
    assert time.monotonic() - since < 10


def test_a_statement_ends_when_its_client_goes() -> None:
    leaves = time.monotonic() + 0.3
    with pytest.raises(Abandoned):
        run(0, lambda: time.monotonic() > leaves)


def test_only_the_time_of_the_engine_counts_and_all_of_it() -> None:
    budget = Budget(0.4)
    use(budget)
    try:
        with closing(duckdb.connect()) as connection:
            time.sleep(0.6)  # a slow client
            with working(connection.interrupt):
                assert connection.execute("SELECT 1").fetchone() == (1,)
            with pytest.raises(OutOfTime), working(connection.interrupt):
                connection.execute(ENDLESS).fetchone()
            # What is spent stays spent, however many statements a request makes.
            with pytest.raises(OutOfTime), working(connection.interrupt):
                connection.execute("SELECT 1")
    finally:
        use(None)


def test_a_statement_that_ends_in_time_is_not_touched() -> None:
    use(Budget(30))
    try:
        with closing(duckdb.connect()) as connection, working(connection.interrupt):
            time.sleep(0.3)  # the watch looks in between
            assert connection.execute("SELECT 42").fetchone() == (42,)
    finally:
        use(None)


def changed(script: str) -> tuple[str, str]:
    """Arguments of a Python that serves a hub which a script has changed."""
    serving = "from registry import cli; was_serving = cli._serve\n"
    before = f"def _serve(*a, **k):\n exec({script!r}, {{}})\n was_serving(*a, **k)\n"
    return "-c", f"{serving}{before}cli._serve = _serve\ncli.serve()"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that needs an endless statement for its answers about data: after they have begun,
    and for the last observations before.
    """
    script = f"""
import hub.store.select as s
was_select, was_blocks = s.select, s.Selection.blocks
def select(hub, query, about):
    if query.last_n:
        s.engine(hub).scalar({ENDLESS!r})
    return was_select(hub, query, about)
def blocks(self):
    for block in list(was_blocks(self)):
        for _ in range(2000):
            yield block
    self._engine.scalar({ENDLESS!r})
s.select, s.Selection.blocks = select, blocks
"""
    home = tmp_path_factory.mktemp("slow")
    with served(home, publish, changed(script), HUB_QUERY_SECONDS="1", HUB_WORKERS="1") as server:
        yield server


def engine_ends(server: Server, outcome: str) -> bool:
    text = server.get("/metrics")[2].decode()
    return f'mighub_engine_seconds_count{{outcome="{outcome}"}} 1.0' in text


def test_nobody_works_for_a_client_that_has_gone(slow: Server) -> None:
    with socket.create_connection(("127.0.0.1", slow.port)) as client:
        client.sendall(f"GET {PATH}?lastNObservations=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)  # less than the budget
    assert until(lambda: engine_ends(slow, "left"))
    assert until(lambda: '"status":499' in slow.log.read_text())


def test_a_request_that_takes_too_long_is_told_so(slow: Server) -> None:
    status, response, body = slow.get(f"{PATH}?lastNObservations=1", Accept="application/xml")
    assert status == 503
    assert response.getheader("Retry-After") == "5"
    assert b"more than the 1 seconds" in body
    assert engine_ends(slow, "time")
    assert slow.get("/health")[0] == 200


def test_an_answer_that_runs_out_of_time_is_cut_off(slow: Server) -> None:
    """A client never takes half an answer for a whole one."""
    connection = http.client.HTTPConnection("127.0.0.1", slow.port, timeout=20)
    connection.request("GET", PATH, headers={"Accept": "text/csv"})
    response = connection.getresponse()
    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()
    assert until(lambda: '"broken_off":true' in slow.log.read_text())
    assert slow.get("/health")[0] == 200

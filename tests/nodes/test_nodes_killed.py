"""Nodes, object store and database are killed at random while messages come in: all arrive, once.

A sender sends each message until a node has taken it, as clients of a service do, with one key so
that it counts once. Readers ask all the while, whichever node answers: what they see is whole, and
never older than what they saw before.
"""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest
from node_cluster import FLOWS, Answer, Node, Shared, cells, data, expected, message, until
from postgresql_server import Server
from s3_server import S3Server

from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.submissions import State

#: Messages sent; an operator may ask for more.
SUBMISSIONS = int(os.environ.get("MIGHUB_NODE_SUBMISSIONS", "8"))
SEED = int(os.environ.get("MIGHUB_TEST_SEED", "20261"))

#: Seconds between two kills, at random up to so many.
_PAUSE = 4.0
#: Messages that may wait at once: so the kills meet the intake and not only its door.
_AHEAD = 5
_LOST = (OSError, http.client.HTTPException)


class Trouble:
    """Kills, and brings back, a node, the object store or the database at a time."""

    def __init__(
        self, nodes: list[Node], s3: S3Server, database: Server, dice: random.Random
    ) -> None:
        self._nodes, self._dice = nodes, dice
        self._servers: dict[str, S3Server | Server] = {"store": s3, "database": database}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.kills = Counter[str]()
        self.failure: BaseException | None = None

    def __enter__(self) -> Trouble:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for kind in cycle(("node", "store", "node", "database")):
                if self._over.wait(self._dice.uniform(0.2, _PAUSE)):
                    return
                self.kills[kind] += 1
                if kind == "node":
                    node = self._dice.choice(self._nodes)
                    node.kill()
                    self._over.wait(self._dice.uniform(0.0, 1.0))
                    node.start()
                    assert until(node.ready)
                else:
                    self._servers[kind].stop()
                    self._over.wait(self._dice.uniform(0.0, 1.0))
                    self._servers[kind].start()
        except BaseException as error:
            self.failure = error


class Reader:
    """Asks any node, again and again, and believes nothing."""

    def __init__(self, nodes: list[Node], dice: random.Random) -> None:
        self._nodes, self._dice = nodes, dice
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(flow,)) for flow in FLOWS]
        self.answers = Counter[str]()
        self.failures: list[BaseException] = []

    def __enter__(self) -> Reader:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, flow: str) -> None:
        seen = 0
        try:
            while not self._over.wait(0.05):
                node = self._dice.choice(self._nodes)
                try:
                    answer = node.ask("GET", data(flow))
                except _LOST:
                    self.answers["lost"] += 1
                    continue
                seen = self._judged(answer, seen)
        except BaseException as error:
            self.failures.append(error)

    def _judged(self, answer: Answer, seen: int) -> int:
        if answer.status == 503:
            assert answer.headers["Retry-After"]
            self.answers["later"] += 1
            return seen
        found = cells(answer)
        last = int(found["MEX", "1990-01"]) if found else 0
        assert found == expected(last), "half a message is seen"
        assert last >= seen, "a release was taken back"
        self.answers["whole"] += 1
        return last


def sent(nodes: list[Node], number: int, dice: random.Random) -> str:
    """Send message ``number`` until some node has taken it; the token."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        node = dice.choice(nodes)
        try:
            answer = node.ask(
                "POST", "/api/submissions?filename=m.csv", message(number),
                Content_Type="application/octet-stream", Idempotency_Key=f"message {number}",
            )  # fmt: skip
        except _LOST:
            time.sleep(0.1)
            continue
        if answer.status == 202:
            return str(answer.json()["token"])
        assert answer.status == 503, (answer.status, answer.body)
        time.sleep(0.2)
    raise AssertionError(f"message {number} was never taken")


def caught_up(nodes: list[Node], token: str, dice: random.Random) -> None:
    """Wait until a submission is finished, whoever says so."""

    def over() -> bool:
        try:
            answer = dice.choice(nodes).ask("GET", f"/api/submissions/{token}")
        except _LOST:
            return False
        assert answer.status in (200, 503), answer.body
        return answer.status == 200 and bool(answer.json()["finished"])

    assert until(over, 180)


@contextmanager
def running(folder: Path, shared: Shared) -> Iterator[list[Node]]:
    made = [Node(folder / name, shared) for name in ("one", "two")]
    try:
        for node in made:
            node.start()
        assert until(lambda: all(node.ready() for node in made))
        yield made
    finally:
        for node in made:
            node.kill()


def test_kills_lose_nothing_and_repeat_nothing(
    shared: Shared,
    s3_server: S3Server,
    postgresql: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dice = random.Random(SEED)
    with running(tmp_path, shared) as nodes:
        reader = Reader(nodes, random.Random(SEED + 1))
        trouble = Trouble(nodes, s3_server, postgresql, random.Random(SEED + 2))
        with reader, trouble:
            tokens = []
            for number in range(1, SUBMISSIONS + 1):
                tokens.append(sent(nodes, number, dice))
                if number > _AHEAD:
                    caught_up(nodes, tokens[-_AHEAD], dice)
                time.sleep(dice.uniform(0.0, 0.8))
        for failure in (trouble.failure, *reader.failures):
            if failure is not None:
                raise failure
        assert trouble.kills["node"], "the nodes were never killed"
        assert reader.answers["whole"] > SUBMISSIONS
        assert until(lambda: all(node.ready() for node in nodes))
        for token in tokens:
            assert nodes[0].finished(token, 180)["state"] == "published", nodes[1].state(token)
        for node in nodes:
            for flow in FLOWS:
                assert node.cells(flow) == expected(SUBMISSIONS)
        print(
            f"\n{SUBMISSIONS} messages, kills {dict(trouble.kills)}, answers {dict(reader.answers)}"
        )
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    with Hub.open(Settings.load({**shared, "HUB_HOME": str(tmp_path / "one")})) as hub:
        check_once(hub, tokens)


def check_once(hub: Hub, tokens: list[str]) -> None:
    """Every message is one submission, one release and one commit of each dataflow, in order."""
    sent_in = [s for s in hub.submissions.find() if s.filename == "m.csv"]
    assert [s.token for s in sent_in] == tokens
    assert {s.state for s in sent_in} == {State.PUBLISHED}
    for flow in FLOWS:
        ref = StructureRef("MIGHUB", flow, "1.0.0")
        items = hub.releases.items(ref)
        assert [item.submission for item in items] == tokens
        numbers = [item.release for item in items]
        assert numbers == sorted(set(numbers))
        counts = [(i.change.inserted, i.change.updated, i.change.deleted) for i in items]
        assert counts == [(24 + 12, 0, 0), *[(12, 24, 0)] * (len(tokens) - 1)]

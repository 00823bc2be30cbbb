"""SIGKILL at any moment: every message ends whole or not at all, none lost, none twice."""

from __future__ import annotations

import io
import os
import random
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import crash_child
import pytest
from intake_hub import BORDER, RETURNS, message, row, send, settings_at, stored

from hub import intake
from hub.intake.protocol import MAX_ATTEMPTS
from hub.intake.worker import spawn
from hub.store.home import Hub
from hub.store.submissions import State

#: Random kills of a run; an operator may ask for more.
KILLS = int(os.environ.get("MIGHUB_TEST_KILLS", "12"))
SEED = int(os.environ.get("MIGHUB_TEST_SEED", "20261"))

CONTEXT = crash_child.context()

FLOWS = (BORDER, RETURNS)


def months(year: int) -> list[str]:
    return [f"{year}-{m:02d}" for m in range(1, 13)]


def numbered(number: int) -> bytes:
    """Message ``number``: in both dataflows it sets what all set, and adds a year of its own."""
    rows = [row("MEX", t, number, flow=flow) for flow in FLOWS for t in months(2000)]
    rows += [row("DOM", t, number, flow=flow) for flow in FLOWS for t in months(2000 + number)]
    return message(rows)


def expected(numbers: int) -> dict[tuple[str, str], str]:
    """What readers see after messages 1 to ``numbers``."""
    whole = {("MEX", t): str(numbers) for t in months(2000)} if numbers else {}
    for n in range(1, numbers + 1):
        whole |= {("DOM", t): str(n) for t in months(2000 + n)}
    return whole


def child(target: Callable[..., None], *args: Any) -> Any:
    process = CONTEXT.Process(target=target, args=args)
    process.start()
    return process


def check_whole(hub: Hub) -> int:
    """Both dataflows show the same number of messages, each whole; returns that number."""
    published = hub.submissions.count(State.PUBLISHED)
    for flow in FLOWS:
        assert stored(hub, flow) == expected(published)
    return published


def check_once(hub: Hub, tokens: list[str]) -> None:
    """Every submission is one release, in order, with one commit per dataflow and its diff."""
    releases = [hub.releases.of_submission(token) for token in tokens]
    assert [len(items) for items in releases] == [2] * len(tokens)
    numbers = [items[0].release for items in releases]
    assert numbers == sorted(set(numbers))
    for flow in FLOWS:
        items = hub.releases.items(flow)
        assert [i.submission for i in items] == tokens
        pointer = hub.releases.current(flow)
        assert pointer is not None and pointer.version == items[-1].change.version_after
        for one, next_ in pairwise(items):
            assert one.change.version_after <= next_.change.version_before
    for number, token in list(enumerate(tokens, 1))[-3:]:
        rows = intake.diff(hub, token)
        assert len(rows) == 2 * (12 + 12)
        assert {r.changes["OBS_VALUE"][1] for r in rows} == {str(number)}


def test_random_kills(hub: Hub) -> None:
    chance = random.Random(SEED)
    tokens: list[str] = []
    killed = amid = 0
    while killed < KILLS:
        if not hub.submissions.pending():
            body = numbered(len(tokens) + 1)
            tokens.append(intake.submit(hub, io.BytesIO(body), "message.csv"))
        process = child(crash_child.run, hub.settings.home)
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        amid += any(s.state is not State.RECEIVED for s in hub.submissions.pending())
        check_whole(hub)
    assert amid > KILLS // 4, "the kills missed the intake"
    intake.run_pending(hub)
    assert [intake.status(hub, t).state for t in tokens] == [State.PUBLISHED] * len(tokens)
    assert check_whole(hub) == len(tokens)
    check_once(hub, tokens)


#: Step, which call of it (the second is that of the second dataflow), and before or after it.
STEPS = [
    ("start", 1, True), ("validate", 1, True), ("report-file", 1, True), ("net", 1, True),
    ("commit", 1, False), ("sync", 1, False), ("commit", 1, True), ("net", 2, False),
    ("commit", 2, True), ("conclude", 1, False), ("ledger", 1, True), ("finish", 1, True),
    ("conclude", 1, True),
]  # fmt: skip


def test_kill_at_every_step(hub: Hub) -> None:
    tokens: list[str] = []
    for place, call, after in STEPS:
        body = numbered(len(tokens) + 1)
        tokens.append(intake.submit(hub, io.BytesIO(body), "message.csv"))
        process = child(crash_child.die_at, hub.settings.home, place, call, after)
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"{place} was not called {call} times"
        assert check_whole(hub) in (len(tokens) - 1, len(tokens))
        intake.run_pending(hub)
        assert check_whole(hub) == len(tokens), f"lost after {place}"
    check_once(hub, tokens)


def test_commits_of_a_submission_that_is_given_up_are_not_carried_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(hub, numbered(1))
    lost = intake.submit(hub, io.BytesIO(numbered(2)), "message.csv")
    process = child(crash_child.die_at, hub.settings.home, "conclude", 1, False)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert hub.observations.find(BORDER, lost, 0) is not None  # committed, seen by nobody
    hub.submissions.update(lost, attempts=MAX_ATTEMPTS)
    body = message([row("PAN", "2020-01", 7, flow=f) for f in FLOWS])
    assert send(hub, body).state is State.PUBLISHED
    assert intake.status(hub, lost).state is State.FAILED
    for flow in FLOWS:
        assert stored(hub, flow) == expected(1) | {("PAN", "2020-01"): "7"}
        (new,) = [r for r in intake.diff(hub, hub.submissions.latest()[0].token)
                  if r.dataflow == str(flow)]  # fmt: skip
        assert new.key["REF_AREA"] == "PAN"


def test_worker_ends_with_its_parent_and_finishes_on_sigterm(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "home")
    with Hub.init(settings) as hub:
        token = intake.submit(hub, io.BytesIO(numbered(1)), "message.csv")
        worker = spawn(settings)
        deadline = time.monotonic() + 60
        while not intake.status(hub, token).finished and time.monotonic() < deadline:
            time.sleep(0.05)
        assert intake.status(hub, token).state is State.PUBLISHED
        worker.terminate()
        assert worker.wait(timeout=30) == 0

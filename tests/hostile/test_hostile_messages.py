"""Messages made to harm, handed in to a served hub whose processes have little memory.

Each is refused in words, in bounded time and memory; the server goes on, and nothing is kept but
what was handed in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import bodies
import packed_bodies
import pytest
from bodies import Hostile
from siege import FINAL, MEMORY_MB, SECONDS, Siege

from hub.settings import Settings
from hub.store.home import Hub

CASES = [pytest.param(case, id=f"{case.name}, {case.format}") for case in packed_bodies.ALL]


@pytest.fixture(scope="module")
def kept() -> dict[Hostile, bytes]:
    """Bodies already made: some take a while."""
    return {}


def made(case: Hostile, kept: dict[Hostile, bytes]) -> bytes:
    if case not in kept:
        kept[case] = case.make()
    return kept[case]


@pytest.mark.parametrize("case", CASES)
def test_a_check_refuses_it_in_words(
    siege: Siege, case: Hostile, kept: dict[Hostile, bytes]
) -> None:
    found = siege.ask("POST", f"/api/submissions?dry_run=true&{case.query}", made(case, kept))
    assert found.seconds < SECONDS
    assert found.memory < MEMORY_MB, f"{found.memory:.0f} MiB"
    assert b"root:" not in found.content, "a file of the server was read"
    if found.status == 200:
        report = found.json
        assert report["valid"] is case.harmless, report
        assert case.harmless or all(f["message"] for f in report["findings"])
    else:
        assert 400 <= found.status < 500, found.content[:500]
        assert found.json["errors"][0]["detail"]


def test_the_intake_refuses_all_and_keeps_nothing(siege: Siege, kept: dict[Hostile, bytes]) -> None:
    processes = siege.processes()
    with siege.measured() as taken:
        tokens = dict(_handed_in(siege, kept))
        states = {case: _finished(siege, token) for case, token in tokens.items()}
    assert taken[1] < MEMORY_MB
    wrong = {
        case.name: (state["state"], state["error"])
        for case, state in states.items()
        if state["state"] not in ({"published", "unchanged"} if case.harmless else {"refused"})
    }
    assert wrong == {}
    assert siege.processes() == processes, "a process went down"
    _keeps_nothing(siege.home)


def _handed_in(siege: Siege, kept: dict[Hostile, bytes]) -> Iterator[tuple[Hostile, str]]:
    for case in packed_bodies.ALL:
        found = siege.ask("POST", f"/api/submissions?{case.query}", made(case, kept))
        if found.status == 202:
            yield case, found.json["token"]
        else:
            assert 400 <= found.status < 500, (case.name, found.content[:500])


def _finished(siege: Siege, token: str) -> dict[str, object]:
    end = time.monotonic() + 4 * SECONDS
    while time.monotonic() < end:
        state = siege.ask("GET", f"/api/submissions/{token}").json
        if state["state"] in FINAL:
            return dict(state)
        time.sleep(0.2)
    raise AssertionError(f"{token} is not finished")


def _keeps_nothing(home: Path) -> None:
    counts = home / "tmp" / "metrics"  # what the processes count
    left = [p for folder in ("tmp", "staging") for p in (home / folder).rglob("*")]
    assert [p for p in left if p != counts and counts not in p.parents] == []
    with Hub.open(Settings.load({"HUB_HOME": str(home)})) as hub:
        released = {str(one.change.dataflow) for one in hub.releases.latest(10_000)}
    assert released == {bodies.FLOW}, "only what is harmless was published"

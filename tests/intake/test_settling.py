"""A table that is left alone is put together, and nobody sees any other difference."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from intake_hub import BORDER, message, row, send, stored

from hub import intake
from hub.intake.settling import QUIET, Settling
from hub.store.arrange import MANY_FILES
from hub.store.home import Hub

YEARS = [str(year) for year in range(2001, 2001 + MANY_FILES // 4)]


@pytest.fixture
def many(hub: Hub) -> Hub:
    """A hub to which each year was handed in by itself."""
    for year in YEARS:
        send(hub, message([row("MEX", year, 7), row("GTM", year, 8)]))
    assert files(hub) == len(YEARS)
    return hub


def files(hub: Hub) -> int:
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    return len(hub.observations.files(BORDER, pointer.version))


def later() -> datetime:
    return datetime.now(UTC) + QUIET


def test_its_small_files_become_one(many: Hub) -> None:
    before, pointer = stored(many), many.releases.current(BORDER)
    assert Settling()(many, later) == 1
    after = many.releases.current(BORDER)
    assert pointer is not None
    assert after is not None
    assert files(many) == 1
    assert stored(many) == before
    assert (after.release, after.released_at) == (pointer.release, pointer.released_at)
    assert after.version > pointer.version
    earlier = many.releases.as_of(BORDER, pointer.released_at - timedelta(microseconds=1))
    assert earlier is not None
    assert len(many.observations.files(BORDER, earlier.version)) == len(YEARS) - 1


def test_the_next_message_builds_on_it(many: Hub) -> None:
    Settling()(many, later)
    done = send(many, message([row("MEX", YEARS[0], 9), row("MEX", "1999", 1)]))
    assert done.counts == {"observations": 2, "inserted": 1, "updated": 1, "deleted": 0}
    assert stored(many)["MEX", YEARS[0]] == "9"
    assert len(stored(many)) == 2 * len(YEARS) + 1


def test_not_before_it_is_quiet(many: Hub) -> None:
    almost = QUIET - timedelta(minutes=1)
    assert Settling()(many, lambda: datetime.now(UTC) + almost) == 0
    assert files(many) == len(YEARS)


def test_not_while_a_message_waits(many: Hub) -> None:
    intake.submit(many, io.BytesIO(message([row("MEX", "1999", 1)])), "message.csv")
    assert Settling()(many, later) == 0
    assert files(many) == len(YEARS)


def test_not_while_somebody_publishes(many: Hub) -> None:
    with Hub.open(many.settings) as other, other.writer_lock() as held:
        assert held
        assert Settling()(many, later) == 0
    assert files(many) == len(YEARS)


def test_not_when_something_was_committed_that_readers_do_not_see(many: Hub) -> None:
    """An interrupted publication is taken up where it stopped; nothing may come in between."""
    pointer = many.releases.current(BORDER)
    assert pointer is not None
    schema = many.structures.dataflow(BORDER.agency, BORDER.id, BORDER.version)
    assert many.observations.rearrange(schema, 256, settled=pointer.version - 1) is None


def test_each_version_once(many: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Settling()
    assert settle(many, later) == 1
    monkeypatch.setattr(
        type(many.observations), "rearrange", lambda *_, **__: pytest.fail("it was opened again")
    )
    assert settle(many, later) == 0

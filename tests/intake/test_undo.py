"""Undo of a release: what it changed is put back, or nothing is."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import crash_child
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_hub import BORDER, RETURNS, message, row, send, settings_at, stored

from hub import intake
from hub.errors import Conflict, NotFound
from hub.intake.undo import UndoConflict, undo
from hub.model.dataset import Action
from hub.store.history import revisions
from hub.store.home import Hub
from hub.store.submissions import State


def rows(hub: Hub) -> set[tuple[Any, ...]]:
    """Everything that readers see, column by column."""
    pointer = hub.releases.current(BORDER)
    files = [] if pointer is None else hub.observations.files(BORDER, pointer.version)
    if not files:
        return set()
    with duckdb.connect() as connection:
        return set(connection.execute(f"SELECT * FROM read_parquet({files!r})").fetchall())


def first(hub: Hub) -> set[tuple[Any, ...]]:
    send(hub, message([row("MEX", f"2020-{m:02d}", m) for m in range(1, 7)]))
    return rows(hub)


def test_what_came_goes_what_went_comes_back_and_values_are_the_old_ones(hub: Hub) -> None:
    before = first(hub)
    body = message([row("MEX", "2020-01", 100), row("MEX", "2020-12", 12)])
    changed = send(hub, body)
    assert rows(hub) != before
    done = undo(hub, changed.token, actor="boss")
    assert (done.state, done.undoes, done.submitted_by) == (State.PUBLISHED, changed.token, "boss")
    assert rows(hub) == before
    assert done.counts == {"observations": 2, "inserted": 0, "updated": 1, "deleted": 1}
    assert intake.status(hub, changed.token).state is State.UNDONE
    told = {(r.kind.value, r.key["TIME_PERIOD"]): r.changes["OBS_VALUE"]
            for r in intake.diff(hub, done.token)}  # fmt: skip
    assert told == {("changed", "2020-01"): ("100", "1"), ("withdrawn", "2020-12"): ("12", None)}


def test_withdrawn_observations_come_back(hub: Hub) -> None:
    before = first(hub)
    gone = send(hub, message([row("MEX", "2020-03", 3)]), action=Action.DELETE)
    assert len(rows(hub)) == 5
    undo(hub, gone.token)
    assert rows(hub) == before


def test_the_past_tells_the_undo_as_a_release_of_its_own(hub: Hub) -> None:
    first(hub)
    changed = send(hub, message([row("MEX", "2020-01", 100)]))
    done = undo(hub, changed.token)
    (one,) = hub.releases.of_submission(changed.token)
    (two,) = hub.releases.of_submission(done.token)
    assert two.released_at > one.released_at
    seen = hub.releases.as_of(BORDER, one.released_at)
    assert seen is not None and seen.release == one.release  # as of then it is still there
    (only,) = revisions(hub, [BORDER], after=one.released_at)
    assert only.release == two.release


def test_an_undo_can_be_undone_and_that_again(hub: Hub) -> None:
    before = first(hub)
    changed = send(hub, message([row("MEX", "2020-01", 100), row("DOM", "2020-01", 1)]))
    after = rows(hub)
    one = undo(hub, changed.token)
    two = undo(hub, one.token)
    assert rows(hub) == after
    assert [intake.status(hub, t).state for t in (changed.token, one.token, two.token)] == [
        State.PUBLISHED, State.UNDONE, State.PUBLISHED,
    ]  # fmt: skip
    undo(hub, two.token)
    assert rows(hub) == before
    assert intake.status(hub, changed.token).state is State.UNDONE
    with pytest.raises(Conflict, match="undone already"):
        undo(hub, changed.token)


def test_a_cell_that_was_changed_again_is_a_conflict_and_nothing_is_done(hub: Hub) -> None:
    first(hub)
    changed = send(hub, message([row("MEX", t, 9) for t in ("2020-01", "2020-02", "2020-03")]))
    later = send(hub, message([row("MEX", "2020-02", 10)]))
    now, submissions = rows(hub), hub.submissions.count()
    with pytest.raises(UndoConflict) as caught:
        undo(hub, changed.token)
    (found,) = caught.value.found
    assert found.count == 1
    assert found.examples[0]["TIME_PERIOD"] == "2020-02"
    assert rows(hub) == now
    assert hub.submissions.count() == submissions
    undo(hub, later.token)  # in the opposite order all of it goes
    undo(hub, changed.token)
    assert stored(hub) == {("MEX", f"2020-{m:02d}"): str(m) for m in range(1, 7)}


def test_a_series_that_grew_on_the_attribute_of_the_release_is_a_conflict(hub: Hub) -> None:
    """SOURCE is an attribute of the series: taking it back would split the series in two."""
    send(hub, message([row("MEX", "2020-01", 1, source="survey")]))
    changed = send(hub, message([row("MEX", "2020-01", 1, source="census")]))
    later = send(hub, message([row("MEX", "2020-02", 2, source="census")]))
    with pytest.raises(UndoConflict) as caught:
        undo(hub, changed.token)
    assert caught.value.found[0].examples[0]["TIME_PERIOD"] == "2020-02"
    undo(hub, later.token)
    undo(hub, changed.token)
    with duckdb.connect() as connection:
        pointer = hub.releases.current(BORDER)
        assert pointer is not None
        files = hub.observations.files(BORDER, pointer.version)
        (found,) = connection.execute(
            f"SELECT DISTINCT SOURCE FROM read_parquet({files!r})"
        ).fetchall()
    assert found == ("survey",)


def test_what_has_no_release_cannot_be_undone(hub: Hub) -> None:
    refused = send(hub, message([row("MEX", "2020-01", "many")]))
    with pytest.raises(Conflict, match="refused"):
        undo(hub, refused.token)
    with pytest.raises(NotFound):
        undo(hub, "no-such-token")


def test_undone_bytes_sent_again_are_published_again(hub: Hub) -> None:
    body = message([row("MEX", "2020-01", 1)])
    sent = send(hub, body)
    undo(hub, sent.token)
    assert stored(hub) == {}
    assert send(hub, body).state is State.PUBLISHED
    assert stored(hub) == {("MEX", "2020-01"): "1"}


PLACES = [
    ("start", 1, True), ("commit", 1, False), ("sync", 1, False),
    ("commit", 1, True), ("commit", 2, True), ("conclude", 1, False), ("ledger", 1, True),
    ("undone", 1, True), ("finish", 1, True),
]  # fmt: skip


def test_an_undo_that_is_killed_anywhere_ends_whole(hub: Hub) -> None:
    send(hub, message([row("MEX", "2020-01", 1, flow=f) for f in (BORDER, RETURNS)]))
    before = stored(hub), stored(hub, RETURNS)
    body = message([row("MEX", "2020-01", 2, flow=f) for f in (BORDER, RETURNS)])
    after = tuple({("MEX", "2020-01"): "2"} for _ in range(2))
    token = send(hub, body).token
    context = crash_child.context()
    for place, call, late in PLACES:
        process = context.Process(
            target=crash_child.die_in_undo, args=(hub.settings.home, token, place, call, late)
        )
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"{place} was not called {call} times"
        assert (stored(hub), stored(hub, RETURNS)) in (before, after)  # both or none
        intake.run_pending(hub)
        assert (stored(hub), stored(hub, RETURNS)) == before, f"lost after {place}"
        (done,) = [s for s in hub.submissions.latest(1) if s.undoes == token]
        assert done.state is State.PUBLISHED
        assert len(hub.releases.of_submission(done.token)) == 2
        assert intake.status(hub, token).state is State.UNDONE
        undo(hub, done.token)
        assert (stored(hub), stored(hub, RETURNS)) == after


CELL = st.tuples(st.sampled_from(["MEX", "DOM"]), st.sampled_from(["2020-01", "2020-02"]))
STEP = st.dictionaries(CELL, st.integers(1, 3), min_size=1, max_size=4)


@settings(max_examples=5, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=3))
def test_undoing_all_in_the_opposite_order_leads_back_through_every_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[tuple[str, str], int]]
) -> None:
    home: Path = tmp_path_factory.mktemp("undo")
    with Hub.init(settings_at(home)) as hub:
        states, tokens = [rows(hub)], []
        for step in steps:
            body = message([row(area, time, value) for (area, time), value in step.items()])
            sent = send(hub, body)
            if sent.state is State.PUBLISHED:
                tokens.append(sent.token)
                states.append(rows(hub))
        for token, before in zip(reversed(tokens), reversed(states[:-1]), strict=True):
            undo(hub, token)
            assert rows(hub) == before

"""The past of data: updatedAfter, asOf and includeHistory against a naive copy that is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from office import Cells, Office, answer, applied, blocks, rows_of, sequences

from hub.model.dataset import Action
from hub.query import data_v2
from hub.settings import Settings
from hub.store.home import Hub

QUERY = data_v2.parse("dataflow/MIGHUB/DF_MIG_BORDER/1.0.0", "")

#: Sequences of messages that are tried; 200 of them take minutes.
SEQUENCES = int(os.environ.get("MIGHUB_SEQUENCES") or 12)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home: Path = tmp_path_factory.mktemp("hub")
    given_ = {"HUB_HOME": str(home), "HUB_ENGINE_MEMORY_MB": "256"}
    with Hub.init(Settings.load(given_)) as hub:
        yield Office(hub)


@pytest.mark.conformance("v2.data.updated_after_whole")
@settings(
    max_examples=SEQUENCES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=sequences)
@pytest.mark.conformance("v2.data.updated_after_whole", "v2.data.as_of")
def test_changes_lead_from_any_copy_to_the_present(
    office: Office, sequence: list[tuple[str, object, str]]
) -> None:
    """A copy taken at T, plus ``updatedAfter=T``, is the present; ``asOf=T`` is the copy."""
    for step in sequence:
        office.do(step)
    hub = office.hub
    assert answer(hub, QUERY) == office.now
    for instant, copy in office.seen[-len(sequence) - 1 :]:
        assert answer(hub, replace(QUERY, as_of=instant)) == copy
        assert answer(hub, replace(QUERY, updated_after=instant), copy) == office.now
        since = replace(QUERY, updated_after=instant, include_history=True)
        assert answer(hub, since, copy) == office.now


def test_the_history_holds_every_state_there_was(office: Office) -> None:
    """``includeHistory`` from the beginning goes through each state that was disseminated."""
    if not office.seen:
        office.send(("M", {("MEX", "2025-01"): ("1", "A", "")}, "census"))
    cells: Cells = {}
    reached: dict[datetime, Cells] = {}
    for block in blocks(office.hub, replace(QUERY, include_history=True)):
        when = block.valid_to if block.action is Action.DELETE else block.valid_from
        assert when is not None
        assert not reached or when >= max(reached)
        cells = applied(cells, block.action, rows_of(block))
        reached[when] = cells
    states = dict(office.seen)
    assert set(reached) <= set(states)
    assert {when: states[when] for when in reached} == reached
    # A release without a dataset changed nothing that the query selects.
    before: Cells = {}
    for when, state in office.seen:
        assert (when in reached) or state == before
        before = state


def test_history_up_to_an_instant(office: Office) -> None:
    office.send(("M", {("MEX", "2025-03"): ("3", "A", "last")}, "census"))
    office.send(("R", {("MEX", "2025-03"): ("2", "E", "")}, "census"))
    (_, earlier), (then, copy) = office.seen[-3], office.seen[-2]
    assert earlier != copy
    assert answer(office.hub, replace(QUERY, include_history=True, as_of=then)) == copy
    key = data_v2.parse("dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/M.MEX", "includeHistory=true")
    only = {k: c for k, c in office.now.items() if k[0] == "MEX"}
    assert answer(office.hub, key) == only

"""Rows that are all new are written at once, and nobody can tell it from the general way."""

from __future__ import annotations

import io
import random
import signal
from pathlib import Path
from typing import Any

import crash_child
import duckdb
import pytest
from intake_hub import BORDER, RETURNS, message, row, send, settings_at, stored

from hub import intake
from hub.intake import publish
from hub.model import spool
from hub.model.schema import StructureRef
from hub.model.stored import reading_order
from hub.store import observations, ranges, whole
from hub.store.arrange import MANY_FILES
from hub.store.dialect import Files
from hub.store.home import Hub
from hub.store.submissions import State

CONTEXT = crash_child.context()
MONTHS = [f"20{year}-{month:02d}" for year in (19, 20) for month in range(1, 13)]
#: By seed, the source of one of four series: in none of its rows, if empty.
SOURCES = {1: "d", 2: ""}


def table(hub: Hub, flow: StructureRef = BORDER) -> list[tuple[Any, ...]]:
    """All columns of all rows but the token of the submission, in the order they are stored in."""
    pointer = hub.releases.current(flow)
    assert pointer is not None
    files = sorted(hub.observations.files(flow, pointer.version))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT * EXCLUDE (_submission) FROM read_parquet({files!r}, union_by_name = true)"
        )
        return found.fetchall()


def unlike(seed: int) -> bytes:
    """Rows in no order or series by series, values of several lengths, sources or none."""
    chance = random.Random(seed)
    rows = [
        row(area, time, chance.choice([0, 7, 123456, "8.50"]), source=source)
        for area, source in (("MEX", "a"), ("GTM", "c"), ("HND", "b"), ("SLV", SOURCES[seed]))
        for time in (*MONTHS, "2019", "2020")
    ]
    if SOURCES[seed]:
        chance.shuffle(rows)
    return message(rows)


@pytest.fixture
def merging(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the general way was taken."""
    calls: list[int] = []
    general = publish.net_change
    monkeypatch.setattr(publish, "net_change", lambda *a, **k: calls.append(1) or general(*a, **k))
    return calls


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_both_ways_store_the_same(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, merging: list[int], seed: int,
    small: bool,
) -> None:  # fmt: skip
    if small:  # rows go through a file, and into several
        monkeypatch.setattr(spool, "_IN_MEMORY", 1_000)
        monkeypatch.setattr(ranges, "FILE_ROWS", 40)
        monkeypatch.setattr(ranges, "_EVERY", 3)
        monkeypatch.setattr("hub.model.dataset.BATCH_ROWS", 30)
    done = send(hub, unlike(seed))
    assert (done.state, done.counts and done.counts["inserted"]) == (State.PUBLISHED, 104)
    assert not merging
    with Hub.init(settings_at(tmp_path / "other")) as other:
        monkeypatch.setattr(publish, "is_insertion", lambda _: False)
        assert send(other, unlike(seed)).state is State.PUBLISHED
        assert merging
        there = table(other)
    here = table(hub)
    assert sorted(here, key=repr) == sorted(there, key=repr)
    assert small or here == there  # sorted by series and time, too
    if small:  # and the files lie one behind the other
        pointer = hub.releases.current(BORDER)
        assert pointer is not None
        files = Files(tuple(hub.observations.files(BORDER, pointer.version)), ())
        assert len(files.paths) > 2
        schema = hub.structures.dataflow(BORDER.agency, BORDER.id, BORDER.version)
        assert whole.in_order(files, reading_order(schema)) is not None


def test_rows_beside_those_stored_are_only_added(hub: Hub, merging: list[int]) -> None:
    send(hub, message([row("MEX", t, 1, source="") for t in MONTHS]))
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    before = hub.observations.files(BORDER, pointer.version)
    # The codes are those of stored rows, all of them; the keys are not.
    mixed = [row("GTM", MONTHS[0], 2, source=""), row("MEX", "2021-01", 3, source="")]
    assert send(hub, message(mixed)).state is State.PUBLISHED
    assert not merging
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    assert set(before) < set(hub.observations.files(BORDER, pointer.version))
    assert len(stored(hub)) == len(MONTHS) + 2


@pytest.mark.parametrize("source", ["new", "survey"])
def test_an_attribute_of_a_stored_series_is_set_for_all_of_it(
    hub: Hub, merging: list[int], source: str
) -> None:
    send(hub, message([row("MEX", t, 1) for t in MONTHS]))
    send(hub, message([row("MEX", "2021-01", 3, source=source)]))
    assert merging  # the series is one, whatever the time
    with duckdb.connect() as connection:
        pointer = hub.releases.current(BORDER)
        assert pointer is not None
        files = hub.observations.files(BORDER, pointer.version)
        found = connection.execute(f"SELECT DISTINCT SOURCE FROM read_parquet({files!r})")
        assert found.fetchall() == [(source,)]


def test_a_series_row_without_attribute_gets_that_of_the_series(
    hub: Hub, merging: list[int]
) -> None:
    send(hub, message([row("MEX", t, 1, source="s" if t == MONTHS[3] else "") for t in MONTHS]))
    assert merging
    assert {line[-9] for line in table(hub)} != {None, "s"}


def test_a_key_twice_takes_the_general_way(hub: Hub, merging: list[int]) -> None:
    send(hub, message([row("MEX", MONTHS[0], 1), row("MEX", MONTHS[0], 1)]))
    assert merging
    assert stored(hub) == {("MEX", MONTHS[0]): "1"}


@pytest.mark.parametrize(
    ("place", "after"), [("write", False), ("write", True), ("add", False), ("add", True)]
)
def test_killed_while_it_is_written(hub: Hub, place: str, after: bool) -> None:
    body = message([row("MEX", t, 1, flow=f) for f in (BORDER, RETURNS) for t in MONTHS])
    token = intake.submit(hub, io.BytesIO(body), "message.csv")
    process = CONTEXT.Process(target=crash_child.die_at, args=(hub.settings.home, place, 2, after))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert stored(hub) == {}
    assert intake.process(hub, token).state is State.PUBLISHED
    for flow in (BORDER, RETURNS):
        assert stored(hub, flow) == {("MEX", t): "1" for t in MONTHS}
        assert len(hub.releases.items(flow)) == 1
    assert len(intake.diff(hub, token)) == 2 * len(MONTHS)


def test_readers_do_not_wait_while_files_are_put_together(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    put_together = observations.write_sorted

    def watched(*arguments: Any) -> Any:
        made = put_together(*arguments)
        seen.append(len(stored(hub)))  # the work is under way, under the lock of the writer
        return made

    monkeypatch.setattr(observations, "write_sorted", watched)
    for number in range(MANY_FILES + 1):
        send(hub, message([row("MEX", f"20{number:02d}", number)]))
    assert seen == [MANY_FILES + 1]
    assert stored(hub) == {("MEX", f"20{n:02d}"): str(n) for n in range(MANY_FILES + 1)}

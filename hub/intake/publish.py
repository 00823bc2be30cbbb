"""Staged rows become commits, and commits a release.

One Delta commit per dataflow, each carrying the token of the submission; then one catalogue
transaction that records the release and moves all pointers. A crash before that transaction
leaves commits that no reader sees: the next attempt finds its own by token and does not make them
again, and what another submission left behind is undone before anything is built on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from hub.intake.origin import origin
from hub.intake.repeat import basis
from hub.model.schema import StructureRef
from hub.store.changes import UNSTATED, Edition, NetChange, Segment, net_change
from hub.store.conditions import Condition
from hub.store.home import Hub
from hub.store.insertion import is_insertion, meets_none, write
from hub.store.observations import Commit
from hub.store.releases import Change
from hub.store.submissions import State, Submission, progress_at

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Compute",
    "Outcome",
    "apply",
    "conclude",
    "engine",
    "pinned",
    "segment_changes",
    "take_back",
    "tidy",
]

#: Computes what changes in the rows of some files, in a scratch database.
Compute = Callable[[duckdb.DuckDBPyConnection, Sequence[str]], NetChange]


class Outcome:
    """What applying a message came to.

    ``changes`` are the dataflows that changed; ``empty_series`` counts series per dataflow whose
    attributes could not be stored, as they have no observation.
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.empty_series: dict[StructureRef, int] = {}

    @property
    def counts(self) -> dict[str, int]:
        """Rows inserted, updated and deleted over all dataflows."""
        return {
            "inserted": sum(c.inserted for c in self.changes),
            "updated": sum(c.updated for c in self.changes),
            "deleted": sum(c.deleted for c in self.changes),
        }


def apply(
    hub: Hub,
    submission: Submission,
    parts: Mapping[StructureRef, Compute],
    scratch: Path,
) -> Outcome:
    """Commit what changes in each dataflow. Under the writer lock.

    Running it again after a crash gives the same outcome and no second commit.
    """
    outcome = Outcome()
    for dataflow, compute in parts.items():
        change = _earlier(hub, submission, dataflow)
        if change is None:
            change = _commit(hub, submission, dataflow, compute, scratch, outcome)
        if change is not None:
            outcome.changes.append(change)
    return outcome


def segment_changes(
    segments: Mapping[StructureRef, Sequence[Segment]], edition: Edition | None = None
) -> dict[StructureRef, Compute]:
    """How to compute what the segments of a message change.

    ``edition`` is there when they are all that their source says.
    """
    return {dataflow: _Segments(parts, edition) for dataflow, parts in segments.items()}


@dataclass(frozen=True, slots=True)
class _Segments:
    """Computes what segments of one dataflow change."""

    parts: Sequence[Segment]
    edition: Edition | None

    def __call__(self, connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> NetChange:
        return net_change(connection, self.parts[-1].schema, self.parts, files, self.edition)

    @property
    def may_be_new(self) -> bool:
        """Whether they are rows that only add, as far as they tell themselves."""
        return len(self.parts) == 1 and is_insertion(self.parts[0])

    @property
    def withdraws(self) -> bool:
        """Whether earlier editions may lose rows."""
        return self.edition is not None and bool(self.edition.submissions)


def conclude(hub: Hub, submission: Submission, outcome: Outcome, observations: int) -> None:
    """Publish the commits of ``outcome``, or note that there are none. Under the writer lock."""
    counts = {"observations": observations, **outcome.counts}
    state = State.PUBLISHED if outcome.changes else State.UNCHANGED
    with hub.catalogue.write() as connection:
        if outcome.changes:
            hub.releases.publish(connection, submission.id, outcome.changes)
            if submission.undoes is not None:
                hub.submissions.undone(connection, submission)
        hub.submissions.finish(
            connection, submission.token, state, counts=counts,
            progress=progress_at("done", observations), basis=basis(hub, connection),
        )  # fmt: skip


def take_back(hub: Hub, dataflows: Sequence[StructureRef]) -> None:
    """Take back commits of the dataflows that were never published. Under the writer lock."""
    for dataflow in dataflows:
        if hub.observations.latest(dataflow) is not None:
            hub.observations.undo(dataflow, pinned(hub, dataflow))


def tidy(hub: Hub, outcome: Outcome) -> None:
    """Rearrange the files of dataflows that have too many. Under the writer lock.

    Readers move on when it is done; a crash in between costs the work and nothing else.
    """
    for change in outcome.changes:
        ref = change.dataflow
        schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
        version = hub.observations.rearrange(schema, hub.settings.engine_memory_mb)
        if version is not None:
            hub.releases.rearranged(ref, version)


def pinned(hub: Hub, dataflow: StructureRef) -> int:
    """The version that readers see; 0, which is empty, before the first release."""
    pointer = hub.releases.current(dataflow)
    return 0 if pointer is None else pointer.version


def _earlier(hub: Hub, submission: Submission, dataflow: StructureRef) -> Change | None:
    """What an interrupted attempt of this submission committed already."""
    commit = hub.observations.find(dataflow, submission.token, pinned(hub, dataflow))
    return None if commit is None else _change(dataflow, commit)


def _commit(
    hub: Hub,
    submission: Submission,
    dataflow: StructureRef,
    compute: Compute,
    scratch: Path,
    outcome: Outcome,
) -> Change | None:
    version = pinned(hub, dataflow)
    take_back(hub, [dataflow])
    files = hub.observations.files(dataflow, version) if version else []
    if isinstance(compute, _Segments):
        inserted = _insert(hub, submission, compute, files, scratch)
        if inserted is not None:
            return _change(dataflow, inserted)
    with engine(hub, scratch) as connection:
        net = compute(connection, files)
        schema = net.schema
        if net.empty_series:
            outcome.empty_series[dataflow] = net.empty_series
        if net.nothing:
            return None
        commit = hub.observations.commit(
            schema,
            net.rows(origin(hub, submission, dataflow), submission.token),
            on=hub.observations.prepare(schema),
            submission=submission.token,
            inserted=net.inserted,
            updated=net.updated,
            deleted=net.deleted,
        )
    return _change(dataflow, commit)


def _insert(
    hub: Hub, submission: Submission, given: _Segments, files: Sequence[str], scratch: Path
) -> Commit | None:
    """Commit rows that are all new and of one provider, if it is certain that they are."""
    if not given.may_be_new:
        return None
    segment = given.parts[0]
    schema = segment.schema
    provider = origin(hub, submission, schema.dataflow)
    if provider not in (UNSTATED, Condition("?", provider.values)):
        return None
    if files:
        with engine(hub, scratch) as connection:
            if given.withdraws or not meets_none(connection, segment, files):
                return None
    on = hub.observations.prepare(schema)
    named = str(provider.values[0]) if provider.values else None
    added, rows = write(segment, hub.observations.making(schema.dataflow), named, submission.token)
    return hub.observations.add(schema, added, rows, on=on, submission=submission.token)


def _change(dataflow: StructureRef, commit: Commit) -> Change:
    return Change(
        dataflow, commit.before, commit.version, commit.inserted, commit.updated, commit.deleted
    )


@contextmanager
def engine(hub: Hub, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database that spills to ``scratch``."""
    config = {
        "memory_limit": f"{hub.settings.engine_memory_mb}MiB",
        "temp_directory": str(scratch / "spill"),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        yield connection

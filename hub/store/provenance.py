"""Where published observations come from, and what they were before.

Each row of the tables carries the submission that made it what it is and its place in that
submission's body (see :mod:`hub.store.observations`). What releases changed is read from the files
that only the version after or before each of them has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from sqlalchemy import delete, insert, select

from hub.errors import NoResults, RequestSyntaxError
from hub.model.schema import DataSchema, StructureRef
from hub.plugins import connector_catalogue
from hub.query.model import DataQuery
from hub.store.conditions import Condition, conditions
from hub.store.dialect import Files, Kind
from hub.store.engines import engine, files_of
from hub.store.history import Revision, revisions
from hub.store.home import Hub
from hub.store.observations import CELL, END, PROVIDER, ROW, SHEET, START, SUBMISSION
from hub.store.resolve import resolve
from hub.store.sql import quoted
from hub.store.statement import EVERYTHING
from hub.store.submissions import Submission
from hub.store.tables_provenance import reading
from hub.store.tables_sources import snapshot

__all__ = [
    "MOST",
    "Provenance",
    "Reading",
    "State",
    "at_release",
    "fetched",
    "note_reading",
    "provenance",
    "reading_of",
]

#: Observations that one question is answered for.
MOST = 1000
#: Releases of a dataflow that are looked through for earlier values, the newest first.
RELEASES = 500

_HIDDEN = (PROVIDER, SUBMISSION, SHEET, CELL, ROW)


@dataclass(frozen=True, slots=True)
class State:
    """What an observation was from a release on.

    ``values`` are its measures and attributes, ``None`` after it was withdrawn. ``submission`` is
    the token of what made it so, and ``places`` the cells of the file (sheet, address) it was read
    from; ``row`` is its 0-based number in the message. All are ``None`` where the row is older than
    the hub's knowing it.
    """

    release: int
    released_at: datetime
    values: Mapping[str, str | None] | None
    provider: str | None = None
    submission: str | None = None
    places: tuple[tuple[str, str], ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """An observation and its states, the present one last. ``key`` has all its dimensions."""

    key: Mapping[str, str]
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """By which edition of its connector, and of the hub, a file was read, and when."""

    connector_version: str
    program: str
    read_at: datetime


def note_reading(hub: Hub, submission: Submission) -> None:
    """Note by what a national file was read, the last time it was; of a message nothing is noted.

    Under the writer lock.
    """
    if submission.connector is None:
        return
    values = {
        "submission": submission.id,
        "connector_version": connector_catalogue().version(submission.connector),
        "program": version("mighub"),
        "read_at": datetime.now(UTC),
    }
    with hub.catalogue.write() as connection:
        connection.execute(delete(reading).where(reading.c.submission == submission.id))
        connection.execute(insert(reading).values(**values))


def reading_of(hub: Hub, submission: Submission) -> Reading | None:
    """By what a submission was read; ``None`` for a message, or where it was never noted."""
    query = select(reading).where(reading.c.submission == submission.id)
    with hub.catalogue.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Reading(row.connector_version, row.program, row.read_at)


def fetched(hub: Hub, submission: Submission) -> tuple[str, datetime] | None:
    """From which address, and when, the hub first had the bytes of a national file.

    ``None`` where they are no snapshot of the source, or of one that nobody gave an address of.
    """
    query = (
        select(snapshot.c.url, snapshot.c.taken_at)
        .where(snapshot.c.source == submission.connector)
        .where(snapshot.c.sha256 == submission.sha256, snapshot.c.url != "")
        .order_by(snapshot.c.taken_at)
        .limit(1)
    )
    with hub.catalogue.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.url, row.taken_at)


def provenance(
    hub: Hub, query: DataQuery, limit: int, *, history: bool = True
) -> tuple[DataSchema, list[Provenance], bool]:
    """The observations that a query selects now, sorted by key, with what they were before.

    Returns the schema, at most ``limit`` observations, and whether there are more. With ``history``
    false only the present state is there. Raises ``RequestSyntaxError`` when the query is about
    more than one dataflow, ``NoResults`` when it selects nothing, and what
    :func:`hub.store.resolve.resolve` and :func:`hub.store.conditions.conditions` raise.
    """
    parts = resolve(hub.structures, query)
    if len(parts) != 1 or len(parts[0].flows) != 1:
        raise RequestSyntaxError("Ask for one dataflow: its agency, id and version.")
    (part,) = parts
    schema, flow = part.schema, part.flows[0]
    pointer = hub.releases.current(flow)
    files = files_of(hub, flow, pointer.version) if pointer else []
    where = Condition.join("AND", [EVERYTHING, *conditions(schema, query)])
    rows = _rows(hub, schema, files, where, limit + 1) if files else []
    if not rows:
        raise NoResults("No observation matches the query.")
    more, rows = len(rows) > limit, rows[:limit]
    keys = [tuple(row[c] for c in schema.key) for row in rows]
    past = _past(hub, schema, flow, keys) if history else {}
    found = []
    for key, row in zip(keys, rows, strict=True):
        states = past.get(key, [])
        if not states or not _same(states[-1], row, schema):
            # Beyond the releases that are looked through: since when is not known better.
            assert pointer is not None
            states = [*states, _state(row, schema, pointer.release, pointer.released_at)]
        found.append(Provenance(dict(zip(schema.key, key, strict=True)), tuple(states)))
    return schema, found, more


def at_release(
    hub: Hub, flow: StructureRef, release: tuple[int, int], where: Condition, limit: int
) -> tuple[DataSchema, list[Provenance], bool]:
    """Observations of a dataflow as a release left them, sorted by key: one state each.

    ``release`` is the id of the release and the version it put there. Returns the schema, at most
    ``limit`` observations, and whether there are more. The schema is that of now.
    """
    ident, version_ = release
    schema = hub.structures.dataflow(flow.agency, flow.id, flow.version)
    files = files_of(hub, flow, version_)
    rows = _rows(hub, schema, files, where, limit + 1) if files else []
    at = next(i.released_at for i in hub.releases.items(flow) if i.release == ident)
    found = [
        Provenance({c: row[c] for c in schema.key}, (_state(row, schema, ident, at),))
        for row in rows[:limit]
    ]
    return schema, found, len(rows) > limit


def _rows(
    hub: Hub, schema: DataSchema, files: Sequence[str], where: Condition, limit: int | None
) -> list[dict[str, Any]]:
    """Matching rows of some files, with the columns of the hub's own and ``filename``."""
    texts = [(c, Kind.TEXT) for c in (*schema.columns, *_HIDDEN[:-1])]
    named = (*texts, (ROW, Kind.WHOLE), (START, Kind.INSTANT), (END, Kind.INSTANT))
    source = Files(tuple(files), named, "filename")
    columns = ", ".join(quoted(c) for c in (*schema.columns, *_HIDDEN, "filename"))
    order = ", ".join([*(quoted(d) for d in schema.series_key), START, *map(quoted, schema.key)])
    tail = "" if limit is None else f" LIMIT {int(limit)}"
    statement = f"SELECT {columns} FROM ? WHERE {where.sql} ORDER BY {order}{tail}"
    found: list[dict[str, Any]] = engine(hub).table(statement, (source, *where.values)).to_pylist()
    return found


def _past(
    hub: Hub, schema: DataSchema, flow: StructureRef, keys: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], list[State]]:
    """The states of some observations through the releases of their dataflow."""
    items = hub.releases.items(flow)[-RELEASES - 1 :]
    after = items[0].released_at if len(items) > RELEASES else None
    steps = revisions(hub, [flow], after, files=partial(files_of, hub))
    files = sorted({f for step in steps for f in (*step.new_only, *step.old_only)})
    if not files:
        return {}
    rows: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}
    for row in _rows(hub, schema, files, _one_of(schema, keys), None):
        key = tuple(row[c] for c in schema.key)
        rows.setdefault(row["filename"], {})[key] = row
    found: dict[tuple[str, ...], list[State]] = {key: [] for key in keys}
    for step in steps:
        new, old = _in(rows, step.new_only), _in(rows, step.old_only)
        for key in new.keys() | old.keys():
            _add(found[key], new.get(key), schema, step)
    return found


def _one_of(schema: DataSchema, keys: Sequence[tuple[str, ...]]) -> Condition:
    """Rows with one of some whole keys. The dimensions one by one let whole files be passed by."""
    occurring = [tuple(sorted(set(codes))) for codes in zip(*keys, strict=True)]
    bounds = [
        Condition(f"{quoted(c)} IN ({', '.join('?' * len(codes))})", codes)
        for c, codes in zip(schema.key, occurring, strict=True)
    ]
    if len(keys) == 1:
        return Condition.join("AND", bounds)
    row = f"({', '.join(quoted(c) for c in schema.key)})"
    each = f"({', '.join('?' * len(schema.key))})"
    listed = Condition(
        f"{row} IN ({', '.join([each] * len(keys))})", tuple(v for key in keys for v in key)
    )
    return Condition.join("AND", [*bounds, listed])


def _in(
    rows: Mapping[str, Mapping[tuple[str, ...], dict[str, Any]]], files: Sequence[str]
) -> dict[tuple[str, ...], dict[str, Any]]:
    return {key: row for file in files for key, row in rows.get(file, {}).items()}


def _add(
    states: list[State], row: dict[str, Any] | None, schema: DataSchema, step: Revision
) -> None:
    """Add what an observation became in a release, if that is anything new."""
    if row is None:
        if states and states[-1].values is not None:
            states.append(State(step.release, step.released_at, None))
    elif not states or not _same(states[-1], row, schema):
        states.append(_state(row, schema, step.release, step.released_at))


def _same(state: State, row: Mapping[str, Any], schema: DataSchema) -> bool:
    return state.values == _values(row, schema)


def _values(row: Mapping[str, Any], schema: DataSchema) -> dict[str, str | None]:
    return {c: row[c] for c in schema.columns if c not in schema.key}


def _state(row: Mapping[str, Any], schema: DataSchema, release: int, at: datetime) -> State:
    sheets, cells = ((row[c] or "").split("\n") for c in (SHEET, CELL))
    places = tuple(zip(sheets, cells, strict=True)) if row[CELL] else ()
    return State(
        release, at, _values(row, schema), row[PROVIDER], row[SUBMISSION], places, row[ROW]
    )

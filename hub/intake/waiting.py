"""The preview of a submission that waits: what publishing it would change, row by row.

It is kept apart from the observations until the submission is decided. It was
compared with what was published then: where a release of the same dataflow came since, it says so,
and the worker makes it anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import duckdb
from sqlalchemy import ColumnElement

from hub.errors import NotFound
from hub.intake.differences import DiffRow, Kind
from hub.intake.disclose import disclose
from hub.intake.editions import edition_of
from hub.intake.publish import Compute, engine, pinned, segment_changes
from hub.intake.reading import read
from hub.intake.staging import Stage
from hub.model.schema import DataSchema, StructureRef
from hub.store import sql, tables
from hub.store.attached import Attached, attach, attached, detach, keep
from hub.store.changes import NetChange
from hub.store.home import Hub
from hub.store.observations import OP
from hub.store.releases import Pointer
from hub.store.submissions import WAITING, State, Submission

__all__ = ["discard", "preview_of", "refresh", "save"]

_KINDS = {"insert": Kind.NEW, "update": Kind.CHANGED, "delete": Kind.WITHDRAWN}


def save(
    hub: Hub, submission: Submission, changes: Mapping[StructureRef, Compute], scratch: Path
) -> dict[str, int]:
    """Keep what the changes would come to now; returns their counts over all dataflows."""
    entries = []
    for dataflow, compute in changes.items():
        pointer = hub.releases.current(dataflow)
        version = pinned(hub, dataflow)
        files = hub.observations.files(dataflow, version) if version else []
        path = scratch / "preview.parquet"
        with engine(hub, scratch) as connection:
            net = compute(connection, files)
            _write(connection, net, path)
        entries.append(
            {
                "dataflow": str(dataflow),
                "release": pointer.release if pointer else None,
                "inserted": net.inserted,
                "updated": net.updated,
                "deleted": net.deleted,
                "file": keep(hub, Attached.PREVIEW, path),
            }
        )
    files = [str(entry["file"]) for entry in entries]
    attach(hub, submission.token, Attached.PREVIEW, entries, files)
    return {
        each: sum(int(str(e[each])) for e in entries) for each in ("inserted", "updated", "deleted")
    }


def _write(connection: duckdb.DuckDBPyConnection, net: NetChange, path: Path) -> None:
    schema = net.schema
    others = [c for c in schema.columns if c not in schema.key]
    pairs = ", ".join(
        f"b.{q} AS {sql.quoted('old ' + c)}, "
        f"CASE WHEN n.{OP} = 'delete' THEN NULL ELSE n.{q} END AS {sql.quoted('new ' + c)}"
        for c in others
        for q in (sql.quoted(c),)
    )
    connection.execute(
        f"COPY (SELECT n.{OP}, {sql.listed(schema.key, 'n.{}')}, {pairs} FROM net n "
        f"LEFT JOIN base b ON {sql.equal('n', 'b', schema.key)} "
        f"ORDER BY {sql.listed(schema.key, 'n.{}')}) TO {sql.literal(str(path))} (FORMAT parquet)"
    )


def discard(hub: Hub, token: str) -> None:
    """Forget the preview of a submission."""
    detach(hub, token, Attached.PREVIEW)


def preview_of(hub: Hub, token: str, *, offset: int = 0, limit: int = 100) -> dict[str, Any]:
    """The preview as JSON states it: counts of all, rows from ``offset`` on, at most ``limit``.

    ``current`` is whether it still compares with what is published now. Raises ``NotFound`` when
    there is no such submission, or none that waits.
    """
    submission = hub.submissions.get(token)
    entries = _entries(hub, token)
    if entries is None or not (submission.waiting or submission.state is State.APPROVED):
        raise NotFound("There is no preview: the submission does not wait.")
    rows: list[dict[str, Any]] = []
    skip = offset
    for entry in entries:
        total = entry["inserted"] + entry["updated"] + entry["deleted"]
        if len(rows) < limit and skip < total:
            ref = StructureRef.parse(entry["dataflow"])
            schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
            path = hub.blobs.path(entry["file"])
            rows += [r.to_dict() for r in _rows(path, schema, skip, limit - len(rows))]
        skip = max(0, skip - total)
    counts = {
        kind.value: sum(entry[name] for entry in entries)
        for name, kind in (
            ("inserted", Kind.NEW), ("updated", Kind.CHANGED), ("deleted", Kind.WITHDRAWN),
        )
    }  # fmt: skip
    return {
        "token": token,
        "current": _is_current(hub.releases.pointers(), entries),
        "counts": counts,
        "total": sum(counts.values()),
        "offset": offset,
        "limit": limit,
        "changes": rows,
    }


def refresh(hub: Hub) -> int:
    """Make anew the previews that a release has overtaken; returns how many.

    It runs beside other work: nothing but previews is written.
    """
    done = 0
    waits = hub.submissions.find(_waits())
    pointers = hub.releases.pointers() if waits else {}
    for submission in waits:
        entries = _entries(hub, submission.token)
        if entries is not None and _is_current(pointers, entries):
            continue
        with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as scratch:
            stage = Stage(Path(scratch) / "stage")
            reading = read(hub, submission, stage, quiet=True)
            edition = edition_of(hub, submission, reading)
            safe = disclose(
                hub, submission, reading.segments, Path(scratch), reading.report, edition
            )
            save(hub, submission, segment_changes(safe.segments, edition), Path(scratch))
        done += 1
    return done


def _waits() -> ColumnElement[bool]:
    return tables.submission.c.state.in_([s.value for s in WAITING])


def _entries(hub: Hub, token: str) -> list[dict[str, Any]] | None:
    return cast("list[dict[str, Any]] | None", attached(hub, token, Attached.PREVIEW))


def _is_current(
    pointers: Mapping[StructureRef, Pointer], entries: Iterable[Mapping[str, Any]]
) -> bool:
    for entry in entries:
        pointer = pointers.get(StructureRef.parse(entry["dataflow"]))
        if (pointer.release if pointer else None) != entry["release"]:
            return False
    return True


def _rows(path: Path, schema: DataSchema, offset: int, limit: int) -> list[DiffRow]:
    others = [c for c in schema.columns if c not in schema.key]
    order = sql.listed(schema.key)
    with duckdb.connect(":memory:") as connection:
        found = connection.sql(
            f"FROM read_parquet({sql.literal(str(path))}) ORDER BY {order} "
            f"LIMIT {int(limit)} OFFSET {int(offset)}"
        ).to_arrow_table()
    rows = []
    for values in found.to_pylist():
        pairs = {c: (values.get(f"old {c}"), values.get(f"new {c}")) for c in others}
        rows.append(
            DiffRow(
                str(schema.dataflow),
                _KINDS[values[OP]],
                {k: values[k] for k in schema.key},
                {c: pair for c, pair in pairs.items() if pair[0] != pair[1]},
            )
        )
    return rows

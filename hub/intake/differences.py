"""What a submission changed, from the change data feed of its commits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import duckdb

from hub.model.schema import DataSchema
from hub.store import sql
from hub.store.away import answering
from hub.store.home import Hub
from hub.store.releases import Change

__all__ = ["DiffRow", "Kind", "diff"]


class Kind(StrEnum):
    """What happened to an observation."""

    NEW = "new"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One observation that a release changed.

    ``key`` is the value of each dimension, time included. ``changes`` holds, per measure and
    attribute that differs, the value before and after (``None``: there was none).
    """

    dataflow: str
    kind: Kind
    key: dict[str, str]
    changes: dict[str, tuple[str | None, str | None]]

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON states it."""
        return {
            "dataflow": self.dataflow,
            "kind": self.kind.value,
            "key": self.key,
            "changes": {c: {"old": o, "new": n} for c, (o, n) in self.changes.items()},
        }


def diff(hub: Hub, token: str, limit: int | None = None) -> list[DiffRow]:
    """Observations that the submission changed, sorted by key; empty unless it was published.

    ``limit`` cuts the list; the release states the true counts. Raises ``NotFound`` when there is
    no such submission.
    """
    hub.submissions.get(token)
    rows = (
        row for item in hub.releases.of_submission(token) for row in _rows(hub, item.change, limit)
    )
    return list(islice(rows, limit))


def _rows(hub: Hub, change: Change, limit: int | None) -> Iterator[DiffRow]:
    ref = change.dataflow
    schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
    columns = [c for c in schema.columns if c not in schema.key]
    config = {
        "memory_limit": f"{hub.settings.engine_memory_mb}MiB",
        "temp_directory": str(hub.folder("tmp") / "diff"),
    }
    with duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        feed = hub.observations.changes(ref, change.version_before, change.version_after)
        connection.register("incoming", feed)
        with answering("does not give what changed"):
            connection.execute("CREATE TABLE feed AS FROM incoming")
        connection.unregister("incoming")
        query = _query(schema, columns) + (f" LIMIT {int(limit)}" if limit is not None else "")
        for batch in connection.sql(query).to_arrow_reader(10_000):
            for values in batch.to_pylist():
                yield _row(str(ref), schema, columns, values)


def _query(schema: DataSchema, columns: list[str]) -> str:
    keys = sql.listed(schema.key, "coalesce(a.{}, b.{}) AS {}")
    old = ", ".join(f"b.{sql.quoted(c)} AS {sql.quoted('old ' + c)}" for c in columns)
    new = ", ".join(f"a.{sql.quoted(c)} AS {sql.quoted('new ' + c)}" for c in columns)
    first = sql.quoted(schema.key[0])
    return (
        f"SELECT {keys}, {old}, {new}, CASE WHEN b.{first} IS NULL THEN 'new' "
        f"WHEN a.{first} IS NULL THEN 'withdrawn' ELSE 'changed' END AS _kind "
        "FROM (FROM feed WHERE _change_type IN ('insert', 'update_postimage')) a "
        "FULL JOIN (FROM feed WHERE _change_type IN ('delete', 'update_preimage')) b "
        f"ON {sql.equal('a', 'b', schema.key)} "
        f"ORDER BY {sql.listed(schema.key, 'coalesce(a.{}, b.{})')}"
    )


def _row(dataflow: str, schema: DataSchema, columns: list[str], values: dict[str, Any]) -> DiffRow:
    pairs = {c: (values[f"old {c}"], values[f"new {c}"]) for c in columns}
    return DiffRow(
        dataflow,
        Kind(values["_kind"]),
        {k: values[k] for k in schema.key},
        {c: pair for c, pair in pairs.items() if pair[0] != pair[1]},
    )

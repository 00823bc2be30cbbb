"""What putting a release back would change, and what stands in the way.

What the release had added goes, what it had revised or withdrawn comes back as it was, all told by
the change data feed of its commits. A conflict is a cell that a later release touched, or an
observation that a later release gave to a series whose attributes would change back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from hub.errors import Conflict
from hub.intake.publish import Compute, engine, pinned
from hub.model.schema import Level, StructureRef
from hub.store import sql
from hub.store.away import answering
from hub.store.changes import OWN, NetChange
from hub.store.home import Hub
from hub.store.observations import END, OP, PLACE, PROVIDER, ROW, START, SUBMISSION
from hub.store.releases import Change

__all__ = ["ChangedSince", "UndoConflict", "conflicts", "undo_changes"]

#: Columns of the hub's own, which come back with the rows.
_OWN = (PROVIDER, SUBMISSION, *PLACE, START, END)

#: Examples that a refusal shows.
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """Observations of one dataflow that stand in the way of an undo.

    ``count`` is the number of all of them, ``examples`` the keys of the first ones, sorted.
    """

    dataflow: str
    count: int
    examples: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The conflict as JSON states it."""
        return {"dataflow": self.dataflow, "count": self.count, "examples": list(self.examples)}


class UndoConflict(Conflict):
    """A later release changed what is to be undone; ``found`` says what, per dataflow."""

    def __init__(self, found: Sequence[ChangedSince]) -> None:
        count = sum(each.count for each in found)
        super().__init__(
            f"{count} observation(s) of this release were changed again by a later one. Undo the "
            "later release first, or send a correction. Nothing was undone."
        )
        self.found = tuple(found)


def conflicts(hub: Hub, token: str) -> list[ChangedSince]:
    """What stands in the way of undoing the release of ``token``. Under the writer lock."""
    found = []
    for item in hub.releases.of_submission(token):
        dataflow = item.change.dataflow
        version = pinned(hub, dataflow)
        files = hub.observations.files(dataflow, version) if version else []
        with engine(hub, hub.folder("tmp") / "undo") as connection:
            one = _Reversal(hub, item.change, connection, files).conflict()
        if one is not None:
            found.append(one)
    return found


def undo_changes(hub: Hub, token: str) -> dict[StructureRef, Compute]:
    """How to compute what undoing the release of ``token`` changes, per dataflow.

    The computation raises ``UndoConflict`` where a later release stands in the way.
    """

    def computing(change: Change) -> Compute:
        def compute(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> NetChange:
            reversal = _Reversal(hub, change, connection, files)
            found = reversal.conflict()
            if found is not None:
                raise UndoConflict([found])
            return reversal.net()

        return compute

    return {
        item.change.dataflow: computing(item.change) for item in hub.releases.of_submission(token)
    }


class _Reversal:
    """The rows of one change, put back, in a scratch database.

    Table ``feed`` holds each key once, with the row before (``old ...``) and after (``new ...``)
    the release; view ``stored`` what is published now.
    """

    def __init__(
        self,
        hub: Hub,
        change: Change,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[str],
    ) -> None:
        ref = change.dataflow
        self._schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
        self._run = connection.execute
        self._connection = connection
        self._columns = (*self._schema.columns, *_OWN)
        self._values = [c for c in self._schema.columns if c not in self._schema.key]
        self._load(hub, change)
        self._run(f"CREATE VIEW stored AS {self._stored(files)}")

    def _load(self, hub: Hub, change: Change) -> None:
        feed = hub.observations.changes(
            change.dataflow, change.version_before, change.version_after
        )
        known = set(feed.schema.names)
        columns = ", ".join(self._typed(c, known) for c in self._columns)
        self._connection.register("incoming", feed)
        with answering("does not give what changed"):
            self._run(f"CREATE TABLE changes AS SELECT {columns}, _change_type FROM incoming")
        self._connection.unregister("incoming")
        key = self._schema.key
        for name, kinds in (
            ("new_rows", "'insert', 'update_postimage'"),
            ("old_rows", "'delete', 'update_preimage'"),
        ):
            self._run(f"CREATE VIEW {name} AS FROM changes WHERE _change_type IN ({kinds})")
        sides = [
            f"{side[0]}.{sql.quoted(c)} AS {sql.quoted(f'{side} {c}')}"
            for side in ("new", "old")
            for c in (*self._values, *_OWN)
        ]
        first = sql.quoted(key[0])
        self._run(
            f"CREATE TABLE feed AS SELECT {sql.listed(key, 'coalesce(n.{}, o.{}) AS {}')}, "
            f"{', '.join(sides)}, n.{first} IS NOT NULL AS _had, o.{first} IS NOT NULL AS _has "
            f"FROM new_rows n FULL JOIN old_rows o ON {sql.equal('n', 'o', key)}"
        )

    def _typed(self, column: str, known: set[str]) -> str:
        """A column, null where the rows are older than it."""
        if column in known:
            return sql.quoted(column)
        return f"NULL::{'BIGINT' if column == ROW else 'VARCHAR'} AS {sql.quoted(column)}"

    def _stored(self, files: Sequence[str]) -> str:
        if not files:
            return sql.no_rows(self._schema.columns)
        source = sql.parquet(files)
        known = {row[0] for row in self._run(f"DESCRIBE FROM {source}").fetchall()}
        columns = ", ".join(self._typed(c, known) for c in self._schema.columns)
        return f"SELECT {columns} FROM {source}"

    def conflict(self) -> ChangedSince | None:
        """Cells that are no longer as the release left them, and series that would split."""
        key, first = self._schema.key, sql.quoted(self._schema.key[0])
        differ = " OR ".join(
            f"s.{sql.quoted(c)} IS DISTINCT FROM f.{sql.quoted('new ' + c)}" for c in self._values
        )
        self._run(
            f"CREATE TABLE hindered AS SELECT {sql.listed(key, 'f.{}')} FROM feed f "
            f"LEFT JOIN stored s ON {sql.equal('f', 's', key)} "
            f"WHERE (s.{first} IS NOT NULL) <> f._had OR (f._had AND ({differ or 'false'}))"
        )
        for level, group in ((Level.SERIES, self._schema.series_key), (Level.DATASET, ())):
            shared = [a.id for a in self._schema.attributes_at(level)]
            if shared:
                self._split(shared, group)
        ((count,),) = self._run("SELECT count(*) FROM hindered").fetchall()
        if not count:
            return None
        rows = self._run(
            f"SELECT DISTINCT {sql.listed(key)} FROM hindered ORDER BY ALL LIMIT {EXAMPLES}"
        ).fetchall()
        examples = tuple(dict(zip(key, row, strict=True)) for row in rows)
        return ChangedSince(str(self._schema.dataflow), count, examples)

    def _split(self, shared: Sequence[str], group: Sequence[str]) -> None:
        """Add rows of others whose shared attributes would no longer be those of their group."""
        key = self._schema.key
        old = ", ".join(f"{sql.quoted('old ' + a)} AS {sql.quoted(a)}" for a in shared)
        keys = f"{sql.listed(group)}, " if group else ""
        differ = sql.listed(shared, "s.{} IS DISTINCT FROM g.{}", " OR ")
        self._run(
            f"INSERT INTO hindered SELECT {sql.listed(key, 's.{}')} FROM stored s "
            f"ANTI JOIN feed f ON {sql.equal('s', 'f', key)} "
            f"JOIN (SELECT DISTINCT {keys}{old} FROM feed WHERE _has) g "
            f"ON {sql.equal('s', 'g', group)} WHERE ({differ}) "
            f"AND NOT EXISTS (FROM hindered h WHERE {sql.equal('h', 's', key)})"
        )

    def net(self) -> NetChange:
        """The changes that put everything back."""
        values = ", ".join(
            f"CASE WHEN _has THEN {sql.quoted('old ' + c)} ELSE {sql.quoted('new ' + c)} END "
            f"AS {sql.quoted(c)}"
            for c in (*self._values, *_OWN)
        )
        self._run(
            f"CREATE VIEW net AS SELECT {sql.listed(self._schema.key)}, {values}, "
            "CASE WHEN NOT _has THEN 'delete' WHEN _had THEN 'update' ELSE 'insert' END "
            f"AS {OP}, false AS {OWN} FROM feed"  # each row is again whose it was
        )
        counts = dict(self._run(f"SELECT {OP}, count(*) FROM net GROUP BY ALL").fetchall())
        return NetChange(
            counts.get("insert", 0), counts.get("update", 0), counts.get("delete", 0),
            0, self._schema, self._connection,
        )  # fmt: skip

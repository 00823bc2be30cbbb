"""The step between validation and release that protects small counts.

What the message would make of the published table is worked out, the policies in force say what of
it may be published, and the message goes on with the rest: withheld observations without value,
with OBS_STATUS ``Q`` and the CONF_STATUS of their kind. Everything behind this step (previews,
differences, the store) sees only what it lets pass. Without a policy it does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from hub.disclosure import SUPPRESSED, Figures, Flag, Protected
from hub.disclosure.figures import chosen
from hub.disclosure.hierarchies import parents_of
from hub.intake.disclosure import DisclosurePolicy, all_rules
from hub.intake.publish import engine, pinned
from hub.model.dataset import Action
from hub.model.findings import Finding, Report, Severity
from hub.model.schema import DataSchema, StructureRef
from hub.plugins import connector_catalogue
from hub.store import sql
from hub.store.changes import Edition, Segment, net_change
from hub.store.conditions import Condition
from hub.store.home import Hub
from hub.store.observations import CELL, OP, ROW, SHEET
from hub.store.resolve import agreed_cells
from hub.store.submissions import Submission
from hub.structures.kinds import key_of
from hub.validation.rules import sentence

__all__ = ["Disclosed", "disclose"]

#: Units that count people, things or events; only these have small counts.
_COUNTS = ("PS", "EV", "HH", "CASES", "PERMITS", "DEATHS")
_FLAGS = frozenset(Flag)

Segments = Mapping[StructureRef, Sequence[Segment]]


@dataclass
class Disclosed:
    """What goes on: the segments, and what was done per dataflow and policy (counts only)."""

    segments: dict[StructureRef, Sequence[Segment]]
    done: list[tuple[StructureRef, dict[str, Any]]] = field(default_factory=list)


def disclose(
    hub: Hub,
    submission: Submission,
    segments: Segments,
    scratch: Path,
    report: Report,
    edition: Edition | None = None,
) -> Disclosed:
    """Apply the policies in force to a staged message, which may be a whole edition of its source.

    What was done is told in notes of ``report``; a small count that cannot be protected from what
    was published before is an error there, and then the message must not be released.
    """
    result = Disclosed(dict(segments))
    policies = all_rules(hub)
    if not policies:
        return result
    for dataflow, parts in segments.items():
        asked = list(_in_force(hub, policies, submission, dataflow))
        if asked and parts:
            step = _Step(hub, dataflow, parts, scratch, report, submission.filename, edition)
            result.segments[dataflow] = step.apply(asked, result)
    return result


def _in_force(
    hub: Hub, policies: Sequence[DisclosurePolicy], submission: Submission, dataflow: StructureRef
) -> Iterator[tuple[DisclosurePolicy, Condition]]:
    """Policies about data of the sender, those of agreements first, with the rows each is about."""
    senders = _providers(submission)
    agreements = {
        key_of(a).ref: a.data_provider.id for a in hub.structures.agreements(dataflow=dataflow)
    }
    for policy in policies:
        if policy.kind == "dataflow" and policy.subject == dataflow:
            yield policy, Condition("true")
        elif (
            policy.kind == "agreement"
            and policy.subject in agreements
            and (not senders or agreements[policy.subject] in senders)
        ):
            yield policy, agreed_cells(hub.structures, policy.subject)


def _providers(submission: Submission) -> frozenset[str]:
    """Ids of who the data may be of; empty: of anybody."""
    if submission.provider is not None:
        return frozenset({submission.provider.rpartition(":")[2]})
    connector = submission.connector
    if connector is not None and connector in connector_catalogue().ids():
        return frozenset(connector_catalogue().record(connector).providers)
    return frozenset()


class _Step:
    """One dataflow of a message."""

    def __init__(
        self, hub: Hub, dataflow: StructureRef, parts: Sequence[Segment], scratch: Path,
        report: Report, file: str, edition: Edition | None,
    ) -> None:  # fmt: skip
        self.edition = edition
        self.hub, self.dataflow, self.parts = hub, dataflow, parts
        self.folder = scratch / "disclosure"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.report, self.file = report, file
        self.schema: DataSchema = parts[-1].schema
        self.value = self.schema.primary_measure.id

    def apply(
        self, asked: Sequence[tuple[DisclosurePolicy, Condition]], result: Disclosed
    ) -> list[Segment]:
        """The segments that may go on; what was done is added to ``result``."""
        version = pinned(self.hub, self.dataflow)
        files = self.hub.observations.files(self.dataflow, version) if version else []
        with engine(self.hub, self.folder) as connection:
            net = net_change(connection, self.schema, self.parts, files, self.edition)
            if net.nothing:
                return list(self.parts)
            self._now(connection)
            for policy, rows in asked:
                self._protect(connection, policy, rows, version, result)
            return self._written(connection)

    def _now(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Table ``state``: the observations as the message leaves them, with their number."""
        columns, key = sql.listed(self.schema.columns, "x.{}"), self.schema.key
        value = sql.quoted(self.value)
        connection.execute(
            f"CREATE TABLE state AS SELECT *, row_number() OVER () AS _n, false AS _taken FROM ("
            f"SELECT {columns}, x.{value} IS NOT NULL AND (s.{sql.quoted(key[0])} IS NULL "
            f"OR s.{value} IS NULL OR NOT same_number(x.{value}, s.{value})) AS _fresh "
            f"FROM net x LEFT JOIN stored s ON {sql.equal('x', 's', key)} "
            f"WHERE x.{OP} <> 'delete' UNION ALL "
            f"SELECT {columns}, false FROM stored x ANTI JOIN net n ON {sql.equal('x', 'n', key)})"
        )
        connection.execute(
            f"CREATE TABLE changed_areas AS SELECT DISTINCT {_area(self.schema)} AS area FROM net"
        )
        connection.execute("CREATE TABLE verdict (_n BIGINT, _value VARCHAR, _flag VARCHAR)")

    def _protect(
        self, connection: duckdb.DuckDBPyConnection, policy: DisclosurePolicy, rows: Condition,
        version: int, result: Disclosed,
    ) -> None:  # fmt: skip
        # The solver is loaded only where a policy holds.
        from hub.disclosure.protect import protect  # noqa: PLC0415

        scope = self._scope(rows)
        found = connection.sql(
            f"SELECT * FROM state WHERE NOT _taken AND {scope.sql} ORDER BY ALL",
            params=list(scope.values),
        ).to_arrow_table()
        if found.num_rows == 0:
            return
        numbers = found.column("_n").to_numpy()
        connection.register("taken", pa.table({"_n": numbers}))
        connection.execute("UPDATE state SET _taken = true FROM taken t WHERE state._n = t._n")
        connection.unregister("taken")
        figures = self._figures(found)
        done = protect(
            figures,
            policy.rule,
            time=self.schema.time.id if self.schema.time else None,
            parents=parents_of(self.hub.structures, self.schema),
            former=self._former(connection, scope, version),
        )
        self._tell(figures, done, policy)
        counts = {"primary": done.primary, "secondary": done.secondary, "rounded": done.rounded}
        result.done.append((self.dataflow, {"policy": policy.to_dict(), "counts": counts}))
        self._note(connection, numbers, figures, done)

    def _scope(self, rows: Condition) -> Condition:
        terms = [rows, Condition(f"{_area(self.schema)} IN (SELECT area FROM changed_areas)")]
        if "UNIT_MEASURE" in self.schema.by_id:
            terms.append(Condition(f"UNIT_MEASURE IN ({', '.join('?' * len(_COUNTS))})", _COUNTS))
        return Condition.join("AND", terms)

    def _former(
        self, connection: duckdb.DuckDBPyConnection, scope: Condition, version: int
    ) -> list[Figures]:
        """What readers saw of the same table, release by release."""
        versions = {i.change.version_after for i in self.hub.releases.items(self.dataflow)}
        tables = []
        for number in sorted(versions | ({version} if version else set())):
            files = self.hub.observations.files(self.dataflow, number)
            if not files:
                continue
            source = sql.parquet(files)
            known = {r[0] for r in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
            columns = ", ".join(
                sql.quoted(c) if c in known else f"NULL::VARCHAR AS {sql.quoted(c)}"
                for c in self.schema.columns
            )
            found = connection.sql(
                f"SELECT * FROM (SELECT {columns} FROM {source}) WHERE {scope.sql}",
                params=list(scope.values),
            ).to_arrow_table()
            tables.append(self._figures(found))
        return tables

    def _figures(self, found: pa.Table) -> Figures:
        def texts(name: str) -> np.ndarray[Any, np.dtype[np.object_]]:
            return np.array(found.column(name).to_pylist(), dtype=object)

        number = pd.to_numeric(pd.Series(texts(self.value)), errors="coerce").to_numpy(float)
        if "UNIT_MULT" in self.schema.by_id:
            power = pd.to_numeric(pd.Series(texts("UNIT_MULT")), errors="coerce")
            number = number * 10.0 ** power.fillna(0).to_numpy(float)
        flags, status = texts("CONF_STATUS"), texts("OBS_STATUS")
        withheld = np.isnan(number) & (status == SUPPRESSED)
        known = np.array([flag in _FLAGS for flag in flags], dtype=bool)
        fresh = (
            found.column("_fresh").to_numpy(zero_copy_only=False)
            if "_fresh" in found.column_names
            else np.zeros(len(number), bool)
        )
        return Figures(
            {name: found.column(name).to_pylist() for name in self.schema.key},
            number, chosen(withheld & known, flags), fresh,
        )  # fmt: skip

    def _note(
        self, connection: duckdb.DuckDBPyConnection, numbers: np.ndarray[Any, Any],
        figures: Figures, done: Protected,
    ) -> None:  # fmt: skip
        """Add the observations that may not stand as they are to the table ``verdict``."""
        gone = figures.given & np.isnan(done.value)
        rounded = figures.given & ~gone & (done.value != figures.value)
        some = np.flatnonzero(gone | rounded)
        verdict = pa.table(
            {
                "_n": numbers[some],
                "_value": pa.array(
                    [f"{done.value[i]:.0f}" if rounded[i] else None for i in some], pa.string()
                ),
                "_flag": pa.array(
                    [None if rounded[i] else str(done.flags[i]) for i in some], pa.string()
                ),
            }
        )
        connection.register("more", verdict)
        connection.execute("INSERT INTO verdict FROM more")
        connection.unregister("more")

    def _written(self, connection: duckdb.DuckDBPyConnection) -> list[Segment]:
        """The message without those observations, and then those as they may be published."""
        key = self.schema.key
        connection.execute(
            f"CREATE TABLE apart AS SELECT {sql.listed(key, 's.{}')}, v._value, v._flag, s._n "
            "FROM verdict v JOIN state s ON s._n = v._n"
        )
        ((count,),) = connection.execute("SELECT count(*) FROM apart").fetchall()
        if not count:
            return list(self.parts)
        stem = f"{self.dataflow.id}-{self.dataflow.version}"
        written = []
        for i, part in enumerate(self.parts):
            path = self.folder / f"{stem}-{i:06d}.parquet"
            connection.execute(
                f"COPY (SELECT x.* FROM read_parquet({sql.literal(str(part.path))}) x "
                f"ANTI JOIN apart a ON {sql.equal('x', 'a', key)} ORDER BY x.{ROW}) "
                f"TO {sql.literal(str(path))} (FORMAT parquet)"
            )
            written.append(Segment(part.schema, part.action, path))
        path = self.folder / f"{stem}-protected.parquet"
        columns = ", ".join(self._column(c) for c in self.schema.columns)
        files = ", ".join(sql.literal(str(part.path)) for part in self.parts)
        places = (
            f"SELECT {sql.listed(key)}, arg_max({SHEET}, {ROW}) AS {SHEET}, "
            f"arg_max({CELL}, {ROW}) AS {CELL}, max({ROW}) AS {ROW} FROM read_parquet([{files}]) "
            f"GROUP BY {sql.listed(key)}"
        )
        connection.execute(
            f"COPY (SELECT {columns}, p.{SHEET}, p.{CELL}, p.{ROW} FROM state s "
            f"JOIN apart a ON s._n = a._n LEFT JOIN ({places}) p ON {sql.equal('s', 'p', key)} "
            f"ORDER BY s._n) "
            f"TO {sql.literal(str(path))} (FORMAT parquet)"
        )
        return [*written, Segment(self.schema, Action.REPLACE, path)]

    def _column(self, name: str) -> str:
        column = sql.quoted(name)
        if name == self.value:
            if "UNIT_MULT" not in self.schema.by_id:
                return f"a._value AS {column}"
            # A figure in thousands is a multiple of any base up to there: it stays as it is.
            return (
                f"CASE WHEN a._value IS NOT NULL AND coalesce(s.UNIT_MULT, '0') <> '0' "
                f"THEN s.{column} ELSE a._value END AS {column}"
            )
        if name == "OBS_STATUS":
            return f"CASE WHEN a._flag IS NULL THEN s.{column} ELSE '{SUPPRESSED}' END AS {column}"
        if name == "CONF_STATUS":
            return f"coalesce(a._flag, s.{column}) AS {column}"
        return f"s.{column}"

    def _tell(self, figures: Figures, done: Protected, policy: DisclosurePolicy) -> None:
        number = str(policy.rule.number)
        for rule, count in (
            ("DISCLOSURE_SMALL", done.primary),
            ("DISCLOSURE_SECONDARY", done.secondary),
            ("DISCLOSURE_ROUNDED", done.rounded),
        ):
            if count and not done.unprotected:
                self._add(rule, Severity.NOTE, str(count), number)
        for rule, severity, rows in (
            ("DISCLOSURE_KNOWN", Severity.WARNING, done.known),
            ("DISCLOSURE_UNPROTECTED", Severity.ERROR, done.unprotected),
        ):
            for row in rows:
                key = ".".join(str(figures.keys[name][row]) for name in self.schema.key)
                self._add(rule, severity, None, number, key)

    def _add(
        self, rule: str, severity: Severity, found: str | None, expected: str,
        key: str | None = None,
    ) -> None:  # fmt: skip
        text = sentence(rule, component=self.value, found=found, expected=expected, key=key)
        self.report.add(
            Finding(
                rule, text, severity, file=self.file, key=key, component=self.value,
                found=found, expected=expected,
            )
        )  # fmt: skip


def _area(schema: DataSchema) -> str:
    """The column of the reporting area; one for all where a structure has none."""
    return "REF_AREA" if "REF_AREA" in schema.by_id else "''"

"""Publish what is valid and give the rest back: two parts of one message.

The staged rows are parted by what validation found. A fault of one observation takes that
observation; one that is about several takes all of them: each row of a repeated key, each row of a
series whose attributes contradict each other or are missing. What is left is validated again, as a
message of its own, until nothing is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hub.intake.staging import Stage, staged_schema
from hub.model.dataset import BATCH_ROWS, Action, Block, DataMessage, Location, Locator
from hub.model.findings import Report, Severity
from hub.model.schema import DataSchema, Level, StructureRef
from hub.store import sql
from hub.store.changes import ROW, Segment
from hub.store.observations import PLACE
from hub.validation import FieldContext, validate
from hub.validation.faults import Fault

__all__ = ["Parts", "blocks_of", "split"]

#: Rules about a whole group: its rows stand and fall together.
_GROUP = frozenset({"SERIES_ATTRIBUTE_INCONSISTENT", "ATTRIBUTE_MISSING"})
#: Times the good part is validated before the message is refused whole.
_ROUNDS = 5


@dataclass
class Parts:
    """The two parts of a message, as segments per dataflow, and how many rows each has.

    ``rules`` is a Parquet file that names, for each row given back, the rules it broke (columns
    ``_row`` and ``rules``). ``keyed`` says that the keys of all rows given back can be believed.
    """

    good: dict[StructureRef, list[Segment]] = field(default_factory=dict)
    bad: dict[StructureRef, list[Segment]] = field(default_factory=dict)
    accepted: int = 0
    rejected: int = 0
    rules: Path = Path()
    keyed: bool = False


def split(
    segments: dict[StructureRef, list[Segment]],
    errors: Sequence[Fault],
    report: Report,
    locate: Locator,
    folder: Path,
    *,
    file: str,
    context: FieldContext,
    memory_mb: int,
    apart: Stage | None = None,
    rules: Sequence[str] = (),
) -> Parts | None:
    """Part a staged message; ``None`` when it cannot be parted, and is to be refused whole.

    That is so when a fault is about the message or the dataset as a whole, when there are more
    faults than a report lists, and when no row would be left. ``report`` is that of the message:
    errors that only show once others are gone are added to it. ``folder`` takes the parts.
    ``apart`` are rows that the reader of the message left out of it, for ``rules``, one each.
    """
    folder.mkdir(exist_ok=True)
    nothing = not errors and apart is None
    if report.truncated or nothing or any(_whole(f, segments) for f in errors):
        return None
    if any(f.rule == "MESSAGE_SYNTAX" for f in report):
        return None
    with duckdb.connect(":memory:", config={"memory_limit": f"{memory_mb}MiB"}) as connection:
        connection.execute(f"CREATE TABLE bad ({ROW} BIGINT, _rule VARCHAR)")
        for _ in range(_ROUNDS):
            _mark(connection, segments, errors)
            parts = _part(connection, segments, folder)
            if not parts.accepted:
                return None
            rows = _numbers(parts.good)
            errors = []
            again = validate(
                DataMessage(None, _renumbered(parts.good), _located(rows, locate)),
                workspace=folder, file=file, field=context, errors=errors,
            )  # fmt: skip
            if again.valid:
                return _with(connection, parts, apart, rules)
            if not errors or any(_whole(f, segments) for f in errors):
                return None
            report.extend(f for f in again if f.severity is Severity.ERROR)
            for fault in errors:
                fault.ordinal = None if fault.ordinal is None else rows[fault.ordinal].as_py()
                fault.other = None if fault.other is None else rows[fault.other].as_py()
    return None


def blocks_of(segments: Sequence[Segment]) -> Iterator[Block]:
    """The rows of segments, in their order, as blocks."""
    for segment in segments:
        for batch in _batches(segment):
            yield Block(segment.schema, segment.action, batch.drop_columns(list(PLACE)))


def _whole(fault: Fault, segments: dict[StructureRef, list[Segment]]) -> bool:
    """Whether a fault is about more than rows that can be told apart."""
    if fault.ordinal is None or fault.header:
        return True
    levels = {
        attribute.level
        for parts in segments.values()
        for attribute in parts[-1].schema.attributes
        if attribute.id == fault.component
    }
    return fault.rule in _GROUP and Level.DATASET in levels


def _mark(
    connection: duckdb.DuckDBPyConnection,
    segments: dict[StructureRef, list[Segment]],
    errors: Sequence[Fault],
) -> None:
    """Note the rows that the faults take."""
    pairs = {(f.ordinal, f.rule) for f in errors}
    pairs |= {(f.other, f.rule) for f in errors if f.rule.startswith("DUPLICATE_")}
    groups = {(f.ordinal, f.rule, f.component) for f in errors if f.rule in _GROUP}
    _insert(connection, "bad", sorted((p for p in pairs if p[0] is not None), key=str))
    for parts in segments.values():
        schema = parts[-1].schema
        above = {a.id for a in schema.attributes_at(Level.SERIES)}
        connection.execute(f"CREATE TABLE grouped ({ROW} BIGINT, _rule VARCHAR)")
        _insert(connection, "grouped", sorted((g[0], g[1]) for g in groups if g[2] in above))
        _spread(connection, schema, parts)
        connection.execute("DROP TABLE grouped")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, pairs: Sequence[object]) -> None:
    rows = pa.table(
        {
            ROW: pa.array([p[0] for p in pairs], pa.int64()),  # type: ignore[index]
            "_rule": pa.array([p[1] for p in pairs], pa.string()),  # type: ignore[index]
        }
    )
    connection.register("pairs", rows)
    connection.execute(f"INSERT INTO {table} FROM pairs")
    connection.unregister("pairs")


def _spread(
    connection: duckdb.DuckDBPyConnection, schema: DataSchema, parts: Sequence[Segment]
) -> None:
    """Take all rows of the series of grouped faults, and of faulty rows without a time."""
    setting = [s for s in parts if s.action is not Action.DELETE]
    if not setting:
        return
    source = _source(setting)
    dims = schema.series_key
    timeless = "false" if schema.time is None else f"{sql.quoted(schema.time.id)} IS NULL"
    marked = (
        f"SELECT r.*, g._rule FROM {source} r JOIN grouped g USING ({ROW}) UNION ALL "
        f"SELECT r.*, b._rule FROM {source} r JOIN bad b USING ({ROW}) WHERE {timeless}"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE marked AS {marked}")
    whole = sql.mask(dims, dims, "m")
    loose = sql.listed(dims, "(m.{} IS NULL OR m.{} = s.{})", " AND ") or "true"
    for condition, same in ((whole, sql.equal("m", "s", dims)), (f"NOT ({whole})", loose)):
        connection.execute(
            f"INSERT INTO bad SELECT DISTINCT s.{ROW}, m._rule FROM {source} s "
            f"JOIN (FROM marked m WHERE {condition}) m ON {same}"
        )


def _source(parts: Sequence[Segment]) -> str:
    return f"read_parquet([{', '.join(sql.literal(str(s.path)) for s in parts)}])"


def _part(
    connection: duckdb.DuckDBPyConnection,
    segments: dict[StructureRef, list[Segment]],
    folder: Path,
) -> Parts:
    parts = Parts(rules=folder / "rules.parquet")
    for number, segment in enumerate(s for each in segments.values() for s in each):
        for name, side, join in (("good", parts.good, "ANTI"), ("bad", parts.bad, "SEMI")):
            path = folder / f"{name}-{number:06d}.parquet"
            connection.execute(
                f"COPY (SELECT s.* FROM {_source([segment])} s {join} JOIN bad USING ({ROW}) "
                f"ORDER BY {ROW}) TO {sql.literal(str(path))} (FORMAT parquet)"
            )
            rows = pq.read_metadata(path).num_rows
            if not rows:
                continue
            side.setdefault(segment.schema.dataflow, []).append(
                Segment(segment.schema, segment.action, path)
            )
            if name == "good":
                parts.accepted += rows
            else:
                parts.rejected += rows
    _write_rules(connection, parts.rules)
    return parts


def _write_rules(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(
        f"COPY (SELECT {ROW}, string_agg(DISTINCT _rule, ' ' ORDER BY _rule) AS rules FROM bad "
        f"GROUP BY {ROW} ORDER BY {ROW}) TO {sql.literal(str(path))} (FORMAT parquet)"
    )


def _with(
    connection: duckdb.DuckDBPyConnection, parts: Parts, apart: Stage | None, rules: Sequence[str]
) -> Parts:
    """The parts with what the reader left out on the side that is given back."""
    if apart is None:
        return parts
    parts.keyed = not parts.rejected
    for dataflow, segments in apart.segments.items():
        parts.bad.setdefault(dataflow, []).extend(segments)
    numbers = _numbers(apart.segments).to_pylist()
    _insert(connection, "bad", list(zip(numbers, rules, strict=True)))
    parts.rejected += len(numbers)
    _write_rules(connection, parts.rules)
    return parts


def _batches(segment: Segment) -> Iterator[pa.RecordBatch]:
    columns = staged_schema(segment.schema)
    with pq.ParquetFile(segment.path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield batch.cast(columns)


def _numbers(segments: dict[StructureRef, list[Segment]]) -> pa.ChunkedArray:
    """Number in the message of each row of the segments, in their order."""
    files = [s.path for each in segments.values() for s in each]
    return pa.concat_tables([pq.read_table(f, columns=[ROW]) for f in files]).column(ROW)


def _renumbered(segments: dict[StructureRef, list[Segment]]) -> Iterator[Block]:
    ordinal = 0
    for parts in segments.values():
        for segment in parts:
            for batch in _batches(segment):
                rows = batch.drop_columns(list(PLACE))
                yield Block(segment.schema, segment.action, rows, ordinal)
                ordinal += batch.num_rows


def _located(rows: pa.ChunkedArray, locate: Locator) -> Locator:
    def find(ordinals: Sequence[int], component: str | None) -> list[Location]:
        return locate([rows[o].as_py() for o in ordinals], component)

    return find

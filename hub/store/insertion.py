"""New observations on their way into a table that has none of them: sorted files, written once.

What the general way (:mod:`hub.store.changes`) finds out by comparing is known here beforehand:
every row is new. So nothing is compared; the rows are cut into ranges that fit in memory
(:mod:`hub.store.ranges`), and each is sorted and written as a file of the table. Columns stay
numbers of dictionaries all the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from deltalake.transaction import AddAction

from hub.model.dataset import Action
from hub.model.schema import DataSchema, Level
from hub.model.spool import Spool, nothing
from hub.model.stored import END, PROVIDER, START, SUBMISSION, reading_order
from hub.store import sql
from hub.store.numbered import arranged
from hub.store.ranges import in_ranges
from hub.store.segments import Segment
from hub.store.table_files import TableFile

__all__ = ["is_insertion", "meets_none", "write"]

#: Codes of one component beyond which the question where stored rows lie does not name them.
_MOST_CODES = 2_000


def is_insertion(segment: Segment) -> bool:
    """Whether the rows of a segment, put into an empty table, are what it comes to."""
    return (
        segment.plain
        and segment.rows is not None
        and segment.action is not Action.DELETE
        and not segment.schema.attributes_at(Level.DATASET)
    )


def meets_none(
    connection: duckdb.DuckDBPyConnection, segment: Segment, files: Sequence[str]
) -> bool:
    """Whether no row of a segment is stored in ``files``.

    Nor may one of a series be that either gives attributes of: these would have to be made the
    same. ``connection`` is a scratch database of the caller's.
    """
    schema, rows = segment.schema, _rows(segment)
    shared = [a.id for a in schema.attributes_at(Level.SERIES)]
    used = rows.texts((*schema.key, *shared))
    source = sql.parquet(files)
    known = {row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
    if not known.issuperset(schema.key):
        return False

    def stored(columns: Sequence[str], where: str) -> bool:
        """Whether a stored row agrees with one of the segment."""
        terms = [where]
        for name in columns:
            if len(used[name]) <= _MOST_CODES:  # most rows are ruled out without comparing
                codes = ", ".join(map(sql.literal, sorted(used[name]))) or "NULL"
                terms.append(f"{sql.quoted(name)} IN ({codes})")
        near = f"(FROM {source} WHERE {' AND '.join(terms)})"
        if not connection.execute(f"SELECT true FROM {near} LIMIT 1").fetchall():
            return False
        connection.register("given", rows.reader(columns))
        match = sql.equal("s", "g", columns)
        query = f"SELECT true FROM {near} s SEMI JOIN given g ON {match} LIMIT 1"
        found = bool(connection.execute(query).fetchall())
        connection.unregister("given")
        return found

    if any(used[name] for name in shared):
        return not stored(schema.series_key, "true")
    given = [name for name in shared if name in known]
    return not (
        stored(schema.key, "true") or (given and stored(schema.series_key, sql.any_given(given)))
    )


def write(
    segment: Segment, folder: Path, provider: str | None, submission: str
) -> tuple[list[AddAction], int]:
    """Write the rows of a segment into new files of ``folder``, sorted by series and time.

    ``provider`` and ``submission`` are those of all rows. Raises ``ValueError`` when a key stands
    twice in one file: the caller promised that none does. Then no file is left. Returns what adds
    the files to the table, and the number of rows.
    """
    constants = {PROVIDER: provider, SUBMISSION: submission}
    added: list[AddAction] = []
    number = 0
    try:
        for piece in in_ranges(segment.schema, _rows(segment), segment.file.parent):
            number += sum(batch.num_rows for batch in piece)
            added.append(_file(segment.schema, piece, constants, folder))
            del piece  # before the next one is read
    except ValueError:
        for action in added:
            (folder / action.path).unlink(missing_ok=True)
        raise
    return added, number


def _file(
    schema: DataSchema,
    piece: Sequence[pa.RecordBatch],
    constants: Mapping[str, str | None],
    folder: Path,
) -> AddAction:
    """Make one file of the rows of some batches."""
    rows = _sorted(schema, piece, constants)
    measures = {m.id for m in schema.measures}
    file = TableFile(folder, rows.schema, measures, reading_order(schema))
    file.write(rows)
    return file.close(data_change=True)


def _rows(segment: Segment) -> Spool:
    assert segment.rows is not None  # see is_insertion
    return segment.rows


def _sorted(
    schema: DataSchema, piece: Sequence[pa.RecordBatch], constants: Mapping[str, str | None]
) -> pa.Table:
    """The rows of some batches with all columns of the table, sorted."""
    found = arranged(schema, piece)
    names = piece[0].schema.names
    rows = sum(batch.num_rows for batch in piece)
    columns: dict[str, Any] = {}
    if schema.time is not None:
        columns[START], columns[END] = found.instants(schema.time.id)
    else:
        columns[START] = columns[END] = pa.nulls(rows, pa.timestamp("us"))
    columns |= {name: found.take(name) for name in names}
    columns |= {name: _constant(text, rows) for name, text in constants.items()}
    last = (PROVIDER, SUBMISSION)
    ordered = [*schema.columns, *last, *(n for n in names if n not in schema.by_id), START, END]
    # Where each row has a value, Parquet need not be told for each that it has.
    fields = [pa.field(n, columns[n].type, columns[n].null_count > 0) for n in ordered]
    return pa.table([columns[n] for n in ordered], schema=pa.schema(fields))


def _constant(text: str | None, rows: int) -> Any:
    if text is None:
        return nothing(rows, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([text]))

"""Releasing derived indicators: as the hub's own, through the ordinary intake.

:func:`refresh` is asked again and again by the worker and does nothing while neither a release nor
a definition changed. What it computed is compared with what is published; only a difference is
handed in, as a message of the provider ``INT_MIGHUB``. So unchanged inputs give nothing new, and a
release of indicators, which is a release too, gives one comparison and no second release. A crash
at any moment is mended by asking again: until the end is noted the comparison is made anew, and
the same message while it is unfinished is one submission.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hub.derived.compute import REASONS, TABLE, compute, make_table
from hub.derived.definitions import FLOW, PROVIDER_ID, Definition, check, shipped
from hub.intake.publish import engine
from hub.intake.receive import receive
from hub.messages.api import WriteOptions, write_data
from hub.messages.columns import coded, nulls
from hub.model.dataset import Action, Block, Header
from hub.model.schema import DataSchema, Role, StructureRef
from hub.store.derivations import note
from hub.store.home import Hub
from hub.store.observations import PROVIDER
from hub.store.releases import Pointer
from hub.store.sql import quoted

__all__ = ["SENDER", "Count", "Derived", "derive", "refresh"]

#: Who hands in what the hub computes.
SENDER = "mighub"

_FORMAT = "sdmx-csv-2.0"
_NAME = "derived-indicators.csv"
_BASIS = "derived.basis"


@dataclass(frozen=True, slots=True)
class Count:
    """What an indicator came to: results, and by reason how many were left out."""

    indicator: str
    results: int
    left_out: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON states them; reasons as sentences."""
        return {
            "indicator": self.indicator,
            "results": self.results,
            "left_out": {_sentence(why): n for why, n in self.left_out.items()},
        }


@dataclass(frozen=True, slots=True)
class Derived:
    """What computing all indicators came to, compared with what is published.

    ``submission`` is the token of the message that was handed in; ``None`` where nothing differs,
    or nothing was to be handed in.
    """

    counts: tuple[Count, ...]
    changed: int
    withdrawn: int
    submission: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON states it."""
        return {
            "indicators": [one.to_dict() for one in self.counts],
            "new_or_changed": self.changed,
            "withdrawn": self.withdrawn,
            "submission": self.submission,
        }


def refresh(hub: Hub, stop: Callable[[], bool] | None = None) -> Derived | None:
    """Compute and hand in what changed since the last time; ``None`` where nothing can have.

    The message is taken through like any other, by whoever runs the intake.
    """
    definitions = shipped()
    if hub.catalogue.get(_BASIS) == _basis(definitions, _pinned(hub, definitions)):
        return None
    with hub.writer_lock(stop=stop) as held:
        return derive(hub) if held else None


def derive(hub: Hub, *, dry_run: bool = False) -> Derived:
    """Compute all indicators and hand in what differs from what is published.

    The caller holds the writer lock, unless it is a ``dry_run``, which hands in nothing. Raises
    ``DataFileError`` when a definition does not fit the structures.
    """
    definitions = shipped()
    pointers = _pinned(hub, definitions)
    schemas = {flow: hub.structures.dataflow(flow.agency, flow.id, flow.version)
               for flow in _flows(definitions)}  # fmt: skip
    files = {flow: hub.observations.files(flow, p.version) for flow, p in pointers.items()}
    for one in definitions:
        check(one, hub.structures)
    target = schemas[FLOW]
    with (
        tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as scratch,
        engine(hub, Path(scratch)) as connection,
    ):
        make_table(connection, target)
        for one in definitions:
            compute(connection, one, target, schemas, files)
        _compare(connection, target, files.get(FLOW, ()))
        counts = _counts(connection, definitions)
        blocks = list(_blocks(connection, target))
    changed, withdrawn = (
        sum(b.batch.num_rows for b in blocks if b.action is action)
        for action in (Action.REPLACE, Action.DELETE)
    )
    found = Derived(counts, changed, withdrawn)
    if dry_run:
        return found
    if blocks:
        found = Derived(counts, changed, withdrawn, _hand_in(hub, definitions, pointers, blocks))
    with hub.catalogue.write() as connection_:
        hub.catalogue.set(_BASIS, _basis(definitions, pointers), connection_)
    return found


def _flows(definitions: Sequence[Definition]) -> list[StructureRef]:
    return sorted({FLOW, *(i.dataflow for one in definitions for i in one.inputs)})


def _pinned(hub: Hub, definitions: Sequence[Definition]) -> dict[StructureRef, Pointer]:
    """What readers see of the inputs and of the indicators, at one instant."""
    flows = set(_flows(definitions))
    return {flow: p for flow, p in hub.releases.pointers().items() if flow in flows}


def _basis(definitions: Sequence[Definition], pointers: Mapping[StructureRef, Pointer]) -> str:
    """Digest of what the results depend on."""
    said = {
        "definitions": [one.document for one in definitions],
        "releases": {str(flow): p.release for flow, p in pointers.items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _hand_in(
    hub: Hub,
    definitions: Sequence[Definition],
    pointers: Mapping[StructureRef, Pointer],
    blocks: Sequence[Block],
) -> str:
    header = Header("DERIVED", SENDER, datetime.now(UTC))
    body = b"".join(write_data(blocks, _FORMAT, header, WriteOptions()))
    # First what it was computed from: an indicator is never published without.
    note(hub.catalogue, hashlib.sha256(body).hexdigest(), pointers,
         [one.document for one in definitions])  # fmt: skip
    return receive(
        hub, io.BytesIO(body), _NAME, format_=_FORMAT, provider=PROVIDER_ID, submitted_by=SENDER
    ).token


def _compare(
    connection: duckdb.DuckDBPyConnection, schema: DataSchema, files: Sequence[str]
) -> None:
    """Make the table ``own`` of what is published of the hub's own, and leave out of the results
    what belongs to series of others.
    """
    columns = ", ".join(quoted(c) for c in schema.columns)
    if not files:
        texts = ", ".join(f"{quoted(c)} VARCHAR" for c in schema.columns)
        connection.execute(f"CREATE TABLE own ({texts})")
        return
    source = "read_parquet(?, union_by_name = true)"
    connection.execute(
        f"CREATE TABLE own AS SELECT {columns} FROM {source} WHERE {PROVIDER} = ?",
        [list(files), PROVIDER_ID],
    )
    series = ", ".join(quoted(d) for d in schema.series_key)
    connection.execute(
        f"UPDATE {TABLE} SET reason = 'others' WHERE reason IS NULL AND ({series}) IN "
        f"(SELECT ({series}) FROM {source} WHERE {PROVIDER} IS DISTINCT FROM ?)",
        [list(files), PROVIDER_ID],
    )


def _blocks(connection: duckdb.DuckDBPyConnection, schema: DataSchema) -> Iterator[Block]:
    """What differs: results that are new or not as published, and what is no result any more."""
    keys = ", ".join(quoted(c) for c in schema.key)
    columns = ", ".join(f"c.{quoted(c)}" for c in schema.columns)
    differs = " OR ".join(
        f"c.{quoted(c)} IS DISTINCT FROM o.{quoted(c)}"
        for c in schema.columns
        if c not in schema.key
    )
    first = quoted(schema.key[0])
    changed = (
        f"SELECT {columns} FROM {TABLE} c LEFT JOIN own o USING ({keys}) "
        f"WHERE c.reason IS NULL AND (o.{first} IS NULL OR {differs}) ORDER BY {keys}"
    )
    results = f"SELECT {keys} FROM {TABLE} WHERE reason IS NULL"
    gone = f"SELECT {keys} FROM own WHERE ({keys}) NOT IN ({results}) ORDER BY {keys}"
    for action, statement in ((Action.REPLACE, changed), (Action.DELETE, gone)):
        rows = connection.sql(statement).to_arrow_table()
        for batch in rows.combine_chunks().to_batches():
            if batch.num_rows:
                yield Block(schema, action, _batch(schema, batch))


def _batch(schema: DataSchema, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows with every column of the schema, coded as a block has them."""
    arrays = []
    for name in schema.columns:
        text = schema.by_id[name].role is Role.MEASURE
        if name not in rows.schema.names:
            arrays.append(nulls(rows.num_rows, pa.string()) if text else nulls(rows.num_rows))
            continue
        column = rows.column(name).cast(pa.string())
        arrays.append(column if text else coded(column))
    return pa.RecordBatch.from_arrays(arrays, names=list(schema.columns))


def _counts(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Definition]
) -> tuple[Count, ...]:
    found = connection.sql(
        f"SELECT indicator, reason, count(*) FROM {TABLE} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    results: Counter[str] = Counter()
    left_out: dict[str, dict[str, int]] = {one.id: {} for one in definitions}
    for indicator, reason, count in found:
        if reason is None:
            results[indicator] = count
        else:
            left_out[indicator][reason] = count
    return tuple(Count(one.id, results[one.id], left_out[one.id]) for one in definitions)


def _sentence(why: str) -> str:
    reason, _, of = why.partition(":")
    return REASONS[reason].format(of)

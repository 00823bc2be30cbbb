"""Blocks as tables of text, and back: what Parquet and the Arrow stream share.

The columns are those of SDMX-CSV 2.x (``STRUCTURE``, ``STRUCTURE_ID``, ``ACTION``, then the
components), so the three mean the same. Every column is text: codes, times and attributes are
dictionaries, measures keep their lexical form; a null is "not given". The metadata of the schema
(which Parquet keeps as key-value metadata) name the dataflows (``sdmx.dataflow``) and hold the
header of the message (``sdmx.header``, JSON).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import RequestSyntaxError
from hub.messages.api import NamedDataflow, SchemaResolver, WriteOptions
from hub.messages.columnar_limits import bounded_batches
from hub.messages.columns import coded, compact, dense, nulls, plain
from hub.messages.csv20_read import ACTIONS, named_structure
from hub.messages.csv_lines import components, series_rows
from hub.messages.csv_rows import runs
from hub.messages.series_runs import bounded, peek
from hub.model.dataset import CODED, Action, Block, Header, Location
from hub.model.findings import Finding
from hub.model.schema import Component, DataSchema, Role, StructureRef

__all__ = ["FRAME", "header_of", "locate", "read_blocks", "tables"]

FRAME = ("STRUCTURE", "STRUCTURE_ID", "ACTION")

_LETTERS = {Action.MERGE: "M", Action.REPLACE: "R", Action.DELETE: "D"}


# -- writing -------------------------------------------------------------------------------------


def tables(
    blocks: Iterable[Block], header: Header, options: WriteOptions
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema of all batches, and one batch per block.

    The components of ``options.schemas`` (or of all blocks of a sequence, or of the first block of
    a stream) are the columns; a later block with another dimension raises ``ValueError``.
    """
    schemas, stream = peek(blocks)
    schemas = list(options.schemas) or schemas
    kept = components(schemas, options)
    fields = [pa.field(name, CODED, nullable=False) for name in FRAME]
    fields += [pa.field(c.id, _type(c)) for c in kept]
    metadata = {
        "sdmx.dataflow": " ".join(dict.fromkeys(str(s.dataflow) for s in schemas)),
        "sdmx.header": json.dumps(_header(header)),
    }
    schema = pa.schema(fields, metadata=metadata)
    ids = frozenset(c.id for c in kept)

    def batches() -> Iterator[pa.RecordBatch]:
        for block in series_rows(bounded(stream), only=options.series_keys_only):
            missing = set(block.schema.series_key) - ids
            if missing:
                raise ValueError(f"{block.schema.dataflow} was not among the schemas")
            yield _table(block, kept, schema, options.action or block.action)

    return schema, batches()


def _type(component: Component) -> pa.DataType:
    return pa.string() if component.role is Role.MEASURE else CODED


def _table(
    block: Block, kept: Sequence[Component], schema: pa.Schema, action: Action
) -> pa.RecordBatch:
    rows, given = block.batch.num_rows, set(block.batch.schema.names)
    kind = "datastructure" if block.schema.dataflow == block.schema.structure else "dataflow"
    columns = [_same(t, rows) for t in (kind, str(block.schema.dataflow), _LETTERS[action])]
    for component in kept:
        if component.id not in given or component.id not in block.schema.by_id:
            columns.append(nulls(rows, _type(component)))
            continue
        column = block.batch.column(component.id)
        columns.append(plain(column) if component.role is Role.MEASURE else compact(coded(column)))
    return pa.record_batch(columns, schema=schema)


def _same(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def _header(header: Header) -> dict[str, Any]:
    return {**asdict(header), "prepared": header.prepared.isoformat()}


# -- reading -------------------------------------------------------------------------------------


def header_of(metadata: Mapping[bytes, bytes] | None) -> Header | None:
    """The header that the metadata hold; ``None`` when they hold none that can be understood."""
    try:
        found = json.loads((metadata or {})[b"sdmx.header"])
        return Header(**{**found, "prepared": datetime.fromisoformat(found["prepared"])})
    except (KeyError, TypeError, ValueError):
        return None


def locate(ordinals: Sequence[int], component: str | None) -> list[Location]:
    """Rows counted from 1: a table of this kind has no header row."""
    return [Location(row=ordinal + 1, column=component) for ordinal in ordinals]


def read_blocks(
    batches: Iterable[pa.RecordBatch], resolver: SchemaResolver, findings: list[Finding]
) -> Iterator[Block]:
    """The blocks of a table; rows that agree in structure and action are one.

    Raises ``RequestSyntaxError`` when a row names no structure, or a column is of a type that is
    not text and cannot be written as text without a guess; ``NotFound`` for an unknown structure;
    ``PayloadTooLarge`` past the limits of :mod:`hub.messages.columnar_limits`.
    """
    del findings  # every fault of such a table is one of the table as a whole
    known: dict[tuple[str | None, ...], tuple[DataSchema, Action]] = {}
    ordinal = 0
    for batch in bounded_batches(batches):
        frame = [_frame(batch, name) for name in FRAME]
        packed = np.zeros(batch.num_rows, np.int64)
        for column in frame:
            packed = packed * (len(column.dictionary) + 1) + dense(column) + 1
        for start, stop in runs(packed):
            names = tuple(column[start].as_py() for column in frame)
            if names not in known:
                known[names] = _about(names, batch.schema.metadata, resolver, ordinal)
            schema, action = known[names]
            part = _part(batch.slice(start, stop - start), schema)
            yield Block(schema, action, part, ordinal)
            ordinal += stop - start


def _frame(batch: pa.RecordBatch, name: str) -> pa.DictionaryArray:
    if name not in batch.schema.names:
        return coded(pa.nulls(batch.num_rows, pa.string()))
    return coded(_text(batch.column(name), name, numbers=False))


def _about(
    names: tuple[str | None, ...],
    metadata: Mapping[bytes, bytes] | None,
    resolver: SchemaResolver,
    ordinal: int,
) -> tuple[DataSchema, Action]:
    kind, id_, action = names
    if action not in ACTIONS:
        raise RequestSyntaxError(f"Row {ordinal + 1}: ACTION is {action!r}, not one of M, R, D.")
    if id_ is None and isinstance(resolver, NamedDataflow):
        return resolver.schema, ACTIONS[action]
    flows = (metadata or {}).get(b"sdmx.dataflow", b"").decode().split()
    if id_ is None and len(flows) == 1:
        ref = StructureRef.parse(flows[0])
        return resolver.dataflow(ref.agency, ref.id, ref.version), ACTIONS[action]
    found = named_structure(resolver, kind, id_)
    if isinstance(found, Finding):
        raise RequestSyntaxError(f"Row {ordinal + 1}: {found.message}")
    return found, ACTIONS[action]


def _part(batch: pa.RecordBatch, schema: DataSchema) -> pa.RecordBatch:
    found: dict[str, pa.Array] = {}
    for name in batch.schema.names:
        if name in FRAME and name not in schema.by_id:
            continue
        column = batch.column(name)
        if column.null_count == len(column):
            continue
        component = schema.by_id.get(name)
        numbers = component is None or component.is_numeric
        text = _text(column, name, numbers=numbers)
        is_measure = component is not None and component.role is Role.MEASURE
        found[name] = plain(text) if is_measure else compact(coded(text))
    order = [c for c in schema.columns if c in found]
    order += [c for c in found if c not in schema.by_id]
    if not order:  # rows of a Delete that name nothing but a structure
        order = [schema.columns[0]]
        found[order[0]] = nulls(batch.num_rows)
    return pa.record_batch([found[c] for c in order], names=order)


def _text(column: pa.Array, name: str, *, numbers: bool) -> pa.Array:
    """A column as text; numbers only where the structure wants numbers, for 1 is not 01."""
    type_ = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(type_) or pa.types.is_null(type_):
        return column
    if pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return column.cast(pa.string())
    number = pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    if numbers and number:
        return pc.cast(column, pa.string())
    raise RequestSyntaxError(
        f"The column {name} is of type {type_}: write it as text, as the structure gives it."
    )

"""Writing SDMX-CSV 1.0 (SDMX 2.1): ``DATAFLOW,dimensions,OBS_VALUE,attributes``.

The version knows one measure, headed ``OBS_VALUE``, and no action: replacing rows are written like
any other, rows to delete cannot be. ``options.extra`` takes ``separator``
and ``timeformat`` (original, normalized).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.errors import NotAcceptable
from hub.messages.api import WriteOptions
from hub.messages.columns import constant
from hub.messages.csv_lines import LineWriter, components, normalizes
from hub.messages.series_runs import peek
from hub.model.dataset import Action, Block, Header
from hub.model.schema import Component, DataSchema, Role

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in chunks; ``header`` has no place in this format.

    Raises ``NotAcceptable`` for what version 1.0 cannot say: several measures, a Delete,
    ``labels=name``.
    """
    schemas, stream = peek(blocks)
    schemas = list(options.schemas) or schemas
    _check(schemas, options)
    kept = components(schemas, options)
    columns = _columns(schemas, kept)
    writer = LineWriter(
        columns,
        options.extra.get("separator", ","),
        options.labels,
        options.label_source,
        options.series_keys_only,
        {s.primary_measure.id: "OBS_VALUE" for s in schemas},
        frozenset(c.id for c in columns if c not in kept),
        normalizes(options),
    )
    yield writer.header(["DATAFLOW"], schemas)
    for block in writer.lines(stream):
        if (options.action or block.action) is Action.DELETE:
            raise NotAcceptable("SDMX-CSV 1.0 cannot delete: ask for SDMX-CSV 2.0.")
        flow = str(block.schema.dataflow)
        if options.labels == "both" and options.label_source is not None:
            flow = f"{flow}: {options.label_source.dataflow(block.schema)}"
        yield writer.rows(block, [constant(writer.frame([flow]), block.batch.num_rows)])


def _columns(schemas: Sequence[DataSchema], kept: Sequence[Component]) -> list[Component]:
    """The components to write; time and the measure are always there, if only empty."""
    key = [c for c in kept if c.role is Role.DIMENSION]
    key += [s.time for s in schemas if s.time is not None]
    measures = [s.primary_measure for s in schemas[:1]]
    attributes = [c for c in kept if c.role is Role.ATTRIBUTE]
    return list({c.id: c for c in [*key, *measures, *attributes]}.values())


def _check(schemas: Sequence[DataSchema], options: WriteOptions) -> None:
    for schema in schemas:
        if len(schema.measures) > 1:
            raise NotAcceptable(
                f"{schema.dataflow} has several measures; SDMX-CSV 1.0 has one: ask for 2.0."
            )
    if options.labels == "name":
        raise NotAcceptable("SDMX-CSV 1.0 offers labels=id and labels=both; labels=name is 2.0.")

"""What the SDMX-ML data writers share: columns in, text out, series by series.

A :class:`Dialect` says how a message, a dataset, a series and an observation are spelled; the
walk over the blocks is the same for all. No observation is touched one by one: the text of each
distinct value is made once, and Arrow joins the rows (``hub.messages.columns``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import NotAcceptable
from hub.messages.api import WriteOptions
from hub.messages.columns import (
    Piece,
    coded,
    constant,
    join_rows,
    merge,
    plain,
    text_piece,
    value_piece,
)
from hub.messages.ml_groups import Group, Waiting, groups_of
from hub.model.dataset import Action, Block, Header
from hub.model.schema import Component, DataSchema, Level, Role

__all__ = ["Dialect", "Layout", "escape", "require_time", "write"]

_SPECIAL = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\n": "&#10;",
        "\r": "&#13;",
        "\t": "&#9;",
    }
)


def escape(text: str) -> str:
    """``text`` as an XML attribute value between double quotes."""
    return text.translate(_SPECIAL)


@dataclass(frozen=True)
class Layout:
    """Which components stand where in one dataset."""

    schema: DataSchema
    action: Action
    #: ``AllDimensions`` or the dimension at the observation.
    at_observation: str
    #: Dimensions of the series key; all of them for ``AllDimensions`` (then on the observation).
    key: tuple[Component, ...]
    observation: Component | None
    measures: tuple[Component, ...]
    series_attributes: tuple[Component, ...]
    observation_attributes: tuple[Component, ...]
    dataset_attributes: tuple[Component, ...]
    groups: tuple[Group, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def validity(self) -> dict[str, str]:
        """``validFromDate`` and ``validToDate`` as far as they are known."""
        given = {"validFromDate": self.valid_from, "validToDate": self.valid_to}
        return {name: when.isoformat() for name, when in given.items() if when is not None}

    @property
    def flat(self) -> bool:
        """Whether observations stand alone, without series."""
        return self.observation is None

    @classmethod
    def of(cls, schema: DataSchema, action: Action, options: WriteOptions) -> Layout:
        """The layout that ``options`` ask for."""
        dimension = options.dimension_at_observation or (
            schema.time.id if schema.time else "AllDimensions"
        )
        if dimension == "TIME_PERIOD" and schema.time is None:
            dimension = "AllDimensions"
        every = [c for c in schema.components if c.role in (Role.DIMENSION, Role.TIME)]
        attributes = [
            a for a in schema.attributes if options.attributes is None or a.id in options.attributes
        ]

        def at(level: Level) -> tuple[Component, ...]:
            return tuple(a for a in attributes if a.level == level)

        above = at(Level.SERIES)
        # A deletion names what it deletes where it stands: at the series.
        grouped = () if action is Action.DELETE else tuple(a for a in above if a.group)
        return cls(
            schema=schema,
            action=action,
            at_observation=dimension,
            key=tuple(c for c in every if c.id != dimension),
            observation=next((c for c in every if c.id == dimension), None),
            measures=tuple(
                m for m in schema.measures if options.measures is None or m.id in options.measures
            ),
            series_attributes=tuple(a for a in above if a not in grouped),
            observation_attributes=at(Level.OBSERVATION),
            dataset_attributes=at(Level.DATASET),
            groups=groups_of(grouped),
        )


def require_time(layouts: Iterable[Layout]) -> None:
    """Raise ``NotAcceptable`` where a layout cannot be a time series of SDMX-ML 2.1."""
    for layout in layouts:
        if layout.observation is None or layout.observation.role is not Role.TIME:
            raise NotAcceptable(
                f"A time-series message shows observations by time; {layout.schema.dataflow} is "
                f"asked for by {layout.at_observation}: take the format without time series."
            )


class Dialect(Protocol):
    """How one SDMX-ML data format spells its parts. All text is ready to be joined."""

    series_end: str

    def message(self, header: Header, layouts: Sequence[Layout]) -> str:
        """Everything before the first dataset."""
        ...

    def message_end(self) -> str:
        """Everything behind the last dataset."""
        ...

    def dataset(self, layout: Layout, attributes: Mapping[str, str]) -> str:
        """Start of a dataset, with the attributes attached to it."""
        ...

    def dataset_end(self) -> str:
        """End of a dataset."""
        ...

    def group(
        self,
        group: Group,
        key: Mapping[str, str],
        attributes: Mapping[str, str],
        layout: Layout,
    ) -> str:
        """One group: codes of its dimensions, and its attributes."""
        ...

    def series(self, columns: Columns, layout: Layout) -> list[Piece]:
        """Start of each series; ``columns`` holds one row for a series."""
        ...

    def observations(self, columns: Columns, layout: Layout) -> list[Piece]:
        """Each observation."""
        ...


class Columns:
    """A batch seen by the dialects: text pieces of its components."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        self.rows = batch.num_rows
        self.names = frozenset(batch.schema.names)

    def column(self, name: str) -> pa.Array | None:
        """A component's column; ``None`` when the message does not give it."""
        return self.batch.column(name) if name in self.names else None

    def coded(self, component: Component, before: str, after: str, null: str = "") -> Piece:
        """``before value after`` for each row; ``null`` where there is no value."""
        column = self.column(component.id)
        if column is None:
            return constant(null, self.rows)
        return text_piece(column, lambda vs: [f"{before}{escape(v)}{after}" for v in vs], null)

    def measure(self, component: Component, before: str, after: str) -> list[Piece]:
        """``before value after``, as few pieces as its values allow."""
        column = self.column(component.id)
        if column is None:
            return []
        if pa.types.is_dictionary(column.type):
            return [self.coded(component, before, after)]
        column = _escaped(plain(column))
        if column.null_count == 0:
            return [constant(before, self.rows), value_piece(column), constant(after, self.rows)]
        whole = pc.binary_join_element_wise(before, column, after, "")  # null stays null
        return [value_piece(whole)]

    def take(self, rows: np.ndarray) -> Columns:
        """Just these rows."""
        return Columns(self.batch.take(pa.array(rows)))


def _escaped(column: pa.StringArray) -> pa.StringArray:
    """Values ready for an attribute; numbers, nearly always, are so already."""
    data = column.buffers()[2]
    raw = b"" if data is None else memoryview(data)
    if not any(_holds(raw, c) for c in (38, 60, 62, 34)) and not _holds_control(raw):
        return column
    done = coded(column)
    escaped = pa.array([escape(v) for v in done.dictionary.to_pylist()], pa.string())
    return escaped.take(done.indices)


def _holds(raw: memoryview | bytes, byte: int) -> bool:
    return bool((np.frombuffer(raw, np.uint8) == byte).any()) if len(raw) else False


def _holds_control(raw: memoryview | bytes) -> bool:
    return bool((np.frombuffer(raw, np.uint8) < 32).any()) if len(raw) else False


def write(
    blocks: Iterable[Block], header: Header, options: WriteOptions, dialect: Dialect
) -> Iterator[bytes]:
    """The message, chunk by chunk: one chunk a block.

    The header names every structure before the first dataset: those of ``options.schemas``, else
    the first block's. Raises ``ValueError`` at a block whose structure was not named.
    """
    source = iter(blocks)
    first = next(source, None)
    schemas = options.schemas or ((first.schema,) if first is not None else ())
    named = {s.dataflow: Layout.of(s, Action.MERGE, options) for s in schemas}
    yield dialect.message(header, list(named.values())).encode()
    layout: Layout | None = None
    key: _Key | None = None
    waiting: Waiting | None = None
    for block in chain(() if first is None else (first,), source):
        if block.schema.dataflow not in named:
            raise ValueError(f"{block.schema.dataflow} was not among the schemas of the message")
        fresh = Layout.of(block.schema, options.action or block.action, options)
        fresh = replace(fresh, valid_from=block.valid_from, valid_to=block.valid_to)
        text = b""
        if layout is None or _dataset_of(fresh) != _dataset_of(layout):
            yield from _with_groups(dialect, layout, waiting)
            text += _dataset_ends(dialect, layout, key)
            text += dialect.dataset(fresh, _dataset_attributes(block.batch, fresh)).encode()
            layout, key = fresh, None
            waiting = Waiting(layout.groups) if layout.groups else None
        body = b""
        if block.batch.num_rows:
            body, key = _body(Columns(block.batch), layout, dialect, key, options)
        if waiting is not None:
            waiting.add(block.batch, body)
            body = b""
        yield text + body
    yield from _with_groups(dialect, layout, waiting)
    yield _dataset_ends(dialect, layout, key) + dialect.message_end().encode()


def _with_groups(
    dialect: Dialect, layout: Layout | None, waiting: Waiting | None
) -> Iterator[bytes]:
    """The groups of a dataset, and what waited for them."""
    if layout is None or waiting is None:
        return
    for values in waiting.values:
        for key, attributes in values:
            yield dialect.group(values.group, key, attributes, layout).encode()
    yield from waiting.text()


def _dataset_of(layout: Layout) -> tuple[object, ...]:
    """What tells one dataset from the next."""
    return layout.schema, layout.action, layout.valid_from, layout.valid_to


#: Values of the series key of the row before, to know whether a batch goes on with its series.
_Key = tuple[str | None, ...]


def _dataset_ends(dialect: Dialect, layout: Layout | None, key: _Key | None) -> bytes:
    if layout is None:
        return b""
    series = "" if layout.flat or key is None else dialect.series_end
    return (series + dialect.dataset_end()).encode()


def _dataset_attributes(batch: pa.RecordBatch, layout: Layout) -> dict[str, str]:
    """Attributes of the dataset: they are the same in every row, so the first one tells."""
    given = {}
    for attribute in layout.dataset_attributes:
        if attribute.id in batch.schema.names and batch.num_rows:
            value = batch.column(attribute.id)[0].as_py()
            if value is not None:
                given[attribute.id] = value
    return given


def _body(
    columns: Columns, layout: Layout, dialect: Dialect, before: _Key | None, options: WriteOptions
) -> tuple[bytes, _Key]:
    """A batch as text, and the series key of its last row."""
    if layout.flat:
        return join_rows(dialect.observations(columns, layout)), ()
    starts, last = _series_starts(columns, layout, before)
    heads = merge(dialect.series(columns.take(starts), layout)).rows()
    heads = pc.binary_join_element_wise(dialect.series_end, heads, "")
    if before is None:
        first = heads[0].as_py().removeprefix(dialect.series_end)
        heads = pa.concat_arrays([pa.array([first], pa.string()), heads[1:]])
    if options.series_keys_only:
        return join_rows([Piece(heads, None)]) if len(heads) else b"", last
    index = np.zeros(columns.rows, dtype=np.int64)
    index[starts] = np.arange(1, len(starts) + 1)
    series = Piece(pa.concat_arrays([pa.array([""], pa.string()), heads]), index)
    observations = dialect.observations(columns, layout)
    alone = _without_observation(columns, layout)
    if alone is not None:  # rows that stand for their series have no observation to write
        text = pc.if_else(alone, "", merge(observations).rows())
        observations = [Piece(text, None)]
    return join_rows([series, *observations]), last


def _series_starts(
    columns: Columns, layout: Layout, before: _Key | None
) -> tuple[np.ndarray, _Key]:
    """Rows at which a series begins, and the key of the last row."""
    changed = np.zeros(columns.rows, dtype=bool)
    first: list[str | None] = []
    last: list[str | None] = []
    for component in layout.key:
        column = columns.column(component.id)
        if column is None:
            first.append(None)
            last.append(None)
            continue
        column = coded(column)
        if len(column.dictionary) > 1 or column.null_count:
            codes = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
            changed[1:] |= codes[1:] != codes[:-1]
        first.append(column[0].as_py())
        last.append(column[-1].as_py())
    changed[0] = before is None or tuple(first) != before
    return np.flatnonzero(changed), tuple(last)


def _without_observation(columns: Columns, layout: Layout) -> pa.Array | None:
    """Which rows only stand for their series; ``None`` when none does."""
    assert layout.observation is not None
    column = columns.column(layout.observation.id)
    if column is None:
        return pa.array([True] * columns.rows)
    return pc.is_null(column) if column.null_count else None

"""Writing blocks as lines of SDMX-CSV; shared by both versions.

Each column becomes a piece of ready text (see ``columns``): ids are quoted and labelled once per
distinct value, measures are written as they are. Null and empty text are both an empty field.
Columns of a block that its schema does not know are not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from hub.messages.api import LabelSource, WriteOptions
from hub.messages.columns import (
    Piece,
    coded,
    constant,
    has_any,
    join_rows,
    plain,
    text_piece,
    value_piece,
)
from hub.messages.csv_several import join_cell
from hub.messages.csv_times import normalized_times
from hub.messages.series_runs import SeriesRuns, bounded
from hub.model import several
from hub.model.dataset import Block
from hub.model.schema import Component, DataSchema, Level, Role

__all__ = ["LineWriter", "components", "normalizes", "quote", "series_rows"]


def quote(text: str, separator: str) -> str:
    """``text`` as one field: quoted where RFC 4180 asks for it or blanks could be lost."""
    special = any(mark in text for mark in (separator, '"', "\n", "\r"))
    if special or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def normalizes(options: WriteOptions) -> bool:
    """Whether ``timeFormat=normalized`` is asked for; ``ValueError`` for what is no time format."""
    asked = options.extra.get("timeformat", "original")
    if asked not in ("original", "normalized"):
        raise ValueError(f"timeFormat must be original or normalized, not {asked!r}")
    return asked == "normalized"


def components(schemas: Iterable[DataSchema], options: WriteOptions) -> list[Component]:
    """Components to write, once each: dimensions of all schemas, then measures, attributes.

    Raises nothing; ``options`` restricts measures and attributes. With ``series_keys_only``
    only what holds for a whole series is left.
    """
    schemas = list(schemas)
    found: dict[str, Component] = {}
    for role in ((Role.DIMENSION, Role.TIME), (Role.MEASURE,), (Role.ATTRIBUTE,)):
        for schema in schemas:
            for component in schema.components:
                if component.role in role and _wanted(component, options):
                    found.setdefault(component.id, component)
    return list(found.values())


def _wanted(component: Component, options: WriteOptions) -> bool:
    chosen = {Role.MEASURE: options.measures, Role.ATTRIBUTE: options.attributes}
    ids = chosen.get(component.role)
    if ids is not None and component.id not in ids:
        return False
    if not options.series_keys_only:
        return True
    of_series = component.role is Role.ATTRIBUTE and component.level is not Level.OBSERVATION
    return component.role is Role.DIMENSION or of_series


def series_rows(blocks: Iterable[Block], *, only: bool) -> Iterator[Block]:
    """The blocks as they are; with ``only`` one row per series."""
    runs: dict[tuple[object, ...], SeriesRuns] = {}
    for block in blocks:
        if not only:
            yield block
            continue
        about = (block.schema.dataflow, block.action)
        if about not in runs:
            runs = {about: SeriesRuns(block.schema.series_key)}
        batch = block.batch.filter(pa.array(runs[about].starts(block.batch)))
        if batch.num_rows:
            yield replace(block, batch=batch)


@dataclass
class LineWriter:
    """Writes the lines of one message; ``columns`` are its component columns in order.

    ``headers`` renames the header of a component (version 1.0 says ``OBS_VALUE``); the columns of
    ``blank`` are left empty. ``normalized`` writes times as dates (``timeFormat=normalized``).
    ``within`` separates several values in one cell; without it there are none.
    """

    columns: Sequence[Component]
    separator: str
    labels: str
    source: LabelSource | None
    series_only: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    blank: frozenset[str] = frozenset()
    normalized: bool = False
    within: str = ""

    def __post_init__(self) -> None:
        if self.labels not in ("id", "name", "both"):
            raise ValueError(f"labels must be id, name or both, not {self.labels!r}")
        if self.labels != "id" and self.source is None:
            raise ValueError(f"labels={self.labels} needs a label source")
        if len(self.separator) != 1 or self.separator in '"\r\n':
            raise ValueError(f"{self.separator!r} cannot separate fields")
        self._names: dict[str, Mapping[str, str]] = {}

    def header(
        self, frame: Sequence[str], schemas: Sequence[DataSchema], after: Sequence[str] = ()
    ) -> bytes:
        """The header line; ``frame`` are the columns before the components, ``after`` behind."""
        cells = list(frame)
        for component in self.columns:
            cell = self.headers.get(component.id, component.id)
            cell += "[]" if self.within and component.several else ""
            schema = next(s for s in schemas if component.id in s.by_id)
            name = self.source.component(schema, component.id) if self.source else ""
            if self.labels == "both" and component.id not in self.headers:
                cell = f"{cell}: {name}"
            cells.append(cell)
            if self.labels == "name":
                cells.append(name)
        cells += after
        return (self.separator.join(quote(c, self.separator) for c in cells) + "\n").encode()

    def frame(self, cells: Sequence[str]) -> str:
        """Constant cells at the beginning of each line."""
        return self.separator.join(quote(c, self.separator) for c in cells)

    def lines(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Blocks cut to size; with ``series_only`` one row per series."""
        return series_rows(bounded(blocks), only=self.series_only)

    def rows(self, block: Block, before: Sequence[Piece], after: Sequence[str] = ()) -> bytes:
        """The lines of ``block``; ``before`` are the pieces of its frame, ``after`` last cells."""
        batch, schema = block.batch, block.schema
        self._check(schema)
        pieces = list(before)
        given = set(batch.schema.names)
        for component in self.columns:
            known = schema.by_id.get(component.id)
            if known is None or component.id not in given or component.id in self.blank:
                empty = self.separator * (2 if self.labels == "name" else 1)
                pieces.append(constant(empty, batch.num_rows))
            else:
                column = batch.column(component.id)
                if self.normalized and known.role is Role.TIME:
                    column = normalized_times(batch, schema)
                pieces.extend(self._cells(known, column))
        end = "".join(self.separator + quote(cell, self.separator) for cell in after)
        pieces.append(constant(f"{end}\n", batch.num_rows))
        return join_rows(pieces)

    def key(self, block: Block, ids: Sequence[str]) -> Piece:
        """A field that joins the values of ``ids`` with dots (SERIES_KEY, OBS_KEY)."""
        given = set(block.batch.schema.names)
        rows = block.batch.num_rows
        parts = [plain(block.batch.column(i)) if i in given else pa.array([""] * rows) for i in ids]
        joined = pc.binary_join_element_wise(
            *parts, ".", null_handling="replace", null_replacement=""
        )
        return text_piece(
            coded(joined), lambda keys: [self.separator + quote(k, self.separator) for k in keys]
        )

    def _cells(self, component: Component, column: pa.Array) -> Iterator[Piece]:
        if component.role is Role.MEASURE and component.codes is None and not component.several:
            yield constant(self.separator, len(column))
            yield self._values(plain(column))
            if self.labels == "name":
                yield constant(self.separator, len(column))
            return
        yield text_piece(
            column, lambda values: self._texts(component, values), self._texts(component, [""])[0]
        )

    def _values(self, column: pa.StringArray) -> Piece:
        """Measures as they are; quoted only when some text needs it."""
        piece = value_piece(column)
        if has_any(piece.table, (self.separator, '"', "\r", "\n", " ", "\t")):
            return text_piece(
                coded(column), lambda texts: [quote(t, self.separator) for t in texts]
            )
        return piece

    def _texts(self, component: Component, values: Sequence[str]) -> list[str]:
        """Fields of distinct values, each after its separator and with its label."""
        names = self._labels(component)
        fields = []
        for value in values:
            if self.within and component.several and value:
                text, name = self._several(several.split(value), names)
            else:
                name = names.get(value)
                text = f"{value}: {name}" if name is not None and self.labels == "both" else value
            cell = self.separator + quote(text, self.separator)
            if self.labels == "name":
                cell += self.separator + quote(name or "", self.separator)
            fields.append(cell)
        return fields

    def _several(self, values: list[str], names: Mapping[str, str]) -> tuple[str, str | None]:
        """The cell of several values, and that of their names."""
        named = [names.get(value) for value in values]
        if self.labels == "both":
            pairs = zip(values, named, strict=True)
            values = [v if name is None else f"{v}: {name}" for v, name in pairs]
        known = join_cell((name or "" for name in named), self.within) if any(named) else None
        return join_cell(values, self.within), known

    def _labels(self, component: Component) -> Mapping[str, str]:
        if self.labels == "id" or self.source is None:
            return {}
        if component.codelist is None and self.labels == "both":
            return {}  # a value without codes may itself have the sign that parts it from a name
        if component.id not in self._names:
            self._names[component.id] = (
                self.source.values(component)
                if component.codelist is None
                else self.source.codes(component.codelist)
            )
        return self._names[component.id]

    def _check(self, schema: DataSchema) -> None:
        keys = {c.id for c in self.columns}
        missing = [i for i in schema.series_key if i not in keys]
        if missing:
            raise ValueError(
                f"{schema.dataflow} has {', '.join(missing)}, which the header does not: a message "
                "of several structures must be given as a list of blocks"
            )

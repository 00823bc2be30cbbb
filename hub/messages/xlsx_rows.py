"""Rows of the data sheet: cells of ready XML, made once per distinct value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import NotAcceptable
from hub.messages.api import LabelSource
from hub.messages.columns import Piece, coded, compact, constant, join_rows, plain, text_piece
from hub.model.dataset import Block
from hub.model.schema import Component, DataSchema, Role

__all__ = ["Rows", "cell", "cell_text"]

#: Characters a cell may hold.
_LONGEST = 32_767

#: Numbers that keep all their digits as a double.
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,14})$|^-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,5}$"

#: What XML 1.0 cannot hold, and text that looks like the way such characters are written.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")

_EMPTY = "<c/>"


def cell_text(text: str) -> str:
    """``text`` as the content of ``t``; raises ``NotAcceptable`` when a cell cannot hold it."""
    if len(text) > _LONGEST:
        raise NotAcceptable(
            f"A text of {len(text)} characters fits no cell of a workbook ({_LONGEST} at most): "
            "ask for another format."
        )
    text = _UNWRITABLE.sub(_escape, text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    return f"_x{ord(found):04X}_" if len(found) == 1 else f"_x005F{found}"


def cell(text: str) -> str:
    """A cell of text."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{cell_text(text)}</t></is></c>'


class Rows:
    """Writes rows, counts them, and remembers which codes they used."""

    def __init__(
        self,
        kept: Sequence[Component],
        schemas: Sequence[DataSchema],
        source: LabelSource | None,
    ) -> None:
        self.count = 0
        self._kept = kept
        self._source = source
        self._several = len(schemas) > 1
        self._names: dict[str, Mapping[str, str]] = {}
        self._codes: dict[str, dict[str, None]] = {c.id: {} for c in kept if c.codes is not None}
        self.headers = list(self._headers(schemas))

    def _headers(self, schemas: Sequence[DataSchema]) -> Iterator[str]:
        if self._several:
            yield "DATAFLOW"
        for component in self._kept:
            yield component.id
            if self._named(component):
                schema = next(s for s in schemas if component.id in s.by_id)
                assert self._source is not None
                yield self._source.component(schema, component.id)

    def _named(self, component: Component) -> bool:
        return self._source is not None and component.codelist is not None

    def take(self, block: Block) -> bytes:
        """The rows of a block as XML."""
        batch, given = block.batch, set(block.batch.schema.names)
        pieces = [constant("<row>", batch.num_rows)]
        if self._several:
            pieces.append(constant(cell(str(block.schema.dataflow)), batch.num_rows))
        for component in self._kept:
            known = block.schema.by_id.get(component.id)
            width = 2 if self._named(component) else 1
            if known is None or component.id not in given:
                pieces.append(constant(_EMPTY * width, batch.num_rows))
            else:
                pieces.append(self._cells(known, batch.column(component.id), width))
        pieces.append(constant("</row>", batch.num_rows))
        self.count += batch.num_rows
        return join_rows(pieces)

    def used(self) -> Iterator[tuple[Component, str, str]]:
        """Component, code and name of each code met, in the order of the codelist."""
        for component in self._kept:
            met = self._codes.get(component.id, {})
            names = self._labels(component)
            known = [c for c in component.codes or () if c in met]
            for code in [*known, *(c for c in met if c not in set(known))]:
                yield component, code, names.get(code, "")

    def _labels(self, component: Component) -> Mapping[str, str]:
        if self._source is None or component.codelist is None:
            return {}
        if component.id not in self._names:
            self._names[component.id] = self._source.codes(component.codelist)
        return self._names[component.id]

    def _cells(self, component: Component, column: pa.Array, width: int) -> Piece:
        if component.is_numeric:
            return _numbers(plain(column)) if component.role is Role.MEASURE else _numeric(column)
        if component.codes is not None:
            column = compact(coded(column))
            self._codes[component.id].update(dict.fromkeys(column.dictionary.to_pylist()))
        names = self._labels(component)

        def write(values: list[str]) -> list[str]:
            if width == 1:
                return [cell(v) for v in values]
            return [cell(v) + (cell(names[v]) if v in names else _EMPTY) for v in values]

        return text_piece(column, write, _EMPTY * width)


def _numbers(column: pa.StringArray) -> Piece:
    """Measures: numbers where they are, else cells of text."""
    exact = pc.fill_null(pc.match_substring_regex(column, _NUMBER), False)
    whole = pc.binary_join_element_wise("<c><v>", column, "</v></c>", "")
    if not pc.all(exact).as_py():
        texts = coded(column)
        table = [cell(v) for v in texts.dictionary.to_pylist()]
        other = pa.array(table, pa.string()).take(texts.indices)
        whole = pc.if_else(exact, whole, other)
    return Piece(pc.fill_null(whole, _EMPTY), None)


def _numeric(column: pa.Array) -> Piece:
    """Numeric attributes: by distinct value."""
    exact = re.compile(_NUMBER)
    return text_piece(
        column,
        lambda values: [f"<c><v>{v}</v></c>" if exact.search(v) else cell(v) for v in values],
        _EMPTY,
    )

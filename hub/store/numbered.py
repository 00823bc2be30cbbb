"""Columns of several batches as numbers, and the order of rows by some of them.

Texts become numbers of one sorted dictionary, and the numbers of a row's key are packed into as few
words as they need: to sort by ten columns is then to sort by one or two numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.periods import spans
from hub.model.schema import DataSchema
from hub.model.spool import nothing

__all__ = ["Arranged", "Coded", "arranged", "key_of", "order_of", "words_of"]

#: Numbers of texts, as narrow as their greatest allows.
_Numbers = npt.NDArray[np.signedinteger[Any]]


def key_of(schema: DataSchema) -> tuple[str, ...]:
    """The components by which rows are sorted: series, then time."""
    return (*schema.series_key, *(() if schema.time is None else (schema.time.id,)))


class Coded:
    """A column of several batches as numbers of one sorted dictionary; -1 where it is null."""

    def __init__(
        self, piece: Sequence[pa.RecordBatch], name: str, texts: Iterable[str] | None = None
    ) -> None:
        columns = [batch.column(name) for batch in piece]
        #: The distinct texts, in the order of their numbers.
        self.texts: list[str] = sorted(_texts(columns) if texts is None else texts)
        #: Places of the texts in another order, if rows are sorted by that.
        self._places: _Numbers | None = None
        self._full = not any(column.null_count for column in columns)
        self._rows = sum(map(len, columns))
        self._numbers: _Numbers | None = None
        if len(self.texts) > 1 or not self._full:
            self._numbers = self._numbered(columns)

    def _numbered(self, columns: Sequence[Any]) -> _Numbers:
        place = {text: number for number, text in enumerate(self.texts)}
        width = np.min_scalar_type(-1 - len(place))
        numbers = np.empty(self._rows, width)
        start = 0
        for column in columns:
            texts = column.dictionary.to_pylist()
            table = np.array([*(place.get(t, -1) for t in texts), -1], width)
            indices = column.indices
            filled = indices.fill_null(len(texts)) if indices.null_count else indices
            # numpy looks up fastest with numbers of this width, and where none is out of bounds.
            places = filled.to_numpy().astype(np.int64)
            np.take(table, places, out=numbers[start : start + len(column)], mode="clip")
            start += len(column)
        if not self._full and not (numbers < 0).any():
            self._full = True
        return numbers

    @property
    def varies(self) -> bool:
        """Whether rows may differ."""
        return self._numbers is not None

    def order_by(self, *instants: Any) -> None:
        """Sort the texts by these instants first."""
        keys = [each.cast(pa.int64()).to_numpy() for each in reversed(instants)]
        better = np.lexsort((np.arange(len(self.texts)), *keys))
        place = np.empty(len(better) + 1, np.min_scalar_type(-1 - len(better)))
        place[better] = np.arange(len(better))
        place[-1] = -1
        self._places = place

    def ranks(self) -> _Numbers:
        """Numbers by which rows are sorted."""
        numbers = self.numbers(None)
        return numbers if self._places is None else self._places[numbers]

    def numbers(self, order: npt.NDArray[np.int64] | None) -> _Numbers:
        """The numbers of the rows, in an order."""
        if self._numbers is None:
            return np.zeros(self._rows, np.int8)
        return self._numbers if order is None else self._numbers[order]

    def column(self, order: npt.NDArray[np.int64] | None) -> Any:
        """The column as Arrow has it, with numbers as narrow as they are."""
        if not self.texts:
            return nothing(self._rows, pa.string())
        numbers = self.numbers(order)
        null = None if self._full else numbers < 0
        return pa.DictionaryArray.from_arrays(
            pa.array(numbers, mask=null), pa.array(self.texts, pa.string()), safe=False
        )


@dataclass(frozen=True)
class Arranged:
    """Batches as one, sorted by series and time; see :func:`arranged`.

    ``order`` is the place in the batches of each row, ``None`` where they are sorted. ``periods``
    are the first instants of the periods and those after them, by the numbers of their texts.
    """

    coded: dict[str, Coded]
    order: npt.NDArray[np.int64] | None
    periods: tuple[Any, Any] | None
    batches: Sequence[pa.RecordBatch]

    def take(self, name: str) -> Any:
        """A column of the batches, once: what it is made from is given up."""
        if (coded := self.coded.pop(name, None)) is not None:
            return coded.column(self.order)
        parts = [batch.column(name) for batch in self.batches]
        if all(part.null_count == len(part) for part in parts):
            return nothing(sum(map(len, parts)), parts[0].type)
        whole = pa.chunked_array(parts).combine_chunks()
        return whole if self.order is None else whole.take(self.order)

    def instants(self, time: str) -> tuple[Any, Any]:
        """The two instants of each row's period, ``timestamp[us]``; before time is taken."""
        assert self.periods is not None
        numbers = self.coded[time].numbers(self.order)
        starts, ends = (each.take(numbers) for each in self.periods)
        return starts, ends


def arranged(schema: DataSchema, batches: Sequence[pa.RecordBatch]) -> Arranged:
    """Batches with the same columns, of which each component of the key is coded, sorted.

    Raises ``ValueError`` when two rows have the same key.
    """
    first = batches[0]
    names = [n for n in first.schema.names if pa.types.is_dictionary(first.column(n).type)]
    coded = {name: Coded(batches, name) for name in names}
    periods = None
    if schema.time is not None:
        column = coded[schema.time.id]
        starts, ends = spans(pa.array(column.texts, pa.string()))
        column.order_by(starts, ends)
        periods = starts, ends
    return Arranged(coded, order_of([coded[n] for n in key_of(schema)]), periods, batches)


def words_of(key: Sequence[Coded]) -> list[npt.NDArray[np.int64]]:
    """The key of each row as numbers, the first of which says most about its place.

    None, where no two rows differ.
    """
    words: list[npt.NDArray[np.int64]] = []
    free = 0
    for column in key:
        if not column.varies:
            continue
        bits = max(1, (len(column.texts) - 1).bit_length())
        if bits > free:
            words.append(column.ranks().astype(np.int64))
            free = 63 - bits
        else:
            words[-1] <<= bits
            words[-1] |= column.ranks()
            free -= bits
    return words


def order_of(key: Sequence[Coded]) -> npt.NDArray[np.int64] | None:
    """The order of the rows by some columns; ``None`` where it is the one they have.

    Raises ``ValueError`` when two rows are the same.
    """
    words = words_of(key)
    if not words:
        if key and len(key[0].numbers(None)) > 1:
            raise ValueError("two rows have the same key")
        return None
    if _rising(words):
        return None
    order = np.argsort(words[0]) if len(words) == 1 else np.lexsort(words[::-1])
    if not _rising([word[order] for word in words]):
        raise ValueError("two rows have the same key")
    return order


def _rising(words: Sequence[npt.NDArray[np.int64]]) -> bool:
    """Whether each row is greater than the one before."""
    rising = np.zeros(len(words[0]) - 1, dtype=bool)
    same = np.ones(len(rising), dtype=bool)
    for word in words:
        rising |= same & (word[1:] > word[:-1])
        same &= word[1:] == word[:-1]
    return bool(rising.all())


def _texts(columns: Sequence[Any]) -> set[str]:
    found: set[str | None] = set()
    last = None
    for column in columns:
        if last is None or not column.dictionary.equals(last):
            last = column.dictionary
            found.update(last.to_pylist())
    return {text for text in found if text is not None}

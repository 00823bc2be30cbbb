"""Batches put aside: few stay in memory, many go to disk.

Most messages are small enough that writing their rows down, only to read them again a moment
later, is all waste.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["Spool", "nothing"]

#: Bytes of a spool that stay in memory; columns without a value are shared and cost nothing.
_IN_MEMORY = 96 << 20


@lru_cache(maxsize=8)
def nothing(rows: int, type_: pa.DataType) -> Any:
    """A column without a value, the same one for all who ask."""
    return pa.nulls(rows, type_)


class Spool:
    """Record batches of one schema, in order.

    Parameters
    ----------
    path:
        The file that takes them (a stream of Arrow batches) when they are too many.
    schema:
        Their columns.
    in_memory:
        Bytes that stay in memory; ``None``: some.

    """

    def __init__(self, path: Path, schema: pa.Schema, in_memory: int | None = None) -> None:
        self.schema = schema
        self._most = _IN_MEMORY if in_memory is None else in_memory
        self.rows = 0
        self._path = path
        self._kept: list[pa.RecordBatch] = []
        self._bytes = 0
        self._sink: Any = None
        self._writer: Any = None

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        self.rows += batch.num_rows
        if self._writer is not None:
            self._writer.write_batch(batch)
            return
        self._kept.append(batch)
        self._bytes += sum(c.nbytes for c in batch.columns if c.null_count < len(c))
        if self._bytes > self._most:
            self._sink = pa.OSFile(str(self._path), "wb")
            self._writer = pa.ipc.new_stream(self._sink, self.schema)
            for each in self._kept:
                self._writer.write_batch(each)
            self._kept.clear()

    def close(self) -> None:
        """Finish writing; only afterwards the batches may be read. May be called twice."""
        if self._sink is not None and not self._sink.closed:
            self._writer.close()
            self._sink.close()

    def remove(self) -> None:
        """Give up what was put aside."""
        self._kept.clear()
        self._path.unlink(missing_ok=True)

    def texts(self, names: Iterable[str]) -> dict[str, set[str]]:
        """Texts in the dictionaries of some columns; some may stand in no row."""
        found: dict[str, set[str]] = {name: set() for name in names}
        last: dict[str, Any] = {}
        for batch in self:
            for name, texts in found.items():
                dictionary = batch.column(name).dictionary
                if name not in last or not dictionary.equals(last[name]):
                    texts.update(text for text in dictionary.to_pylist() if text is not None)
                    last[name] = dictionary
        return found

    def reader(self, names: Sequence[str]) -> pa.RecordBatchReader:
        """Some columns as a stream of batches, as text."""
        texts = pa.schema([(name, pa.string()) for name in names])
        return pa.RecordBatchReader.from_batches(
            texts, (batch.select(names).cast(texts) for batch in self)
        )

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self._writer is None:
            yield from self._kept
            return
        with pa.OSFile(str(self._path), "rb") as source, pa.ipc.open_stream(source) as reader:
            yield from reader

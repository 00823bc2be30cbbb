"""The query engine: what answers the statements of readers, and what all kinds of it do alike.

An engine reads the Parquet files of pinned table versions. These never change, so readers need no
lock. Results stream as record batches whose memory is bounded by the batch and the engine's memory
limit (a sort that needs more spills to disk). Which engine a hub has, :mod:`hub.store.engines`
decides.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import pyarrow as pa

from hub import telemetry
from hub.errors import Unavailable
from hub.model.dataset import BATCH_ROWS
from hub.model.schema import DataSchema, Role
from hub.store.bounds import at_most
from hub.store.budget import Abandoned, OutOfTime, working
from hub.store.dialect import Bound, Dialect
from hub.store.statement import Statement

__all__ = ["Engine", "OutOfMemory", "Running"]


class OutOfMemory(Unavailable):
    """A statement needs more than the engine has left."""

    def __init__(self) -> None:
        super().__init__(
            "The answer needs more memory than this service has now. "
            "Ask for less, or try again later."
        )


#: How statements end that were ended, as the metrics name it.
_ENDS: dict[type[Exception], str] = {
    OutOfTime: "time",
    Abandoned: "left",
    OutOfMemory: "memory",
}


class Running(Protocol):
    """A statement at an engine. It runs when its rows are asked for, by either of two ways."""

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Its rows, at most ``rows`` at a time; text columns may be dictionary encoded."""

    def table(self) -> pa.Table:
        """All its rows: texts as strings, instants as ``timestamp[us]`` without a zone."""

    def interrupt(self) -> None:
        """Make it fail, from another thread."""


class Engine(ABC):
    """Answers statements, several at a time.

    It may be made before the process forks: what it needs is opened on first use in each process.
    """

    #: How it takes statements.
    dialect: Dialect
    #: Whether it reads an object store itself; otherwise it wants local copies.
    reads_objects: bool = False
    #: Whether it reads files of this machine.
    reads_here: bool = True

    def __init__(self) -> None:
        self._noted = 0.0

    @abstractmethod
    def _start(self, bound: Bound) -> AbstractContextManager[Running]:
        """A statement about to run."""

    @abstractmethod
    def _memory(self) -> int | None:
        """Bytes that it uses now; ``None`` where another machine uses them."""

    @abstractmethod
    def close(self) -> None:
        """Give back what this process holds."""

    def batches(
        self, schema: DataSchema, statement: Statement, rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a statement as record batches of the :class:`~hub.model.dataset.Block`
        contract: measures are strings, everything else is dictionary encoded.

        The statement runs while the result is consumed, unless it can give few rows only: those are
        asked for at once, which engines do with less ado. Raises what :meth:`table` does.
        """
        few = statement.narrow or at_most([statement]) <= rows
        for batch in self.stream(statement.sql, statement.values, rows, few=few):
            if batch.num_rows:
                yield _encoded(schema, batch)

    def stream(
        self, sql: str, values: Sequence[object] = (), rows: int = BATCH_ROWS, *, few: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a statement as record batches, text columns dictionary encoded or not.

        ``few`` rows are asked for at once. Raises what :meth:`table` does.
        """
        bound = self.dialect.bind(sql, values)
        with self._start(bound) as running, self._measured() as steps:
            with steps(), working(running.interrupt):
                reader = _at_once(running, rows) if few else running.reader(rows)
            while True:
                with steps(), working(running.interrupt):
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch

    def table(self, sql: str, values: Sequence[object] = ()) -> pa.Table:
        """All rows of a statement (see :mod:`hub.store.dialect`).

        Raises what :func:`hub.store.budget.working` does, and ``Unavailable`` when the engine is
        out of memory or cannot be reached.
        """
        bound = self.dialect.bind(sql, values)
        with (
            self._start(bound) as running,
            self._measured() as steps,
            steps(),
            working(running.interrupt),
        ):
            return running.table()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement as Python values; see :meth:`table`."""
        columns = [column.to_pylist() for column in self.table(sql, values).columns]
        return list(zip(*columns, strict=True))

    def scalar(self, sql: str, values: Sequence[object] = ()) -> Any:
        """First value of the first row of a statement; ``None`` without rows."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    @contextmanager
    def _measured(self) -> Iterator[Callable[[], AbstractContextManager[None]]]:
        """Count a statement: how it ended, and the seconds that the engine worked for it.

        Gives what its steps are run in; what the engine does between them is not its work.
        """
        spent = 0.0
        outcome = "done"

        @contextmanager
        def step() -> Iterator[None]:
            nonlocal spent, outcome
            since = time.perf_counter()
            try:
                yield
            except Exception as error:
                outcome = _ENDS.get(type(error), "failed")
                raise
            finally:
                spent += time.perf_counter() - since

        try:
            yield step
        finally:
            telemetry.ENGINE_SECONDS.labels(outcome).observe(spent)
            self._note_memory()

    def _note_memory(self) -> None:
        """State the memory in use, once a second at most."""
        now = time.monotonic()
        if now < self._noted + 1:
            return
        self._noted = now
        used = self._memory()
        if used is not None:
            telemetry.ENGINE_MEMORY.set(used)


def _at_once(running: Running, rows: int) -> Iterator[pa.RecordBatch]:
    return iter(running.table().to_batches(max_chunksize=rows))


def _encoded(schema: DataSchema, batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        coded = pa.types.is_dictionary(column.type)
        if schema.by_id[name].role is Role.MEASURE:
            columns.append(column.dictionary_decode() if coded else column)
        else:
            columns.append(column if coded else column.dictionary_encode())
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

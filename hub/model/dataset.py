"""Columns on the move: what readers yield and writers take.

A message is a header and a stream of :class:`Block`. A block is one Arrow record batch bound to a
schema and an action; all its columns are text:

* coded components, dimensions, the time dimension and attributes: ``dictionary<int32, string>``;
* measures: ``string``, in the lexical form of the message (``884.389`` never becomes ``884.3890``).

A null is "not given in the message". A column may be absent altogether when the message never
gives it, and a column the schema does not know may be present: validation reports it. Series and
dataset attributes are repeated on each row they cover (in dictionaries this costs nothing). A row
without time and measure stands for a series or a part of the cube (used by Delete).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import pyarrow as pa

from hub.model.findings import Finding
from hub.model.memory import choose_pool
from hub.model.schema import DataSchema

__all__ = [
    "BATCH_ROWS",
    "Action",
    "Apart",
    "Block",
    "Cells",
    "DataMessage",
    "Header",
    "Location",
    "Locator",
]

choose_pool()

#: Rows of one block. Memory of every reader, check and writer is bounded by a few such blocks.
BATCH_ROWS = 65_536

#: The Arrow type of every column but measures.
CODED = pa.dictionary(pa.int32(), pa.string())


class Action(StrEnum):
    """What a dataset does to what is stored (SDMX 3.1; 2.1's Append and Information are MERGE).

    ``MERGE`` upserts and changes only the components given. ``REPLACE`` replaces whole
    observations. ``DELETE`` removes what matches, an absent dimension being a wildcard.
    """

    MERGE = "merge"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Header:
    """Header of a message. ``prepared`` is timezone aware."""

    id: str
    sender: str
    prepared: datetime
    test: bool = False
    receiver: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file as its reader sees it; ``row`` as a spreadsheet counts (header is 1).

    ``cell`` is the address (``C4``) of the cell of a sheet.
    """

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    line: int | None = None
    cell: str | None = None


class Locator(Protocol):
    """Finds where observations of a message stand, after the fact (only faults pay for it)."""

    def __call__(self, ordinals: Sequence[int], component: str | None) -> list[Location]:
        """Places of the observations with these ordinals (0-based over the whole message)."""
        ...


class Cells(Protocol):
    """Tells which cells of a file observations were read from, many at a time."""

    def __call__(self, first: int, rows: int) -> tuple[pa.Array[Any], pa.Array[Any]]:
        """Sheets and addresses (``D12``) of ``rows`` observations from the ordinal ``first`` on.

        Two arrays of text; a figure made of several cells has each on a line of its own.
        """
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """A batch of observations of one dataflow with one action.

    ``ordinal`` is the 0-based number, over the whole message, of the first row. ``valid_from``
    and ``valid_to`` (aware) say since or until when the rows are what the hub disseminates; they
    are given only where a message tells the history of data, one dataset for each.
    """

    schema: DataSchema
    action: Action
    batch: pa.RecordBatch
    ordinal: int = 0
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """Observations that a reader found wrong, one by one, and left out of the message.

    ``rules`` names the rule that each row broke, in the order of the rows of ``blocks``; these go
    on counting where the message ends.
    """

    blocks: Iterator[Block]
    rules: Sequence[str]


@dataclass
class DataMessage:
    """A data message being read: iterate ``blocks`` once.

    ``findings`` grows while ``blocks`` is consumed (faults only the reader can see: a column that
    no structure knows, a row with too many fields) and is complete when it is exhausted. ``cells``
    is there when the body is a file with cells and no message. ``apart`` holds what its reader
    left out, where that is all that the errors among ``findings`` are about: what is in ``blocks``
    can then be published without it.
    """

    header: Header | None
    blocks: Iterator[Block]
    locate: Locator
    findings: list[Finding] = field(default_factory=list)
    cells: Cells | None = None
    apart: Apart | None = None

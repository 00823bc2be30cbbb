"""Rows of a message that wait to be applied to what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from hub.model.dataset import Action
from hub.model.schema import DataSchema
from hub.model.spool import Spool

__all__ = ["Segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one dataflow with one action.

    All columns of its schema, as text; ``_row``; where there are any, ``_sheet`` and ``_cell``.
    They stand in the Parquet file ``file`` or, with ``rows``, in batches from which it is made
    when somebody wants it. ``plain`` is whether all rows are known to be whole observations, no
    key twice, with each attribute of a series in all of its rows, the same, or in none.
    """

    schema: DataSchema
    action: Action
    file: Path
    rows: Spool | None = None
    plain: bool = False

    @property
    def path(self) -> Path:
        """The rows as a Parquet file."""
        if self.rows is not None and not self.file.exists():
            part = self.file.with_suffix(".part")
            with pq.ParquetWriter(part, self.rows.schema, compression="lz4") as writer:
                for batch in self.rows:
                    writer.write_batch(batch)
            part.replace(self.file)
        return self.file

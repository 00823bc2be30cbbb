"""Reading Parquet; see ``columnar`` for the columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.columnar import header_of, locate, read_blocks
from hub.messages.columnar_limits import refuse_large
from hub.model.dataset import BATCH_ROWS, DataMessage
from hub.model.findings import Finding

__all__ = ["read"]


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the file; row groups are read as its blocks are consumed.

    Raises ``RequestSyntaxError`` when it is no Parquet file or is cut off, ``PayloadTooLarge``
    past the limits of :mod:`hub.messages.columnar_limits`.
    """
    try:
        with pq.ParquetFile(path) as file:
            footer = file.metadata
        refuse_large(footer)
        # Texts stay in dictionaries, as in the file: one of them may stand in millions of rows.
        texts = [c.path for c in map(footer.schema.column, range(footer.num_columns))
                 if c.physical_type == "BYTE_ARRAY"]  # fmt: skip
        file = pq.ParquetFile(path, read_dictionary=texts)
    except (pa.ArrowException, OSError) as error:
        raise _broken(error) from None
    findings: list[Finding] = []
    return DataMessage(
        header_of(file.schema_arrow.metadata),
        read_blocks(_batches(file), resolver, findings),
        locate,
        findings,
    )


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    try:
        yield from file.iter_batches(batch_size=BATCH_ROWS)
    except (pa.ArrowException, OSError) as error:
        raise _broken(error) from None


def _broken(error: Exception) -> RequestSyntaxError:
    return RequestSyntaxError(f"The file is no Parquet file, or is cut off: {error}.")

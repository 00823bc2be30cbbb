"""Reading Parquet; see ``columnar`` for the columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.columnar import header_of, locate, read_blocks
from hub.model.dataset import BATCH_ROWS, DataMessage
from hub.model.findings import Finding

__all__ = ["read"]


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the file; row groups are read as its blocks are consumed.

    Raises ``RequestSyntaxError`` when it is no Parquet file or is cut off.
    """
    try:
        file = pq.ParquetFile(path)
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

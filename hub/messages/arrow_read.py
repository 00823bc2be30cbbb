"""Reading an Arrow IPC stream, or an Arrow file (Feather 2); see ``columnar``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.columnar import header_of, locate, read_blocks
from hub.model.dataset import DataMessage
from hub.model.findings import Finding

__all__ = ["read"]

_FILE = b"ARROW1"

#: The end of a stream. Without it a stream that lost its end at a batch looks whole.
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the message; batches are checked before they are used, as they come from strangers.

    Raises ``RequestSyntaxError`` when it is no such file, at once or while blocks are consumed.
    """
    with path.open("rb") as file:
        is_file = file.read(len(_FILE)) == _FILE
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - len(_END), 0))
        if not is_file and file.read() != _END:
            raise _broken("its end is missing")
    try:
        source = pa.OSFile(str(path))
        reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
    except (pa.ArrowException, OSError) as error:
        raise _broken(error) from None
    findings: list[Finding] = []
    batches = _file(reader) if is_file else _stream(reader, source, size)
    return DataMessage(
        header_of(reader.schema.metadata),
        read_blocks(_checked(batches), resolver, findings),
        locate,
        findings,
    )


def _file(reader: pa.ipc.RecordBatchFileReader) -> Iterator[pa.RecordBatch]:
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)


def _stream(
    reader: pa.ipc.RecordBatchStreamReader, source: pa.OSFile, size: int
) -> Iterator[pa.RecordBatch]:
    yield from reader
    if source.tell() != size:
        raise RequestSyntaxError("The file goes on behind the end of its Arrow stream.")


def _checked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            batch = next(batches, None)
            if batch is not None:
                batch.validate(full=True)
        except (pa.ArrowException, OSError) as error:
            raise _broken(error) from None
        if batch is None:
            return
        yield batch


def _broken(error: object) -> RequestSyntaxError:
    return RequestSyntaxError(f"The file is no Arrow stream, or is cut off: {error}.")

"""Writing the Arrow IPC stream (``application/vnd.apache.arrow.stream``); see ``columnar``.

Batches go out as they come, so a client can work on the first before the last is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from hub.messages.api import WriteOptions
from hub.messages.columnar import tables
from hub.messages.sink import Sink
from hub.model.dataset import Block, Header

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the stream, one chunk a batch."""
    schema, batches = tables(blocks, header, options)
    sink = Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()

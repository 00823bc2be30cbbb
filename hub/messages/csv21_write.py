"""Writing SDMX-CSV 2.1 (SDMX 3.1); see ``csv2_write`` for the parameters.

A merge is written as ``M``: Append is deprecated since this version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.csv2_write import write_rows
from hub.model.dataset import Block, Header

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in chunks; ``header`` has no place in this format."""
    return write_rows(blocks, options, "M")

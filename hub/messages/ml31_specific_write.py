"""Writer of structure-specific data, SDMX-ML 3.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.ml_specific_write import StructureSpecific
from hub.messages.ml_write import write as write_ml
from hub.model.dataset import Block, Header

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in UTF-8, one chunk a block."""
    return write_ml(blocks, header, options, StructureSpecific("v3_1"))

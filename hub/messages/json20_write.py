"""Writing SDMX-JSON 2.0 (SDMX 3.0), valid against its JSON schema.

Any number of dataflows and measures. Uncoded attributes of observations are written as they are,
every other value as its number in the ``values`` of its component.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.json_write import stream
from hub.model.dataset import Block, Header

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in chunks.

    Raises ``SemanticError`` for an unknown ``dimension_at_observation``, for rows that leave a
    dimension open, and for a series or dataset attribute with two values; ``ValueError`` when
    series do not stand together.
    """
    return stream(blocks, header, options, version="2.0")

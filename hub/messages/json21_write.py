"""Writing SDMX-JSON 2.1 (SDMX 3.1), valid against its JSON schema.

As 2.0, but a merge is called so and the schema is named at the root: any number of dataflows and
measures; uncoded attributes of observations as they are, every other value as its number in the
``values`` of its component.
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
    return stream(blocks, header, options, version="2.1")

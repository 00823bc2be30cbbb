"""Writing SDMX-JSON 1.0 (SDMX 2.1), valid against its JSON schema.

One dataflow and one measure to a message. Values of uncoded dimensions that the schema does not
let be an ``id`` (a time range, a free text) are escaped there and exact in ``name``; see
``json_values.escape_id``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.json_write import stream
from hub.model.dataset import Block, Header

__all__ = ["write"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in chunks.

    Raises ``NotAcceptable`` for several dataflows or measures, ``SemanticError`` for an unknown
    ``dimension_at_observation``, for rows that leave a dimension open, and for a series or
    dataset attribute with two values; ``ValueError`` when series do not stand together.
    """
    return stream(blocks, header, options, version="1.0")

"""Artefacts out of SDMX-JSON 2.1 structure messages."""

from __future__ import annotations

from pathlib import Path

from hub.structures.json2_read import structures_of
from hub.structures.kinds import Artefact

__all__ = ["read"]


def read(source: bytes | Path) -> list[Artefact]:
    """All artefacts of a structure message.

    Raises ``RequestSyntaxError`` for a message that is not SDMX-JSON 2.1 and
    ``NotImplementedByHub`` for what the hub does not keep.
    """
    return structures_of(source, "2.1")

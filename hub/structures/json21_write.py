"""SDMX-JSON 2.1 structure messages, from artefacts."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.dataset import Header
from hub.structures.json2_write import structure_message
from hub.structures.kinds import Artefact

__all__ = ["write"]


def write(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-JSON 2.1 or the hub cannot express.
    """
    return structure_message(artefacts, header, "2.1", lang)

"""SDMX-ML 3.1 structure messages, from artefacts."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.dataset import Header
from hub.structures.kinds import Artefact
from hub.structures.ml3_write import structure_message

__all__ = ["write"]


def write(artefacts: Iterable[Artefact], header: Header, *, pretty: bool = False) -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-ML 3.1 cannot express.
    """
    return structure_message(artefacts, header, "3.1", pretty=pretty)

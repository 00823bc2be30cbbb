"""SDMX-ML 3.1 structure messages, from artefacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.model.dataset import Header
from hub.structures.kinds import Artefact
from hub.structures.message_parts import whole
from hub.structures.ml3_write import structure_message

__all__ = ["stream", "write"]


def write(artefacts: Iterable[Artefact], header: Header, *, pretty: bool = False) -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-ML 3.1 cannot express.
    """
    return whole(stream(artefacts, header), pretty=pretty)


def stream(artefacts: Iterable[Artefact], header: Header) -> Iterator[bytes]:
    """The same message in blocks; all that can be refused is refused before the first one."""
    return structure_message(artefacts, header, "3.1")

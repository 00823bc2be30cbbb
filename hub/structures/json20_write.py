"""SDMX-JSON 2.0 structure messages, from artefacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.model.dataset import Header
from hub.structures.json2_write import structure_message
from hub.structures.kinds import Artefact

__all__ = ["stream", "write"]


def write(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> bytes:
    """A structure message with ``artefacts``, each once; ``lang`` is that of the single texts.

    Raises ``NotImplementedByHub`` for what SDMX-JSON 2.0 cannot express.
    """
    return b"".join(stream(artefacts, header, lang=lang))


def stream(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> Iterator[bytes]:
    """The same message in blocks; all that can be refused is refused before the first one."""
    return structure_message(artefacts, header, "2.0", lang)

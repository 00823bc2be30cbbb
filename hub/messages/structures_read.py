"""Structures out of a message in any format the hub reads."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from hub.errors import RequestSyntaxError, UnsupportedMediaType
from hub.messages.detect import detect
from hub.messages.formats import Format, Kind, formats
from hub.structures.kinds import Artefact
from hub.structures.maintain_names import check_key

__all__ = ["read_structures"]


def read_structures(path: Path, media_type: str | None = None) -> list[Artefact]:
    """All artefacts of a structure message.

    The content says what format it has; ``media_type`` is asked only where it does not. Raises
    ``UnsupportedMediaType`` when it is no structure message the hub reads, and what its reader
    raises: ``RequestSyntaxError``, ``NotImplementedByHub``.
    """
    found = detect(path)
    if found is None or found.kind is not Kind.STRUCTURE:
        found = _named(media_type)
    if found is None or found.reader is None:
        readable = ", ".join(f.name for f in formats(Kind.STRUCTURE) if f.reader)
        raise UnsupportedMediaType(
            f"This is no structure message the hub reads. It reads {readable}."
        )
    module, _, function = found.reader.partition(":")
    reader = getattr(import_module(f"hub.structures.{module}"), function)
    try:
        artefacts = cast("Callable[[Path], list[Artefact]]", reader)(path)
    except RecursionError:
        raise RequestSyntaxError("The message is nested too deeply.") from None
    for artefact in artefacts:
        check_key(artefact)
    return artefacts


def _named(media_type: str | None) -> Format | None:
    """The structure format of a media type with its version."""
    wanted = (media_type or "").replace(" ", "").lower()
    return next((f for f in formats(Kind.STRUCTURE) if f.media_type.lower() == wanted), None)

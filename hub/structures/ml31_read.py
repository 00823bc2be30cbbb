"""Artefacts out of SDMX-ML 3.1 structure messages."""

from __future__ import annotations

from pathlib import Path

from hub.model.findings import Finding
from hub.structures.kinds import Artefact
from hub.structures.ml3_read import findings_of, structures_of

__all__ = ["findings", "read"]


def findings(source: bytes | Path) -> list[Finding]:
    """Faults of a structure message against the official schema, each with its line."""
    return findings_of(source, "3.1")


def read(source: bytes | Path) -> list[Artefact]:
    """All artefacts of a structure message.

    Raises ``RequestSyntaxError`` for a message that is not valid SDMX-ML 3.1 and
    ``NotImplementedByHub`` for what the hub does not keep.
    """
    return structures_of(source, "3.1")

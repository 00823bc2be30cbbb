"""Reading SDMX-JSON 2.1 data messages; see ``json_read`` for what is understood."""

from __future__ import annotations

from pathlib import Path

from hub.messages.api import SchemaResolver
from hub.messages.json_read import read_message
from hub.model.dataset import DataMessage

__all__ = ["read"]


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the SDMX-JSON 2.1 message at ``path``; the file is loaded whole (see ``json_load``).

    Raises ``RequestSyntaxError`` when it is not JSON or no such message, ``NotFound`` for a
    dataflow that ``resolver`` does not have.
    """
    return read_message(path, resolver, version1=False)

"""An artefact as bytes, for the catalogue: its tree as JSON, whole in every kind and version.

The bytes depend on the artefact alone. Payloads of earlier versions of the hub were SDMX-ML 2.1
messages; they are read too.
"""

from __future__ import annotations

import orjson

from hub.errors import NotImplementedByHub
from hub.structures.artefacts import artefacts_of
from hub.structures.kinds import Artefact, key_of
from hub.structures.trees import tree_of

__all__ = ["dump", "load"]

_FORM = 1


def dump(artefact: Artefact) -> bytes:
    """The artefact as bytes that :func:`load` reads."""
    stored = {"form": _FORM, "kind": key_of(artefact).kind, "tree": tree_of(artefact)}
    return orjson.dumps(stored)


def load(payload: bytes) -> list[Artefact]:
    """The artefacts of a payload: one, or those of a message.

    Raises ``NotImplementedByHub`` for a payload of a later version of the hub.
    """
    if payload.lstrip().startswith(b"<"):
        from hub.structures.ml21_read import read  # noqa: PLC0415 (old payloads only; slow)

        return read(payload)
    stored = orjson.loads(payload)
    if stored.get("form") != _FORM:
        raise NotImplementedByHub("The catalogue was written by a later version of the hub.")
    return artefacts_of([(stored["kind"], stored["tree"])])

"""An artefact as bytes, for the catalogue: its tree as JSON, whole in every kind and version.

The bytes depend on the artefact alone. The codes of a codelist stand beside its tree in columns
(form 2), so that long lists are read and written quickly. Payloads of earlier versions of the hub
were trees with the codes inside (form 1) and SDMX-ML 2.1 messages; they are read too.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import Any

import orjson

from hub.errors import NotImplementedByHub
from hub.structures.artefacts import artefacts_of
from hub.structures.item_columns import Columns
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["Stored", "dump", "load"]

_FORM, _IN_COLUMNS = 1, 2


def dump(artefact: Artefact) -> bytes:
    """The artefact as bytes that :func:`load` reads."""
    kind = key_of(artefact).kind
    stored: dict[str, Any] = {"form": _FORM, "kind": kind, "tree": tree_of(artefact, codes=False)}
    if kind == "codelist":
        columns = ItemTable.of(artefact).columns
        stored["form"] = _IN_COLUMNS
        stored["codes"] = {field.name: getattr(columns, field.name) for field in fields(Columns)}
    return orjson.dumps(stored, option=orjson.OPT_NON_STR_KEYS)


def load(payload: bytes) -> list[Artefact]:
    """The artefacts of a payload: one, or those of a message.

    Raises ``NotImplementedByHub`` for a payload of a later version of the hub.
    """
    if _is_message(payload):
        from hub.structures.ml21_read import read  # noqa: PLC0415 (old payloads only; slow)

        return read(payload)
    return _made(_parsed(payload))


def _is_message(payload: bytes) -> bool:
    return payload.lstrip().startswith(b"<")


def _parsed(payload: bytes) -> dict[str, Any]:
    stored: dict[str, Any] = orjson.loads(payload)
    if stored.get("form") not in (_FORM, _IN_COLUMNS):
        raise NotImplementedByHub("The catalogue was written by a later version of the hub.")
    return stored


def _made(stored: dict[str, Any]) -> list[Artefact]:
    tree = stored["tree"]
    if stored["form"] == _IN_COLUMNS:
        columns = dict(stored["codes"])
        columns["more"] = {int(row): more for row, more in columns["more"].items()}
        tree = {**tree, "codes": Columns(**columns)}
    return artefacts_of([(stored["kind"], tree)])


class Stored:
    """One artefact of the catalogue, made when somebody asks for it.

    What it refers to is told from its tree. ``key`` is that of its row. Raises what
    :func:`load` raises, then.
    """

    def __init__(self, key: Key, payload: bytes) -> None:
        self.key = key
        self._payload = payload

    @cached_property
    def artefact(self) -> Artefact:
        """The artefact."""
        return load(self._payload)[0]

    @cached_property
    def tree(self) -> Tree:
        """Its tree; that of a codelist may lack the codes."""
        if "artefact" in self.__dict__ or _is_message(self._payload):
            return tree_of(self.artefact, codes=False)
        tree: Tree = _parsed(self._payload)["tree"]
        tree.pop("codes", None)  # of form 1
        return tree

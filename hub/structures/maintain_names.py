"""Whether an artefact can be written in every format: its ids, and the characters of its texts.

SDMX-ML is checked by its schema when it is read; SDMX-JSON can carry what XML cannot, so the rules
are checked here for what is to be stored. Source: ``SDMXCommon.xsd`` (``IDType``,
``NestedNCNameIDType``), XML 1.0 section 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hub.errors import RequestSyntaxError, SemanticError
from hub.structures.kinds import KINDS, Artefact, key_of
from hub.structures.stored import dump
from hub.structures.trees import tree_of
from hub.structures.versioning import Version

__all__ = ["check_key", "check_names"]

_ID = re.compile(r"[A-Za-z0-9_@$-]+")
_AGENCY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*")
#: JSON escapes of control characters other than tab and line ends, and U+FFFE and U+FFFF.
_UNWRITABLE = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:u00[01][0-9a-f]|[bf])|\xef\xbf[\xbe\xbf]", re.IGNORECASE
)


def check_key(artefact: Artefact) -> None:
    """Raise ``RequestSyntaxError`` when an artefact has a name that no message can carry."""
    ref = key_of(artefact).ref
    if not _AGENCY.fullmatch(ref.agency):
        raise RequestSyntaxError(f"{ref.agency!r} is not the id of an agency.")
    if not _ID.fullmatch(ref.id):
        raise RequestSyntaxError(f"{ref.id!r} is not an id: letters, digits, _, @, $ and - are.")
    try:
        Version.parse(ref.version)
    except ValueError as error:
        raise RequestSyntaxError(f"{error}.") from None


def check_names(artefact: Artefact) -> None:
    """Raise an error for an id or a text that cannot be written in every format.

    ``RequestSyntaxError`` for the artefact's own, ``SemanticError`` for what is in it.
    """
    check_key(artefact)
    ref = key_of(artefact).ref
    kind = KINDS[key_of(artefact).kind]
    if kind.items and kind.name != "valuelist":  # ids of values are free
        if kind.name == "codelist":
            ids = iter(artefact.items)
            wrong = next((id_ for id_ in ids if not _ID.fullmatch(id_)), None)
        else:
            wrong = next(_wrong(tree_of(artefact).get(kind.items, ()), kind.items), None)
        if wrong is not None:
            raise SemanticError(f"{wrong!r} is not an id: letters, digits, _, @, $ and - are.")
    if _UNWRITABLE.search(dump(artefact)):
        raise SemanticError(f"{ref} has a control character in a text; XML cannot carry it.")


def _wrong(items: Iterable[dict[str, Any]], name: str) -> Iterator[str]:
    for item in items:
        if not _ID.fullmatch(item["id"]):
            yield item["id"]
        yield from _wrong(item.get(name, ()), name)

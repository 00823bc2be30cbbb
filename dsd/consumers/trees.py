"""Small parts of the trees that consumers' artefacts are made of, in terms of SDMX-JSON 2.1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from codelists.text_yaml import DataFileError

__all__ = ["Tree", "head", "urn"]

#: One object of a tree.
Tree = dict[str, Any]

_URN = "urn:sdmx:org.sdmx.infomodel."
_REF = re.compile(r"^[A-Za-z][\w.-]*:[\w@$-]+\([\w.]+\)$")


def urn(class_: str, reference: str) -> str:
    """The URN of ``AGENCY:ID(VERSION)``; raises ``DataFileError`` when that is something else."""
    if not _REF.match(reference):
        raise DataFileError(f"{reference!r} is not of the form AGENCY:ID(VERSION)")
    return f"{_URN}{class_}={reference}"


def head(reference: str, given: Mapping[str, Any]) -> Tree:
    """What identifies and names an artefact."""
    urn("", reference)
    agency, _, rest = reference.partition(":")
    id_, _, version = rest[:-1].partition("(")
    tree: Tree = {
        "agencyID": agency,
        "id": id_,
        "version": version,
        "names": given["names"],
        "isFinal": bool(given.get("final", True)),
    }
    return tree | ({"descriptions": given["descriptions"]} if "descriptions" in given else {})

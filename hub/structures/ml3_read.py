"""Artefacts out of SDMX-ML 3.0 and 3.1 structure messages, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.findings import Finding
from hub.structures.artefacts import artefacts_of
from hub.structures.editions import BY_ELEMENT
from hub.structures.grammar_xml import Names, tree_of_element
from hub.structures.items_read import take_codes
from hub.structures.kinds import Artefact
from hub.structures.notes import take_back
from hub.structures.xml_source import check_valid, parse
from hub.structures.xsd_official import validate_tree

__all__ = ["findings_of", "structures_of"]

#: What others write too: the schema file of 3.0 is stricter than the standard about parents.
_PARENT = re.compile(r"^Parent: The value '[A-Za-z0-9_@$-]+' is not accepted by the pattern")


def findings_of(source: bytes | Path, version: str) -> list[Finding]:
    """Faults of a message against the official schema of a version, each with its line."""
    return validate_tree(parse(source), version)


def structures_of(source: bytes | Path, version: str) -> list[Artefact]:
    """All artefacts of a structure message of SDMX-ML ``version``.

    Raises ``RequestSyntaxError`` when it is not well formed, has a DTD, is not a structure message
    of the version or not valid; ``NotImplementedByHub`` when it holds what the hub does not keep.
    """
    names = Names(version)
    root = parse(source)
    if root.tag != names.tag("mes", "Structure"):
        raise RequestSyntaxError(
            f"The root element is {root.tag}; a structure message of SDMX-ML {version} has "
            f"{names.tag('mes', 'Structure')}."
        )
    check_valid(root, version, tolerated=_PARENT if version == "3.0" else None)
    structures = root.find(names.tag("mes", "Structures"))
    if structures is None:
        return []
    trees = []
    for container in structures.iterchildren("*"):
        for element in container.iterchildren("*"):
            kind = BY_ELEMENT.get(etree.QName(element).localname)
            if kind is None:
                raise NotImplementedByHub(
                    f"line {element.sourceline}: the hub does not keep "
                    f"{etree.QName(element).localname}."
                )
            trees.append((kind, _tree(element, kind, names)))
    return artefacts_of(trees)


def _tree(element: Any, kind: str, names: Names) -> dict[str, Any]:
    try:
        codes = take_codes(element, names) if kind == "codelist" else None
        tree = tree_of_element(element, kind, names)
        if codes is not None:
            tree["codes"] = codes
    except ValueError as error:  # the schema lets none through; but it must not be a crash
        raise RequestSyntaxError(f"line {element.sourceline}: {error}.") from error
    take_back(kind, tree)
    return tree

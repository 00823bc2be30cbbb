"""What a schema file has no place for, said in annotations that our readers take back.

A few things that an artefact says cannot stand where they belong in an edition of the standard:
the parent of a code whose id begins with a digit (SDMX-ML 3.0 alone; a fault of its schema),
versions of organisation schemes (and, in SDMX-ML 3.1, of categorisations), and the concept scheme
a measure dimension of SDMX 2.1 takes its values from. They are written as annotations of the types
below, which every client can read, and our readers put them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.structures.kinds import KINDS
from hub.structures.shapes import Tree

__all__ = [
    "note",
    "note_code",
    "parent_fits",
    "take_back",
    "take_back_code",
    "unversioned",
]

_PARENT, _VERSION, _MEASURES = "SDMX_PARENT_CODE", "SDMX_VERSION", "SDMX_MEASURE_DIMENSION"
_UNVERSIONED = frozenset({
    "agencyscheme", "dataproviderscheme", "dataconsumerscheme", "metadataproviderscheme",
    "organisationunitscheme",
})  # fmt: skip
_CODELISTS = frozenset({"codelist", "geographiccodelist", "geogridcodelist"})
_NCNAME = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")


def unversioned(kind: str, version: str) -> bool:
    """Whether SDMX-ML ``version`` has artefacts of a kind in version 1.0 only, unsaid."""
    return kind in _UNVERSIONED or (kind == "categorisation" and version != "3.0")


def note(kind: str, tree: Tree, version: str, *, xml: bool) -> None:
    """Move what version 3.0 or 3.1 of a format has no place for into annotations of ``tree``."""
    if kind == "datastructure":
        _note_measures(tree)
    if kind in _UNVERSIONED and not xml and tree["version"] != "1.0":
        _say(tree, _VERSION, tree["version"])
        tree["version"] = "1.0"
    if not xml:
        return
    if unversioned(kind, version):
        stated = tree.pop("version")
        if stated != "1.0":
            _say(tree, _VERSION, stated)
    if kind in _CODELISTS:
        for code in tree.get(KINDS[kind].items, ()):
            note_code(code, version)


def parent_fits(parent: str, version: str) -> bool:
    """Whether SDMX-ML ``version`` has a place for a parent code with this id."""
    return version != "3.0" or _NCNAME.match(parent) is not None


def note_code(code: Tree, version: str) -> None:
    """Move the parent of a code into an annotation where SDMX-ML ``version`` has no place."""
    if not parent_fits(code.get("parent", "A"), version):
        _say(code, _PARENT, code.pop("parent"))


def _note_measures(tree: Tree) -> None:
    """Measure dimensions are dimensions in 3.x; those of a concept scheme lose their values."""
    for dimension in _dimensions(tree):
        if dimension.pop("type", None) is not None:
            local = dimension.get("localRepresentation", {})
            coded = local.get("enumeration", "")
            if ".ConceptScheme=" in coded:
                dimension.pop("localRepresentation")
                _say(dimension, _MEASURES, coded)
            else:
                _say(dimension, _MEASURES, "")


def _dimensions(tree: Tree) -> Iterator[Tree]:
    components = tree.get("dataStructureComponents", {})
    yield from components.get("dimensionList", {}).get("dimensions", ())


def _say(tree: Tree, kind: str, value: str) -> None:
    # In the title: some readers do not know the value that annotations of 3.x have.
    told = {"type": kind, "title": value} if value else {"type": kind}
    tree["annotations"] = [*tree.get("annotations", ()), told]


def take_back(kind: str, tree: Tree) -> None:
    """Put back into ``tree`` what :func:`note` moved into annotations."""
    version = _told(tree, _VERSION)
    if version:
        tree["version"] = version
    if kind in _CODELISTS:
        codes = tree.get(KINDS[kind].items, ())
        for code in codes if isinstance(codes, list) else ():  # columns have it back already
            take_back_code(code)
    if kind == "datastructure":
        for dimension in _dimensions(tree):
            coded = _told(dimension, _MEASURES)
            if coded is not None:
                dimension["type"] = "MeasureDimension"
            if coded:
                dimension["localRepresentation"] = {"enumeration": coded}


def take_back_code(code: Tree) -> None:
    """Put back into ``code`` what :func:`note_code` moved into an annotation."""
    parent = _told(code, _PARENT)
    if parent:
        code["parent"] = parent


def _told(tree: Tree, kind: str) -> str | None:
    """The value of the annotation of a type, which is taken out; ``None`` when there is none."""
    found = tree.get("annotations", ())
    said = [one for one in found if one.get("type") == kind]
    if not said:
        return None
    tree["annotations"] = [one for one in found if one not in said]
    if not tree["annotations"]:
        del tree["annotations"]
    return str(said[0].get("title", ""))

"""The small parts SDMX-ML 2.1 structure messages are made of: namespaces, texts, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from hub.structures.kinds import KINDS, Key, item_path, key_of, scheme_of

__all__ = [
    "COM",
    "MES",
    "NSMAP",
    "STR",
    "Element",
    "flag",
    "item_ref",
    "maintainable_ref",
    "sub",
    "texts",
    "write_annotations",
]

#: An element of lxml.
Element = Any

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"

#: Namespaces of a structure message.
NSMAP = {"mes": f"{_BASE}message", "str": f"{_BASE}structure", "com": f"{_BASE}common"}

MES, STR, COM = (f"{{{NSMAP[prefix]}}}" for prefix in ("mes", "str", "com"))

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def sub(
    parent: Element, tag: str, attributes: Mapping[str, str] | None = None, **more: str
) -> Element:
    """A new last child of ``parent``."""
    return etree.SubElement(parent, tag, dict(attributes or {}), None, **more)


def flag(value: object) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def texts(parent: Element, tag: str, by_language: Mapping[str, str]) -> None:
    """One element for each language."""
    for language, text in by_language.items():
        sub(parent, tag, {_LANG: language}).text = text


def maintainable_ref(parent: Element, key: Key) -> None:
    """A ``Ref`` to a maintainable artefact."""
    kind = KINDS[key.kind]
    sub(
        parent,
        "Ref",
        {
            "id": key.ref.id,
            "version": key.ref.version,
            "agencyID": key.ref.agency,
            "package": kind.package,
            "class": kind.type_in_urn,
        },
    )


def item_ref(parent: Element, item: Any) -> None:
    """A ``Ref`` to an item of a scheme; an item of a nested scheme is named by its path."""
    key = key_of(scheme_of(item))
    kind = KINDS[key.kind]
    sub(
        parent,
        "Ref",
        {
            "id": item_path(item) if key.kind == "categoryscheme" else item.id,
            "maintainableParentID": key.ref.id,
            "maintainableParentVersion": key.ref.version,
            "agencyID": key.ref.agency,
            "package": kind.package,
            "class": str(kind.item),
        },
    )


def write_annotations(parent: Element, found: Iterable[Any]) -> None:
    """``Annotations`` of an artefact, an item or a component; nothing when there are none."""
    listed = list(found)
    if not listed:
        return
    into = sub(parent, f"{COM}Annotations")
    for annotation in listed:
        one = sub(into, f"{COM}Annotation", {"id": annotation.id} if annotation.id else {})
        for tag, value in (
            ("AnnotationTitle", annotation.title),
            ("AnnotationType", annotation.type),
            ("AnnotationURL", annotation.url),
        ):
            if value:
                sub(one, f"{COM}{tag}").text = value
        texts(one, f"{COM}AnnotationText", annotation.text.localizations)

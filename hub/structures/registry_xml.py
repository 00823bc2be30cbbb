"""The small parts registry interface messages are made of, in SDMX-ML 2.1, 3.0 and 3.1.

The versions differ in their namespaces and in how they refer to artefacts: 2.1 has ``Ref``
elements or URNs, 3.x the text of a URN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from hub.errors import RequestSyntaxError
from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.structures.kinds import KINDS, Key, item_urn, parse_urn, urn3_of, urn_of

__all__ = ["VERSIONS", "Xml", "local"]

#: Versions of SDMX-ML that have registry interface messages the hub reads and writes.
VERSIONS = ("2.1", "3.0", "3.1")
_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v{}/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Geographic codelists share the class of codelists: the first kind counts.
_BY_CLASS = {
    name: kind.name
    for kind in reversed(KINDS.values())
    for name in (kind.type_in_urn, kind.type_in_urn3, kind.item)
    if name
}


#: Characters that XML cannot carry.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def local(element: Any) -> str:
    """Name of an element without its namespace."""
    return etree.QName(element).localname


class Xml:
    """Names, references and common parts of one version."""

    def __init__(self, version: str) -> None:
        base = _BASE.format(version.replace(".", "_"))
        self.version = version
        self.spaces = {
            "mes": f"{base}message", "reg": f"{base}registry", "str": f"{base}structure",
            "com": f"{base}common",
        }  # fmt: skip
        self.mes, self.reg, self.str, self.com = (f"{{{uri}}}" for uri in self.spaces.values())

    def interface(self, header: Header) -> Any:
        """A ``RegistryInterface`` with its header."""
        root = etree.Element(f"{self.mes}RegistryInterface", nsmap=self.spaces)
        into = etree.SubElement(root, f"{self.mes}Header")
        etree.SubElement(into, f"{self.mes}ID").text = header.id
        etree.SubElement(into, f"{self.mes}Test").text = str(header.test).lower()
        prepared = header.prepared.isoformat(timespec="seconds")
        etree.SubElement(into, f"{self.mes}Prepared").text = prepared
        etree.SubElement(into, f"{self.mes}Sender", id=header.sender)
        # The schema wants one; REST does not say who asks.
        etree.SubElement(into, f"{self.mes}Receiver", id=header.receiver or "unknown")
        return root

    def status(self, into: Any, status: str, messages: Iterable[tuple[int, str]]) -> None:
        """A ``StatusMessage`` with a text for each code."""
        element = etree.SubElement(into, f"{self.reg}StatusMessage", status=status)
        for code, text in messages:
            one = etree.SubElement(element, f"{self.reg}MessageText", code=str(code))
            etree.SubElement(one, f"{self.com}Text", {_LANG: "en"}).text = _UNWRITABLE.sub(
                "?", text
            )

    def urn(self, key: Key) -> str:
        """URN of an artefact as this version has it."""
        return urn_of(key) if self.version == "2.1" else urn3_of(key)

    def refer(self, into: Any, tag: str, key: Key, item: str = "") -> None:
        """An element that refers to an artefact, or to an item of it."""
        element = etree.SubElement(into, f"{self.reg}{tag}")
        if self.version != "2.1":
            element.text = item_urn(key, item) if item else self.urn(key)
            return
        kind = KINDS[key.kind]
        if not kind.container:  # SDMX 2.1 has no such class: only a URN can name it
            etree.SubElement(element, "URN").text = self.urn(key)
            return
        names = {"id": key.ref.id, "version": key.ref.version}
        if item:
            names = {
                "id": item,
                "maintainableParentID": key.ref.id,
                "maintainableParentVersion": key.ref.version,
            }
        cls = kind.item if item else kind.type_in_urn
        more = {"agencyID": key.ref.agency, "package": kind.package, "class": str(cls)}
        etree.SubElement(element, "Ref", {**names, **more})
        etree.SubElement(element, "URN").text = item_urn(key, item) if item else self.urn(key)

    def referred(self, element: Any, default: str) -> tuple[Key, str]:
        """What an element refers to: the artefact, and the path of the item (else empty).

        ``default`` is the kind when a ``Ref`` does not name its class. Raises
        ``RequestSyntaxError``.
        """
        ref = element.find("Ref")
        if ref is None:
            text = element.findtext("URN") or element.text or ""
            try:
                return parse_urn(text)
            except ValueError as error:
                raise RequestSyntaxError(f"{error} (line {element.sourceline}).") from None
        kind = _BY_CLASS.get(ref.get("class", ""), default)
        parent = ref.get("maintainableParentID")
        if parent is None:
            found = StructureRef(ref.get("agencyID"), ref.get("id"), ref.get("version", "1.0"))
            return Key(kind, found), ""
        version = ref.get("maintainableParentVersion", "1.0")
        return Key(kind, StructureRef(ref.get("agencyID"), parent, version)), ref.get("id")

"""Tags of the two metadata messages of SDMX-ML 2.1: generic, and specific to a structure.

In the generic message all is qualified and an attribute is a ``ReportedAttribute`` with its id; in
the specific one nothing but the frame is, and an attribute is an element with its id as the tag,
in types that the schema of the metadata structure defines (:mod:`hub.metadata.xsd21`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from lxml import etree

from hub.model.schema import StructureRef
from hub.structures.kinds import Key, urn_of
from hub.structures.ml21_parts import NSMAP

__all__ = ["GENERIC", "MSD", "SPECIFIC", "Style", "namespace_of"]

_BASE = NSMAP["com"].removesuffix("common")
_GENERIC = f"{_BASE}metadata/generic"
#: Namespace of the types that structure-specific types are derived from.
MSD = f"{_BASE}metadata/structurespecific"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def namespace_of(structure: StructureRef) -> str:
    """Target namespace of the schema of a metadata structure."""
    return urn_of(Key("metadatastructure", structure))


class Style(ABC):
    """One of the two messages: ``root`` is the local name of its root, ``nsmap`` its prefixes."""

    root: str
    nsmap: dict[str, str]

    @abstractmethod
    def tag(self, name: str) -> str:
        """The tag of an element of a metadata set."""

    @abstractmethod
    def attribute(self, name: str) -> str:
        """The name of an attribute of a metadata set."""

    @abstractmethod
    def reported(self, id_: str) -> tuple[str, dict[str, str]]:
        """Tag and attributes of a reported attribute."""

    @abstractmethod
    def id_of(self, element: Any) -> str:
        """The id that a reported attribute's element has."""

    @abstractmethod
    def begin(self, element: Any, header: Any, structure: StructureRef) -> None:
        """Say in a set and in its part of the header what types it is of."""


class _Generic(Style):
    root = "GenericMetadata"
    nsmap = {"mes": NSMAP["mes"], "com": NSMAP["com"], "gen": _GENERIC}  # noqa: RUF012

    def tag(self, name: str) -> str:
        return f"{{{_GENERIC}}}{name}"

    def attribute(self, name: str) -> str:
        return name

    def reported(self, id_: str) -> tuple[str, dict[str, str]]:
        return self.tag("ReportedAttribute"), {"id": id_}

    def id_of(self, element: Any) -> str:
        return str(element.get("id"))

    def begin(self, element: Any, header: Any, structure: StructureRef) -> None:
        return


class _Specific(Style):
    root = "StructureSpecificMetadata"
    nsmap = {  # noqa: RUF012
        "mes": NSMAP["mes"], "com": NSMAP["com"], "msd": MSD,
        "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    }  # fmt: skip

    def tag(self, name: str) -> str:
        return name

    def attribute(self, name: str) -> str:
        return f"{{{MSD}}}{name}"

    def reported(self, id_: str) -> tuple[str, dict[str, str]]:
        return id_, {f"{{{MSD}}}isMetadataAttribute": "true"}

    def id_of(self, element: Any) -> str:
        return str(etree.QName(element).localname)

    def begin(self, element: Any, header: Any, structure: StructureRef) -> None:
        namespace = namespace_of(structure)
        header.set("namespace", namespace)
        prefix = next(p for p, uri in element.nsmap.items() if uri == namespace)
        element.set(_TYPE, f"{prefix}:MetadataSetType")


#: The two messages.
GENERIC, SPECIFIC = _Generic(), _Specific()

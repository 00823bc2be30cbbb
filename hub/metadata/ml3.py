"""Metadata messages of SDMX-ML 3.0 and 3.1, both ways: ``GenericMetadata``.

Source: ``SDMXMessage.xsd`` and ``SDMXMetadataGeneric.xsd`` of each version.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

from hub.errors import RequestSyntaxError
from hub.metadata.model import MetadataSet
from hub.model.dataset import Header
from hub.structures.grammar_metadata import REPORTED
from hub.structures.grammar_xml import Names, element_of, tree_of_element
from hub.structures.kinds import Key, urn3_of
from hub.structures.ml_header import close_header, open_header
from hub.structures.xml_source import check_valid, parse

__all__ = ["read30", "read31", "write30", "write31"]


class _Names(Names):
    """Tags of the message, those of reported metadata included."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        base = self.nsmap["com"].removesuffix("common")
        self.nsmap[REPORTED] = f"{base}metadata/generic"


def write30(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A metadata message of SDMX-ML 3.0 with ``sets``, which must be placed."""
    return _write(sets, header, "3.0")


def write31(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A metadata message of SDMX-ML 3.1 with ``sets``, which must be placed."""
    return _write(sets, header, "3.1")


def _write(sets: Iterable[MetadataSet], header: Header, version: str) -> bytes:
    names = _Names(version)
    root = etree.Element(names.tag("mes", "GenericMetadata"), nsmap=names.nsmap)
    listed = list(sets)
    _header(root, header, listed, names)
    for one in listed:
        element = element_of(root, names.tag("mes", "MetadataSet"), "metadataset", one.tree, names)
        element.set("urn", one.urn)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _header(root: Any, header: Header, sets: list[MetadataSet], names: Names) -> None:
    space = names.tag("mes", "")
    into = open_header(root, space, header)
    for number, flow in enumerate(dict.fromkeys(one.flow for one in sets), 1):
        assert flow is not None, "the sets of a message are placed"
        structure = etree.SubElement(into, f"{space}Structure", structureID=f"MD{number}")
        usage = etree.SubElement(structure, names.tag("com", "StructureUsage"))
        usage.text = urn3_of(Key("metadataflow", flow))
    close_header(into, space, header)


def read30(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-ML 3.0.

    Raises ``RequestSyntaxError`` when it is none or not valid, ``NotImplementedByHub`` when it
    holds what the hub does not keep.
    """
    return _read(source, "3.0")


def read31(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-ML 3.1; errors as :func:`read30`."""
    return _read(source, "3.1")


def _read(source: bytes | Path, version: str) -> list[MetadataSet]:
    names = _Names(version)
    root = parse(source)
    if root.tag != names.tag("mes", "GenericMetadata"):
        raise RequestSyntaxError(
            f"The root element is {root.tag}; a metadata message of SDMX-ML {version} has "
            f"{names.tag('mes', 'GenericMetadata')}."
        )
    check_valid(root, version)
    _spread(root, names)
    return [
        MetadataSet.of(tree_of_element(element, "metadataset", names))
        for element in root.iterchildren(names.tag("mes", "MetadataSet"))
    ]


def _spread(root: Any, names: Names) -> None:
    """An attribute with several values (3.0) becomes several with one each, as 3.1 has it."""
    tag = names.tag(REPORTED, "Value")
    for element in list(root.iter(names.tag(REPORTED, "Attribute"))):
        for value in reversed(element.findall(tag)[1:]):
            element.remove(value)
            another = etree.Element(element.tag, dict(element.attrib))
            another.append(deepcopy(value))
            element.addnext(another)

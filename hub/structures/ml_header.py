"""The header of structure and metadata messages, alike in SDMX-ML 2.1, 3.0 and 3.1."""

from __future__ import annotations

from typing import Any

from lxml import etree

from hub.model.dataset import Header

__all__ = ["close_header", "open_header"]

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def open_header(root: Any, space: str, header: Header) -> Any:
    """Add the ``Header`` element and what stands first in it; returns it for the rest.

    ``space`` is the namespace of messages as lxml writes it before a name, in braces.
    """
    into = etree.SubElement(root, f"{space}Header")
    for name, text in (
        ("ID", header.id),
        ("Test", "true" if header.test else "false"),
        ("Prepared", header.prepared.isoformat(timespec="seconds")),
    ):
        etree.SubElement(into, f"{space}{name}").text = text
    etree.SubElement(into, f"{space}Sender", id=header.sender)
    if header.receiver:
        etree.SubElement(into, f"{space}Receiver", id=header.receiver)
    return into


def close_header(into: Any, space: str, header: Header) -> None:
    """Add what stands last in a header: behind the structures it refers to."""
    if header.source:
        source = etree.SubElement(into, f"{space}Source")
        source.text = header.source
        source.set(_LANG, "en")

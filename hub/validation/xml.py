"""SDMX-ML against the official schemas, without telling a fault twice.

What an XML Schema says about the values of components (a code, a number, a period, a dimension
left out) the checks of columns say too, in every format alike and with more to help. So only what
they cannot see is taken from the schema: elements, their order, attributes of the envelope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.formats import Format, by_name
from hub.messages.ml_envelope import open_envelope
from hub.model.findings import Finding, Report
from hub.structures.xsd_validation import validate_official, validate_specific

__all__ = ["check_schema"]

_SPECIFIC = frozenset({"StructureSpecificData", "StructureSpecificTimeSeriesData"})
_OF_VALUES = frozenset({"XSD_VALUE", "XSD_ATTRIBUTE_MISSING"})
_OF_COLUMNS = frozenset({"COMPONENT_UNKNOWN", "COMPONENT_MISPLACED"})


def check_schema(
    report: Report,
    path: Path,
    format_: Format | str,
    resolver: SchemaResolver,
    *,
    file: str | None = None,
) -> None:
    """Add to the report of an SDMX-ML message what the official schema finds beside it.

    Nothing is added for other formats (SDMX-ML 2.0 is among them: its compact schemas are made from
    structures of its own time), nor for a message that is not well formed. ``path``,
    ``format_``, ``resolver`` and ``file`` are those of :func:`hub.validation.check_file`.
    """
    chosen = by_name(format_) if isinstance(format_, str) else format_
    covered = chosen.name.startswith("sdmx-ml") and chosen.version != "2.0"
    if not covered or any(f.rule == "MESSAGE_SYNTAX" for f in report):
        return
    told = {f.component for f in report if f.rule in _OF_COLUMNS}
    try:
        for finding in _faults(path, chosen, resolver):
            if finding.rule != "XSD_ATTRIBUTE_UNKNOWN" or finding.component not in told:
                report.add(replace(finding, file=file))
    except RequestSyntaxError as error:
        report.add(Finding("XSD", error.message, file=file, found=error.message))


def _faults(path: Path, format_: Format, resolver: SchemaResolver) -> Iterator[Finding]:
    if "-generic" in format_.name:
        for finding in validate_official(path, format_.version):
            # The schema of generic time series knows the form of a time.
            if (finding.rule, finding.component) != ("XSD_VALUE", "value"):
                yield finding
        return
    schemas = open_envelope(path, resolver, _SPECIFIC).schemas
    known = {name for schema in schemas.values() for name in schema.by_id}
    for finding in validate_specific(path, schemas):
        if finding.rule not in _OF_VALUES or finding.component not in known:
            yield finding

"""Structure-specific data messages against the official schemas and those of their structures.

The message is streamed through libxml2, with memory bounded by a chunk. libxml2 does not tell the
line of a fault when it streams, so only when there are faults the parts of the file they are in
are read a second time, element by element, and the lines counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lxml import etree

from dsd.xsd import data_schema_xsd
from hub.errors import RequestSyntaxError
from hub.model.findings import Finding, Severity
from hub.model.schema import DataSchema
from hub.structures.xsd_official import compile_with, compiled, faults, message_path
from hub.xml_safe import CHUNK, parser, prolog, refuse_doctype, syntax_error, until

__all__ = ["MAX_FAULTS", "validate_official", "validate_specific"]

#: Faults after which a message is not read on; the report says so.
MAX_FAULTS = 1000

_MESSAGE = re.compile(
    r"^\{http://www\.sdmx\.org/resources/sdmxml/schemas/v(\d)_(\d)/message\}(.*)$"
)
_DELETE = re.compile(rb"""action\s*=\s*["']Delete["']""")


@dataclass(frozen=True, slots=True)
class _Part:
    """A structure the header declares."""

    namespace: str
    at_observation: str
    schema: DataSchema


def validate_specific(
    path: Path, schemas: DataSchema | Mapping[str, DataSchema], *, limit: int = MAX_FAULTS
) -> Iterator[Finding]:
    """Faults of a structure-specific message of SDMX-ML 2.1 or 3.0, each with its line.

    ``schemas`` is the schema of all datasets, or one for each ``structureID`` of the header. After
    ``limit`` faults the check stops with a finding that says so. Raises ``RequestSyntaxError`` when
    the message is not well formed, declares a DTD, or is no structure-specific message.
    """
    refuse_doctype(prolog(path))
    root, _ = until(path, "DataSet")
    match = _MESSAGE.match(root.tag)
    if match is None or not match[3].startswith("StructureSpecific"):
        raise RequestSyntaxError(f"{root.tag} is not a structure-specific message.")
    version = f"{match[1]}.{match[2]}"
    schema = _compile(version, list(_parts(root, schemas)), deletion=_deletes(path))
    yield from _faults(path, schema, limit)


def validate_official(path: Path, version: str, *, limit: int = MAX_FAULTS) -> Iterator[Finding]:
    """Faults of any message against the official schema alone (generic data), each with its line.

    ``version`` is that of SDMX-ML. Raises ``RequestSyntaxError`` when the message is not well
    formed or declares a DTD.
    """
    refuse_doctype(prolog(path))
    yield from _faults(path, compiled(version), limit)


def _faults(path: Path, schema: etree.XMLSchema, limit: int) -> Iterator[Finding]:
    counts, found = _first_pass(path, schema, limit)
    if not found:
        return
    lines = _lines(path, schema, counts)
    for index, finding in found[:limit]:
        yield replace(finding, line=lines.get(index))
    if len(found) > limit:
        yield Finding(
            rule="XSD_LIMIT",
            severity=Severity.NOTE,
            message=f"There are more than {limit} faults; the check of the XML stopped there.",
        )


def _parts(root: Any, schemas: DataSchema | Mapping[str, DataSchema]) -> Iterator[_Part]:
    seen = set()
    for element in root.iter("{*}Structure"):
        identifier, namespace = element.get("structureID", ""), element.get("namespace", "")
        schema = schemas if isinstance(schemas, DataSchema) else schemas.get(identifier)
        if schema is not None and namespace and namespace not in seen:
            seen.add(namespace)
            yield _Part(namespace, _at_observation(element, schema), schema)


def _at_observation(element: Any, schema: DataSchema) -> str:
    given: str = element.get("dimensionAtObservation") or "AllDimensions"
    if given != "AllDimensions" and given not in schema.key:
        raise RequestSyntaxError(
            f"dimensionAtObservation is {given!r}, which {schema.structure} does not have."
        )
    return given


def _compile(version: str, parts: list[_Part], *, deletion: bool) -> etree.XMLSchema:
    folder = message_path(version).parent.as_posix()
    documents = {
        part.namespace: data_schema_xsd(
            part.schema,
            namespace=part.namespace,
            at_observation=part.at_observation,
            version=version,
            folder=folder,
            deletion=deletion,
        )
        for part in parts
    }
    try:
        return compile_with(version, documents)
    except etree.XMLSchemaParseError as error:  # a namespace of the message that cannot be one
        raise RequestSyntaxError(
            f"No schema can be made for the namespaces of the message: {error}."
        ) from None


def _deletes(path: Path) -> bool:
    """Whether a dataset of the message deletes: then dimensions may be left out."""
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if _DELETE.search(before + chunk.replace(b"\x00", b"")):
                return True
            before = chunk[-32:]
    return False


class _Nothing:
    """A parser target that keeps nothing."""

    def close(self) -> None:
        """End of the document."""


def _parser(schema: etree.XMLSchema) -> Any:
    return parser(schema=schema, target=_Nothing())


def _first_pass(
    path: Path, schema: etree.XMLSchema, limit: int
) -> tuple[list[int], list[tuple[int, Finding]]]:
    """Log entries after each chunk, and the faults with the index of their log entry."""
    into = _parser(schema)
    counts: list[int] = []
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                into.feed(chunk)
                counts.append(len(into.feed_error_log))
                if counts[-1] > 2 * limit:
                    return counts, list(faults(into.feed_error_log))
        into.close()
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    counts.append(len(into.feed_error_log))
    return counts, list(faults(into.feed_error_log))


def _lines(path: Path, schema: etree.XMLSchema, counts: list[int]) -> dict[int, int]:
    """Line of each entry of the error log, from a second pass over the chunks that have any."""
    into = _parser(schema)
    lines: dict[int, int] = {}
    line, known = 1, 0
    with path.open("rb") as file:
        for after in counts:
            chunk = file.read(CHUNK)
            if not chunk:
                break
            if after == known:
                into.feed(chunk)
                line += chunk.count(b"\n")
                continue
            for piece in _pieces(chunk):
                into.feed(piece)
                now = len(into.feed_error_log)
                start = piece.rfind(b"<")
                at = line + piece.count(b"\n", 0, start if start > 0 else 0)
                lines.update(dict.fromkeys(range(known, now), at))
                known = now
                line += piece.count(b"\n")
    lines.update(dict.fromkeys(range(known, counts[-1]), line))
    return lines


def _pieces(chunk: bytes) -> Iterator[bytes]:
    """A chunk cut after each ``>``."""
    start = 0
    while (end := chunk.find(b">", start)) >= 0:
        yield chunk[start : end + 1]
        start = end + 1
    if start < len(chunk):
        yield chunk[start:]

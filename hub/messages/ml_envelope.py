"""What stands before the first observation of an SDMX-ML data message, for every version.

Source: SDMX 2.1 Section 3A (Message), SDMX 3.0 ``SDMXMessage.xsd``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.model.dataset import Action, Header
from hub.model.schema import DataSchema, StructureRef
from hub.xml_safe import prolog, refuse_doctype, until

__all__ = [
    "ACTIONS",
    "NAMESPACES",
    "Envelope",
    "action",
    "local",
    "open_envelope",
    "read_header",
]

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/"
NAMESPACES = {
    version: {
        "mes": f"{_BASE}{version}/message",
        "com": f"{_BASE}{version}/common",
        "gen": f"{_BASE}{version}/data/generic",
        "ss": f"{_BASE}{version}/data/structurespecific",
        "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    }
    for version in ("v2_1", "v3_0", "v3_1")
}

#: Actions as messages of any version spell them, in lower case (2.1 Append and Information merge).
ACTIONS = {
    "append": Action.MERGE,
    "information": Action.MERGE,
    "merge": Action.MERGE,
    "replace": Action.REPLACE,
    "delete": Action.DELETE,
}


@dataclass
class Envelope:
    """Header of a message, and the structures its datasets refer to by ``structureID``."""

    path: Path
    root: str
    namespaces: dict[str, str]
    header: Header
    default_action: Action | None = None
    schemas: dict[str, DataSchema] = field(default_factory=dict)
    dimension_at_observation: dict[str, str] = field(default_factory=dict)
    has_data: bool = False

    def schema_of(self, attributes: Mapping[str, str]) -> DataSchema:
        """The schema a ``DataSet`` element refers to.

        Raises ``RequestSyntaxError`` when the reference names no structure of the header.
        """
        reference = self._reference(attributes)
        if reference not in self.schemas:
            raise RequestSyntaxError(
                f"A DataSet refers to structure {reference!r}, which the header does not declare. "
                "Use the structureID of a Structure element of the header."
            )
        return self.schemas[reference]

    def observation_dimension(self, attributes: Mapping[str, str]) -> str:
        """The ``dimensionAtObservation`` declared for a ``DataSet`` element."""
        return self.dimension_at_observation[self._reference(attributes)]

    def action_of(self, attributes: Mapping[str, str]) -> Action:
        """The action of a ``DataSet``: its own, else the header's, else merge (the default)."""
        for name, value in attributes.items():
            if local(name) == "action":
                return action(value)
        return self.default_action or Action.MERGE

    def _reference(self, attributes: Mapping[str, str]) -> str:
        for name, value in attributes.items():
            if local(name) == "structureRef":
                return value
        if len(self.schemas) == 1:
            return next(iter(self.schemas))
        raise RequestSyntaxError("A DataSet has no structureRef, so its structure is unknown.")


def local(tag: str) -> str:
    """A tag or attribute name without its namespace."""
    return tag.rpartition("}")[2]


def action(text: str) -> Action:
    """The action a message names; ``RequestSyntaxError`` when no version of SDMX has it."""
    try:
        return ACTIONS[text.lower()]
    except KeyError:
        raise RequestSyntaxError(
            f"The action {text!r} is not one of {', '.join(sorted(ACTIONS))}."
        ) from None


def open_envelope(path: Path, resolver: SchemaResolver, roots: frozenset[str]) -> Envelope:
    """Read a message up to its first ``DataSet``.

    Raises
    ------
    RequestSyntaxError
        Not well formed, a DTD, another kind of message, or no usable structure in the header.
    NotFound
        The header names a structure the hub does not have.
    """
    refuse_doctype(prolog(path))
    root, reached = until(path, "DataSet")
    name = local(root.tag)
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    version = namespace.removeprefix(_BASE).partition("/")[0]
    if name not in roots or version not in NAMESPACES:
        raise RequestSyntaxError(
            f"The root element is {name} of {namespace or 'no namespace'}; expected one of "
            f"{', '.join(sorted(roots))} of SDMX-ML."
        )
    spaces = NAMESPACES[version]
    element = root.find("mes:Header", spaces)
    if element is None:
        raise RequestSyntaxError("The message has no Header.")
    envelope = Envelope(path, name, spaces, read_header(element, spaces), has_data=reached)
    given = element.findtext("mes:DataSetAction", None, spaces)
    envelope.default_action = action(given.strip()) if given else None
    for structure in element.findall("mes:Structure", spaces):
        identifier = structure.get("structureID", "")
        envelope.schemas[identifier] = _schema(structure, resolver)
        envelope.dimension_at_observation[identifier] = structure.get(
            "dimensionAtObservation", "AllDimensions"
        )
    if reached and not envelope.schemas:
        raise RequestSyntaxError("The header declares no Structure, so the data cannot be read.")
    return envelope


def read_header(element: etree._Element, spaces: dict[str, str]) -> Header:
    """The ``Header`` element of a message of any version; ``spaces`` gives ``mes``."""

    def text(name: str) -> str | None:
        found = element.findtext(f"mes:{name}", None, spaces)
        return found.strip() if found else None

    def organisation(name: str) -> str | None:
        found = element.find(f"mes:{name}", spaces)
        return None if found is None else found.get("id")

    return Header(
        id=text("ID") or "",
        sender=organisation("Sender") or "",
        prepared=_instant(text("Prepared")),
        test=(text("Test") or "false") in ("true", "1"),
        receiver=organisation("Receiver"),
        source=text("Source"),
    )


def _instant(text: str | None) -> datetime:
    if not text:
        raise RequestSyntaxError("The header has no Prepared time.")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RequestSyntaxError(f"Prepared in the header is not a time: {text!r}.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _schema(structure: etree._Element, resolver: SchemaResolver) -> DataSchema:
    for element in structure:
        kind = local(element.tag)
        if kind not in ("StructureUsage", "Structure", "ProvisionAgrement", "ProvisionAgreement"):
            continue
        reference, urn_class = _reference(element)
        if kind.startswith("Provision") or urn_class == "ProvisionAgreement":
            return resolver.agreement(reference.agency, reference.id, reference.version)
        if kind == "Structure" or urn_class == "DataStructure":
            return resolver.structure(reference.agency, reference.id, reference.version)
        return resolver.dataflow(reference.agency, reference.id, reference.version)
    raise RequestSyntaxError(
        "A Structure of the header refers to no dataflow, data structure or provision agreement."
    )


def _reference(element: etree._Element) -> tuple[StructureRef, str | None]:
    """A 2.1 ``Ref`` or ``URN``, or the plain URN text of 3.x."""
    ref = element.find("{*}Ref")
    if ref is None:
        ref = element.find("Ref")
    if ref is not None:
        return StructureRef(
            ref.get("agencyID", ""), ref.get("id", ""), ref.get("version", "1.0")
        ), ref.get("class")
    urn = element.findtext("{*}URN") or element.findtext("URN") or element.text or ""
    head, _, tail = urn.strip().partition("=")
    try:
        return StructureRef.parse(tail), head.rpartition(".")[2]
    except ValueError:
        raise RequestSyntaxError(
            f"A Structure of the header refers to {urn!r}, not a URN or Ref of a structure."
        ) from None

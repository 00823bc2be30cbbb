"""What stands before the observations of an SDMX-ML 2.0 message, and which structure it means.

Version 2.0 has no URN of a dataflow. A message may name one by attributes of ``DataSet``, a key
family (the data structure of later versions) in its header, in ``KeyFamilyRef`` or in the
namespace of a compact ``DataSet``; or none at all, and then the caller has to name the dataflow.
Source: SDMX 2.0, ``SDMXMessage.xsd``, ``SDMXCompactData.xsd``, ``SDMXGenericData.xsd``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.messages.api import NamedDataflow, SchemaResolver
from hub.messages.columns import map_values
from hub.messages.ml_envelope import Envelope, action, local, read_header
from hub.model.dataset import Block, Header
from hub.model.findings import Finding, Severity
from hub.model.schema import DataSchema
from hub.xml_safe import prolog, refuse_doctype, until

__all__ = ["Envelope20", "open_envelope", "with_times", "without_time_format"]

_MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_0/message"

#: The attribute that 2.0 demands of every series and later versions dropped.
_TIME_FORMAT = "TIME_FORMAT"

_KEY_FAMILY = re.compile(
    r"KeyFamily=(?P<agency>[^:]+):(?P<id>[^:()]+)(?:\((?P<in>[^)]+)\)|:(?P<version>\d[\d.]*))?"
)
#: Forms of 2.0 that later versions write otherwise: weeks of one digit, half-years called B.
_WEEK = re.compile(r"(\d{4}-W)(\d)")
_HALF = re.compile(r"(\d{4})-B([12])")


@dataclass
class Envelope20(Envelope):
    """Header of a 2.0 message; ``key_family`` and ``space`` are what the reader has met last."""

    resolver: SchemaResolver | None = None
    #: Agency and id of the key family that the header names.
    named: tuple[str | None, str] | None = None
    key_family: str | None = None
    space: str = ""
    known: dict[tuple[str | None, ...], DataSchema] = field(default_factory=dict)

    def schema_of(self, attributes: Mapping[str, str]) -> DataSchema:
        """The schema of a ``DataSet``: the caller's, the dataflow's or the key family's.

        Raises ``RequestSyntaxError`` when nothing names one, ``NotFound`` for an unknown one.
        """
        assert self.resolver is not None
        if isinstance(self.resolver, NamedDataflow):
            return self.resolver.schema
        flow = attributes.get("dataflowAgencyID"), attributes.get("dataflowID")
        asked = (*flow, self.key_family, self.space, attributes.get("keyFamilyURI"))
        if asked not in self.known:
            self.known[asked] = self._find(attributes)
        return self.known[asked]

    def observation_dimension(self, attributes: Mapping[str, str]) -> str:
        """Observations of 2.0 are always by time."""
        time = self.schema_of(attributes).time
        return time.id if time is not None else "AllDimensions"

    def _find(self, attributes: Mapping[str, str]) -> DataSchema:
        assert self.resolver is not None
        flow = attributes.get("dataflowID")
        if flow:
            return self.resolver.dataflow(attributes.get("dataflowAgencyID"), flow, None)
        for text in (attributes.get("keyFamilyURI"), self.space):
            if match := _KEY_FAMILY.search(text or ""):
                version = match["in"] or match["version"]
                return self.resolver.structure(match["agency"], match["id"], version)
        agency, id_ = self.named or (None, None)
        if self.key_family:
            return self.resolver.structure(
                agency if id_ in (None, self.key_family) else None, self.key_family, None
            )
        if id_:
            return self.resolver.structure(agency, id_, None)
        raise RequestSyntaxError(
            "The SDMX-ML 2.0 message names neither a dataflow nor a key family: say which dataflow "
            "its data belong to (AGENCY:ID(VERSION))."
        )


def open_envelope(path: Path, resolver: SchemaResolver, root: str) -> Envelope20:
    """Read a 2.0 message up to its first ``DataSet``; ``root`` is the root element it must have.

    Raises ``RequestSyntaxError`` for a document that is not well formed, has a DTD, or is another
    kind of message. The structure is looked for when the data are read.
    """
    refuse_doctype(prolog(path))
    top, reached = until(path, "DataSet")
    namespace = top.tag[1:].partition("}")[0] if top.tag.startswith("{") else ""
    if local(top.tag) != root or namespace.lower() != _MESSAGE:
        raise RequestSyntaxError(
            f"The root element is {local(top.tag)} of {namespace or 'no namespace'}; expected "
            f"{root} of SDMX-ML 2.0."
        )
    spaces = {"mes": namespace}
    element = top.find("mes:Header", spaces)
    if element is None:
        raise RequestSyntaxError("The message has no Header.")
    header: Header = read_header(element, spaces)
    envelope = Envelope20(path, root, spaces, header, has_data=reached, resolver=resolver)
    given = element.findtext("mes:DataSetAction", None, spaces)
    envelope.default_action = action(given.strip()) if given else None
    family = (element.findtext("mes:KeyFamilyRef", None, spaces) or "").strip()
    agency = (element.findtext("mes:KeyFamilyAgency", None, spaces) or "").strip()
    envelope.named = (agency or None, family) if family else None
    for dataset in top.iter("{*}DataSet"):
        envelope.space = dataset.tag[1:].partition("}")[0]
        break
    return envelope


def with_times(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, with times as later versions write them (``2000-W05``, ``2000-S1``)."""
    for block in blocks:
        time, batch = block.schema.time, block.batch
        if time is not None and time.id in batch.schema.names:
            place = batch.schema.get_field_index(time.id)
            column = map_values(batch.column(place), lambda texts: [_time(t) for t in texts])
            batch = batch.set_column(place, batch.schema.field(place), column)
        yield replace(block, batch=batch)


def _time(text: str) -> str:
    if match := _WEEK.fullmatch(text):
        return f"{match[1]}0{match[2]}"
    if match := _HALF.fullmatch(text):
        return f"{match[1]}-S{match[2]}"
    return text


def without_time_format(findings: list[Finding]) -> None:
    """Turn the fault that ``TIME_FORMAT`` is no component into a note: 2.0 demands it."""
    for place, finding in enumerate(findings):
        if finding.rule == "COMPONENT_UNKNOWN" and finding.component == _TIME_FORMAT:
            findings[place] = replace(
                finding,
                rule="TIME_FORMAT_LEFT_OUT",
                severity=Severity.NOTE,
                message="SDMX 2.0 states the form of its times in TIME_FORMAT. The structure has "
                "no such attribute, and the times say it themselves: it is left out.",
                expected=None,
            )

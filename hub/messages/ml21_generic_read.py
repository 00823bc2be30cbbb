"""Reader of generic data, SDMX-ML 2.1 (both the plain and the time-series root).

As with structure-specific data there is a plain way (``ml21_generic_plain``) for the layout nearly
every message has, and the exact way here, one Python call per element, for all others.
Source: SDMX 2.1 Section 3A, ``SDMXDataGeneric.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.messages import ml21_generic_plain
from hub.messages.api import SchemaResolver
from hub.messages.ml_columns import XmlLocator
from hub.messages.ml_envelope import Envelope, local, open_envelope
from hub.messages.ml_native import WellFormed
from hub.messages.ml_rows import Rows
from hub.messages.ml_target import ElementTarget, element_blocks
from hub.messages.one_value import as_read
from hub.model.dataset import Block, DataMessage
from hub.model.findings import Finding

__all__ = ["GenericTarget", "read"]

_ROOTS = frozenset({"GenericData", "GenericTimeSeriesData"})


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open a generic data message; raises as ``ml_specific_read.read`` does."""
    envelope = open_envelope(path, resolver, _ROOTS)
    findings: list[Finding] = []
    blocks = as_read(_blocks(envelope, findings))
    return DataMessage(envelope.header, blocks, XmlLocator(path), findings)


def _blocks(envelope: Envelope, findings: list[Finding]) -> Iterator[Block]:
    if not envelope.has_data:
        return
    check = WellFormed(envelope.path)
    try:
        layout = ml21_generic_plain.survey(envelope)
        if layout is not None:
            yield from ml21_generic_plain.blocks(envelope, layout, check, findings)
            return
    finally:
        check.cancel()
    yield from element_blocks(GenericTarget(envelope), findings)


class GenericTarget(ElementTarget):
    """Collects values of generic data; ``into`` is what the next ``Value`` elements fill."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope)
        self.into: dict[str, str] = {}
        self.observation: dict[str, str] | None = None
        self.series: dict[str, str] | None = None
        self.series_empty = False
        self.group: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.attached: list[tuple[dict[str, str], dict[str, str]]] = []
        self.dataset: dict[str, str] = {}
        self.dimension = ""
        self.numbers = {"Value": 0, "ObsDimension": 0}
        self._starts = {
            "DataSet": self._dataset,
            "Series": self._series,
            "Obs": self._obs,
            "Group": self._group,
            "GroupKey": self._group_key,
            "Attributes": self._attributes,
            "Value": self._value,
            "ObsDimension": self._obs_dimension,
            "ObsValue": self._obs_value,
        }
        self._ends = {"Series": self._series_ends, "Obs": self._obs_ends, "Group": self._group_ends}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Start of an element."""
        handler = self._starts.get(local(tag))
        if handler is not None and (self.rows is not None or handler == self._dataset):
            handler(attributes)

    def end(self, tag: str) -> None:
        """End of an element."""
        handler = self._ends.get(local(tag))
        if handler is not None and self.rows is not None:
            handler()

    def _dataset(self, attributes: Mapping[str, str]) -> None:
        given = dict(attributes)
        rows = Rows(self.envelope.schema_of(given), self.envelope.action_of(given))
        self.begin(rows)
        self.dimension = self.envelope.observation_dimension(given)
        self.attached = []
        self.dataset = self.into = rows.series[0]
        self.series = self.observation = None

    def _series(self, _: Mapping[str, str]) -> None:
        assert self.rows is not None
        self.series = self.into = dict(self.dataset)
        self.rows.series.append(self.series)
        self.series_empty = True

    def _obs(self, _: Mapping[str, str]) -> None:
        if self.series is not None and self.series_empty:
            self._match(self.series)
        self.series_empty = False
        self.observation = self.into = {}

    def _obs_ends(self) -> None:
        assert self.rows is not None and self.observation is not None
        if self.series is None and self.attached:
            self._match(self.observation)
        self.rows.add(self.observation)
        self.observation = None

    def _series_ends(self) -> None:
        assert self.rows is not None and self.series is not None
        if self.series_empty:
            self._match(self.series)
            self.rows.add({})
        self.series = None

    def _group(self, _: Mapping[str, str]) -> None:
        self.group = ({}, {})
        self.into = self.group[1]

    def _group_key(self, _: Mapping[str, str]) -> None:
        self.into = self.group[0]

    def _group_ends(self) -> None:
        self.attached.append(self.group)
        self.group = ({}, {})

    def _attributes(self, _: Mapping[str, str]) -> None:
        """The values that follow are attributes of what is open: observation, group, series."""
        if self.observation is not None:
            self.into = self.observation
        elif self.into is self.group[0]:
            self.into = self.group[1]

    def _value(self, attributes: Mapping[str, str]) -> None:
        self._give("Value", attributes.get("id", ""), attributes)

    def _obs_dimension(self, attributes: Mapping[str, str]) -> None:
        self._give("ObsDimension", attributes.get("id") or self.dimension, attributes)

    def _give(self, element: str, name: str, attributes: Mapping[str, str]) -> None:
        assert self.rows is not None
        if name in self.rows.schema.by_id:
            self.into[name] = attributes.get("value", "")
        else:
            self.misplaced[-1].note(element, name, self.numbers[element])
        self.numbers[element] += 1

    def _obs_value(self, attributes: Mapping[str, str]) -> None:
        assert self.rows is not None
        self.into[self.rows.schema.primary_measure.id] = attributes.get("value", "")

    def _match(self, given: dict[str, str]) -> None:
        """Give a series (or lone observation) the attributes of the groups it belongs to."""
        for dimensions, attributes in self.attached:
            if dimensions.items() <= given.items():
                for name, value in attributes.items():
                    given.setdefault(name, value)

"""The ``structure`` object of SDMX-JSON: components, and the values a message used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from hub.messages.api import LabelSource
from hub.messages.json_layout import Layout
from hub.messages.json_values import escape_id, is_id, written
from hub.model.periods import Form, parse
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef

__all__ = ["Describer", "flow_link"]

_URN = "urn:sdmx:org.sdmx.infomodel.datastructure."

#: Data types that SDMX-JSON 2.0 lets a ``format`` name (its schema, dimensionDataType).
_DATA_TYPES = re.compile(
    "String|Alpha|AlphaNumeric|Numeric|BigInteger|Integer|Long|Short|Decimal|Float|Double|Boolean"
    "|URI|Count|(Inclusive|Exclusive)ValueRange|Incremental"
    "|(Observational|Standard|Basic|Gregorian|Reporting)TimePeriod|Gregorian(Year|YearMonth|Day)"
    "|Reporting(Year|Semester|Trimester|Quarter|Month|Week|Day)|DateTime|TimeRange|Month|MonthDay"
    "|Day|Time|Duration|GeospatialInformation"
)


def flow_link(flow: StructureRef) -> dict[str, str]:
    """The link that says which dataflow something is about."""
    return {"urn": f"{_URN}Dataflow={flow}", "rel": "dataflow"}


class Describer:
    """Describes layouts in version 1.0 or 2.x of the format."""

    def __init__(self, source: LabelSource | None, *, version1: bool) -> None:
        self._source = source
        self._version1 = version1

    def structure(self, layout: Layout, datasets: Sequence[int]) -> dict[str, Any]:
        """The structure object of ``layout``; its values must be complete."""
        schema = layout.schema
        found: dict[str, Any] = {
            "links": [
                flow_link(schema.dataflow),
                {"urn": f"{_URN}DataStructure={schema.structure}", "rel": "structure"},
            ],
            "name": self._source.dataflow(schema) if self._source else schema.dataflow.id,
            "dimensions": {
                "dataSet": [],
                "series": self._all(layout, layout.series, self._dimension),
                "observation": self._all(layout, layout.observation, self._dimension),
            },
        }
        if not self._version1:
            measures = self._all(layout, layout.measures, self._measure)
            found["measures"] = {"observation": measures}
            found["dataSets"] = list(datasets)
        found["attributes"] = {
            "dataSet": self._all(layout, layout.dataset_attributes, self._attribute),
            "series": self._all(layout, layout.series_attributes, self._attribute),
            "observation": self._all(layout, layout.observation_attributes, self._attribute),
        }
        if layout.group_attributes:
            grouped = self._all(layout, layout.group_attributes, self._attribute)
            found["attributes"]["dimensionGroup"] = grouped
        return found

    def _all(
        self,
        layout: Layout,
        components: Sequence[Component],
        describe: Callable[[Layout, Component], dict[str, Any]],
    ) -> list[dict[str, Any]]:
        """Descriptions; a dimension that the message never used is left out."""
        described = []
        for component in components:
            is_key = component.role in (Role.DIMENSION, Role.TIME)
            if is_key and not len(layout.values[component.id]):
                continue
            name = self._source.component(layout.schema, component.id) if self._source else None
            basic = {"id": component.id, "name": name or component.id}
            described.append(basic | describe(layout, component))
        return described

    def _dimension(self, layout: Layout, component: Component) -> dict[str, Any]:
        found: dict[str, Any] = {"keyPosition": layout.schema.key.index(component.id)}
        if component.role is Role.TIME:
            found["roles"] = [component.id]
        if not self._version1 and component.codes is None:
            found |= _format(component)
        return found | {"values": self._values(layout, component)}

    def _measure(self, layout: Layout, component: Component) -> dict[str, Any]:
        found: dict[str, Any] = {"isMandatory": component.mandatory}
        if component.codes is None:
            found |= _format(component)
        return found | self._given(layout, component)

    def _attribute(self, layout: Layout, component: Component) -> dict[str, Any]:
        found: dict[str, Any] = {"relationship": self._relationship(layout.schema, component)}
        if self._version1:
            return found | {"values": self._values(layout, component)}
        found["isMandatory"] = component.mandatory
        if component.codes is None:
            found |= _format(component)
        return found | self._given(layout, component)

    def _given(self, layout: Layout, component: Component) -> dict[str, Any]:
        """``values`` where observations hold numbers of values; never an empty list (2.0)."""
        if component.id in layout.literals or not len(layout.values[component.id]):
            return {}
        return {"values": self._values(layout, component)}

    def _relationship(self, schema: DataSchema, component: Component) -> dict[str, Any]:
        if component.attached and not self._version1:
            return {"dimensions": list(component.attached)}  # a group has no name in data
        if component.level is Level.SERIES:
            return {"dimensions": list(schema.series_key)}
        if component.level is Level.DATASET:
            return {"none": {}} if self._version1 else {"dataflow": {}}
        if self._version1:
            return {"primaryMeasure": schema.primary_measure.id}
        return {"observation": {}}

    # -- values ----------------------------------------------------------------------------------

    def _values(self, layout: Layout, component: Component) -> list[dict[str, Any]]:
        names: Mapping[str, str] = {}
        if self._source is not None and component.codelist is not None:
            names = self._source.codes(component.codelist)
        entry = self._entry1 if self._version1 else self._entry2
        spans = component.role is Role.TIME
        return [
            entry(component, value, names) | (_span(layout.schema, value) if spans else {})
            for value in layout.values[component.id]
        ]

    @staticmethod
    def _entry1(component: Component, value: str, names: Mapping[str, str]) -> dict[str, Any]:
        name = {"name": names.get(value, value)}
        if component.role is Role.ATTRIBUTE and not is_id(value):
            return name
        return {"id": escape_id(value)} | name

    @staticmethod
    def _entry2(component: Component, value: str, names: Mapping[str, str]) -> dict[str, Any]:
        if component.codes is not None and is_id(value):
            return {"id": value, "name": names.get(value, value)}
        fragment = written(component, value)
        member = "values" if component.several and fragment.startswith("[") else "value"
        return {member: orjson.Fragment(fragment)}


def _format(component: Component) -> dict[str, Any]:
    if not _DATA_TYPES.fullmatch(component.text_type):
        return {}
    return {"format": {"dataType": component.text_type}}


def _span(schema: DataSchema, value: str) -> dict[str, str]:
    """First and last second of a time period, where ``value`` alone says which they are."""
    try:
        period = parse(value)
    except ValueError:
        return {}
    if period.form is Form.REPORTING and "REPORTING_YEAR_START_DAY" in schema.by_id:
        return {}
    end = period.end - timedelta(microseconds=1)
    return {
        "start": period.start.isoformat(timespec="seconds") + "Z",
        "end": end.isoformat(timespec="seconds") + "Z",
    }

"""The ``structure`` object of an SDMX-JSON message, understood: which numbers mean what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.json_flatten import text
from hub.messages.json_reference import find_schema
from hub.messages.json_values import unescape_id
from hub.model import several
from hub.model.findings import Finding
from hub.model.schema import Component, DataSchema, Role

_T = TypeVar("_T")

__all__ = ["Part", "Structure", "expect", "given_several", "several_texts"]


@dataclass(frozen=True)
class Part:
    """One component as the message lists it.

    ``values`` are the texts its numbers stand for; ``None`` when the data hold the values
    themselves. ``default`` is what a missing attribute means. ``position`` is the ``keyPosition``
    of a dimension.
    """

    id: str
    values: pa.StringArray | None
    default: str | None = None
    position: int | None = None


@dataclass(frozen=True)
class Structure:
    """The parts at each level, in the order of the numbers in keys and arrays."""

    schema: DataSchema
    dimensions: dict[str, list[Part]]
    measures: list[Part]
    attributes: dict[str, list[Part]]

    @classmethod
    def of(
        cls, found: dict[str, Any], resolver: SchemaResolver, other: Any, findings: list[Finding]
    ) -> Structure:
        """Understand the structure object ``found``; ``other`` may name the dataflow instead.

        Raises ``RequestSyntaxError`` when it is not formed like one, ``NotFound`` for an unknown
        dataflow.
        """
        schema = find_schema(resolver, found, other)
        reader = _Reader(schema, findings)
        dimensions = expect(found.get("dimensions", {}), dict, "structure.dimensions")
        attributes = expect(found.get("attributes", {}), dict, "structure.attributes")
        levels = ("dataSet", "series", "observation")
        if "measures" in found:
            measures = expect(found["measures"], dict, "structure.measures")
            shown = list(reader.parts(measures, "observation", "measures"))
        else:
            # Before 2.0 there is one measure, and it is not listed.
            shown = [Part(schema.primary_measure.id, None)]
        return cls(
            schema,
            {level: list(reader.parts(dimensions, level, "dimensions")) for level in levels},
            shown,
            {
                level: list(reader.parts(attributes, level, "attributes"))
                for level in (*levels, "dimensionGroup")
            },
        )


@dataclass(frozen=True)
class _Reader:
    schema: DataSchema
    findings: list[Finding]

    def parts(self, levels: dict[str, Any], level: str, what: str) -> Iterator[Part]:
        where = f"structure.{what}.{level}"
        for item in expect(levels.get(level) or [], list, where):
            entry = expect(item, dict, where)
            id_ = expect(entry.get("id"), str, f"{where}[].id")
            component = self.schema.by_id.get(id_)
            values = entry.get("values")
            # An attribute of 1.0 that is never given lists no values and needs none.
            listed = None
            if values is not None:
                items = expect(values, list, f"{where} ({id_}).values")
                entries = [self._text(component, id_, item) for item in items]
                listed = pa.array(entries, pa.string())
            elif what == "dimensions":
                raise RequestSyntaxError(f"The dimension {id_} in {where} lists no values.")
            position = entry.get("keyPosition")
            yield Part(
                id_,
                listed,
                text(entry.get("default")) if what == "attributes" else None,
                position if isinstance(position, int) else None,
            )

    def _text(self, component: Component | None, id_: str, entry: Any) -> str | None:
        """What one entry of ``values`` stands for."""
        if component is not None and component.several:
            return several_texts(_entry_value(entry))
        if not isinstance(entry, dict):
            return text(entry)
        if "value" in entry or "values" in entry:
            value = entry.get("value", entry.get("values"))
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if isinstance(value, dict | list):
                self._several(id_)
            return text(value)
        id_text, name = text(entry.get("id")), text(entry.get("name"))
        if id_text is None or component is None or component.codes is not None:
            return id_text if id_text is not None else name
        if component.role is Role.ATTRIBUTE:
            return name if name is not None else id_text
        # A value that cannot be an id stands in the name; see json_values.escape_id.
        return name if name is not None and unescape_id(id_text) == name else id_text

    def _several(self, id_: str) -> None:
        finding = given_several(id_)
        if finding not in self.findings:
            self.findings.append(finding)


def given_several(id_: str) -> Finding:
    """The finding about a component that takes one value and is given a list or an object."""
    return Finding(
        "VALUE_MULTIPLE",
        f"{id_} is given several values, or one in several languages; give it one.",
        component=id_,
    )


def _entry_value(entry: Any) -> Any:
    """What stands in an entry of ``values``, whichever way it is said."""
    if not isinstance(entry, dict):
        return entry
    return next((entry[k] for k in ("value", "values", "id", "name") if k in entry), None)


def several_texts(value: Any) -> str | None:
    """The text of one or several JSON values, as :mod:`hub.model.several` keeps them."""
    values = value if isinstance(value, list) else [value]
    return several.join([t for t in map(text, values) if t is not None])


def expect(value: Any, kind: type[_T], where: str) -> _T:
    """``value`` if it is of ``kind``; else ``RequestSyntaxError`` that names ``where``."""
    if not isinstance(value, kind):
        words = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}
        raise RequestSyntaxError(f"{where} must be {words[kind]}.")
    return value

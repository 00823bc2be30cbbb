"""Structure-specific JSON Schemas: what a data message of one structure may look like in SDMX-JSON.

The official schema of SDMX-JSON leaves components and codes open, as every message describes its
own. The schema made here asks for the official one and says besides which components may be
described where, and which values they may list. Observations are numbers of those values, so a code
that is not valid has no place in the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dsd.xsd import ALL_DIMENSIONS
from dsd.xsd_parts import ComponentView, SchemaView

__all__ = ["data_schema_json"]

Json = dict[str, Any]

#: The draft of JSON Schema that the official schema of a version is written in.
_DRAFTS = {
    "2.0": "http://json-schema.org/draft-07/schema#",
    "2.1": "https://json-schema.org/draft/2019-09/schema",
}


def data_schema_json(
    schema: SchemaView,
    *,
    title: str,
    at_observation: str,
    version: str,
    folder: str,
    deletion: bool = False,
) -> Json:
    """The JSON Schema of data messages of ``schema``.

    ``at_observation`` is a dimension id or ``AllDimensions``; ``version`` is ``2.0`` or ``2.1``;
    ``folder`` is where the official schema is, for the reference; with ``deletion`` no dimension is
    required, as in messages that delete. Raises ``ValueError`` when the structure has no dimension
    called ``at_observation``.
    """
    key = [*schema.dimensions, *([schema.time] if schema.time else [])]
    at = [d for d in key if d.id == at_observation]
    flat = at_observation == ALL_DIMENSIONS
    if not at and not flat:
        raise ValueError(f"the structure has no dimension {at_observation!r}")
    lists: Json = {}
    levels = {
        "dataSet": _described(key, lists),
        "series": _described([] if flat else [d for d in key if d not in at], lists),
        "observation": _described(key if flat else at, lists),
    }
    dimensions: Json = {"type": "object", "properties": levels}
    if not deletion:
        dimensions["allOf"] = [_somewhere(d.id, list(levels)) for d in key]
    attributes = _described(schema.attributes, lists, sentinels=True)
    measures = _described(schema.measures, lists, sentinels=True)
    structure = {
        "type": "object",
        "properties": {
            "dimensions": dimensions,
            "measures": {"properties": {"observation": measures}},
            "attributes": {
                "properties": dict.fromkeys(
                    ("dataSet", "dimensionGroup", "series", "observation"), attributes
                )
            },
        },
    }
    data = {"properties": {"structures": {"items": {"$ref": "#/definitions/structure"}}}}
    return {
        "$schema": _DRAFTS[version],
        "title": title,
        "allOf": [
            {"$ref": f"{folder}/sdmx-json-data-schema.json"},
            {"properties": {"data": data}},
        ],
        "definitions": {"structure": structure, **lists},
    }


def _described(
    components: Sequence[ComponentView], lists: Json, *, sentinels: bool = False
) -> Json:
    """An array that describes some of ``components`` and no others.

    With ``sentinels`` (not for dimensions) values may be missing on purpose.
    """
    if not components:
        return {"type": "array", "maxItems": 0}
    rules = []
    for component in components:
        values = _values(component, lists, (component.missing,) if sentinels else ())
        if values:
            rules.append(
                {
                    "if": {"properties": {"id": {"const": component.id}}},
                    "then": {"properties": {"values": {"items": values}}},
                }
            )
    ids: Json = {"properties": {"id": {"enum": [c.id for c in components]}}, "required": ["id"]}
    return {"type": "array", "items": ids | ({"allOf": rules} if rules else {})}


def _values(component: ComponentView, lists: Json, missing: tuple[str, ...]) -> Json:
    """What a value of a component may be; codes are written once for all that share them."""
    if component.codes is None:
        facets = component.facets
        limits = {
            "minLength": facets.min_length,
            "maxLength": facets.max_length,
            "pattern": None if facets.pattern is None else f"^(?:{facets.pattern})$",
        }
        given = {name: limit for name, limit in limits.items() if limit is not None}
        if not given:
            return {}
        value = {"anyOf": [given, {"enum": list(missing)}]} if missing else given
        several = {"values": {"items": value}} if component.several else {}
        return {"properties": {"value": value, **several}}
    codes = [*component.codes, *missing]
    name = next((n for n, known in lists.items() if known["enum"] == codes), None)
    if name is None:
        name = f"{component.id}.Code"
        lists[name] = {"enum": codes}
    reference = {"$ref": f"#/definitions/{name}"}
    # What is no id in JSON (codes of value lists) is given as a value.
    forms = [
        {"properties": {"id": reference}, "required": ["id"]},
        {"properties": {"value": reference}, "required": ["value"]},
    ]
    if component.several:
        forms.append({"properties": {"values": {"items": reference}}, "required": ["values"]})
    return {"anyOf": forms}


def _somewhere(id_: str, levels: Sequence[str]) -> Json:
    """That one of the levels describes a dimension."""
    has = {"contains": {"properties": {"id": {"const": id_}}, "required": ["id"]}}
    return {"anyOf": [{"properties": {at: has}, "required": [at]} for at in levels]}

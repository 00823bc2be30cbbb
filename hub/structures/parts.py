"""An artefact taken apart into plain facts, so that two of them can be compared.

A part is the artefact itself, an item, a component, a group, a region of a constraint... Each has
a kind, a path that names it within the artefact, and facts: a name and a text each. Facts whose
name ends in ``>`` are references. Works on artefacts of sdmx1 and on those the hub keeps as trees.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.structures.kinds import Artefact, Key, item_path, key_of, kind_of, scheme_of
from hub.structures.ml21_dsd import text_format

__all__ = ["ARTEFACT", "Part", "parts_of", "reference_text"]

#: Kind of the part that is the artefact itself.
ARTEFACT = "artefact"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``facts`` are texts by name; what is not stated is not there."""

    kind: str
    path: str
    facts: Mapping[str, str] = field(default_factory=dict)


def reference_text(target: Any) -> str:
    """``kind AGENCY:ID(VERSION)``, with a dot and the path when ``target`` is an item."""
    if hasattr(target, "maintainer"):
        return _key_text(key_of(target))
    return f"{_key_text(key_of(scheme_of(target)))}.{item_path(target)}"


def _key_text(key: Key) -> str:
    return f"{key.kind} {key.ref}"


def parts_of(artefact: Artefact) -> Iterator[Part]:
    """All parts of an artefact, the artefact itself first, the others in their order."""
    tree = getattr(artefact, "tree", None)
    if isinstance(tree, Mapping):
        yield from _tree(ARTEFACT, "", tree)
        return
    kind = kind_of(artefact).name
    facts = dict(_maintained(artefact))
    own = _OWN.get(kind)
    if own is not None:
        facts.update((name, text) for name, text in own(artefact) if text)
    yield Part(ARTEFACT, "", facts)
    if hasattr(artefact, "items"):
        yield from _items(artefact)
    elif kind in _INSIDE:
        yield from _INSIDE[kind](artefact)


# What everything has


def _texts(name: str, text: Any) -> Iterator[tuple[str, str]]:
    for lang, value in sorted(text.localizations.items()):
        yield f"{name}:{lang}", value


def _annotations(source: Any) -> Iterator[tuple[str, str]]:
    for number, note in enumerate(source.annotations, 1):
        told = {
            "title": note.title,
            "type": note.type,
            "url": note.url,
            "text": dict(sorted(note.text.localizations.items())) if note.text else None,
        }
        shown = {k: v for k, v in told.items() if v}
        yield (
            f"annotation:{note.id or f'#{number}'}",
            json.dumps(shown, ensure_ascii=False, default=str),
        )


def _named(source: Any) -> Iterator[tuple[str, str]]:
    yield from _texts("name", source.name)
    yield from _texts("description", source.description)
    yield from _annotations(source)
    if source.uri:
        yield "uri", str(source.uri)


def _maintained(artefact: Artefact) -> Iterator[tuple[str, str]]:
    yield from _named(artefact)
    for name in ("valid_from", "valid_to", "service_url", "structure_url"):
        value = getattr(artefact, name, None)
        if value:
            yield name, str(value)
    for name in ("is_final", "is_partial"):
        if getattr(artefact, name, None):
            yield name, "true"


# Item schemes


def _items(scheme: Artefact) -> Iterator[Part]:
    kind = (kind_of(scheme).item or "item").lower()
    for item in scheme.items.values():
        facts = dict(_named(item))
        parent = item.parent
        if parent is not None and not hasattr(parent, "maintainer"):
            facts["parent"] = item_path(parent)
        facts.update(_representation(getattr(item, "core_representation", None)))
        for number, contact in enumerate(getattr(item, "contact", None) or (), 1):
            facts[f"contact:{number}"] = _contact(contact)
        yield Part(kind, item_path(item) if kind == "category" else item.id, facts)


def _contact(contact: Any) -> str:
    told = {
        "name": dict(contact.name.localizations),
        "department": dict(contact.org_unit.localizations),
        "role": dict(contact.responsibility.localizations),
        "telephone": contact.telephone,
        **{name: [str(v) for v in getattr(contact, name)] for name in ("fax", "x400", "uri")},
        "email": [str(v) for v in contact.email],
    }
    return json.dumps({k: v for k, v in told.items() if v}, ensure_ascii=False, sort_keys=True)


# Structures


def _representation(source: Any) -> Iterator[tuple[str, str]]:
    if source is None:
        return
    if source.enumerated is not None:
        yield "codelist>", reference_text(source.enumerated)
    if source.non_enumerated:
        for name, value in text_format(source.non_enumerated[0]).items():
            yield f"format:{name}", str(value)


def _components(dsd: Artefact) -> Iterator[Part]:
    dimensions = sorted(dsd.dimensions, key=lambda d: d.order if d.order is not None else 0)
    for dimension in dimensions:
        yield Part("dimension", dimension.id, dict(_component(dimension)))
    for group in dsd.group_dimensions.values():
        members = ",".join(d.id for d in group.components)
        yield Part("group", str(group.id), {"dimensions": members})
    for measure in dsd.measures:
        yield Part("measure", measure.id, dict(_component(measure)))
    for attribute in dsd.attributes:
        facts = dict(_component(attribute))
        facts["usage"] = getattr(attribute.usage_status, "name", "conditional")
        facts["attachment"] = _attachment(attribute.related_to)
        yield Part("attribute", attribute.id, facts)


def _component(source: Any) -> Iterator[tuple[str, str]]:
    yield from _annotations(source)
    if source.concept_identity is not None:
        yield "concept>", reference_text(source.concept_identity)
    if getattr(source, "concept_role", None) is not None:
        yield "role>", reference_text(source.concept_role)
    yield from _representation(source.local_representation)


def _attachment(relation: Any) -> str:
    match type(relation).__name__:
        case "PrimaryMeasureRelationship" | "MeasureRelationship" | "ObservationRelationship":
            return "observation"
        case "DimensionRelationship":
            ids = ",".join(sorted(d.id for d in relation.dimensions))
            group = f" group {relation.group_key.id}" if relation.group_key is not None else ""
            return f"dimensions {ids}{group}"
        case "GroupRelationship":
            return f"group {relation.group_key.id}"
    return "dataset"


def _constraint(constraint: Artefact) -> Iterator[Part]:
    for target in constraint.content:
        yield Part("attached", reference_text(target))
    for number, region in enumerate(constraint.data_content_region, 1):
        sense = "included" if region.included is not False else "excluded"
        for component, member in region.member.items():
            inside = sense if member.included is not False else f"{sense}, without"
            path = f"{number}.{component.id}"
            yield Part("region", path, {"sense": inside})
            for value in member.values:
                text = str(value.value) if hasattr(value, "value") else repr(value)
                below = "true" if getattr(value, "cascade_values", None) else "false"
                yield Part("value", f"{path}={text}", {"sense": inside, "with_children": below})
    keys = constraint.data_content_keys
    for key in keys.keys if keys is not None else ():
        text = ",".join(f"{c.id}={v.value}" for c, v in key.key_value.items())
        yield Part("key", text, {"included": str(keys.included is not False).lower()})


def _role(constraint: Artefact) -> Iterator[tuple[str, str]]:
    role = getattr(getattr(constraint, "role", None), "role", None)
    yield "role", getattr(role, "name", "")


def _ends(*names: str) -> Callable[[Artefact], Iterator[tuple[str, str]]]:
    def find(artefact: Artefact) -> Iterator[tuple[str, str]]:
        for name in names:
            end = getattr(artefact, name)
            # a dataflow of sdmx1 always has a structure; without a maintainer it is not one
            if end is not None and getattr(end, "maintainer", end) is not None:
                yield f"{name}>", reference_text(end)

    return find


_OWN: dict[str, Callable[[Artefact], Iterator[tuple[str, str]]]] = {
    "dataflow": _ends("structure"),
    "provisionagreement": _ends("structure_usage", "data_provider"),
    "categorisation": _ends("artefact", "category"),
    "contentconstraint": _role,
}

_INSIDE: dict[str, Callable[[Artefact], Iterator[Part]]] = {
    "datastructure": _components,
    "contentconstraint": _constraint,
}


# Trees


def _tree(kind: str, path: str, node: Mapping[str, Any]) -> Iterator[Part]:
    facts: dict[str, str] = {}
    inside: list[Part] = []
    _fill(node, "", path, facts, inside)
    yield Part(kind, path, facts)
    yield from inside


_IDENTITY = frozenset({"id", "agencyID", "version", "links"})


def _fill(
    node: Mapping[str, Any], prefix: str, path: str, facts: dict[str, str], inside: list[Part]
) -> None:
    for name, value in node.items():
        if not prefix and name in _IDENTITY:
            continue
        if name in {"names", "descriptions"} and isinstance(value, Mapping):
            facts.update((f"{prefix}{name[:-1]}:{lang}", t) for lang, t in value.items())
        elif isinstance(value, Mapping):
            _fill(value, f"{prefix}{name}.", path, facts, inside)
            facts.setdefault(f"{prefix}{name}", "given") if not value else None
        elif isinstance(value, list):
            _listed(f"{prefix}{name}", value, path, facts, inside)
        else:
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            facts[f"{prefix}{name}{'>' if text.startswith('urn:sdmx:') else ''}"] = text


def _listed(
    name: str, value: list[Any], path: str, facts: dict[str, str], inside: list[Part]
) -> None:
    if name == "annotations":
        for number, note in enumerate(value, 1):
            text = json.dumps(note, ensure_ascii=False, sort_keys=True)
            facts[f"annotation:{note.get('id') or f'#{number}'}"] = text
        return
    for one in value:
        if isinstance(one, Mapping) and "id" in one:
            below = f"{path}.{one['id']}" if path else str(one["id"])
            inside.extend(_tree(name, below, one))
        else:
            text = one if isinstance(one, str) else json.dumps(one, sort_keys=True)
            inside.append(Part(name, f"{path}.{text}" if path else text))

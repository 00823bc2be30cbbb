"""An artefact taken apart into plain facts, so that two of them can be compared.

A part is the artefact itself, an item, a component, a group, a region of a constraint... Each has
a kind, a path that names it within the artefact, and facts: a name and a text each. Facts whose
name ends in ``>`` are references. Everything is read off the artefact's tree
(:mod:`hub.structures.trees`), so all kinds of artefacts are compared in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.structures.kinds import Artefact
from hub.structures.trees import tree_of

__all__ = ["ARTEFACT", "Part", "parts_of"]

#: Kind of the part that is the artefact itself.
ARTEFACT = "artefact"

Facts = dict[str, str]

#: What identifies a part, or is said by its place.
_IDENTITY = frozenset({"id", "agencyID", "version", "links", "position"})
#: Objects that only hold others.
_HOLDERS = frozenset({
    "dataStructureComponents", "dimensionList", "attributeList", "measureList",
    "metadataStructureComponents", "metadataAttributeList",
})  # fmt: skip
#: Objects told as one text, for they only make sense whole.
_WHOLE = frozenset({"attributeRelationship", "isoConceptReference"})
_SHORTER = (
    ("localRepresentation.", ""), ("coreRepresentation.", ""), ("enumerationFormat.", "format:"),
    ("format.", "format:"), ("enumeration>", "codelist>"), ("conceptIdentity>", "concept>"),
    ("attributeRelationship", "attachment"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``facts`` are texts by name; what is not stated is not there."""

    kind: str
    path: str
    facts: Mapping[str, str] = field(default_factory=dict)


def parts_of(artefact: Artefact) -> Iterator[Part]:
    """All parts of an artefact, the artefact itself first, the others in their order."""
    tree = tree_of(artefact)
    restrictions = [
        *_regions(tree.pop("cubeRegions", ())),
        *_keys(tree.pop("dataKeySets", ())),
        *_attached(tree.pop("constraintAttachment", {})),
    ]
    yield from _part(ARTEFACT, "", tree)
    yield from restrictions


def _part(kind: str, path: str, node: Mapping[str, Any]) -> Iterator[Part]:
    taken = _Taken(path)
    taken.take(node, "")
    yield Part(kind, path, taken.facts)
    yield from taken.inside


class _Taken:
    """What is taken from one object of a tree: its facts, and the parts inside it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.facts: Facts = {}
        self.inside: list[Part] = []

    def take(self, node: Mapping[str, Any], prefix: str) -> None:
        """Take all of ``node``; ``prefix`` is the way to it from the object."""
        for name, value in node.items():
            if name in _IDENTITY:
                continue
            if name in {"names", "descriptions"} and isinstance(value, Mapping):
                texts = {f"{prefix}{name[:-1]}:{lang}": text for lang, text in value.items()}
                self.facts.update(texts)
            elif name == "annotations":
                self.facts.update(_annotations(prefix, value))
            elif name in _WHOLE:
                self.facts[_short(f"{prefix}{name}")] = _json(value)
            elif isinstance(value, Mapping):
                self._object(name, value, prefix)
            elif isinstance(value, list):
                self._list(name, value, prefix)
            else:
                _fact(f"{prefix}{name}", value, self.facts)

    def _object(self, name: str, value: Mapping[str, Any], prefix: str) -> None:
        if name in _HOLDERS:
            self.take(value, prefix)
        elif "id" in value:
            self.inside.extend(_part(_one(name), _below(self.path, value["id"]), value))
        elif value:
            self.take(value, f"{prefix}{name}.")
        else:
            self.facts[_short(f"{prefix}{name}")] = "given"

    def _list(self, name: str, value: list[Any], prefix: str) -> None:
        if name == "contacts":
            self.facts.update((f"contact:{n}", _json(one)) for n, one in enumerate(value, 1))
        elif all(isinstance(one, str) for one in value):
            _fact(f"{prefix}{name}", ", ".join(value), self.facts)
        else:
            kind = _one(name)
            for one in value:
                if isinstance(one, Mapping) and "id" in one:
                    self.inside.extend(_part(kind, _below(self.path, one["id"]), one))
                else:
                    self.inside.append(Part(kind, _below(self.path, _json(one))))


def _fact(name: str, value: Any, facts: Facts) -> None:
    text = value if isinstance(value, str) else _json(value)
    facts[_short(f"{name}{'>' if text.startswith('urn:sdmx:') else ''}")] = text


def _short(name: str) -> str:
    for long, short in _SHORTER:
        name = name.replace(long, short)
    return name


def _annotations(prefix: str, notes: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for number, note in enumerate(notes, 1):
        yield f"{prefix}annotation:{note.get('id') or f'#{number}'}", _json(note)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _below(path: str, id_: object) -> str:
    return f"{path}.{id_}" if path else str(id_)


def _one(name: str) -> str:
    """The name of one member of a list: ``codes`` is a list of what is a ``code``."""
    known = {"categories": "category", "agencies": "agency", "hierarchies": "hierarchy"}
    if name in known:
        return known[name]
    if name.endswith("Categories"):
        return name[: -len("ies")] + "y"
    return name.removesuffix("s")


# Constraints: what they let in is a set, however it is written


def _regions(regions: list[Mapping[str, Any]]) -> Iterator[Part]:
    for number, region in enumerate(regions, 1):
        sense = "included" if region.get("include", True) else "excluded"
        for member in (*region.get("keyValues", ()), *region.get("components", ())):
            inside = sense if member.get("include", True) else f"{sense}, without"
            path = f"{number}.{member['id']}"
            told = {k: _json(member[k]) for k in ("timeRange", "removePrefix") if k in member}
            yield Part("region", path, {"sense": inside, **told})
            for value in member.get("values", ()):
                more = {k: _json(v) for k, v in value.items() if k != "value"}
                yield Part("value", f"{path}={value['value']}", {"sense": inside, **more})


def _keys(sets: list[Mapping[str, Any]]) -> Iterator[Part]:
    for one in sets:
        included = _json(bool(one.get("isIncluded", True)))
        for key in one.get("keys", ()):
            listed = (*key.get("keyValues", ()), *key.get("components", ()))
            text = ",".join(f"{v['id']}={v.get('value', _json(v))}" for v in listed)
            yield Part("key", text, {"included": included})


def _attached(attachment: Mapping[str, Any]) -> Iterator[Part]:
    for value in attachment.values():
        for target in value if isinstance(value, list) else [value]:
            yield Part("attached", target if isinstance(target, str) else _json(target))

"""Names for people: of codes, components, dataflows, providers and categories, in one language.

A page shows an id only where no language has a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hub.errors import NotFound
from hub.model.schema import Component, DataSchema, StructureRef
from hub.structures.kinds import KINDS, item_path, key_of, root_items, scheme_of, text_in
from hub.structures.repository import StructureSet
from registry.pages.i18n import Words

__all__ = [
    "Category",
    "Names",
    "Provider",
    "categories",
    "collation",
    "description",
    "is_member",
    "providers",
]


class Names:
    """Names of the parts of one dataflow in one language."""

    def __init__(self, structures: StructureSet, schema: DataSchema, language: str) -> None:
        self._structures = structures
        self._schema = schema
        self._language = language
        self._components: dict[str, str] = {}

    @cached_property
    def dataflow(self) -> str:
        """Name of the dataflow."""
        flow = self._structures.get("dataflow", self._schema.dataflow)
        return self._structures.name(flow, self._language)

    def component(self, id_: str) -> str:
        """Name of a component's concept."""
        if id_ not in self._components:
            name = self._structures.concept_name(self._schema, id_, self._language)
            self._components[id_] = name
        return self._components[id_]

    def component_of(self, id_: str) -> Component:
        """The component itself."""
        return self._schema.by_id[id_]

    def code(self, component: str, code: str) -> str:
        """Name of a code; the value itself where the component is not coded."""
        return self._labels(self._schema.by_id[component]).get(code, code)

    def _labels(self, component: Component) -> Mapping[str, str]:
        if component.codelist is None:
            return {}
        return self._structures.labels(component.codelist, self._language)

    def rank(self, dimension: str, code: str) -> tuple[int, str]:
        """Sort key of a code: totals, then members by name, then groups, residuals, unknowns."""
        if code in _TOTALS:
            place = 0
        elif is_member(self._schema.by_id[dimension], code):
            place = 1
        else:
            place = 3 if code.startswith("_") else 2
        return (place, collation(self.code(dimension, code)))


#: SDMX's total and the world of UN M49.
_TOTALS = frozenset({"_T", "001"})


def is_member(component: Component, code: str) -> bool:
    """Whether a code is a part, as opposed to a total or a group of other codes of its list.

    Codes that start with an underscore are SDMX's totals, unknowns and residuals. In an area list
    the groups are those of UN M49, which are numbers among letters.
    """
    if code.startswith("_"):
        return False
    is_area = component.codelist is not None and component.codelist.id == "CL_AREA"
    return not (is_area and code.isdigit())


def collation(text: str) -> str:
    """Sort key of a name: accents and case do not count."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def description(artefact: Any, language: str) -> str:
    """Description of an artefact or item; empty without one."""
    return text_in(artefact.description, language) or ""


def format_name(name: str, words: Words) -> str:
    """A message format as people call it: ``SDMX-CSV 2.0``, ``Excel``."""
    key = f"format.{name}"
    if words.has(key):
        return words(key)
    family = re.match(r"sdmx-[a-z]+", name)
    if family is None:
        return name.capitalize()
    return f"{family[0].upper()} {name[family.end() + 1 :].replace('-', ' ')}".strip()


def kind_name(kind: str, words: Words, one: bool = False) -> str:
    """A kind of structure as people call it; those the hub has no word for by their SDMX name."""
    key = f"structures.{'one' if one else 'kind'}.{kind}"
    if words.has(key):
        return words(key)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", KINDS[kind].element)


@dataclass(frozen=True, slots=True)
class Provider:
    """A data provider as its scheme names it."""

    id: str
    name: str


def providers(structures: StructureSet, dataflow: StructureRef, language: str) -> list[Provider]:
    """The institutions that agreed to provide a dataflow, by name."""
    found: dict[str, Provider] = {}
    for agreement in structures.agreements(dataflow=dataflow):
        item = agreement.data_provider
        if item is None:
            continue
        found[item.id] = Provider(item.id, structures.name(_resolved(structures, item), language))
    return sorted(found.values(), key=lambda p: collation(p.name))


def _resolved(structures: StructureSet, item: Any) -> Any:
    """The item as its scheme in ``structures`` has it: one that only refers has no name."""
    try:
        key = key_of(scheme_of(item))
        scheme = structures.get(key.kind, key.ref)
    except (NotFound, ValueError):
        return item
    return scheme.items.get(item.id, item)


@dataclass(frozen=True, slots=True)
class Category:
    """A category and the dataflows it lists, in order; ``None`` for those in no category."""

    id: str | None
    name: str
    dataflows: tuple[StructureRef, ...]


def categories(structures: StructureSet, language: str) -> list[Category]:
    """Dataflows grouped by category, in the order of the category schemes; each listed once."""
    listed: dict[str, list[StructureRef]] = {}
    for categorisation in structures.of_kind("categorisation"):
        target, category = categorisation.artefact, categorisation.category
        if target is None or category is None:
            continue
        key = key_of(target)
        if key.kind == "dataflow":
            listed.setdefault(_path(category), []).append(key.ref)
    left = dict.fromkeys(key_of(flow).ref for flow in structures.dataflows())
    groups = []
    for category in _walk(structures):
        refs = [r for r in listed.get(_path(category), ()) if r in left]
        for ref in refs:
            del left[ref]
        if refs:
            name = structures.name(category, language)
            groups.append(Category(_path(category), name, tuple(refs)))
    if left:
        groups.append(Category(None, "", tuple(left)))
    return groups


def _path(category: Any) -> str:
    return f"{key_of(scheme_of(category)).ref}.{item_path(category)}"


def _walk(structures: StructureSet) -> Iterator[Any]:
    def below(items: Any) -> Iterator[Any]:
        for item in items:
            yield item
            yield from below(item.child)

    for scheme in structures.of_kind("categoryscheme"):
        yield from below(root_items(scheme))

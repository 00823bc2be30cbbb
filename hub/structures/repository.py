"""The structures a hub knows: an immutable, indexed set of sdmx1 artefacts.

It answers structure queries of REST v1 and v2, and it is the ``SchemaResolver`` of the readers of
data messages. Artefacts are keyed by kind, agency, id and version, as several agencies use the
same id. Source: SDMX REST 1.5 section 4.3, REST 2.2 ``structures.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from hub.errors import NotFound, NotImplementedByHub, SemanticError
from hub.model.schema import CubeRegion, DataSchema, StructureRef
from hub.query.structure import Detail, StructureQuery
from hub.query.versions import latest, parse_v2, version_key
from hub.structures.counterparts import counterparts, in_generation
from hub.structures.extension import extensions_of, resolved
from hub.structures.graph import Graph
from hub.structures.holding import Holding, key_in
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, Key, item_path, key_of, scheme_of, text_in
from hub.structures.partial import used_items
from hub.structures.schema import build_schema, constrained_by
from hub.structures.stored import Stored
from hub.structures.views import find_items, partial, stub

__all__ = ["StructureSet"]

#: Dimension, and id of the annotation by which the shipped agreements are limited to a country.
_AREA = "REF_AREA"
_COMPLETE = {Detail.ALL_COMPLETE_STUBS, Detail.REFERENCE_COMPLETE_STUBS}
_ALL_STUBS = {Detail.ALL_STUBS, Detail.ALL_COMPLETE_STUBS}
_REFERENCE_STUBS = {Detail.REFERENCE_STUBS, Detail.REFERENCE_COMPLETE_STUBS}
_ANY_VERSION = {None, "", "latest", "all", "*", "+", "~"}
_ANY_AGENCY = {None, "", "all", "ALL", "*"}


class StructureSet:
    """Artefacts by kind, agency, id and version.

    ``artefacts`` are maintainable artefacts of sdmx1, or those of the catalogue that are made
    when they are asked for. External references are left out: they are only names. Raises
    ``SemanticError`` when two different artefacts have one key.
    """

    def __init__(self, artefacts: Iterable[Artefact | Stored]) -> None:
        held: dict[Key, Artefact | Stored] = {}
        for artefact in artefacts:
            if not isinstance(artefact, Stored) and artefact.is_external_reference:
                continue
            key = key_in(artefact)
            if held.setdefault(key, artefact) is not artefact:
                raise SemanticError(f"There are two artefacts {key.kind} {key.ref}.")
        self._held = Holding(held)
        #: With what each generation of the standard has in place of kinds of the other.
        self._by_key = Holding({**held, **counterparts(held, self._submitted)})
        self._versions: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for kind, ref in self._by_key:
            self._versions[kind, ref.agency, ref.id].append(ref.version)
        self._schemas: dict[Key, DataSchema] = {}
        self._labels: dict[tuple[Key, str], dict[str, str]] = {}
        self._resolved: dict[Key, Artefact] = {}

    @classmethod
    def shipped(cls) -> StructureSet:
        """The structures of the distribution (codelists, DSDs, dataflows ...), read once."""
        return _shipped()

    def with_artefacts(
        self, artefacts: Iterable[Artefact | Stored], without: Collection[Key] = ()
    ) -> StructureSet:
        """A new set in which ``artefacts`` replace those with the same key.

        Those ``without`` names are not in it.
        """
        merged = {k: a for k, a in self._held.held.items() if k not in without}
        merged.update((key_in(a), a) for a in artefacts)
        return StructureSet(merged.values())

    @property
    def by_key(self) -> Mapping[Key, Artefact]:
        """All artefacts by their key; not to be changed."""
        return self._held

    @property
    def with_counterparts(self) -> Mapping[Key, Artefact]:
        """The same with counterparts (:mod:`hub.structures.counterparts`), which may be named."""
        return self._by_key

    def __iter__(self) -> Iterator[Artefact]:
        return iter(self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    @cached_property
    def graph(self) -> Graph:
        """References between the artefacts of the set, codelists with what they inherit."""
        return Graph(self._by_key.references(inherited=False), self._exact)

    @cached_property
    def raw_graph(self) -> Graph:
        """References between the artefacts as they were submitted: to inherited codelists too."""
        return Graph(self._by_key.references(inherited=True), self._exact)

    # Finding artefacts

    def get(self, kind: str, ref: StructureRef) -> Artefact:
        """The artefact of a kind with exactly this agency, id and version; ``NotFound``."""
        return self._at(Key(kind, ref))

    def find(self, kind: str, agency: str | None, id_: str, version: str | None = None) -> Artefact:
        """The artefact of a kind; ``None`` for agency is any, for version the latest.

        Raises ``NotFound`` when there is none, ``SemanticError`` when several agencies have one.
        """
        any_agency, any_version = agency in _ANY_AGENCY, version in _ANY_VERSION
        agencies = [
            a
            for k, a, i in self._versions
            if k == kind and i == id_ and (any_agency or a == agency)
        ]
        if len(agencies) > 1:
            raise SemanticError(
                f"Several agencies have a {kind} {id_}: {', '.join(sorted(agencies))}. Name one."
            )
        if agencies:
            known = self._versions[kind, agencies[0], id_]
            wanted = latest(known) if any_version else version
            if wanted in known:
                return self._at(Key(kind, StructureRef(agencies[0], id_, str(wanted))))
        name = f"{'' if any_agency else f'{agency}:'}{id_}{'' if any_version else f'({version})'}"
        raise NotFound(f"The hub has no {kind} {name}.")

    def _at(self, key: Key) -> Artefact:
        """The artefact with a key; a codelist with the codes it inherits."""
        artefact = self._submitted(key)
        if not extensions_of(artefact):
            return artefact
        key = key_of(artefact)
        if key not in self._resolved:
            self._resolved[key] = resolved(artefact, self._submitted)
        return self._resolved[key]

    def _submitted(self, key: Key) -> Artefact:
        """The artefact with a key as it was submitted; its version may have a wildcard."""
        try:
            return self._by_key[self._exact(key)]
        except KeyError:
            raise NotFound(f"The hub has no {key.kind} {key.ref}.") from None

    def _exact(self, key: Key) -> Key:
        """The key that a reference such as ``A:B(1.2+.0)`` means; itself when nothing fits."""
        if key.kind == "codelist" and key not in self._by_key:  # URNs do not tell these apart
            for kind in ("geographiccodelist", "geogridcodelist"):
                if (kind, key.ref.agency, key.ref.id) in self._versions:
                    return self._exact(Key(kind, key.ref))
        if "+" not in key.ref.version:
            return key
        known = self._versions.get((key.kind, key.ref.agency, key.ref.id), ())
        for query in parse_v2(key.ref.version):
            for version in query.select(known):
                return Key(key.kind, StructureRef(key.ref.agency, key.ref.id, version))
        return key

    def dataflows(self) -> list[Artefact]:
        """All dataflows, by agency, id and version."""
        return self.of_kind("dataflow")

    def of_kind(self, kind: str) -> list[Artefact]:
        """All artefacts of a kind, by agency, id and version."""
        keys = (key for key in self._held if key.kind == kind)
        return [
            self._held[key]
            for key in sorted(
                keys, key=lambda k: (k.ref.agency, k.ref.id, version_key(k.ref.version))
            )
        ]

    def agreements(
        self, *, provider: str | None = None, dataflow: StructureRef | None = None
    ) -> list[Artefact]:
        """Provision agreements of a data provider, or on a dataflow, or both."""
        return [
            a
            for a in self.of_kind("provisionagreement")
            if (provider is None or a.data_provider.id == provider)
            and (dataflow is None or key_of(a.structure_usage).ref == dataflow)
        ]

    # Schemas: the SchemaResolver of hub.messages.api

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of a dataflow; ``None`` or "latest" for version is the latest.

        Raises ``NotFound``; ``SemanticError`` when several agencies have such a dataflow.
        """
        return self._schema(key_of(self.find("dataflow", agency, id, version)))

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of a data structure definition, as if it were a dataflow."""
        return self._schema(key_of(self.find("datastructure", agency, id, version)))

    def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of a dataflow as a provision agreement restricts it further."""
        return self._schema(key_of(self.find("provisionagreement", agency, id, version)))

    def _schema(self, key: Key) -> DataSchema:
        """Schema of a dataflow, structure or agreement; built once."""
        if key not in self._schemas:
            chain = self._chain(key)
            known = self.of_kind("contentconstraint")
            constraints = [c for link in chain for c in constrained_by(known, link)]
            flow = next((link for link in chain if link.kind == "dataflow"), chain[0])
            schema = build_schema(self._at(chain[0]), flow.ref, constraints, self._at)
            self._schemas[key] = replace(
                schema, constraints=(*schema.constraints, *self._annotated(key, schema))
            )
        return self._schemas[key]

    def _annotated(self, key: Key, schema: DataSchema) -> Iterator[CubeRegion]:
        """What the annotation ``REF_AREA`` of an agreement allows (see ``dsd.organisations``)."""
        for note in self._at(key).annotations if key.kind == "provisionagreement" else ():
            if note.id == _AREA and _AREA in schema.by_id:
                yield CubeRegion(key.ref, ((_AREA, frozenset({note.title})),))

    def _chain(self, key: Key) -> list[Key]:
        """The structure, the dataflow and the agreement that ``key`` is seen through."""
        chain = [key]
        if key.kind == "provisionagreement":
            chain.insert(0, self._exact(key_of(self._at(key).structure_usage)))
        if chain[0].kind == "dataflow":
            chain.insert(0, self._exact(key_of(self._at(chain[0]).structure)))
        if chain[0].kind != "datastructure":
            raise NotImplementedByHub(f"{key.kind} {key.ref} has no data structure.")
        return chain

    # Names

    def labels(self, codelist: StructureRef, lang: str) -> Mapping[str, str]:
        """Code to name in a language, else in English, else in any, else the code itself."""
        for kind in ("codelist", "valuelist", "conceptscheme"):
            key = self._exact(Key(kind, codelist))
            if key in self._by_key:
                break
        if (key, lang) not in self._labels:
            scheme = self._at(key)
            self._labels[key, lang] = (
                ItemTable.of(scheme).texts(lang)
                if key.kind == "codelist"
                else {id_: text_in(item.name, lang) or id_ for id_, item in scheme.items.items()}
            )
        return self._labels[key, lang]

    def name(self, artefact: Any, lang: str) -> str:
        """Name of an artefact or item in a language, else in English, else in any, else its id."""
        return text_in(artefact.name, lang) or str(artefact.id)

    def concept_name(self, schema: DataSchema, component: str, lang: str) -> str:
        """Name of the concept of a component."""
        dsd = self.get("datastructure", schema.structure)
        for part in (*dsd.dimensions, *dsd.measures, *dsd.attributes):
            if part.id == component and part.concept_identity is not None:
                concept = part.concept_identity
                if concept.parent is not None:
                    scheme = self._by_key.get(key_of(scheme_of(concept)))
                    concept = scheme.items.get(concept.id, concept) if scheme else concept
                return self.name(concept, lang)
        return component

    # Queries

    def select(self, query: StructureQuery) -> list[Artefact]:
        """Artefacts that match a query, without what ``references`` and ``detail`` ask for."""
        return [self._by_key[key] for key in self._select(query)]

    def _select(self, query: StructureQuery) -> list[Key]:
        found: dict[Key, None] = {}
        for (kind, agency, id_), versions in self._versions.items():
            if (
                (query.kinds is None or kind in query.kinds)
                and (query.within is None or kind in query.within)
                and (query.agencies is None or agency in query.agencies)
                and (query.ids is None or id_ in query.ids)
            ):
                for asked in query.versions:
                    for version in asked.select(versions):
                        found[Key(kind, StructureRef(agency, id_, version))] = None
        return [key for key in found if query.role is None or self._role(key) == query.role]

    def _role(self, key: Key) -> str | None:
        role = getattr(self._by_key[key].role, "role", None)
        return {"allowable": "allowed", "actual": "actual"}.get(getattr(role, "name", ""))

    def answer(self, query: StructureQuery) -> list[Artefact]:
        """What a query asks for: matches first, then what they refer to, as much as ``detail``.

        Raises ``NotFound`` when nothing matches.
        """
        items: dict[Key, list[str]] = {}
        matches = self._select(query)
        if query.items is not None:
            items = {key: find_items(self._at(key), query.items) for key in matches}
            matches = [key for key in matches if items[key]]
        if not matches:
            raise NotFound("No structure matches the query.")
        graph = self.raw_graph if query.detail is Detail.RAW else self.graph
        extra = [
            key
            for key in graph.closure(matches, query.references, _Follow(self._by_key, items))
            if query.within is None or key.kind in query.within
        ]
        return [
            *(self._match(key, query.detail, items.get(key)) for key in matches),
            *self._extra(matches, extra, query.detail),
        ]

    def closure(self, artefacts: Iterable[Artefact], references: Iterable[str]) -> list[Artefact]:
        """Artefacts that ``references`` (directions or kinds) adds to ``artefacts``."""
        start = [key_of(a) for a in artefacts]
        return [self._by_key[key] for key in self.graph.closure(start, references)]

    def in_generation(self, artefacts: Iterable[Artefact], *, of_21: bool) -> list[Artefact]:
        """An answer with counterparts in place of what SDMX 2.1, or 3.x, does not have."""
        return in_generation(artefacts, of_21=of_21, find=self._submitted)

    def _match(self, key: Key, detail: Detail, items: list[str] | None) -> Artefact:
        artefact = self._submitted(key) if detail is Detail.RAW else self._at(key)
        if detail in _ALL_STUBS:
            return stub(artefact, complete=detail in _COMPLETE)
        return artefact if items is None else partial(artefact, items)

    def _extra(self, matches: list[Key], extra: list[Key], detail: Detail) -> Iterator[Artefact]:
        stubs = detail in _ALL_STUBS | _REFERENCE_STUBS
        used = (
            used_items(matches, extra, self._at, self._schema)
            if detail is Detail.REFERENCE_PARTIAL
            else {}
        )
        for key in extra:
            artefact = self._submitted(key) if detail is Detail.RAW else self._at(key)
            if stubs:
                yield stub(artefact, complete=detail in _COMPLETE)
            elif (kept := used.get(key)) is not None and len(kept) < len(artefact.items):
                yield partial(artefact, kept)
            else:
                yield artefact


class _Follow:
    """From an item of a category scheme only the categorisations of that item are followed."""

    def __init__(self, by_key: Mapping[Key, Artefact], items: Mapping[Key, list[str]]) -> None:
        self._by_key = by_key
        self._items = items

    def __call__(self, parent: Key, child: Key) -> bool:
        kept = self._items.get(child)
        if kept is None or parent.kind != "categorisation" or child.kind != "categoryscheme":
            return True
        path = item_path(self._by_key[parent].category)
        return any(k == path or k.startswith(f"{path}.") for k in kept)


@cache
def _shipped() -> StructureSet:
    import dsd  # noqa: PLC0415 (reads a hundred files; only a hub that needs them pays)
    from dsd import consumers, quality  # noqa: PLC0415
    from hub.structures.artefacts import artefacts_of  # noqa: PLC0415

    trees = [*quality.structures(), *consumers.artefacts()]
    return StructureSet([*dsd.load(), *consumers.lists(), *artefacts_of(trees)])

"""Which artefacts refer to which, and what a query's ``references`` asks for.

Source: SDMX REST 1.5 section 4.3 and REST 2.2 ``structures.md`` (the tables of references).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from hub.structures.beyond import kept_beside
from hub.structures.kinds import Artefact, Key, key_of, kind_of, parse_urn, scheme_of
from hub.structures.model30 import Kept

__all__ = ["Graph", "references_of"]


def references_of(artefact: Artefact, *, inherited: bool = True) -> list[Key]:
    """Keys of the artefacts that ``artefact`` names, each once, in order of appearance.

    ``inherited`` includes the codelists that a codelist extends. A version may have a wildcard.
    """
    found: list[Key] = []
    find = _REFERENCES.get(kind_of(artefact).name)
    if find:
        found += find(artefact)
    if isinstance(artefact, Kept):
        found += _in_tree(artefact.content)
    else:
        for path, value in kept_beside(artefact).items():
            if inherited or path != ("codelistExtensions",):
                found += _in_tree(value)
    return list(dict.fromkeys(found))


def _in_tree(value: object) -> Iterator[Key]:
    """Keys of all URNs in a tree; a URN with ``*`` in it names nothing in particular."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _in_tree(one)
    elif isinstance(value, list):
        for one in value:
            yield from _in_tree(one)
    elif isinstance(value, str) and value.startswith("urn:sdmx:"):
        with suppress(ValueError):
            yield parse_urn(value)[0]


def _of_object(target: object) -> Key:
    """Key of an artefact, or of the scheme of an item."""
    return key_of(target if hasattr(target, "maintainer") else scheme_of(target))


def _of_components(dsd: Artefact) -> Iterator[Key]:
    for component in (*dsd.dimensions, *dsd.attributes, *dsd.measures):
        for concept in (component.concept_identity, getattr(component, "concept_role", None)):
            if concept is not None:
                yield _of_object(concept)
        yield from _of_representation(component.local_representation)


def _of_representation(representation: Artefact) -> Iterator[Key]:
    if representation is not None and representation.enumerated is not None:
        yield key_of(representation.enumerated)


def _of_concepts(scheme: Artefact) -> Iterator[Key]:
    for concept in scheme.items.values():
        yield from _of_representation(concept.core_representation)


def _of_dataflow(flow: Artefact) -> Iterator[Key]:
    if flow.structure is not None and flow.structure.maintainer is not None:
        yield key_of(flow.structure)


def _of_categorisation(categorisation: Artefact) -> Iterator[Key]:
    for end in (categorisation.artefact, categorisation.category):
        if end is not None:
            yield _of_object(end)


def _of_agreement(agreement: Artefact) -> Iterator[Key]:
    for end in (agreement.structure_usage, agreement.data_provider):
        if end is not None:
            yield _of_object(end)


def _of_constraint(constraint: Artefact) -> Iterator[Key]:
    for attached in sorted(constraint.content, key=lambda a: str(_of_object(a))):
        yield _of_object(attached)


_REFERENCES: dict[str, Callable[[Artefact], Iterator[Key]]] = {
    "datastructure": _of_components,
    "conceptscheme": _of_concepts,
    "dataflow": _of_dataflow,
    "categorisation": _of_categorisation,
    "provisionagreement": _of_agreement,
    "contentconstraint": _of_constraint,
}


class Graph:
    """References between artefacts, both ways. Keys of artefacts that are not there included."""

    def __init__(
        self,
        artefacts: Iterable[tuple[Key, Artefact]],
        exact: Callable[[Key], Key] = lambda key: key,
        *,
        inherited: bool = False,
    ) -> None:
        """``exact`` gives the key a reference with a wildcard in its version means.

        ``inherited``: whether extending a codelist counts as a reference to it.
        """
        self.children: dict[Key, tuple[Key, ...]] = {}
        parents: dict[Key, list[Key]] = defaultdict(list)
        for key, artefact in artefacts:
            named = references_of(artefact, inherited=inherited)
            self.children[key] = tuple(dict.fromkeys(exact(child) for child in named))
            for child in self.children[key]:
                parents[child].append(key)
        self.parents = {key: tuple(found) for key, found in parents.items()}

    def missing(self) -> Iterator[tuple[Key, Key]]:
        """Pairs of an artefact and one it refers to that is not there."""
        for key, children in self.children.items():
            yield from ((key, child) for child in children if child not in self.children)

    def closure(
        self,
        start: Iterable[Key],
        references: Iterable[str],
        follow: Callable[[Key, Key], bool] = lambda parent, child: True,
    ) -> list[Key]:
        """Keys that ``references`` adds to ``start``, without ``start`` itself.

        ``references`` are directions or kinds of artefact. A kind means the artefacts of that
        kind that are connected to ``start`` in any way. ``follow`` may refuse to walk from a
        child to one of its parents.
        """
        begin = tuple(start)
        found: dict[Key, None] = {}
        for wanted in sorted(references):
            found.update(dict.fromkeys(self._one(begin, wanted, follow)))
        for key in begin:
            found.pop(key, None)
        return [key for key in found if key in self.children]

    def _one(
        self, begin: tuple[Key, ...], wanted: str, follow: Callable[[Key, Key], bool]
    ) -> Iterable[Key]:
        def up(keys: Iterable[Key]) -> list[Key]:
            return [p for key in keys for p in self.parents.get(key, ()) if follow(p, key)]

        def down(keys: Iterable[Key]) -> list[Key]:
            return [child for key in keys for child in self.children.get(key, ())]

        def siblings() -> list[Key]:
            parents = up(begin)
            return [*parents, *down(parents)]

        directions: dict[str, Callable[[], list[Key]]] = {
            "none": list,
            "children": lambda: down(begin),
            "parents": lambda: up(begin),
            "parentsandsiblings": siblings,
            "descendants": lambda: _reach(begin, down),
            "ancestors": lambda: _reach(begin, up),
            "all": lambda: [*siblings(), *_reach(begin, down)],
        }
        if wanted in directions:
            return directions[wanted]()
        above = _reach(begin, up)
        return [key for key in (*above, *_reach((*begin, *above), down)) if key.kind == wanted]


def _reach(begin: Iterable[Key], step: Callable[[Iterable[Key]], list[Key]]) -> list[Key]:
    """All keys that repeated steps lead to."""
    found: dict[Key, None] = {}
    front = tuple(begin)
    while front:
        front = tuple(key for key in dict.fromkeys(step(front)) if key not in found)
        found.update(dict.fromkeys(front))
    return list(found)

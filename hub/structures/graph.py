"""Which artefacts refer to which, and what a query's ``references`` asks for.

Source: SDMX REST 1.5 section 4.3 and REST 2.2 ``structures.md`` (the tables of references).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from hub.structures.kinds import Artefact, Key, parse_urn
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["Graph", "references_in", "references_of"]


#: Where a codelist names those it extends.
_EXTENDED = "codelistExtensions"


def references_of(artefact: Artefact, *, inherited: bool = True) -> list[Key]:
    """Keys of the artefacts that ``artefact`` names, each once, in order of appearance.

    ``inherited`` includes the codelists that a codelist extends. A version may have a wildcard.
    """
    return references_in(tree_of(artefact, codes=False), inherited=inherited)


def references_in(tree: Tree, *, inherited: bool = True) -> list[Key]:
    """The same from the tree of an artefact."""
    named = (v for k, v in tree.items() if inherited or k != _EXTENDED)
    return list(dict.fromkeys(key for value in named for key in _in_tree(value)))


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


class Graph:
    """References between artefacts, both ways. Keys of artefacts that are not there included."""

    def __init__(
        self,
        references: Iterable[tuple[Key, Iterable[Key]]],
        exact: Callable[[Key], Key] = lambda key: key,
    ) -> None:
        """``references`` are what each artefact names.

        ``exact`` gives the key a reference with a wildcard in its version means.
        """
        self.children: dict[Key, tuple[Key, ...]] = {}
        parents: dict[Key, list[Key]] = defaultdict(list)
        for key, named in references:
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

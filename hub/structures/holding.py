"""Artefacts by key, of which those of the catalogue are made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.structures.graph import references_in
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.stored import Stored
from hub.structures.trees import tree_of

__all__ = ["Holding", "key_in"]


class Holding(Mapping[Key, Artefact]):
    """Artefacts by key; those of the catalogue are made when they are asked for."""

    def __init__(self, held: Mapping[Key, Artefact | Stored]) -> None:
        self.held = held

    def __getitem__(self, key: Key) -> Artefact:
        found = self.held[key]
        return found.artefact if isinstance(found, Stored) else found

    def __contains__(self, key: object) -> bool:
        return key in self.held

    def __iter__(self) -> Iterator[Key]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def references(self, *, inherited: bool) -> Iterator[tuple[Key, list[Key]]]:
        """What each artefact names; none is made for this."""
        for key, one in self.held.items():
            tree = one.tree if isinstance(one, Stored) else tree_of(one, codes=False)
            yield key, references_in(tree, inherited=inherited)


def key_in(artefact: Artefact | Stored) -> Key:
    """The key of an artefact, or of one that is not made yet."""
    return artefact.key if isinstance(artefact, Stored) else key_of(artefact)

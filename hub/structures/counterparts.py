"""What SDMX 2.1 and 3.x each have in place of a kind that only the other has.

Hierarchical codelists are to 3.x hierarchies, structure sets are maps, and the other way round
(:mod:`hub.structures.hierarchical21`, :mod:`hub.structures.maps21`). A counterpart is made when it
is asked for and is never stored. Where one generation cannot say what the other says, the
counterpart holds the sentence that tells so (``refused``), and no writer carries it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial

from hub.errors import NotFound, NotImplementedByHub
from hub.structures import hierarchical21, maps21
from hub.structures.artefacts import artefacts_of
from hub.structures.graph import references_of
from hub.structures.hierarchical21 import HIERARCHICAL, hierarchies, id_within
from hub.structures.kinds import KINDS, Artefact, Key, key_of
from hub.structures.maps21 import MAPS, STRUCTURE_SET
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.structures.stored import Stored
from hub.structures.trees import tree_of

__all__ = ["PAIRED", "Made", "counterparts", "in_generation"]

#: Finds an artefact by its key; raises ``NotFound``.
Find = Callable[[Key], Artefact]


class Made(Stored):
    """A counterpart, made when it is asked for."""

    def __init__(self, key: Key, make: Callable[[], Kept]) -> None:
        super().__init__(key, b"")
        self._make = make

    @cached_property
    def artefact(self) -> Artefact:
        """The artefact."""
        try:
            return self._make()
        except (NotImplementedByHub, NotFound) as error:
            return _refused(self.key, str(error))

    @cached_property
    def tree(self) -> Tree:
        """Its tree."""
        return tree_of(self.artefact)


def _refused(key: Key, why: str) -> Kept:
    tree = {"id": key.ref.id, "agencyID": key.ref.agency, "version": key.ref.version}
    made: Kept = artefacts_of([(key.kind, {**tree, "refused": why})])[0]
    return made


def counterparts(held: Mapping[Key, Artefact | Stored], find: Find) -> dict[Key, Made]:
    """The counterparts of artefacts, by their keys; none where an artefact has the key itself."""
    found: dict[Key, Made] = {}
    maps: dict[Key, list[Artefact | Stored]] = defaultdict(list)
    for key, one in held.items():
        if key.kind in MAPS:
            maps[Key(STRUCTURE_SET, key.ref)].append(one)
        elif key.kind in PAIRED:
            found.update((made.key, made) for made in _made(key, one))
    for key, listed in maps.items():
        found[key] = Made(key, partial(_structure_set, listed, find))
    return {key: made for key, made in found.items() if key not in held}


def _artefact(one: Artefact | Stored) -> Artefact:
    return one.artefact if isinstance(one, Stored) else one


def _structure_set(maps: list[Artefact | Stored], find: Find) -> Kept:
    return maps21.down(map(_artefact, maps), find)


def _hierarchical(one: Artefact | Stored) -> Kept:
    return hierarchical21.down(_artefact(one))


#: Kinds that have counterparts.
PAIRED = MAPS | {HIERARCHICAL, STRUCTURE_SET, "hierarchy"}


def _made(key: Key, one: Artefact | Stored) -> Iterator[Made]:
    if key.kind == "hierarchy":
        yield Made(Key(HIERARCHICAL, key.ref), partial(_hierarchical, one))
    elif key.kind == HIERARCHICAL:
        codelist = _artefact(one)
        for id_ in hierarchies(codelist):
            ref = replace(key.ref, id=id_within(key.ref.id, id_))
            yield Made(Key("hierarchy", ref), partial(hierarchical21.up, codelist, id_))
    else:
        yield from (Made(other, make) for other, make in maps21.up(_artefact(one)))


def in_generation(
    artefacts: Iterable[Artefact], *, of_21: bool, find: Find | None = None
) -> list[Artefact]:
    """The artefacts with counterparts in place of those a generation of the standard lacks.

    ``of_21`` asks for that of SDMX 2.1, else it is 3.x. ``find`` gives what maps refer to; without
    it that is among the artefacts. What has no counterpart stays as it is.
    """
    listed = list(artefacts)
    if find is None:
        here = {key_of(a): a for a in listed}

        def find(key: Key) -> Artefact:
            if key not in here:
                raise NotFound(
                    f"The message does not hold the {KINDS[key.kind].element3} {key.ref}."
                )
            return here[key]

    used = {k for a in listed if key_of(a).kind == "structuremap" for k in references_of(a)}
    found: dict[Key, Artefact] = {}
    for artefact in listed:
        key = key_of(artefact)
        has = KINDS[key.kind].element if of_21 else KINDS[key.kind].element3
        others = {} if has or key.kind not in PAIRED else _others(artefact, listed, find)
        for other, made in (others or {key: artefact}).items():
            # The values of a representation map may stand in the structure map that uses it only.
            if not (key in used and "refused" in getattr(made, "content", {})):
                found.setdefault(other, made)
    return list(found.values())


def _others(artefact: Kept, listed: list[Artefact], find: Find) -> dict[Key, Artefact]:
    key = key_of(artefact)
    if artefact.is_external_reference or "refused" in artefact.content:
        return {}
    if key.kind == STRUCTURE_SET:
        maps21.check_sayable(artefact)
    if key.kind in MAPS:
        alike = {k: a for a in listed if (k := key_of(a)).kind in MAPS and k.ref == key.ref}
    else:
        alike = {key: artefact}
    return {k: made.artefact for k, made in counterparts(alike, find).items()}

"""What a message says of an artefact beyond the classes of sdmx1, kept beside the object.

After an artefact is read, its tree is made again from the object and compared with the tree that
was read. The differences stay with the object and are put back whenever its tree is made, as far
as the parts they belong to are in it (a partial scheme has fewer). So nothing that was read is
lost, and the object stays the single place of what it can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.structures.shapes import Tree

__all__ = ["ABSENT", "Beyond", "differences", "keep", "kept_beside", "put_back", "set_beside"]

_NAME = "_beyond"


class _Absent:
    """The value of what the object's tree has and the tree that was read has not."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __deepcopy__(self, memo: object) -> _Absent:
        return self  # there is one


ABSENT = _Absent()

#: From a path (keys, and ids of list members as 1-tuples) to the value there.
Beyond = dict[tuple[str | tuple[str], ...], Any]


def keep(artefact: Any, given: Tree, made: Tree) -> None:
    """Keep beside ``artefact`` what ``given`` says and ``made``, its own tree, does not."""
    found = dict(differences(given, made))
    if found:
        artefact.__dict__[_NAME] = found


def kept_beside(artefact: Any) -> Beyond:
    """What is kept beside an artefact; empty when the object says all."""
    found: Beyond = artefact.__dict__.get(_NAME, {})
    return found


def set_beside(artefact: Any, beyond: Beyond) -> None:
    """Keep ``beyond`` beside a new artefact instead of what it has."""
    artefact.__dict__.pop(_NAME, None)
    if beyond:
        artefact.__dict__[_NAME] = dict(beyond)


def differences(
    given: Any, made: Any, path: tuple[str | tuple[str], ...] = ()
) -> Iterator[tuple[tuple[str | tuple[str], ...], Any]]:
    """Paths where two trees differ, with the value of the first (``ABSENT`` where it has none)."""
    if given == made:
        return
    if isinstance(given, dict) and isinstance(made, dict):
        for key in given:
            yield from differences(given[key], made.get(key, ABSENT), (*path, key))
        yield from (((*path, key), ABSENT) for key in made if key not in given)
        return
    ids = _ids(given)
    if ids is not None and ids == _ids(made):
        for id_, mine, other in zip(ids, given, made, strict=True):
            yield from differences(mine, other, (*path, (id_,)))
        return
    yield path, given


def _ids(value: Any) -> list[str] | None:
    """The ids of a list's members when each has its own."""
    if not isinstance(value, list) or not value:
        return None
    ids = [one.get("id") if isinstance(one, dict) else None for one in value]
    if None in ids or len(set(ids)) < len(ids):
        return None
    return [str(id_) for id_ in ids]


def put_back(tree: Tree, beyond: Mapping[tuple[str | tuple[str], ...], Any]) -> Tree:
    """``tree`` with what was kept, where the part it belongs to is there."""
    members: dict[int, dict[str, Any]] = {}
    for path, value in beyond.items():
        here: Any = tree
        for step in path[:-1]:
            here = _step(here, step, members)
            if here is None:
                break
        else:
            last = path[-1]
            if isinstance(here, dict) and isinstance(last, str):
                if value is ABSENT:
                    here.pop(last, None)
                else:
                    here[last] = value
    return tree


def _step(here: Any, step: str | tuple[str], members: dict[int, dict[str, Any]]) -> Any:
    if isinstance(step, str):
        return here.get(step) if isinstance(here, dict) else None
    if not isinstance(here, list):
        return None
    by_id = members.get(id(here))
    if by_id is None:
        by_id = members[id(here)] = {one["id"]: one for one in here if "id" in one}
    return by_id.get(step[0])

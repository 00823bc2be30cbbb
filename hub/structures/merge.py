"""Parts of item schemes put together: partial updates and deleted items.

Nothing that is given is changed; the results are new artefacts, made from the trees of the others.
Source: SDMX REST 2.2 ``maintenance.md`` (partially update item schemes; nested items).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.errors import Conflict, NotFound
from hub.structures.artefacts import artefacts_of
from hub.structures.kinds import KINDS, NESTED, Artefact, key_of, kind_of
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["added", "has_item", "has_items", "merged", "placed", "without_item"]

#: What a partial update does not carry over: whether the scheme itself is partial or final.
_OWN = frozenset({"isPartial", "isFinal", "isExternalReference", "version", "id", "agencyID"})


def has_items(artefact: Artefact) -> bool:
    """Whether an artefact is an item scheme."""
    return bool(KINDS[kind_of(artefact).name].items)


def has_item(artefact: Artefact, path: str) -> bool:
    """Whether an item scheme has an item; in a nested scheme ``path`` is that from the top."""
    name, nested = _items_of(artefact)
    if kind_of(artefact).name == "codelist":
        return path in artefact.items
    return _cut(tree_of(artefact).get(name, []), _steps(path, nested), name) is not None


def placed(stored: Iterable[str], given: Iterable[str]) -> list[str]:
    """The order of items after a partial update.

    Stored items keep their place. New items that are given between or before stored ones go
    there; those given after the last stored one, or without any, go to the end.
    """
    order, listed = list(stored), list(given)
    known = set(order)
    anchors = [n for n, id_ in enumerate(listed) if id_ in known]
    end = anchors[-1] if anchors else -1
    before: str | None = None  # the item that new ones follow
    for number, id_ in enumerate(listed):
        if id_ in known:
            before = id_
        elif number > end:
            order.append(id_)
        else:
            following = next(listed[n] for n in anchors if n > number)
            place = order.index(following) if before is None else order.index(before) + 1
            order.insert(place, id_)
            before = id_
    return order


def merged(stored: Artefact, given: Artefact) -> Artefact:
    """``stored`` with the items of ``given`` in place of its own or beside them.

    Each item that is given replaces the stored one whole; in a nested scheme each item of the
    top level replaces all that stood below it too. Names and descriptions of the scheme are
    replaced language by language; annotations and other properties when they are given. Raises
    ``Conflict`` when an item names a parent that is in neither.
    """
    old, new = tree_of(stored), tree_of(given)
    name, _ = _items_of(stored)
    tree = {**old, **{k: v for k, v in new.items() if k not in _OWN}}
    for texts in ("names", "descriptions"):
        if texts in tree:
            tree[texts] = {**old.get(texts, {}), **new.get(texts, {})}
    before, after = _by_id(old, name), _by_id(new, name)
    tree[name] = [after.get(id_) or before[id_] for id_ in placed(before, after)]
    return _made(stored, tree)


def added(stored: Artefact, given: Artefact) -> Artefact:
    """``stored`` with those items of ``given`` that it does not have, and nothing else changed."""
    tree = tree_of(stored)
    name, _ = _items_of(stored)
    before, after = _by_id(tree, name), _by_id(tree_of(given), name)
    tree[name] = [before.get(id_) or after[id_] for id_ in placed(before, after)]
    return _made(stored, tree)


def without_item(stored: Artefact, path: str) -> Artefact:
    """``stored`` without an item. Raises ``NotFound`` when there is no such item.

    In a flat scheme the items below it lose their parent; in a nested one they go too.
    """
    tree = tree_of(stored)
    name, nested = _items_of(stored)
    left = _cut(tree.get(name, []), _steps(path, nested), name)
    if left is None:
        key = key_of(stored)
        raise NotFound(f"The {key.kind} {key.ref} has no item {path}.")
    if not nested:
        left = [
            {k: v for k, v in one.items() if k != "parent" or v != path} if "parent" in one else one
            for one in left
        ]
    return _made(stored, {**tree, name: left})


def _items_of(scheme: Artefact) -> tuple[str, bool]:
    """Where the items stand in the tree of a scheme, and whether they stand inside each other."""
    kind = kind_of(scheme)
    return kind.items, kind.name in NESTED


def _steps(path: str, nested: bool) -> list[str]:
    return path.split(".") if nested else [path]


def _by_id(tree: Tree, name: str) -> dict[str, Tree]:
    return {one["id"]: one for one in tree.get(name, ())}


def _cut(items: list[Tree], steps: list[str], name: str) -> list[Tree] | None:
    """``items`` without the one at the end of ``steps``; ``None`` when it is not there."""
    found = next((n for n, one in enumerate(items) if one["id"] == steps[0]), None)
    if found is None:
        return None
    if len(steps) == 1:
        return [*items[:found], *items[found + 1 :]]
    below = _cut(items[found].get(name, []), steps[1:], name)
    if below is None:
        return None
    return [*items[:found], {**items[found], name: below}, *items[found + 1 :]]


def _made(stored: Artefact, tree: Tree) -> Artefact:
    key = key_of(stored)
    orphans = list(_without_parent(tree.get(KINDS[key.kind].items, [])))
    if orphans:
        listed = ", ".join(f"{id_} under {parent}" for id_, parent in orphans[:5])
        raise Conflict(f"Items of {key.ref} stand under parents that are not there: {listed}.")
    return artefacts_of([(key.kind, tree)])[0]


def _without_parent(items: list[Any]) -> Iterator[tuple[str, str]]:
    known = {one["id"] for one in items}
    for one in items:
        parent = one.get("parent")
        if parent is not None and parent not in known:
            yield one["id"], parent

"""Less than the whole of an artefact: stubs, and item schemes with some of their items.

A view is a new object; the artefact it is made from is never changed. Source: SDMX REST 1.5
section 4.3 (``detail`` and ``itemID``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from itertools import accumulate
from typing import Any

from hub.structures.hierarchical21 import HIERARCHICAL, hierarchies, with_hierarchies
from hub.structures.items import ItemTable
from hub.structures.kinds import KINDS, Artefact, item_path, kind_of, root_items
from hub.structures.model30 import Kept

__all__ = ["ancestors_of", "find_items", "partial", "stub"]

_NESTED = frozenset({"categoryscheme"})
#: What the schemas want of an artefact even when it is a stub.
_REQUIRED = frozenset({
    "constraintAttachment", "dataProvider", "geoType", "gridDefinition", "hasFormalLevels",
    "hierarchicalCodes",
    "linkedHierarchy", "linkedObject", "metadataProvider", "metadataflow", "role", "source",
    "target", "targets", "vtlVersion",
})  # fmt: skip


def stub(artefact: Artefact, *, complete: bool = False) -> Artefact:
    """The artefact without its content.

    A stub has identification and name; a complete stub also description, annotations and
    ``is_final``. Provision agreements keep their two references: SDMX-ML 2.1 requires them.
    """
    kept = {"kind": artefact.kind} if isinstance(artefact, Kept) else {}
    view = type(artefact)(
        **kept,
        id=artefact.id,
        version=artefact.version,
        maintainer=artefact.maintainer,
        name=dict(artefact.name.localizations),
        is_external_reference=True,
        structure_url=artefact.structure_url,
        service_url=artefact.service_url,
    )
    if complete:
        view.description = dict(artefact.description.localizations)
        view.annotations = list(artefact.annotations)
        view.is_final = artefact.is_final
    if isinstance(artefact, Kept):
        view.content = {k: v for k, v in artefact.content.items() if k in _REQUIRED}
    match kind_of(artefact).name:
        case "provisionagreement":
            view.structure_usage = artefact.structure_usage
            view.data_provider = artefact.data_provider
        case "contentconstraint":
            view.role = artefact.role
    return view


def find_items(scheme: Artefact, wanted: Iterable[str]) -> list[str]:
    """Paths of the items a query names that are in the scheme; the others are left out.

    An item of a nested scheme is named by its path (``A.A1``); one of a flat scheme by its id.
    """
    if kind_of(scheme).name == "codelist":
        return [id_ for id_ in wanted if id_ in scheme.items]
    return [path for path in wanted if _item(scheme, path) is not None]


def _item(scheme: Artefact, path: str) -> Any | None:
    if isinstance(scheme, Kept):
        if scheme.kind == HIERARCHICAL:
            return path if path in hierarchies(scheme) else None
        return scheme.items.get(path)
    if kind_of(scheme).name not in _NESTED:
        return scheme.items.get(path)
    here: Iterable[Any] = root_items(scheme)
    found = None
    for part in path.split("."):
        found = next((item for item in here if item.id == part), None)
        if found is None:
            return None
        here = found.child
    return found


def ancestors_of(scheme: Artefact, ids: Iterable[str]) -> set[str]:
    """``ids`` of a flat scheme with the ids of all items above them."""
    if kind_of(scheme).name == "codelist":
        return ItemTable.of(scheme).with_ancestors(ids)
    found: set[str] = set()
    for id_ in ids:
        item = scheme.items.get(id_)
        while item is not None and hasattr(item, "parent") and item.id not in found:
            found.add(item.id)
            item = None if hasattr(item.parent, "maintainer") else item.parent
    return found


def partial(scheme: Artefact, paths: Collection[str]) -> Artefact:
    """The scheme with only the named items, and ``is_partial`` set.

    Items of a nested scheme come with their ancestors and without other children.
    """
    if isinstance(scheme, Kept):
        if scheme.kind == HIERARCHICAL:
            return with_hierarchies(scheme, paths)
        return _partial_tree(scheme, set(paths))
    view = copy(scheme)
    view.items = {}
    view.is_partial = True
    if kind_of(scheme).name == "codelist":
        view.items = ItemTable.of(scheme).taken(set(paths), view)
    elif kind_of(scheme).name in _NESTED:
        _keep_nested(scheme, view, set(paths))
    else:
        kept = set(paths)
        view.items = {id_: item for id_, item in scheme.items.items() if id_ in kept}
    return view


def _keep_nested(scheme: Artefact, view: Artefact, paths: set[str]) -> None:
    """Copy the named items of ``scheme`` and their ancestors into ``view``."""
    kept = {prefix for path in paths for prefix in accumulate(path.split("."), "{}.{}".format)}

    def take(items: Iterable[Any], parent: Any) -> list[Any]:
        taken = []
        for item in items:
            if item_path(item) in kept:
                own = copy(item)
                own.parent = parent
                own.child = []
                own.child = take(item.child, own)
                view.items.setdefault(own.id, own)
                taken.append(own)
        return taken

    take(root_items(scheme), view)


def _partial_tree(scheme: Kept, paths: set[str]) -> Kept:
    """The same of a scheme that is kept as a tree; value lists do not say that they are partial."""
    kept = {prefix for path in paths for prefix in accumulate(path.split("."), "{}.{}".format)}
    name = KINDS[scheme.kind].items

    def take(items: Iterable[dict[str, Any]], above: str) -> list[dict[str, Any]]:
        taken = []
        for item in items:
            path = f"{above}{item['id']}"
            if path in kept or item["id"] in paths:
                own = dict(item)
                if name in item:
                    own[name] = take(item[name], f"{path}.")
                taken.append(own)
        return taken

    content = {**scheme.content, name: take(scheme.content.get(name, ()), "")}
    if scheme.kind != "valuelist":
        content["isPartial"] = True
    view = copy(scheme)
    view.__dict__.pop("items", None)
    view.content = content
    return view

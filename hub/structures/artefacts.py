"""Artefacts from trees: what all readers of SDMX 3.x and SDMX-JSON end with.

References are resolved within the message; what is elsewhere becomes an external reference, an
object with no more than its name. Whatever the objects of sdmx1 cannot hold is kept beside them
(:mod:`hub.structures.beyond`), so that the artefact's tree is again what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sdmx.model import common

from hub.errors import RequestSyntaxError
from hub.model.schema import StructureRef
from hub.structures.artefact_parts import annotate, contact
from hub.structures.artefacts_constraint import fill_constraint
from hub.structures.artefacts_dsd import fill_structure
from hub.structures.beyond import keep
from hub.structures.finder import Finder, shell
from hub.structures.item_columns import Columns
from hub.structures.items import ItemTable
from hub.structures.kinds import KINDS, Artefact, Key
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["HEAD", "artefacts_of"]

#: Keys of a tree that are attributes of every artefact; the others are its content.
HEAD = frozenset({
    "id", "version", "agencyID", "names", "descriptions", "annotations", "uri", "isFinal",
    "isExternalReference", "validFrom", "validTo", "serviceURL", "structureURL",
})  # fmt: skip

#: Held as a table, which says all of them by itself.
_CODES = ("codelist", "codes")

_STABLE = re.compile(r"^\d+\.\d+\.\d+$")
#: Filled in this order: what is referred to comes first.
_ORDER = (
    "codelist", "conceptscheme", "agencyscheme", "dataproviderscheme", "dataconsumerscheme",
    "categoryscheme", "datastructure", "dataflow", "provisionagreement", "categorisation",
    "contentconstraint",
)  # fmt: skip


def artefacts_of(trees: Iterable[tuple[str, Tree]]) -> list[Artefact]:
    """Artefacts of trees, each given with its kind; in the same order.

    Raises ``RequestSyntaxError`` when an artefact is there twice or has no agency or id.
    """
    made: dict[Key, tuple[Artefact, Tree]] = {}
    for kind, given_tree in trees:
        tree = _complete(kind, given_tree)
        key = Key(kind, StructureRef(tree["agencyID"], tree["id"], tree["version"]))
        if key in made:
            raise RequestSyntaxError(f"The message has {kind} {key.ref} twice.")
        made[key] = (_shell(key, tree), tree)
    find = Finder({key: artefact for key, (artefact, _) in made.items()})
    for wanted in _ORDER:
        for key, (artefact, tree) in made.items():
            if key.kind == wanted == "codelist":
                _codes(artefact, tree.get("codes", ()))
            elif key.kind == wanted:
                _fill(key, artefact, tree, find)
    for (kind, _), (artefact, tree) in made.items():
        if not isinstance(artefact, Kept):
            said = {k: v for k, v in tree.items() if (kind, k) != _CODES}
            keep(artefact, said, tree_of(artefact, codes=False))
    return [artefact for artefact, _ in made.values()]


def _complete(kind: str, tree: Tree) -> Tree:
    """The tree with what the standard says by default."""
    for name in ("id", "agencyID"):
        if not tree.get(name):
            raise RequestSyntaxError(f"A {kind} has no {name}: {tree.get('id')}.")
    version = tree.get("version") or "1.0"
    found = {**tree, "version": version}
    found.setdefault("isExternalReference", False)
    # SDMX 3.x says by the version what 2.1 says by isFinal.
    found.setdefault("isFinal", _STABLE.match(version) is not None)
    if not found.get("isPartial"):
        found.pop("isPartial", None)
    if kind == "metadataconstraint":
        found.setdefault("role", "Allowed")  # the only one; SDMX 3.1 does not say it
    if kind == "datastructure":
        _defaults(found)
    listed = found.get("metadataStructureComponents", {}).get("metadataAttributeList")
    if listed is not None:
        listed.setdefault("id", "MetadataAttributeDescriptor")
    return found


def _defaults(tree: Tree) -> None:
    """Say what a structure says by default; number its dimensions from 1 in their order."""
    parts = tree.get("dataStructureComponents", {})
    for name, id_, members in (
        ("dimensionList", "DimensionDescriptor", ""),
        ("attributeList", "AttributeDescriptor", "attributes"),
        ("measureList", "MeasureDescriptor", "measures"),
    ):
        if name in parts:
            parts[name].setdefault("id", id_)
            for one in parts[name].get(members, ()):
                one.setdefault("usage", "optional")
    if "timeDimension" in parts.get("dimensionList", {}):
        parts["dimensionList"]["timeDimension"].setdefault("id", "TIME_PERIOD")
    listed = parts.get("dimensionList", {}).get("dimensions", [])
    if all("position" in one for one in listed):
        listed.sort(key=lambda one: one["position"])
    for position, one in enumerate(listed, 1):
        one["position"] = position


def _shell(key: Key, tree: Tree) -> Artefact:
    """The artefact with its attributes and without its content."""
    more: Tree = {}
    if KINDS[key.kind].model == "Kept":
        content = {k: v for k, v in tree.items() if k not in HEAD}
        more = {"kind": key.kind, "content": content}
    elif KINDS[key.kind].item is not None:
        more = {"is_partial": bool(tree.get("isPartial"))}
    artefact = shell(
        key,
        name=tree.get("names", {}),
        description=tree.get("descriptions", {}),
        uri=tree.get("uri"),
        is_final=tree["isFinal"],
        is_external_reference=tree["isExternalReference"],
        valid_from=tree.get("validFrom"),
        valid_to=tree.get("validTo"),
        service_url=tree.get("serviceURL"),
        structure_url=tree.get("structureURL"),
        **more,
    )
    annotate(artefact, tree)
    return artefact


def _codes(codelist: Artefact, codes: Columns | Iterable[Tree]) -> None:
    """Give a codelist its codes; readers have them in columns already."""
    if isinstance(codes, Columns):
        codelist.items = ItemTable(codes, codelist)
    else:
        codelist.items = ItemTable.of_trees(codes, codelist)


def _fill(key: Key, artefact: Artefact, tree: Tree, find: Finder) -> None:
    kind = KINDS[key.kind]
    match key.kind:
        case "categoryscheme":
            for child in tree.get("categories", ()):
                _category(artefact, child, artefact)
        case "datastructure":
            fill_structure(artefact, tree, find)
        case "dataflow":
            urn = tree.get("structure")
            artefact.structure = find.artefact(urn) if urn else None
        case "provisionagreement":
            artefact.structure_usage = find.artefact(tree["dataflow"])
            artefact.data_provider = find.item(tree["dataProvider"])
        case "categorisation":
            if "source" in tree:
                artefact.artefact = find.any(tree["source"])
                artefact.category = find.item(tree["target"])
        case "contentconstraint":
            fill_constraint(artefact, tree, find)
        case _:
            _items(artefact, tree.get(kind.items, ()), find)


def _category(scheme: Artefact, tree: Tree, parent: Any) -> None:
    category = common.Category(
        id=tree["id"], name=tree.get("names", {}), description=tree.get("descriptions", {})
    )
    annotate(category, tree)
    category.parent = parent
    if parent is not scheme:
        parent.child.append(category)
    # Ids may come again in another branch: the object is found from its parent then.
    scheme.items.setdefault(category.id, category)
    for child in tree.get("categories", ()):
        _category(scheme, child, category)


def _items(scheme: Artefact, trees: Iterable[Tree], find: Finder) -> None:
    listed = list(trees)
    for tree in listed:
        if tree["id"] in scheme.items:
            raise RequestSyntaxError(f"{scheme.id} has the item {tree['id']} twice.")
        item = type(scheme)._Item(
            id=tree["id"], name=tree.get("names", {}), description=tree.get("descriptions", {})
        )
        annotate(item, tree)
        item.parent = scheme
        if isinstance(item, common.Concept):
            item.core_representation = find.representation(tree.get("coreRepresentation"))
        for one in tree.get("contacts", ()):
            item.contact.append(contact(one))
        scheme.items[item.id] = item
    _parents(scheme, listed)


def _parents(scheme: Artefact, trees: Iterable[Mapping[str, Any]]) -> None:
    for tree in trees:
        parent = scheme.items.get(tree.get("parent"))
        if parent is not None:
            item = scheme.items[tree["id"]]
            item.parent = parent
            parent.child.append(item)

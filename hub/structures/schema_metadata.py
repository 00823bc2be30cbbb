"""Metadata attributes that data carry: SDMX 3.x attaches them through the data structure.

A data structure names a metadata structure, and which of its attributes are reported with data, and
to what. In data they are attributes like others; queries tell them apart (``attributes=msd``).
Source: SDMX 3.0 Section 2, MetadataAttributeUsage; REST 2.2 ``data.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace

from hub.errors import NotFound
from hub.model.schema import Component, Level, Role
from hub.structures.finder import Finder
from hub.structures.kinds import Artefact, Key, parse_urn
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["metadata_attributes"]


def metadata_attributes(
    dsd: Artefact,
    find: Callable[[Key], Artefact],
    make: Callable[..., Component],
    series: tuple[str, ...],
) -> Iterator[Component]:
    """The attributes of the metadata structure that data of ``dsd`` carry (SDMX 3.x).

    ``find`` gives the metadata structure, ``make`` makes a component of a schema, ``series`` are
    the dimensions of a series. A metadata attribute that has no value of its own stands for those
    below it. Raises ``NotFound`` for one that the metadata structure does not have.
    """
    tree = tree_of(dsd)
    listed = tree.get("dataStructureComponents", {}).get("attributeList", {})
    usages = listed.get("metadataAttributeUsages", ())
    if not usages or "metadata" not in tree:
        return
    parts = tree_of(find(parse_urn(tree["metadata"])[0]))["metadataStructureComponents"]
    known = dict(_below(parts["metadataAttributeList"].get("metadataAttributes", ())))
    named = Finder({})
    for usage in usages:
        id_, relation = usage["metadataAttributeReference"], usage["attributeRelationship"]
        if id_ not in known:
            raise NotFound(f"{tree['metadata']} has no metadata attribute {id_}.")
        level, attached = _attachment(tree, relation, series)
        for one in _with_values(known[id_]):
            source = SimpleNamespace(
                id=one["id"],
                concept_identity=named.item(one["conceptIdentity"]),
                local_representation=named.representation(one.get("localRepresentation")),
            )
            group = relation.get("group", "")
            yield make(
                source, Role.ATTRIBUTE, level=level, attached=attached, group=group, metadata=True
            )


def _below(attributes: Iterable[Tree]) -> Iterator[tuple[str, Tree]]:
    """All metadata attributes by id, at every depth."""
    for one in attributes:
        yield one["id"], one
        yield from _below(one.get("metadataAttributes", ()))


def _with_values(attribute: Tree) -> Iterator[Tree]:
    if not attribute.get("isPresentational"):
        yield attribute
        return
    for one in attribute.get("metadataAttributes", ()):
        yield from _with_values(one)


def _attachment(
    tree: Tree, relation: Tree, series: tuple[str, ...]
) -> tuple[Level, tuple[str, ...]]:
    """Level and group of what has a relationship."""
    if "observation" in relation:
        return Level.OBSERVATION, ()
    named = set(relation.get("dimensions", ()))
    for group in tree["dataStructureComponents"].get("groups", ()):
        if group["id"] == relation.get("group"):
            named = set(group["groupDimensions"])
    if not named:
        return Level.DATASET, ()
    if not named <= set(series):
        return Level.OBSERVATION, ()
    found = tuple(id_ for id_ in series if id_ in named)
    return Level.SERIES, () if found == series else found

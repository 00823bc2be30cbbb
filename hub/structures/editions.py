"""What each edition of the information model says of an artefact, from the one tree.

SDMX 3.x has no ``isFinal`` (the version says it) and 3.1 no roles of data constraints: there a
data constraint is always an allowed one, and what was actual is the answer to an availability
query. What an edition cannot say is refused in a sentence, or noted (:mod:`hub.structures.notes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.errors import NotImplementedByHub
from hub.structures.counterparts import in_generation
from hub.structures.items import ItemTable
from hub.structures.kinds import KINDS, Artefact, Key, key_of
from hub.structures.notes import note
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["BY_COLLECTION", "BY_ELEMENT", "trees_for"]

#: Kinds by where they stand in SDMX-JSON 2.x, and by their tag in SDMX-ML 3.x.
BY_COLLECTION = {k.collection: k.name for k in KINDS.values() if k.element3}
BY_ELEMENT = {k.element3: k.name for k in KINDS.values() if k.element3}


def trees_for(
    artefacts: Iterable[Artefact], version: str, name: str, *, xml: bool
) -> Iterator[tuple[Key, Tree, ItemTable | None]]:
    """Key and tree of each artefact, once, as version 3.0 or 3.1 of the model has it.

    The codes of a codelist are not in its tree, but in the table beside it.
    ``name`` is the format's, for errors. Raises ``NotImplementedByHub``.
    """
    seen: set[Key] = set()
    for artefact in in_generation(artefacts, of_21=False):
        key = key_of(artefact)
        if key in seen:
            continue
        seen.add(key)
        if not KINDS[key.kind].element3:
            raise NotImplementedByHub(
                f"{name} has no {KINDS[key.kind].element}: {key.ref} can be had in SDMX 2.1."
            )
        tree = tree_of(artefact, codes=False)
        if "refused" in tree:
            raise NotImplementedByHub(tree["refused"])
        if "xml" in tree:
            raise NotImplementedByHub(
                f"{KINDS[key.kind].element} {key.ref} is of SDMX 2.1, whose model {name} cannot "
                "express."
            )
        tree.pop("isFinal", None)
        if key.kind in {"contentconstraint", "metadataconstraint"}:
            _role(key, tree, version, name)
        note(key.kind, tree, version, xml=xml)
        yield key, tree, ItemTable.of(artefact) if key.kind == "codelist" else None


def _role(key: Key, tree: Tree, version: str, name: str) -> None:
    role = tree.get("role")
    if role is None and version == "3.0":
        raise NotImplementedByHub(f"The constraint {key.ref} does not say what it is for.")
    if version != "3.0":
        if role == "Actual" and not tree.get("isExternalReference"):
            raise NotImplementedByHub(
                f"{name} has no actual constraints: {key.ref} can be had in SDMX 2.1 or 3.0, and "
                "its content as the answer to an availability query."
            )
        tree.pop("role", None)

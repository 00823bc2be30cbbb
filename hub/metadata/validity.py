"""What is valid in the context of a metadata structure, metadataflow or metadata agreement.

Source: SDMX REST 2.2 ``schema.md``, SDMX REST 1.5 section 4.7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hub.errors import NotFound, NotImplementedByHub
from hub.structures.graph import references_of
from hub.structures.kinds import Artefact, Key, key_of, parse_urn
from hub.structures.repository import StructureSet
from hub.structures.shapes import Tree
from hub.structures.views import partial

__all__ = ["structure_of", "valid_metadata"]

#: Where the artefact of a kind says what it rests on.
_BELOW = {"metadataprovisionagreement": "metadataflow", "metadataflow": "structure"}


def structure_of(structures: StructureSet, context: Key) -> Artefact:
    """The metadata structure of a context.

    Raises ``NotFound`` when the chain to it is broken, and ``NotImplementedByHub`` when a metadata
    constraint narrows what is valid, or when the structure has a form that only SDMX 2.1 has: the
    hub keeps both and does not compute with them.
    """
    chain = [context]
    while chain[-1].kind in _BELOW:
        urn = structures.get(*chain[-1]).content.get(_BELOW[chain[-1].kind])
        if urn is None:
            raise NotFound(f"The {chain[-1].kind} {chain[-1].ref} does not say what it rests on.")
        chain.append(key_of(structures.get(*parse_urn(urn)[0])))
    for constraint in structures.of_kind("metadataconstraint"):
        narrowed = next((key for key in references_of(constraint) if key in chain), None)
        if narrowed is not None:
            raise NotImplementedByHub(
                f"The hub does not apply the metadata constraint {constraint.id} on "
                f"{narrowed.kind} {narrowed.ref}."
            )
    structure = structures.get(*chain[-1])
    if "xml" in structure.content:
        raise NotImplementedByHub(
            f"The metadata structure {chain[-1].ref} has targets and reports in a form that only "
            "SDMX 2.1 has; it is served as it is and not computed with."
        )
    return structure


def valid_metadata(structures: StructureSet, context: Key) -> list[Artefact]:
    """The metadata structure, its codelists, the concepts it uses, and their agencies."""
    structure = structure_of(structures, context)
    parts = structure.content.get("metadataStructureComponents", {})
    listed = parts.get("metadataAttributeList", {}).get("metadataAttributes", [])
    used: dict[Key, dict[str, None]] = defaultdict(dict)
    found: dict[Key, Artefact] = {key_of(structure): structure}
    for attribute in _all(listed):
        key, concept = parse_urn(attribute["conceptIdentity"])
        used[key][concept] = None
        urn = attribute.get("localRepresentation", {}).get("enumeration")
        if urn is not None:
            codelist = structures.get(*parse_urn(urn)[0])
            found[key_of(codelist)] = codelist
    for key, concepts in used.items():
        scheme = structures.get(*key)
        whole = len(concepts) == len(scheme.items)
        found[key] = scheme if whole else partial(scheme, list(concepts))
    agencies = dict.fromkeys(key.ref.agency for key in found)
    for scheme in structures.of_kind("agencyscheme"):
        mine = [id_ for id_ in agencies if id_ in scheme.items]
        if mine:
            whole = len(mine) == len(scheme.items)
            found[key_of(scheme)] = scheme if whole else partial(scheme, mine)
    return list(found.values())


def _all(attributes: list[Tree]) -> Iterator[Tree]:
    for one in attributes:
        yield one
        yield from _all(one.get("metadataAttributes", []))

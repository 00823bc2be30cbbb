"""A metadata set: what a provider reports about a dataflow, a codelist, any structure.

A set is kept as a tree in the terms of SDMX-JSON 2.1, with each text in all its languages, as
artefacts are (:mod:`hub.structures.shapes`). A reported attribute is an object with ``id`` and

* ``value``, a text, or ``texts``, an object from language to text, or neither;
* ``attributes``, those below it.

An attribute with several values is there several times. Source: SDMX 3.0 Section 2, Metadata Set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.errors import NotFound, RequestSyntaxError
from hub.model.schema import StructureRef
from hub.structures.kinds import Artefact, Key, item_urn, key_of, parse_urn
from hub.structures.repository import StructureSet
from hub.structures.shapes import Tree

__all__ = ["DEFAULT_VERSION", "MetadataSet", "paths", "placed", "stub"]

#: Version of a set that states none.
DEFAULT_VERSION = "1.0"

_URN = "urn:sdmx:org.sdmx.infomodel.metadatastructure.MetadataSet="


@dataclass(frozen=True, slots=True)
class MetadataSet:
    """A metadata set; ``agencyID`` of its tree is the metadata provider.

    ``flow`` and ``structure`` are the metadataflow it is reported against and the structure of
    that; ``data_provider`` is the URN of its provider as a provider of data, where the hub has
    such a one. They are known once the set was :func:`placed`.
    """

    tree: Tree
    flow: StructureRef | None = None
    structure: StructureRef | None = None
    data_provider: str | None = None

    @property
    def ref(self) -> StructureRef:
        """Provider, id and version."""
        tree = self.tree
        return StructureRef(tree["agencyID"], tree["id"], tree.get("version") or DEFAULT_VERSION)

    @property
    def urn(self) -> str:
        """The URN of the set."""
        return f"{_URN}{self.ref}"

    @property
    def provider(self) -> str:
        """Id of the metadata provider."""
        return str(self.tree["agencyID"])

    @property
    def agreement(self) -> Key | None:
        """The metadata provision agreement it names."""
        return _key(self.tree.get("metadataProvisionAgreement"), "metadataprovisionagreement")

    @property
    def targets(self) -> list[str]:
        """URNs of what it is about."""
        return list(self.tree.get("targets", ()))

    @property
    def attributes(self) -> list[Tree]:
        """The reported attributes at the top."""
        return list(self.tree.get("attributes", ()))

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> MetadataSet:
        """The set of a tree that a reader made.

        Raises ``RequestSyntaxError`` when it does not say whose it is or what it is called.
        """
        for name in ("agencyID", "id"):
            if not tree.get(name):
                raise RequestSyntaxError(f"A metadata set has no {name}: {tree.get('id')}.")
        kept = {k: v for k, v in tree.items() if v not in (None, {}, [], False)}
        return cls({**kept, "version": tree.get("version") or DEFAULT_VERSION})


def placed(one: MetadataSet, structures: StructureSet) -> MetadataSet:
    """The set with its metadataflow and metadata structure.

    Raises ``NotFound`` when these, or the agreement it names, are not there, and
    ``RequestSyntaxError`` when it names neither an agreement nor a metadataflow.
    """
    agreement = one.agreement
    if agreement is not None:
        urn = _content(structures.get(*agreement)).get("metadataflow")
    else:
        urn = one.tree.get("metadataflow")
    flow = _key(urn, "metadataflow")
    if flow is None:
        raise RequestSyntaxError(
            f"The metadata set {one.ref} names neither a metadata provision agreement nor a "
            "metadataflow."
        )
    found = structures.get(*flow)
    structure = _key(_content(found).get("structure"), "metadatastructure")
    if structure is None:
        raise NotFound(f"The metadataflow {flow.ref} has no metadata structure.")
    named = structures.get(*structure)
    return replace(
        one,
        flow=_ref(found),
        structure=_ref(named),
        data_provider=_data_provider(one.provider, structures),
    )


def _data_provider(provider: str, structures: StructureSet) -> str | None:
    """URN of the data provider with the id of a metadata provider; ``None`` unless there is one."""
    found = [
        item_urn(key_of(scheme), provider)
        for scheme in structures.of_kind("dataproviderscheme")
        if provider in scheme.items
    ]
    return found[0] if len(found) == 1 else None


def stub(one: MetadataSet) -> MetadataSet:
    """The set with the ids of its attributes and nothing of what they say."""
    ids = dict.fromkeys(a["id"] for a in one.attributes)
    tree = {k: v for k, v in one.tree.items() if k not in ("descriptions", "annotations")}
    return replace(
        one,
        tree={**tree, "isExternalReference": True, "attributes": [{"id": id_} for id_ in ids]},
    )


def paths(attributes: list[Tree], above: str = "") -> Iterator[tuple[str, Tree]]:
    """All reported attributes with their dotted path, in document order."""
    for one in attributes:
        path = f"{above}.{one['id']}" if above else str(one["id"])
        yield path, one
        yield from paths(one.get("attributes", []), path)


def _content(artefact: Artefact) -> Mapping[str, Any]:
    content: Mapping[str, Any] = artefact.content
    return content


def _ref(artefact: Artefact) -> StructureRef:
    return key_of(artefact).ref


def _key(urn: str | None, kind: str) -> Key | None:
    if urn is None:
        return None
    try:
        key, _ = parse_urn(urn)
    except ValueError:
        key = None
    if key is None or key.kind != kind:
        raise RequestSyntaxError(f"{urn!r} is not the URN of a {kind}.")
    return key

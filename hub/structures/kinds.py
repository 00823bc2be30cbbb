"""Kinds of maintainable artefacts: their names in REST, in SDMX-ML, in URNs and in sdmx1.

One table; everything that tells artefacts apart reads it. sdmx1 is not imported here: an artefact
is known by the name of its class. Sources: SDMX 2.1 Section 5 (URN), SDMX REST 1.5 section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.model.schema import StructureRef

__all__ = [
    "KINDS",
    "Artefact",
    "Key",
    "Kind",
    "item_path",
    "item_urn",
    "key_of",
    "kind_of",
    "root_items",
    "scheme_of",
    "text_in",
    "urn_of",
]

#: A maintainable artefact of sdmx1.
Artefact = Any


class Key(NamedTuple):
    """What identifies an artefact in a set."""

    kind: str
    ref: StructureRef


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of maintainable artefact.

    ``name`` is the resource of REST v1, ``v2`` the artefact type of REST v2, ``model`` the class
    of sdmx1, ``package`` and ``urn_class`` the URN's, ``container`` and ``element`` the tags of
    SDMX-ML 2.1, ``item`` the class and tag of its items.
    """

    name: str
    model: str
    package: str
    container: str
    element: str
    item: str | None = None
    v2: str = ""
    urn_class: str = ""

    @property
    def type_in_urn(self) -> str:
        """Class of the artefact as URNs and references name it."""
        return self.urn_class or self.element


#: In the order of SDMX-ML 2.1's ``Structures`` element.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "agencyscheme", "AgencyScheme", "base", "OrganisationSchemes", "AgencyScheme",
            "Agency",
        ),
        Kind(
            "dataconsumerscheme", "DataConsumerScheme", "base", "OrganisationSchemes",
            "DataConsumerScheme", "DataConsumer",
        ),
        Kind(
            "dataproviderscheme", "DataProviderScheme", "base", "OrganisationSchemes",
            "DataProviderScheme", "DataProvider",
        ),
        Kind("dataflow", "DataflowDefinition", "datastructure", "Dataflows", "Dataflow"),
        Kind(
            "categoryscheme", "CategoryScheme", "categoryscheme", "CategorySchemes",
            "CategoryScheme", "Category",
        ),
        Kind(
            "categorisation", "Categorisation", "categoryscheme", "Categorisations",
            "Categorisation",
        ),
        Kind("codelist", "Codelist", "codelist", "Codelists", "Codelist", "Code"),
        Kind(
            "conceptscheme", "ConceptScheme", "conceptscheme", "Concepts", "ConceptScheme",
            "Concept",
        ),
        Kind(
            "datastructure", "DataStructureDefinition", "datastructure", "DataStructures",
            "DataStructure",
        ),
        Kind(
            "contentconstraint", "ContentConstraint", "registry", "Constraints",
            "ContentConstraint", v2="dataconstraint",
        ),
        Kind(
            "provisionagreement", "ProvisionAgreement", "registry", "ProvisionAgreements",
            "ProvisionAgreement",
        ),
    )
}  # fmt: skip

_BY_MODEL = {kind.model: kind for kind in KINDS.values()}


def kind_of(artefact: Artefact) -> Kind:
    """Kind of an artefact.

    Raises ``TypeError`` for what is no maintainable artefact of a kind the hub keeps.
    """
    for cls in type(artefact).__mro__:
        kind = _BY_MODEL.get(cls.__name__)
        if kind is not None:
            return kind
    raise TypeError(f"the hub does not keep artefacts of type {type(artefact).__name__}")


def key_of(artefact: Artefact) -> Key:
    """Kind, agency, id and version of an artefact (a version that is not stated is 1.0).

    Raises ``ValueError`` when the artefact has no maintainer.
    """
    maintainer = getattr(artefact, "maintainer", None)
    if maintainer is None or not artefact.id:
        raise ValueError(f"{artefact!r} has no maintenance agency or no id")
    version = str(artefact.version) if artefact.version else "1.0"
    return Key(kind_of(artefact).name, StructureRef(maintainer.id, artefact.id, version))


def urn_of(key: Key) -> str:
    """URN of a maintainable artefact."""
    kind = KINDS[key.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{kind.package}.{kind.type_in_urn}={key.ref}"


def item_urn(key: Key, path: str) -> str:
    """URN of an item of a scheme; ``path`` is its id, nested ids joined by a dot."""
    kind = KINDS[key.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{kind.package}.{kind.item}={key.ref}.{path}"


def scheme_of(item: Any) -> Artefact:
    """The item scheme that an item stands in; ``ValueError`` when in none."""
    above = item.parent
    while above is not None and not hasattr(above, "maintainer"):
        above = above.parent
    if above is None:
        raise ValueError(f"{item!r} stands in no item scheme")
    return above


def item_path(item: Any) -> str:
    """Ids from the top of the scheme to the item, joined by a dot."""
    ids = [item.id]
    above = item.parent
    while above is not None and not hasattr(above, "maintainer"):
        ids.append(above.id)
        above = above.parent
    return ".".join(reversed(ids))


def root_items(scheme: Artefact) -> Iterator[Any]:
    """Items of a nested scheme that have no parent item."""
    for item in scheme.items.values():
        if item.parent is None or hasattr(item.parent, "maintainer"):
            yield item


def text_in(text: Any, lang: str) -> str | None:
    """A text in a language: the one asked for, else English, else any; ``None`` when empty."""
    by_language: dict[str, str] = text.localizations
    for wanted in (lang, lang.partition("-")[0], "en"):
        if by_language.get(wanted):
            return by_language[wanted]
    return next((t for t in by_language.values() if t), None)

"""Whether an event is one that a subscriber asked for. ``%`` in a pattern is any text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.errors import NotFound
from hub.structures.kinds import KINDS, Key, item_path, item_urn, key_of, scheme_of, urn3_of, urn_of
from hub.structures.registry_model import Registration, Selector
from hub.structures.repository import StructureSet

__all__ = ["wants_registration", "wants_structure"]

#: Tags of event selectors that are not the class of the artefact.
_TAGS = {
    "DataConsmerScheme": "dataconsumerscheme",  # so the schema spells it
    "MetadataStructureDefinition": "metadatastructure",
    "KeyFamily": "datastructure",
}
_BY_TAG = {kind.type_in_urn: kind.name for kind in reversed(KINDS.values())} | _TAGS


def wants_structure(selector: Selector, key: Key) -> bool:
    """Whether a selector asks for a change of the artefact with this key."""
    if selector.type != "structure":
        return False
    if not any(_like(pattern, key.ref.agency) for pattern in selector.agencies):
        return False
    if not selector.objects:
        return True
    return any(_is(wanted, key) for wanted in selector.objects)


def _is(wanted: Mapping[str, str], key: Key) -> bool:
    if _BY_TAG.get(wanted["tag"]) != key.kind:
        return False
    return _matches(wanted, key)


def _matches(wanted: Mapping[str, str], key: Key) -> bool:
    if "urn" in wanted:
        return wanted["urn"] in {urn_of(key), urn3_of(key)}
    return (
        _like(wanted.get("agency", "%"), key.ref.agency)
        and _like(wanted.get("id", "%"), key.ref.id)
        and _like(wanted.get("version", "%"), key.ref.version)
    )


def _like(pattern: str, text: str) -> bool:
    if pattern == "*":
        return True
    return re.fullmatch(".*".join(re.escape(p) for p in pattern.split("%")), text) is not None


def wants_registration(
    selector: Selector, registration: Registration, structures: StructureSet
) -> bool:
    """Whether a selector asks for a change of a registration."""
    if selector.type != "data":
        return False
    if not selector.objects:
        return True
    around = list(_around(registration, structures))
    return any(_leads(wanted, registration, around) for wanted in selector.objects)


def _leads(
    wanted: Mapping[str, str], one: Registration, around: list[tuple[str, Key, str]]
) -> bool:
    tag = wanted["tag"]
    if tag == "RegistrationID":
        return wanted.get("text") == one.id
    for known, key, item in around:
        if known != tag:
            continue
        if item:
            if wanted.get("urn") == item_urn(key, item):
                return True
        elif _matches(wanted, key):
            return True
    return False


def _around(one: Registration, structures: StructureSet) -> Iterator[tuple[str, Key, str]]:
    """What a registration can be asked for by: the tag of the selector, and what it names."""
    try:
        agreement = structures.get("provisionagreement", one.agreement)
    except NotFound:
        return
    yield "ProvisionAgreement", key_of(agreement), ""
    provider = agreement.data_provider
    yield "DataProvider", key_of(scheme_of(provider)), str(provider.id)
    flow = key_of(agreement.structure_usage)
    yield "DataflowReference", flow, ""
    for child in structures.graph.children.get(flow, ()):
        yield "KeyFamilyReference", child, ""
    for parent in structures.graph.parents.get(flow, ()):
        if parent.kind == "categorisation":
            category = structures.get(*parent).category
            if category is not None:
                yield "Category", key_of(scheme_of(category)), item_path(category)

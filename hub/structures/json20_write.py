"""SDMX-JSON 2.0 structure messages, from sdmx1 artefacts.

Each text is written twice, as the standard has it: ``name`` in the best match for the language
asked for, ``names`` in all languages. References are URNs. Content constraints become
``dataConstraints`` with a role. Source: SDMX-JSON 2.0 structure message, and its schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.structures.json20_dsd import components, representation
from hub.structures.json20_parts import Json, bound, given, localised, nameable, self_link
from hub.structures.kinds import (
    KINDS,
    Artefact,
    Key,
    item_path,
    item_urn,
    key_of,
    root_items,
    scheme_of,
    urn_of,
)

__all__ = ["write"]

_SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/v2.0.0/structure-message/tools/schemas/"
    "2.0.0/sdmx-json-structure-schema.json"
)

#: Where artefacts of a kind, and items of a scheme, stand in ``data``.
_PLACES = {
    "agencyscheme": ("agencySchemes", "agencies"),
    "dataconsumerscheme": ("dataConsumerSchemes", "dataConsumers"),
    "dataproviderscheme": ("dataProviderSchemes", "dataProviders"),
    "dataflow": ("dataflows", ""),
    "categoryscheme": ("categorySchemes", "categories"),
    "categorisation": ("categorisations", ""),
    "codelist": ("codelists", "codes"),
    "conceptscheme": ("conceptSchemes", "concepts"),
    "datastructure": ("dataStructures", ""),
    "contentconstraint": ("dataConstraints", ""),
    "provisionagreement": ("provisionAgreements", ""),
}


def write(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-JSON 2.0 or the hub cannot express.
    """
    data: dict[str, list[Json]] = {}
    seen: set[Key] = set()
    for artefact in artefacts:
        key = key_of(artefact)
        if key not in seen:
            seen.add(key)
            data.setdefault(_PLACES[key.kind][0], []).append(_artefact(key, artefact, lang))
    meta: Json = {
        "schema": _SCHEMA,
        "id": header.id,
        "test": header.test,
        "prepared": header.prepared.isoformat(timespec="seconds"),
        "contentLanguages": [lang],
        "sender": {"id": header.sender},
    }
    if header.receiver:
        meta["receivers"] = [{"id": header.receiver}]
    return orjson.dumps({"meta": meta, "data": data})


def _artefact(key: Key, artefact: Artefact, lang: str) -> Json:
    urn = urn_of(key).replace(".ContentConstraint=", ".DataConstraint=")
    found = {
        **nameable(artefact, lang),
        "links": [self_link(urn, artefact.structure_url)],
        "version": key.ref.version,
        "agencyID": key.ref.agency,
        "isExternalReference": artefact.is_external_reference,
        "validFrom": artefact.valid_from,
        "validTo": artefact.valid_to,
        "isPartial": True if getattr(artefact, "is_partial", None) else None,
    }
    if KINDS[key.kind].item is not None:
        items = root_items(artefact) if key.kind == "categoryscheme" else artefact.items.values()
        found[_PLACES[key.kind][1]] = [_item(key, item, lang) for item in items]
    elif key.kind == "contentconstraint":
        found |= _constraint(artefact)
    elif not artefact.is_external_reference:
        found |= _CONTENT[key.kind](artefact)
    return given(found)


def _item(key: Key, item: Any, lang: str) -> Json:
    nested = key.kind == "categoryscheme"
    urn = item_urn(key, item_path(item) if nested else item.id)
    found = {**nameable(item, lang), "links": [self_link(urn)]}
    if nested:
        found["categories"] = [_item(key, child, lang) for child in item.child]
    elif item.parent is not None and not hasattr(item.parent, "maintainer"):
        found["parent"] = item.parent.id
    if key.kind == "conceptscheme":
        found["coreRepresentation"] = representation(item.core_representation)
    found["contacts"] = [_contact(c, lang) for c in getattr(item, "contact", ())]
    return given(found)


def _contact(contact: Any, lang: str) -> Json:
    texts = (
        ("name", contact.name),
        ("department", contact.org_unit),
        ("role", contact.responsibility),
    )
    found: Json = {}
    for name, text in texts:
        found |= localised(name, text, lang)
    found["telephones"] = [contact.telephone] if contact.telephone else []
    found["faxes"], found["x400s"] = list(contact.fax), list(contact.x400)
    found["uris"], found["emails"] = list(contact.uri), list(contact.email)
    return given(found)


def _dataflow(flow: Artefact) -> Json:
    if flow.structure is None or flow.structure.maintainer is None:
        return {}
    return {"structure": urn_of(key_of(flow.structure))}


def _structure(dsd: Artefact) -> Json:
    return {"dataStructureComponents": components(dsd)}


def _categorisation(categorisation: Artefact) -> Json:
    source = categorisation.artefact
    urn = urn_of(key_of(source)) if hasattr(source, "maintainer") else _urn_of_item(source)
    return {"source": urn, "target": _urn_of_item(categorisation.category)}


def _urn_of_item(item: Any) -> str:
    key = key_of(scheme_of(item))
    return item_urn(key, item_path(item) if key.kind == "categoryscheme" else item.id)


def _agreement(agreement: Artefact) -> Json:
    return {
        "dataflow": urn_of(key_of(agreement.structure_usage)),
        "dataProvider": _urn_of_item(agreement.data_provider),
    }


_CONTENT: dict[str, Callable[[Artefact], Json]] = {
    "dataflow": _dataflow,
    "datastructure": _structure,
    "categorisation": _categorisation,
    "provisionagreement": _agreement,
}

_ATTACHED = {
    "datastructure": "dataStructures",
    "dataflow": "dataflows",
    "provisionagreement": "provisionAgreements",
}


def _constraint(constraint: Artefact) -> Json:
    role = getattr(getattr(constraint, "role", None), "role", None)
    names = {"allowable": "Allowed", "actual": "Actual"}
    found: Json = {"role": names.get(getattr(role, "name", ""))}
    if constraint.is_external_reference:
        return found
    attachment: Json = {}
    for attached in constraint.content:
        if not hasattr(attached, "maintainer"):
            attachment["dataProvider"] = _urn_of_item(attached)
            continue
        key = key_of(attached)
        if key.kind not in _ATTACHED:
            raise NotImplementedByHub(f"SDMX-JSON 2.0 attaches no constraint to a {key.kind}.")
        attachment.setdefault(_ATTACHED[key.kind], []).append(urn_of(key))
    if len(attachment) > 1:
        raise NotImplementedByHub(
            f"The constraint {constraint.id} is attached to artefacts of several types; "
            "SDMX-JSON 2.0 allows one."
        )
    found["constraintAttachment"] = {
        k: sorted(v) if isinstance(v, list) else v for k, v in attachment.items()
    }
    found["cubeRegions"] = [_region(region) for region in constraint.data_content_region]
    if constraint.data_content_keys is not None:
        found["dataKeySets"] = [_keys(constraint.data_content_keys)]
    return found


def _region(region: Any) -> Json:
    found: Json = {"include": region.included is not False, "keyValues": [], "components": []}
    for member in region.member.values():
        place = "keyValues" if hasattr(member.values_for, "order") else "components"
        found[place].append(_member(member))
    return given(found)


def _member(member: Any) -> Json:
    values = [v for v in member.values if hasattr(v, "value")]
    ranges = [bound(v) for v in member.values if not hasattr(v, "value")]
    return given(
        {
            "id": member.values_for.id,
            "include": False if member.included is False else None,
            "values": [
                given({"value": str(v.value), "cascadeValues": getattr(v, "cascade_values", None)})
                for v in values
            ],
            "timeRange": ranges[0] if ranges else None,
        }
    )


def _keys(keys: Any) -> Json:
    return {
        "isIncluded": keys.included is not False,
        "keys": [
            {
                "keyValues": [
                    {"id": component.id, "value": str(value.value)}
                    for component, value in key.key_value.items()
                ]
            }
            for key in keys.keys
        ],
    }

"""Trees of the grammar from artefacts: what all writers of SDMX 3.x and SDMX-JSON start from.

Objects of sdmx1 are read in the terms of SDMX 2.1 and said in those of 3.x: content constraints
are data constraints with a role, the primary measure is a measure. What SDMX 2.1 has and 3.x has
not (``isFinal``, measure dimensions, attachment groups) is in the tree too; a writer of 3.x refuses
what it cannot say.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hub.errors import NotImplementedByHub
from hub.structures.beyond import kept_beside, put_back
from hub.structures.items import ItemTable
from hub.structures.kinds import (
    KINDS,
    NESTED,
    Artefact,
    Key,
    item_path,
    item_urn,
    key_of,
    root_items,
    scheme_of,
    urn3_of,
)
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.structures.trees_dsd import components, representation
from hub.structures.trees_parts import given, nameable

__all__ = ["item_urn_of", "tree_of"]


def tree_of(artefact: Artefact, *, codes: bool = True) -> Tree:
    """The whole tree of an artefact. It shares no list or dictionary with the artefact's own.

    Without ``codes`` the tree of a codelist lacks them: whoever writes many takes them from its
    :class:`~hub.structures.items.ItemTable`.
    """
    key = key_of(artefact)
    tree = _head(key, artefact)
    if isinstance(artefact, Kept):
        return {**tree, **deepcopy(artefact.content)}
    if key.kind == "codelist":
        if codes:
            tree["codes"] = ItemTable.of(artefact).trees()
    elif KINDS[key.kind].item is not None:
        nested = key.kind in NESTED
        items = root_items(artefact) if nested else artefact.items.values()
        tree[KINDS[key.kind].items] = [_item(key, item) for item in items]
    elif key.kind == "contentconstraint":
        tree |= _constraint(artefact)
    elif not artefact.is_external_reference or key.kind == "provisionagreement":
        tree |= _CONTENT[key.kind](artefact)
    tree = given(tree)
    if artefact.is_external_reference:
        return tree
    return put_back(tree, deepcopy(kept_beside(artefact)))


def _head(key: Key, artefact: Artefact) -> Tree:
    return given(
        {
            **nameable(artefact),
            "uri": artefact.uri,
            "version": key.ref.version,
            "agencyID": key.ref.agency,
            "isFinal": artefact.is_final,
            "isExternalReference": artefact.is_external_reference,
            "validFrom": artefact.valid_from,
            "validTo": artefact.valid_to,
            "serviceURL": artefact.service_url,
            "structureURL": artefact.structure_url,
            "isPartial": True if getattr(artefact, "is_partial", None) is True else None,
        }
    )


def _item(key: Key, item: Any) -> Tree:
    found = nameable(item)
    if key.kind in NESTED:
        found["categories"] = [_item(key, child) for child in item.child]
    elif item.parent is not None and not hasattr(item.parent, "maintainer"):
        found["parent"] = item.parent.id
    if key.kind == "conceptscheme":
        found["coreRepresentation"] = representation(item.core_representation)
    found["contacts"] = [_contact(c) for c in getattr(item, "contact", ())]
    return given(found)


def _contact(contact: Any) -> Tree:
    return given(
        {
            "names": dict(contact.name.localizations),
            "departments": dict(contact.org_unit.localizations),
            "roles": dict(contact.responsibility.localizations),
            "telephones": [contact.telephone] if contact.telephone else [],
            "faxes": list(contact.fax),
            "x400s": list(contact.x400),
            "uris": list(contact.uri),
            "emails": list(contact.email),
        }
    )


def _dataflow(flow: Artefact) -> Tree:
    if flow.structure is None or flow.structure.maintainer is None:
        return {}
    return {"structure": urn3_of(key_of(flow.structure))}


def _structure(dsd: Artefact) -> Tree:
    return {"dataStructureComponents": components(dsd)}


def _categorisation(categorisation: Artefact) -> Tree:
    source, target = categorisation.artefact, categorisation.category
    if source is None or target is None:
        raise NotImplementedByHub(f"The categorisation {categorisation.id} misses one of its ends.")
    urn = urn3_of(key_of(source)) if hasattr(source, "maintainer") else item_urn_of(source)
    return {"source": urn, "target": item_urn_of(target)}


def item_urn_of(item: Any) -> str:
    """URN of an item of a scheme."""
    key = key_of(scheme_of(item))
    return item_urn(key, item_path(item) if key.kind in NESTED else item.id)


def _agreement(agreement: Artefact) -> Tree:
    return {
        "dataflow": urn3_of(key_of(agreement.structure_usage)),
        "dataProvider": item_urn_of(agreement.data_provider),
    }


_CONTENT: dict[str, Callable[[Artefact], Tree]] = {
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
_ROLES = {"allowable": "Allowed", "actual": "Actual"}


def _constraint(constraint: Artefact) -> Tree:
    role = getattr(getattr(constraint, "role", None), "role", None)
    found: Tree = {"role": _ROLES.get(getattr(role, "name", ""))}
    if constraint.is_external_reference:
        return found
    attachment: Tree = {}
    for attached in constraint.content:
        if not hasattr(attached, "maintainer"):
            attachment["dataProvider"] = item_urn_of(attached)
            continue
        key = key_of(attached)
        if key.kind not in _ATTACHED:
            raise NotImplementedByHub(f"The hub attaches no constraint to a {key.kind}.")
        attachment.setdefault(_ATTACHED[key.kind], []).append(urn3_of(key))
    if len(attachment) > 1:
        raise NotImplementedByHub(
            f"The constraint {constraint.id} is attached to artefacts of several types; "
            "the standard allows one."
        )
    found["constraintAttachment"] = {
        k: sorted(v) if isinstance(v, list) else v for k, v in attachment.items()
    }
    found["cubeRegions"] = [_region(region) for region in constraint.data_content_region]
    if constraint.data_content_keys is not None:
        found["dataKeySets"] = [_keys(constraint.data_content_keys)]
    return found


def _region(region: Any) -> Tree:
    found: Tree = {"include": region.included is not False, "keyValues": [], "components": []}
    for member in region.member.values():
        place = "keyValues" if hasattr(member.values_for, "order") else "components"
        found[place].append(_member(member))
    return given(found)


def _member(member: Any) -> Tree:
    values = [v for v in member.values if hasattr(v, "value")]
    ranges = [_range(v) for v in member.values if not hasattr(v, "value")]
    if len(ranges) > 1:
        raise NotImplementedByHub(f"{member.values_for.id} has several time ranges, not one.")
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


def _range(value: Any) -> Tree:
    def period(one: Any) -> Tree:
        return {"period": one.period.isoformat(), "isInclusive": bool(one.is_inclusive)}

    if hasattr(value, "start"):
        return {"startPeriod": period(value.start), "endPeriod": period(value.end)}
    name = type(value).__name__
    return {name[0].lower() + name[1:]: period(value)}


def _keys(keys: Any) -> Tree:
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

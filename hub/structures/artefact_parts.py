"""The small parts of artefacts, from trees: annotations, contacts, formats."""

from __future__ import annotations

from typing import Any

from sdmx.model import common, v21

from hub.structures.shapes import Tree

__all__ = ["annotate", "contact", "facet_of", "set_multilingual"]

_FACETS = {
    "interval": "interval", "startValue": "start_value", "endValue": "end_value",
    "timeInterval": "time_interval", "startTime": "start_time", "endTime": "end_time",
    "minLength": "min_length", "maxLength": "max_length", "minValue": "min_value",
    "maxValue": "max_value", "decimals": "decimals", "pattern": "pattern",
    "isSequence": "is_sequence",
}  # fmt: skip
_TYPES = {"TimeRange": "timesRange", "URI": "uri"}


def annotate(target: Any, tree: Tree) -> None:
    """Give ``target`` the annotations of its tree."""
    for one in tree.get("annotations", ()):
        urls = one.get("urls", ())
        target.annotations.append(
            v21.Annotation(
                id=one.get("id"),
                title=one.get("title"),
                type=one.get("type"),
                url=urls[0]["href"] if urls else None,
                text=one.get("texts", {}),
            )
        )


def contact(tree: Tree) -> common.Contact:
    """A contact; further telephones are kept beside its scheme."""
    return common.Contact(
        name=tree.get("names", {}),
        org_unit=tree.get("departments", {}),
        responsibility=tree.get("roles", {}),
        telephone=next(iter(tree.get("telephones", ())), None),
        fax=list(tree.get("faxes", ())),
        x400=list(tree.get("x400s", ())),
        uri=list(tree.get("uris", ())),
        email=list(tree.get("emails", ())),
    )


def facet_of(tree: Tree) -> common.Facet:
    """A text format. A data type that sdmx1 lacks is kept beside the artefact."""
    limits: dict[str, Any] = {name: tree[key] for key, name in _FACETS.items() if key in tree}
    kind = tree.get("dataType", "")
    if kind == "XHTML":
        value_type: Any = common.ExtendedFacetValueType["Xhtml"]
    else:
        name = _TYPES.get(kind, kind[:1].lower() + kind[1:])
        value_type = common.FacetValueType.__members__.get(name)
    facet = common.Facet(type=common.FacetType(**limits), value_type=value_type)
    if "isMultiLingual" in tree:
        set_multilingual(facet, said=tree["isMultiLingual"])
    return facet


def set_multilingual(facet: Any, *, said: bool) -> None:
    """Say whether a text is in several languages, a facet that sdmx1 has no attribute for."""
    facet.type.__dict__["is_multilingual"] = said

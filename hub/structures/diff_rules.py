"""How far a single difference goes: patch, minor or major, and why.

One rule per fact; :mod:`hub.structures.diff` finds the differences.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from hub.structures.parts import ARTEFACT, Part
from hub.structures.versioning import Impact, is_range, step

__all__ = ["fact_rule", "part_rule"]

Verdict = tuple[Impact, str]
_PATCH, _MINOR, _MAJOR = Impact.PATCH, Impact.MINOR, Impact.MAJOR

_EDITORIAL = re.compile(
    r"^(?:.*\.)?(?:name|description|annotation|contact):|^(?:uri|serviceURL|structureURL|isFinal|"
    r"isPartial|isPartialLanguage|isExternalReference)$"
)
_REFERENCE = re.compile(
    r"^(?P<what>[^,]*?=)(?P<agency>[\w.-]+):(?P<id>[\w@$-]+)\((?P<version>[^)]+)\)(?P<path>[^,]*)$"
)
#: Texts of a type are texts of those after it: a change to one of these loses nothing.
_WIDER = {
    "Short": {"Integer", "Long", "BigInteger", "Decimal", "String", "Count"},
    "Integer": {"Long", "BigInteger", "Decimal", "String"},
    "Long": {"BigInteger", "Decimal", "String"},
    "Count": {"BigInteger", "Decimal", "String"},
    "BigInteger": {"Decimal", "String"},
    "Decimal": {"String"},
    "Float": {"Double", "String"},
    "Double": {"String"},
    "Alpha": {"AlphaNumeric", "String"},
    "Numeric": {"AlphaNumeric", "String"},
    "AlphaNumeric": {"String"},
    "Boolean": {"String"},
    "GregorianYear": {"GregorianTimePeriod", "BasicTimePeriod", "StandardTimePeriod",
                      "ObservationalTimePeriod"},
    "GregorianYearMonth": {"GregorianTimePeriod", "BasicTimePeriod", "StandardTimePeriod",
                           "ObservationalTimePeriod"},
    "GregorianDay": {"GregorianTimePeriod", "BasicTimePeriod", "StandardTimePeriod",
                     "ObservationalTimePeriod"},
    "GregorianTimePeriod": {"BasicTimePeriod", "StandardTimePeriod", "ObservationalTimePeriod"},
    "BasicTimePeriod": {"StandardTimePeriod", "ObservationalTimePeriod"},
    "StandardTimePeriod": {"ObservationalTimePeriod"},
}  # fmt: skip
#: Limits that let more through when they grow, and those that do when they shrink.
_CEILINGS = {"maxLength", "maxValue", "endValue", "decimals", "maxOccurs"}
_FLOORS = {"minLength", "minValue", "startValue", "minOccurs"}
_COMPONENTS = {"attribute", "measure"}


def part_rule(part: Part, *, added: bool) -> Verdict:
    """Verdict on a whole part that appears (``added``) or goes."""
    kind = part.kind
    if kind in {"value", "region", "key"}:
        return _restriction(part, added=added)
    if kind == "attached":
        return (
            (_MAJOR, "what it is attached to now is restricted")
            if added
            else (_MINOR, "what it was attached to is no longer restricted")
        )
    if not added:
        return _MAJOR, f"who uses this {kind} no longer finds it"
    if kind in {"dimension", "timeDimension"}:
        return _MAJOR, "keys of series need one more value"
    if kind in _COMPONENTS and part.facts.get("usage") == "mandatory":
        return _MAJOR, "data without it was complete and no longer is"
    return _MINOR, f"a new {kind}; nothing that was there is touched"


def _restriction(part: Part, *, added: bool) -> Verdict:
    sense = part.facts.get("sense", "")
    lets_in = part.facts.get("included") == "true" or sense in {"included", "excluded, without"}
    if part.kind == "region":  # the first statement on a component restricts, its end frees
        return (_MAJOR, "a new restriction") if added else (_MINOR, "a restriction is lifted")
    if added == lets_in:
        return _MINOR, "more is allowed"
    return _MAJOR, "less is allowed"


def fact_rule(part: Part, name: str, old: str | None, new: str | None) -> Verdict:
    """Verdict on one fact of a part that changed; ``None`` is "not stated"."""
    if _EDITORIAL.match(name):
        return _PATCH, "editorial"
    if name.endswith(">"):
        return _reference(name, old, new)
    before, is_format, facet = name.rpartition("format:")
    if is_format and not before:
        return _format(facet, old, new)
    last = name.rpartition(".")[2]
    rule = _RULES.get(last)
    if rule is not None:
        return rule(old, new)
    if last in _CEILINGS | _FLOORS:
        return _format(last, old, new)
    where = "the artefact" if part.kind == ARTEFACT else f"the {part.kind}"
    return _MAJOR, f"{last} of {where} has another value"


def _parent(old: str | None, new: str | None) -> Verdict:
    if old is None:
        return _MINOR, "it stands under a parent now"
    return _MAJOR, "sums over the hierarchy mean something else"


def _usage(old: str | None, new: str | None) -> Verdict:
    if new == "mandatory":
        return _MAJOR, "data without it was complete and no longer is"
    return _MINOR, "it may be left out now"


def _attachment(old: str | None, new: str | None) -> Verdict:
    return _MAJOR, "values stand at another place of a message"


def _validity(old: str | None, new: str | None) -> Verdict:
    return _MINOR, "it may be used in another time"


def _children(old: str | None, new: str | None) -> Verdict:
    if new is not None and new != "false":
        return _MINOR, "the codes below are meant too"
    return _MAJOR, "the codes below are no longer meant"


_RULES: dict[str, Callable[[str | None, str | None], Verdict]] = {
    "parent": _parent,
    "usage": _usage,
    "attachment": _attachment,
    "validFrom": _validity,
    "validTo": _validity,
    "cascadeValues": _children,
}


def _reference(name: str, old: str | None, new: str | None) -> Verdict:
    what = name.rstrip(">").rpartition(".")[2]
    if what == "conceptRoles":
        return _MINOR, "the role says what it is for, not what it may hold"
    if old is None or new is None:
        return _MAJOR, f"it has {'no ' if new is None else 'a '}{what} now"
    before, after = _REFERENCE.match(old), _REFERENCE.match(new)
    same = before and after and all(before[g] == after[g] for g in ("what", "agency", "id", "path"))
    if not same or before is None or after is None:
        return _MAJOR, f"{what} is another one"
    if is_range(before["version"]) or is_range(after["version"]):
        return _MINOR, f"{what} may be of other versions"
    return step(before["version"], after["version"]), f"{what} moved as far as its own version"


def _format(facet: str, old: str | None, new: str | None) -> Verdict:
    if facet in {"textType", "dataType"}:
        wider = new in _WIDER.get(old or "String", ())
        wider = wider or (new in {None, "String"} and old not in {None, "XHTML"})
        return (_MINOR, "a wider type") if wider else (_MAJOR, "values that were right are not")
    if facet == "isMultiLingual":
        return _MINOR, "texts may be given in several languages, or in one"
    if new is None:
        return _MINOR, "a limit is lifted"
    if old is None:
        return _MAJOR, "a new limit"
    grows = _grows(old, new)
    if grows is not None and facet in _CEILINGS | _FLOORS:
        loose = grows if facet in _CEILINGS else not grows
        return (_MINOR, "a wider limit") if loose else (_MAJOR, "a narrower limit")
    return _MAJOR, "values that were right may not be"


def _grows(old: str, new: str) -> bool | None:
    if old == "unbounded" or new == "unbounded":
        return new == "unbounded"
    try:
        return Decimal(new) > Decimal(old)
    except InvalidOperation:
        return None

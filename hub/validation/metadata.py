"""What is wrong with a metadata set: its provider, its targets, its attributes and their values.

All faults are found, each as a finding with the dotted path of the attribute. Source: SDMX 3.0
Section 2, Metadata Structure Definition (occurrences, representation, presentational attributes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hub.errors import NotFound
from hub.metadata.model import MetadataSet
from hub.metadata.targets import matches, matches_pattern
from hub.model.findings import Finding
from hub.structures.kinds import Key, parse_urn
from hub.structures.repository import StructureSet
from hub.structures.shapes import Tree
from hub.validation.phrases import say
from hub.validation.rules import RULES, sentence
from hub.validation.types import value_type

__all__ = ["check_set", "in_order"]

#: Attributes named in one sentence.
_NAMED = 12


def check_set(one: MetadataSet, structures: StructureSet) -> list[Finding]:
    """All faults of a set that is placed."""
    return [
        *_provider(one, structures),
        *_targets(one, structures),
        *_attributes(one, one.attributes, _declared(one, structures), "", structures),
    ]


def in_order(one: MetadataSet, structures: StructureSet) -> MetadataSet:
    """The set with its attributes in the order of the structure, those it lacks at the end."""
    attributes = _sorted(one.attributes, _declared(one, structures))
    return replace(one, tree={**one.tree, "attributes": attributes})


def _declared(one: MetadataSet, structures: StructureSet) -> list[Tree]:
    assert one.structure is not None, "the set is placed"
    content = structures.get("metadatastructure", one.structure).content
    parts: list[Tree] = (
        content.get("metadataStructureComponents", {})
        .get("metadataAttributeList", {})
        .get("metadataAttributes", [])
    )
    return parts


def _sorted(attributes: list[Tree], declared: list[Tree]) -> list[Tree]:
    places = {d["id"]: n for n, d in enumerate(declared)}
    below = {d["id"]: d.get("metadataAttributes", []) for d in declared}
    return [
        a | {"attributes": _sorted(a["attributes"], below.get(a["id"], []))}
        if a.get("attributes")
        else a
        for a in sorted(attributes, key=lambda a: places.get(a["id"], len(places)))
    ]


def _finding(
    rule: str, one: MetadataSet, *, component: str | None = None, found: str | None = None,
    expected: str | None = None,
) -> Finding:  # fmt: skip
    key = str(one.ref)
    return Finding(
        rule=rule,
        message=sentence(rule, component=component, found=found, expected=expected, key=key),
        severity=RULES[rule].severity,
        key=key,
        component=component,
        found=found,
        expected=expected,
    )


def _provider(one: MetadataSet, structures: StructureSet) -> Iterator[Finding]:
    """A set under an agreement is of the agreement's provider; any other of a known provider."""
    agreement = one.agreement
    if agreement is not None:
        urn = structures.get(*agreement).content.get("metadataProvider", "")
        wanted = parse_urn(urn)[1] if urn else ""
        if wanted != one.provider:
            yield _finding("METADATA_PROVIDER", one, found=one.provider,
                           expected=say("md_provider", provider=wanted))  # fmt: skip
        return
    schemes = structures.of_kind("metadataproviderscheme")
    if not any(one.provider in scheme.items for scheme in schemes):
        names = ", ".join(str(scheme.id) for scheme in schemes)
        yield _finding("METADATA_PROVIDER", one, found=one.provider,
                       expected=say("md_provider", provider=names))  # fmt: skip


def _targets(one: MetadataSet, structures: StructureSet) -> Iterator[Finding]:
    """What a set is about is in the hub, and in what its flow and agreement are for."""
    assert one.flow is not None, "the set is placed"
    limits = [structures.get("metadataflow", one.flow).content.get("targets", [])]
    if one.agreement is not None:
        limits.append(structures.get(*one.agreement).content.get("targets", []))
    for target in one.targets:
        allowed = all(any(matches_pattern(p, target) for p in some) for some in limits if some)
        if not allowed or not any(matches(target, key) for key in _named(target, structures)):
            narrow = ", ".join((limits[-1] or limits[0])[:_NAMED])
            yield _finding("METADATA_TARGET", one, found=target,
                           expected=say("md_target", targets=narrow))  # fmt: skip


def _named(target: str, structures: StructureSet) -> list[Key]:
    """Keys of the hub that a target may mean."""
    try:
        key, _ = parse_urn(target)
    except ValueError:
        return list(structures.by_key)  # with wildcards
    try:
        structures.get(*key)
    except NotFound:
        return []
    return [key]


def _attributes(
    one: MetadataSet,
    reported: list[Tree],
    declared: list[Tree],
    above: str,
    structures: StructureSet,
) -> Iterator[Finding]:
    by_id = {d["id"]: d for d in declared}
    for id_, definition in by_id.items():
        path = f"{above}{id_}"
        number = sum(1 for a in reported if a["id"] == id_)
        most = definition.get("maxOccurs", 1)
        if number < definition.get("minOccurs", 1):
            yield _finding("METADATA_ATTRIBUTE_MISSING", one, component=path)
        elif most != "unbounded" and number > int(most):
            yield _finding("METADATA_OCCURRENCES", one, component=path, found=str(number),
                           expected=str(most))  # fmt: skip
    for attribute in reported:
        path = f"{above}{attribute['id']}"
        known = by_id.get(attribute["id"])
        if known is None:
            names = ", ".join(list(by_id)[:_NAMED]) or "—"
            yield _finding("METADATA_ATTRIBUTE_UNKNOWN", one, component=path, found=path,
                           expected=say("md_attributes", attributes=names))  # fmt: skip
            continue
        fault = _value_fault(attribute, known, structures)
        if fault is not None:
            yield _finding("METADATA_VALUE", one, component=path, found=fault[0], expected=fault[1])
        yield from _attributes(
            one, attribute.get("attributes", []), known.get("metadataAttributes", []), f"{path}.",
            structures,
        )  # fmt: skip


def _value_fault(
    attribute: Tree, declared: Mapping[str, Any], structures: StructureSet
) -> tuple[str, str] | None:
    """What is reported and what should be; ``None`` when it is right."""
    value, texts = attribute.get("value"), attribute.get("texts")
    shown = value if value is not None else "; ".join((texts or {}).values())
    if declared.get("isPresentational"):
        return None if value is None and texts is None else (shown, say("md_title"))
    if value is None and texts is None:  # only those below it are reported
        return None if attribute.get("attributes") else ("", say("value"))
    local = declared.get("localRepresentation", {})
    if "enumeration" in local:
        return _code_fault(value, shown, local["enumeration"], structures)
    return _format_fault(value, texts, shown, local.get("format", {}))


def _code_fault(
    value: str | None, shown: str, urn: str, structures: StructureSet
) -> tuple[str, str] | None:
    key, _ = parse_urn(urn)
    if value is not None and value in structures.get(*key).items:
        return None
    return shown, say("code", codelist=str(key.ref))


def _format_fault(
    value: str | None, texts: Mapping[str, str] | None, shown: str, said: Mapping[str, Any]
) -> tuple[str, str] | None:
    if said.get("isMultiLingual"):
        return None if texts else (shown, say("md_texts"))
    if texts is not None and len(texts) > 1:
        return shown, say("text")
    expected = _expected(value if value is not None else shown, said)
    return None if expected is None else (shown, expected)


def _expected(text: str, said: Mapping[str, Any]) -> str | None:
    """What a text of a format should be; ``None`` when it is."""
    name = str(said.get("dataType", "String"))
    longest, pattern = said.get("maxLength"), said.get("pattern")
    kind = value_type(name)
    if name == "URI" and (not urlsplit(text).scheme or re.search(r"\s", text)):
        return say("md_address")
    if kind is not None and not kind.accepts(text):
        return kind.expected
    if longest is not None and len(text) > int(longest):
        return say("max_length", limit=longest)
    if pattern is not None and not re.fullmatch(pattern, text):
        return say("pattern", limit=pattern)
    return None

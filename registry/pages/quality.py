"""The quality metadata of a dataset for people, and the page of one metadata set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from hub.errors import NotFound
from hub.metadata.model import MetadataSet
from hub.metadata.select import select_sets
from hub.model.schema import StructureRef
from hub.query.metadata import MetadataQuery
from hub.query.versions import LATEST, VersionQuery
from hub.store.home import Hub
from hub.structures.kinds import parse_urn
from hub.structures.repository import StructureSet
from hub.structures.shapes import Tree
from registry.context import current_hub
from registry.pages.site import blueprint, query_string, say

__all__ = ["Report", "Row", "metadata_set", "quality_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """A reported attribute: its name, what it says (once for each instance), how deep it stands.

    ``addresses`` says that the values are URLs. Pages refer to no other host, so they are shown
    and not linked.
    """

    name: str
    values: list[str]
    level: int
    addresses: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A metadata set as a page shows it."""

    ref: StructureRef
    path: str
    provider: str
    name: str
    rows: list[Row]


def quality_of(
    hub: Hub, structures: StructureSet, flow: StructureRef, language: str
) -> list[Report]:
    """What each provider reports about a dataflow, in the order of their names."""
    query = MetadataQuery(
        "structure",
        frozenset({"dataflow"}),
        frozenset({flow.agency}),
        frozenset({flow.id}),
        (VersionQuery("=", exact=flow.version),),
    )
    found = select_sets(hub.metadata.read(structures), query, structures)
    reports = [_report(one, structures, language) for one in found]
    return sorted(reports, key=lambda report: report.provider)


@blueprint.get("/metadata/<provider>/<ident>")
@blueprint.get("/metadata/<provider>/<ident>/<version>")
def metadata_set(provider: str, ident: str, version: str | None = None) -> str | Response:
    """One metadata set; without a version the latest."""
    hub, t = current_hub(), say()
    structures = hub.structures
    wanted = LATEST if version is None else VersionQuery("=", exact=_version(version))
    query = MetadataQuery(
        "metadataset", frozenset(), frozenset({provider}), frozenset({ident}), (wanted,)
    )
    found = select_sets(hub.metadata.read(structures), query, structures)
    if not found:
        raise NotFound(f"The hub has no metadata set {ident} of {provider}.")
    report = _report(found[0], structures, t.language)
    if version != report.ref.version:
        return redirect(report.path + query_string(request.args.to_dict(flat=False)))
    ref = report.ref
    address = f"{request.host_url}sdmx/v2/metadata/metadataset/{ref.agency}/{ref.id}/{ref.version}"
    return render_template(
        "pages/metadata.html",
        report=report,
        about=list(_about(found[0], structures, t.language)),
        address=address,
    )


def _version(text: str) -> str:
    if not text[:1].isdigit() or not all(c.isalnum() or c in ".-" for c in text):
        raise NotFound(f"There is no version {text}.")
    return text


def _about(one: MetadataSet, structures: StructureSet, language: str) -> Iterator[tuple[str, str]]:
    """Name and path of the dataflows a set is about."""
    for target in one.targets:
        key, _ = parse_urn(target)
        if key in structures.by_key:
            name = structures.name(structures.get(*key), language)
            ref = key.ref
            folder = "data" if key.kind == "dataflow" else f"structures/{key.kind}"
            yield name, f"/{folder}/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}"


def _report(one: MetadataSet, structures: StructureSet, language: str) -> Report:
    ref = one.ref
    provider = next(
        (
            structures.name(scheme.items[one.provider], language)
            for scheme in structures.of_kind("metadataproviderscheme")
            if one.provider in scheme.items
        ),
        one.provider,
    )
    assert one.structure is not None, "sets of the store are placed"
    content = structures.get("metadatastructure", one.structure).content
    parts = content.get("metadataStructureComponents", {}).get("metadataAttributeList", {})
    names: dict[str, str] = one.tree.get("names", {})
    return Report(
        ref,
        f"/metadata/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}",
        provider,
        _best(names, language) or ref.id,
        list(_rows(one.attributes, parts.get("metadataAttributes", []), structures, language, 0)),
    )


def _rows(
    attributes: list[Tree],
    declared: list[Tree],
    structures: StructureSet,
    language: str,
    level: int,
) -> Iterator[Row]:
    for definition in declared:
        mine = [a for a in attributes if a["id"] == definition["id"]]
        if not mine:
            continue
        name = _name(definition, structures, language)
        below = definition.get("metadataAttributes", [])
        if not below:
            yield _row(name, definition, mine, structures, language, level)
            continue
        for one in mine:  # an attribute with others below it begins anew each time
            yield _row(name, definition, [one], structures, language, level)
            yield from _rows(one.get("attributes", []), below, structures, language, level + 1)


def _row(
    name: str, definition: Tree, given: list[Tree], structures: StructureSet, language: str,
    level: int,
) -> Row:  # fmt: skip
    local = definition.get("localRepresentation", {})
    labels: Any = {}
    if "enumeration" in local:
        labels = structures.labels(parse_urn(local["enumeration"])[0].ref, language)
    values = [
        labels.get(one["value"], one["value"]) if "value" in one else _best(one["texts"], language)
        for one in given
        if "value" in one or "texts" in one
    ]
    addresses = bool(values) and all(v.startswith(("https://", "http://")) for v in values)
    return Row(name, values, level, addresses)


def _best(texts: dict[str, str], language: str) -> str:
    for wanted in (language, "en"):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()), "")


def _name(definition: Tree, structures: StructureSet, language: str) -> str:
    key, id_ = parse_urn(definition["conceptIdentity"])
    concept = structures.get(*key).items.get(id_)
    return str(definition["id"]) if concept is None else structures.name(concept, language)

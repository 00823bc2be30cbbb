"""Structures for people: the list of artefacts, and one artefact with names and references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub.errors import NotFound
from hub.model.schema import Component, DataSchema, StructureRef
from hub.structures.kinds import KINDS, Key, item_path, key_of, text_in
from hub.structures.repository import StructureSet
from registry.context import current_hub
from registry.pages.i18n import LANGUAGES
from registry.pages.names import collation, description
from registry.pages.selection import page_path
from registry.pages.site import blueprint, query_string, say
from registry.pages.table import Page

__all__ = ["Link", "structure", "structures"]

#: Kinds in the order a reader looks for them; the others follow.
_ORDER = (
    "dataflow", "datastructure", "codelist", "conceptscheme", "dataproviderscheme", "agencyscheme",
    "categoryscheme", "provisionagreement", "contentconstraint", "categorisation",
)  # fmt: skip

#: Schemes whose items a page lists.
ITEMS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class Link:
    """An artefact in a list."""

    key: Key
    name: str
    path: str
    items: int | None


def path_of(key: Key) -> str:
    """Path of an artefact's page."""
    ref = key.ref
    return f"/structures/{key.kind}/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}"


def _link(known: StructureSet, artefact: Any, language: str) -> Link:
    key = key_of(artefact)
    items = getattr(artefact, "items", None)
    name = known.name(artefact, language)
    return Link(key, name, path_of(key), None if items is None else len(items))


@blueprint.get("/structures")
def structures() -> str:
    """All artefacts by kind, filtered by the words of ``q``."""
    known, language = current_hub().structures, say().language
    asked = " ".join(request.args.get("q", "").split())[:200]
    words = collation(asked).split()
    kinds = sorted(KINDS, key=lambda k: _ORDER.index(k) if k in _ORDER else len(_ORDER))
    groups = []
    for kind in kinds:
        links = [_link(known, a, language) for a in known.of_kind(kind)]
        found = [x for x in links if all(w in collation(f"{x.name} {x.key.ref}") for w in words)]
        if found:
            groups.append((kind, sorted(found, key=lambda x: collation(x.name))))
    return render_template("pages/structures.html", groups=groups, asked=asked)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a scheme: its id (a path where nested), its name in each language of the pages."""

    id: str
    names: dict[str, str | None]
    description: str
    parent: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Row:
    """A component of a data structure."""

    component: Component
    name: str
    codelist: Link | None


@blueprint.get("/structures/<kind>/<agency>/<ident>/<version>")
def structure(kind: str, agency: str, ident: str, version: str) -> str | Response:
    """One artefact."""
    known, t = current_hub().structures, say()
    if kind not in KINDS:
        raise NotFound(f"The hub has no structures of the kind {kind!r}.")
    artefact = known.find(kind, agency, ident, version)
    key = key_of(artefact)
    if key.ref.version != version:
        return redirect(path_of(key) + query_string(request.args.to_dict(flat=False)))
    graph = known.graph
    asked = " ".join(request.args.get("q", "").split())[:200]
    items = _items(artefact, t.language)
    words = collation(asked).split()
    found = [i for i in items if all(w in _text(i) for w in words)]
    page = Page.of(_page_number(), ITEMS_PER_PAGE, len(found))
    return render_template(
        "pages/structure.html",
        key=key,
        path=path_of(key),
        name=known.name(artefact, t.language),
        about=description(artefact, t.language),
        other=next(code for code in LANGUAGES if code != t.language),
        has_items=hasattr(artefact, "items"),
        items=found[max(0, page.first - 1) : page.last],
        page=page,
        asked=asked,
        rows=_rows(known, key, t.language),
        data=page_path(key.ref) if kind == "dataflow" else None,
        below=_links(known, graph.children.get(key, ()), t.language),
        above=_links(known, graph.parents.get(key, ()), t.language),
        urls=_urls(key),
    )


def _page_number() -> int:
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 9 else 1


def _text(item: Item) -> str:
    return collation(" ".join((item.id, item.description, *(n or "" for n in item.names.values()))))


def _items(artefact: Any, language: str) -> list[Item]:
    """Items of a scheme, children below their parents."""
    children: dict[str | None, list[Any]] = {}
    for item in getattr(artefact, "items", {}).values():
        parent = getattr(item, "parent", None)
        is_root = parent is None or hasattr(parent, "maintainer")
        children.setdefault(None if is_root else item_path(parent), []).append(item)

    def below(parent: str | None, level: int) -> list[Item]:
        found = []
        for item in children.get(parent, ()):
            names = {code: item.name.localizations.get(code) for code in LANGUAGES}
            if not any(names.values()):
                names[language] = text_in(item.name, language)
            path = item_path(item)
            found.append(Item(item.id, names, description(item, language), parent, level))
            found += below(path, level + 1)
        return found

    return below(None, 0)


def _rows(known: StructureSet, key: Key, language: str) -> list[Row]:
    """The components of a data structure, or of a dataflow as its constraints leave it."""
    ref = key.ref
    if key.kind == "datastructure":
        schema = known.structure(ref.agency, ref.id, ref.version)
    elif key.kind == "dataflow":
        schema = known.dataflow(ref.agency, ref.id, ref.version)
    else:
        return []
    return [_row(known, schema, component, language) for component in schema.components]


def _row(known: StructureSet, schema: DataSchema, component: Component, language: str) -> Row:
    return Row(
        component,
        known.concept_name(schema, component.id, language),
        _codelist(known, component.codelist, language),
    )


def _codelist(known: StructureSet, ref: StructureRef | None, language: str) -> Link | None:
    if ref is None:
        return None
    for kind in ("codelist", "conceptscheme"):
        try:
            return _link(known, known.get(kind, ref), language)
        except NotFound:
            continue
    return None


def _links(known: StructureSet, keys: tuple[Key, ...], language: str) -> list[Link]:
    links = []
    for key in dict.fromkeys(keys):
        try:
            links.append(_link(known, known.get(key.kind, key.ref), language))
        except NotFound:  # it is referred to and not kept here
            continue
    return sorted(links, key=lambda x: (x.key.kind, collation(x.name)))


def _urls(key: Key) -> list[tuple[str, str]]:
    ref, root = key.ref, request.host_url.rstrip("/")
    kind = KINDS[key.kind]
    return [
        ("SDMX REST 1.5", f"{root}/sdmx/v1/{key.kind}/{ref.agency}/{ref.id}/{ref.version}"),
        (
            "SDMX REST 2.2",
            f"{root}/sdmx/v2/structure/{kind.v2 or key.kind}/{ref.agency}/{ref.id}/{ref.version}",
        ),
    ]


@blueprint.get("/structures/<kind>/<agency>/<ident>")
def latest_structure(kind: str, agency: str, ident: str) -> Response:
    """The latest version of an artefact."""
    if kind not in KINDS:
        raise NotFound(f"The hub has no structures of the kind {kind!r}.")
    key = key_of(current_hub().structures.find(kind, agency, ident))
    return redirect(
        url_for(
            "pages.structure",
            kind=kind, agency=key.ref.agency, ident=key.ref.id, version=key.ref.version,
        )
    )  # fmt: skip

"""``/feeds/releases.atom``: what was released, as an Atom feed (RFC 4287).

``dataflow`` (``AGENCY:ID(VERSION)``) narrows it to one dataset, ``lang`` is en or es.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request
from lxml import etree

from hub.errors import NotFound, RequestSyntaxError
from hub.events.links import changes_path, dataset_path, instant
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.releases import ReleaseItem
from registry.context import current_hub
from registry.pages.i18n import LANGUAGES, Words, negotiate, words
from registry.rest.http import entity_tag, not_modified, validated

__all__ = ["ENTRIES", "blueprint"]

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")

#: Releases of datasets in a feed, the newest ones.
ENTRIES = 100

_ATOM = "http://www.w3.org/2005/Atom"


@blueprint.get("/releases.atom")
def releases() -> Response:
    """The feed."""
    hub = current_hub()
    unknown = set(request.args) - {"dataflow", "lang"}
    if unknown:
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    if request.args.get("lang", "en") not in LANGUAGES:
        raise RequestSyntaxError(f"lang is one of {', '.join(LANGUAGES)}.")
    t = words(negotiate(request))
    flow = _dataflow(hub, request.args.get("dataflow"))
    items = hub.releases.latest(ENTRIES) if flow is None else hub.releases.items(flow)[::-1]
    items = items[:ENTRIES]
    newest = items[0].released_at if items else None
    root = hub.settings.public_url or request.host_url
    tag = entity_tag([t.language, root, hub.artefacts.version(), *(i.release for i in items[:1])])
    fresh = not_modified(tag, newest)
    if fresh is not None:
        return fresh
    response = Response(
        _feed(hub, items, t, flow, root.rstrip("/")),
        content_type="application/atom+xml; charset=utf-8",
    )
    response.headers["Content-Language"] = t.language
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.update(("Accept-Language", "Cookie"))
    return validated(response, tag, newest)


def _dataflow(hub: Hub, text: str | None) -> StructureRef | None:
    if not text:
        return None
    try:
        ref = StructureRef.parse(text)
    except ValueError:
        raise RequestSyntaxError(f"dataflow is AGENCY:ID(VERSION), not {text!r}.") from None
    hub.structures.get("dataflow", ref)
    return ref


def _feed(
    hub: Hub, items: list[ReleaseItem], t: Words, flow: StructureRef | None, root: str
) -> bytes:
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", t.language)
    name = t("site.name")
    title = name if flow is None else f"{_name(hub, flow, t)} · {name}"
    own = f"/feeds/releases.atom{request.full_path.partition('.atom')[2].rstrip('?')}"
    known = f"{hub.settings.sender}/feeds/releases/{flow or ''}"
    _text(feed, "id", uuid.uuid5(uuid.NAMESPACE_URL, known).urn)
    _text(feed, "title", title)
    _text(feed, "updated", instant(items[0].released_at if items else datetime.now(UTC)))
    _link(feed, "self", root + own, "application/atom+xml")
    _link(feed, "alternate", root + "/", "text/html")
    author = etree.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", hub.settings.sender)
    for item in items:
        _entry(hub, feed, item, t, root)
    return bytes(etree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(hub: Hub, feed: etree._Element, item: ReleaseItem, t: Words, root: str) -> None:
    ref, counts = item.change.dataflow, item.change
    entry = etree.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(entry, "id", uuid.uuid5(uuid.UUID(item.submission), str(ref)).urn)
    _text(entry, "title", _name(hub, ref, t))
    _text(entry, "updated", instant(item.released_at))
    _text(entry, "published", instant(item.released_at))
    # Any instant between the release before and this one means the same.
    before = item.released_at - timedelta(microseconds=1)
    _link(entry, "alternate", root + dataset_path(ref), "text/html")
    _link(entry, "related", root + changes_path(ref, before), "application/vnd.sdmx.data+csv")
    etree.SubElement(entry, f"{{{_ATOM}}}category", term=str(ref))
    _text(
        entry, "summary",
        t(
            "events.summary", inserted=t.number(counts.inserted),
            updated=t.number(counts.updated), deleted=t.number(counts.deleted),
        ),
    )  # fmt: skip


def _name(hub: Hub, ref: StructureRef, t: Words) -> str:
    try:
        return hub.structures.name(hub.structures.get("dataflow", ref), t.language)
    except NotFound:
        return str(ref)  # it was taken away since


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _link(parent: etree._Element, rel: str, href: str, media: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=href, type=media)

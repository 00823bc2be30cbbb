"""``/api/deliveries``: packs that were made for consumers.

========================================  ======================================================
``GET /api/deliveries``                   packs, newest first; ``consumer`` narrows the list
``GET /api/deliveries/{id}``              a pack with its manifest
``GET /api/deliveries/{id}/pack.zip``     the pack itself
========================================  ======================================================

They hold what is released, so they are for everybody. ``mighub deliver`` makes them.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, send_file

from hub.delivery.ledger import Entry, entries, entry, file_of
from hub.errors import NotFound, RequestSyntaxError
from hub.store.home import Hub
from registry.context import current_hub
from registry.people_json import instant
from registry.submissions import answer, number_of

__all__ = ["blueprint", "summary"]

blueprint = Blueprint("deliveries", __name__, url_prefix="/api/deliveries")

_MOST = 1000


@blueprint.get("")
def listing() -> Response:
    """Packs, newest first."""
    unknown = set(request.args) - {"consumer", "limit"}
    if unknown:
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    limit = number_of("limit", 100, _MOST)
    found = entries(current_hub(), request.args.get("consumer"), limit)
    return answer({"deliveries": [summary(one) for one in found]})


@blueprint.get("/<id_>")
def one(id_: str) -> Response:
    """A pack with its manifest."""
    found = _entry(current_hub(), id_)
    return answer({**summary(found), "manifest": found.manifest})


@blueprint.get("/<id_>/pack.zip")
def download(id_: str) -> Response:
    """The pack; its SHA-256 is its entity tag."""
    hub = current_hub()
    found = _entry(hub, id_)
    return send_file(
        file_of(hub, found), "application/zip", as_attachment=True, download_name=found.filename,
        etag=found.sha256, last_modified=found.made_at, conditional=True,
    )  # fmt: skip


def _entry(hub: Hub, id_: str) -> Entry:
    if not id_.isascii() or not id_.isdigit() or len(id_) > 15:
        raise NotFound("There is no such pack.")
    return entry(hub, int(id_))


def summary(found: Entry) -> dict[str, Any]:
    """A pack as lists show it."""
    return {
        "id": found.id,
        "consumer": found.consumer,
        "as_of": instant(found.as_of),
        "made_at": instant(found.made_at),
        "sha256": found.sha256,
        "size": found.size,
        "datasets": [
            {"dataflow": d["dataflow"], "observations": d["observations"], "changes": d["changes"]}
            for d in found.manifest["datasets"]
        ],
    }

"""``/health``: whether the parts this process needs can be reached."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from hub.store.dialect import Files, Kind
from hub.store.engines import engine, files_of
from hub.store.observations import PROVIDER
from registry.context import current_hub

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__)

_LOG = logging.getLogger("registry")


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """200 when everything answers, 503 when something does not; the body says what."""
    hub = current_hub()
    release: list[int] = []

    def catalogue() -> None:
        release.extend(p.release for p in hub.releases.pointers().values())

    def store() -> None:
        for pointer in hub.releases.pointers().values():
            found = files_of(hub, pointer.dataflow, pointer.version)
            if found:
                some = Files(tuple(found[:1]), ((PROVIDER, Kind.CODE),))
                engine(hub).scalar("SELECT count(*) FROM ?", [some])
                return

    checks = {"catalogue": _works(catalogue), "store": _works(store)}
    well = all(checks.values())
    body = {"status": "ok" if well else "failing", **checks, "release": max(release, default=None)}
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if well else 503


def _works(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        _LOG.exception("health check failed")
        return False
    return True

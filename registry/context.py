"""What a request may reach: the hub this application serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["EXTENSION", "current_hub", "request_id"]

#: Key of the hub in ``Flask.extensions``.
EXTENSION = "mighub"


def current_hub() -> Hub:
    """The hub of the application that answers the present request."""
    return cast("Hub", current_app.extensions[EXTENSION])


def request_id() -> str:
    """Id of the present request, as the log and the ``X-Request-ID`` header state it."""
    return cast(str, g.get("request_id", ""))

"""What a request may reach: the hub this application serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, request

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["EXTENSION", "REQUEST_ID", "ROUTE", "current_hub", "request_id"]

#: Key of the hub in ``Flask.extensions``.
EXTENSION = "mighub"

#: Where a request's WSGI environment has its id and, once it is known, the rule of its route.
REQUEST_ID, ROUTE = "mighub.request_id", "mighub.route"


def current_hub() -> Hub:
    """The hub of the application that answers the present request."""
    return cast("Hub", current_app.extensions[EXTENSION])


def request_id() -> str:
    """Id of the present request, as the log and the ``X-Request-ID`` header state it."""
    return cast(str, request.environ.get(REQUEST_ID, ""))

"""``/sdmx``, ``/sdmx/v1`` and ``/sdmx/v2``: what is offered, for who looks at the entry point."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, request

from registry.describe import operations
from registry.describe.model import Operation

__all__ = ["blueprint", "capabilities"]

blueprint = Blueprint("sdmx_capabilities", __name__)

#: Interface to the version of the standard it implements.
_INTERFACES = {"v1": "SDMX REST 1.5 (SDMX 2.1)", "v2": "SDMX REST 2.2 (SDMX 3.0)"}


def capabilities(interface: str) -> list[dict[str, Any]]:
    """The resources of an interface (``v1`` or ``v2``) with parameters and formats."""
    start = f"/sdmx/{interface}"
    return [_resource(o) for o in operations() if f"{o.prefix}/".startswith(f"{start}/")
            and o.id != f"capabilities{interface.upper()}"]  # fmt: skip


def _resource(operation: Operation) -> dict[str, Any]:
    ok = operation.answers.get(200)
    return {
        "path": operation.form,
        "method": operation.method.upper(),
        "summary": operation.summary,
        "parameters": [p.name for p in operation.parameters if p.place == "query"],
        "formats": list(ok.content) if ok is not None else [],
        "offered": set(operation.answers) != {500, 501},
    }


@blueprint.get("/sdmx")
def all_interfaces() -> Response:
    """Both interfaces."""
    return _answer(*_INTERFACES)


@blueprint.get("/sdmx/v1")
def v1() -> Response:
    """The interface of SDMX 2.1."""
    return _answer("v1")


@blueprint.get("/sdmx/v2")
def v2() -> Response:
    """The interface of SDMX 3.0."""
    return _answer("v2")


def _answer(*interfaces: str) -> Response:
    body = {
        "interfaces": [
            {
                "standard": _INTERFACES[name],
                "address": f"{request.host_url}sdmx/{name}",
                "resources": capabilities(name),
            }
            for name in interfaces
        ],
        "openapi": f"{request.host_url}openapi.json",
    }
    return Response(orjson.dumps(body), content_type="application/json")

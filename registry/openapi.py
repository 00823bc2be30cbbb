"""``/openapi.json``: everything the hub offers to programs, as OpenAPI 3.1.

The document is made from the declarations in :mod:`registry.describe`; nothing is written twice.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import orjson
from flask import Blueprint, Response

from registry.describe import operations
from registry.describe.model import Answer, Json, Operation, Parameter
from registry.describe.schemas import SCHEMAS

__all__ = ["blueprint", "document"]

blueprint = Blueprint("openapi", __name__)

_TAGS = {
    "data": "Observations",
    "availability": "Which data there are",
    "structure": "Structural metadata",
    "schema": "What is valid",
    "metadata": "Reference metadata",
    "maintenance": "Changing structures",
    "registration": "Registrations and subscriptions",
    "submissions": "Handing data in",
    "events": "Being told of new data",
    "people": "Who may do what, and who did",
    "service": "The service itself",
}


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document."""
    response = Response(orjson.dumps(document()), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "max-age=300"
    return response


@cache
def document() -> Json:
    """The OpenAPI document; do not change it."""
    paths: dict[str, Json] = {}
    for operation in operations():
        forms = list(operation.paths())
        for number, (path, parts) in enumerate(forms):
            id_ = operation.id if len(forms) == 1 else f"{operation.id}{number + operation.least}"
            described = _operation(operation, id_, parts)
            if operation.method in paths.setdefault(path, {}):
                raise ValueError(f"{operation.method} {path} is described twice")
            paths[path][operation.method] = described
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Migration Statistics Exchange Hub",
            "version": version("mighub"),
            "summary": "SDMX REST 1.5 and 2.2, and handing data in.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "session": {"type": "apiKey", "in": "cookie", "name": "mighub"},
            },
        },
    }


def _operation(operation: Operation, id_: str, parts: Any) -> Json:
    described: Json = {
        "operationId": id_,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": [_parameter(p) for p in (*parts, *operation.parameters)],
        "responses": {str(s): _answer(a) for s, a in sorted(operation.answers.items())},
    }
    if operation.body:
        content = {media: {"schema": schema} for media, schema in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    if operation.roles:
        described["security"] = [{"bearer": []}, {"key": []}, {"session": []}]
        described["description"] += f" For {', '.join(operation.roles)}."
    return described


def _parameter(parameter: Parameter) -> Json:
    text = parameter.description
    if parameter.default is not None:
        text += f" Default: `{parameter.default}`."
    described: Json = {
        "name": parameter.name,
        "in": parameter.place,
        "description": text,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    if parameter.example is not None:
        described["example"] = parameter.example
    return described


def _answer(answer: Answer) -> Json:
    described: Json = {"description": answer.description}
    if answer.content:
        described["content"] = {
            media: {} if schema is None else {"schema": schema}
            for media, schema in answer.content.items()
        }
    if answer.headers:
        described["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in answer.headers.items()
        }
    return described

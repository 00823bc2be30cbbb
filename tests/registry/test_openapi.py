"""The OpenAPI document: valid, complete, and true of the running application."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from released import ROWS, release, settings_of
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.store.home import Hub
from registry.app import create_app
from registry.describe import operations
from registry.openapi import document
from registry.rest.capabilities import capabilities

#: Requests made to each operation; more can be asked for.
EXAMPLES = int(os.environ.get("MIGHUB_EXAMPLES") or 8)

#: Routes for people, or that only lead on.
_PAGES = ("pages.",)

KEY = {"X-API-Key": "test-admin-key-0123456789"}


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    response = client.get("/openapi.json")
    assert response.content_type == "application/json"
    assert list(OpenAPIV31SpecValidator(response.json).iter_errors()) == []
    assert response.json["openapi"].startswith("3.1")
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, rule and endpoint of everything that is not a page."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(_PAGES):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method.lower(), rule.rule, rule.endpoint


def test_every_route_is_described_and_nothing_else(app: Flask) -> None:
    described = {(o.method, path) for o in operations() for path, _ in o.paths()}
    adapter = app.url_map.bind("localhost")

    def endpoint(method: str, path: str) -> str:
        filled = path
        for operation in operations():
            for part in operation.parts:
                values = part.schema.get("enum") or [part.example]
                filled = filled.replace(f"{{{part.name}}}", str(values[0]))
        found: str = adapter.match(filled, method=method.upper())[0]
        return found

    reached = {(method, endpoint(method, path)) for method, path in described}
    existing = {(method, name) for method, _, name in routes(app)}
    # One description stands for the resources of REST 1 that differ in their type only.
    alike = {e for e in existing if e[1].startswith("sdmx_structure.v1_")}
    assert any(e in reached for e in alike)
    assert existing - alike - reached == set()
    assert {e for e in reached if e not in existing} == set()


def test_operations_have_names_of_their_own() -> None:
    ids = [o["operationId"] for item in document()["paths"].values() for o in item.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z0-9]+", id_) for id_ in ids)


def test_entry_points_list_what_is_offered(client: FlaskClient) -> None:
    both = client.get("/sdmx").json
    assert [i["address"].rpartition("/")[2] for i in both["interfaces"]] == ["v1", "v2"]
    for name in ("v1", "v2"):
        (interface,) = client.get(f"/sdmx/{name}").json["interfaces"]
        assert interface["resources"] == capabilities(name)
        resources = {r["path"].removeprefix(f"/sdmx/{name}/").split("/")[0]
                     for r in interface["resources"]}  # fmt: skip
        assert {"data", "schema", "metadata", "registry"} <= resources
        assert not any(r["path"].startswith("/api") for r in interface["resources"])
        assert all(r["offered"] for r in interface["resources"])


@pytest.mark.parametrize(
    "url",
    [
        path.format(**{p.name: p.example for p in parts})
        for operation in operations()
        if operation.method == "get" and 200 in operation.answers and not operation.roles
        for path, parts in operation.paths()
        if all(p.example for p in parts)
    ],
)
def test_the_examples_are_answered(client: FlaskClient, url: str) -> None:
    response = client.get(url)
    absent = any(text in url for text in ("no-such-token", "PA_X", "/api/deliveries/9"))
    assert response.status_code in (200, 204) or absent, (
        url,
        response.text[:300],
    )


load_all_checks()


@schemathesis.serializer("application/offset+octet-stream")
def part(_: schemathesis.SerializationContext, value: object) -> bytes:
    """A part of an upload: any bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The document as schemathesis reads it, over an application with data."""
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as hub:
        release(hub, ROWS[:24])
        release(hub, updates=[{**ROWS[0], "OBS_VALUE": "5"}], deletes=[ROWS[1]])
        yield schemathesis.openapi.from_wsgi("/openapi.json", create_app(hub))


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for path, item in document()["paths"].items() for method in item],
)
def test_no_question_is_answered_otherwise_than_described(
    api: schemathesis.BaseSchema, method: str, path: str
) -> None:
    """No 500, and no status, type, header or body that the document does not name."""
    parameters = document()["paths"][path][method]["parameters"]
    known = {p["name"]: p["example"] for p in parameters if p["in"] == "path"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=api[path][method].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        check(case)
        # Nearly every path drawn is of nothing there is: the same once more of something.
        case.path_parameters.update(known)
        for name in [n for n in case.headers if n.lower() == "accept"]:
            del case.headers[name]
        check(case)

    def check(case: schemathesis.Case) -> None:
        response = case.call(headers=KEY)
        assert response.status_code != 500, (case.as_curl_command(), response.text)
        case.validate_response(
            response,
            checks=[
                status_code_conformance,
                content_type_conformance,
                response_headers_conformance,
                response_schema_conformance,
            ],
        )

    ask()


def test_the_document_names_the_formats_of_the_table(tmp_path: Path) -> None:
    content = document()["paths"]["/sdmx/v2/data"]["get"]["responses"]["200"]["content"]
    assert "application/vnd.sdmx.data+json;version=2.0.0" in content
    assert list(content) == capabilities("v2")[0]["formats"]

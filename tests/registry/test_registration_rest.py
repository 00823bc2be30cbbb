"""Registrations and reference metadata over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from lxml import etree
from released import border, release

from hub.store.home import Hub
from hub.structures.kinds import key_of
from hub.structures.registry_model import Registration, Source
from hub.structures.submission import StructureAction
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

REGISTRY = "application/vnd.sdmx.registry+xml;version={}"
BASE = "/sdmx/v2/registration"


@pytest.fixture
def registered(new_hub: Callable[[], Hub]) -> tuple[str, str, FlaskClient]:
    """A hub to which one provider has published; its agreement and provider come along."""
    hub = new_hub()
    agreement = next(
        a for a in hub.structures.agreements() if a.structure_usage.id == "DF_MIG_BORDER"
    )
    release(hub, [border("2025-01", "1")], provider=agreement.data_provider.id)
    return agreement.id, agreement.data_provider.id, create_app(hub).test_client()


def agreements(client: FlaskClient, path: str) -> list[str]:
    response = client.get(path)
    if response.status_code == 204:
        assert response.data == b""
        return []
    assert (response.status_code, response.content_type) == (200, REGISTRY.format("3.1.0"))
    root = etree.fromstring(response.data)
    assert validate_tree(root, "3.1") == []
    assert {e.text for e in root.iter("{*}DataURL")} == {"http://localhost/sdmx/v2"}
    return [e.text.partition("=")[2] for e in root.iter("{*}ProvisionAgreement")]


@pytest.mark.conformance(
    "v2.registration.by_id",
    "v2.registration.by_provider",
    "v2.registration.by_context",
    "v2.registration.none",
)
def test_an_agreement_with_released_data_is_registered(
    registered: tuple[str, str, FlaskClient],
) -> None:
    agreement, provider, client = registered
    expected = [f"MIGHUB:{agreement}(1.0.0)"]
    for path in (
        "",
        "/*/*/*/*",
        f"/id/{agreement}",
        f"/provider/MIGHUB/{provider}",
        f"/provider/*/{provider},OTHER",
        "/provider",
        "/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
        "/dataflow/MIGHUB/DF_MIG_BORDER,DF_MIG_FLOW/%2B",
        "/datastructure/*/MIG_ADMIN",
        f"/provisionagreement/MIGHUB/{agreement}/1.0.0",
        "?updatedAfter=2020-01-01T00:00:00Z&updatedBefore=2999-01-01T00:00:00Z",
    ):
        assert agreements(client, BASE + path) == expected, path
    for path in (
        "/id/OTHER",
        "/provider/SDMX",
        "/provider/MIGHUB/OTHER",
        "/dataflow/MIGHUB/DF_MIG_FLOW",
        "/datastructure/MIGHUB/MIG_FLOW",
        "?updatedAfter=2999-01-01T00:00:00Z",
        "?updatedBefore=2020-01-01T00:00:00Z",
    ):
        assert agreements(client, BASE + path) == [], path


@pytest.mark.conformance("format.every.registry")
@pytest.mark.conformance("v2.media.registration")
@pytest.mark.parametrize(
    ("version", "schema"), [("2.1", "2.1"), ("3.0.0", "3.0"), ("3.1.0", "3.1")]
)
def test_each_version_is_valid(
    registered: tuple[str, str, FlaskClient], version: str, schema: str
) -> None:
    accept = REGISTRY.format(version)
    response = registered[2].get(BASE, headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, accept)
    root = etree.fromstring(response.data)
    assert validate_tree(root, schema) == []
    assert [e.get("id") for e in root.iter("{*}Registration")] == [registered[0]]


@pytest.mark.conformance(
    "v2.registration.by_id", "v2.registration.by_context", "v2.registration.none"
)
def test_what_was_registered_by_a_message_is_there_too(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    one, other = (key_of(a).ref for a in hub.structures.agreements()[:2])
    entries = tuple(
        (StructureAction.APPEND, Registration(id_, ref, Source(data_url="http://example.org/"),
                                              valid_to=until))
        for id_, ref, until in (
            ("REG_ONE", one, None), ("REG_OLD", other, datetime(2000, 1, 1, tzinfo=UTC)),
        )
    )  # fmt: skip
    hub.registrations.submit(entries, actor="test", check=lambda _: None, also=lambda *_: None)
    client = create_app(hub).test_client()
    for path, ids in (
        ("", ["REG_ONE"]),  # the other one is over
        ("/id/REG_ONE", ["REG_ONE"]),
        (f"/provisionagreement/*/{one.id}", ["REG_ONE"]),
        (f"/provisionagreement/*/{other.id}", []),
        ("?updatedAfter=2999-01-01T00:00:00Z", []),
    ):
        response = client.get(BASE + path)
        found = list(etree.fromstring(response.data).iter("{*}Registration")) if ids else []
        assert [e.get("id") for e in found] == ids, path
        assert response.status_code == (200 if ids else 204)


def test_data_without_a_known_provider_register_nothing(client: FlaskClient) -> None:
    assert agreements(client, BASE) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{BASE}/id", 400),
        (f"{BASE}/codelist/SDMX/CL_SEX", 400),
        (f"{BASE}/provider/A/B/C", 400),
        (f"{BASE}?updatedAfter=yesterday", 400),
        (f"{BASE}/dataflow/MIGHUB/DF_MIG_BORDER/1.x", 400),
        ("/sdmx/v2/subscription", 401),
        ("/sdmx/v2/metadata", 400),
        ("/sdmx/v2/metadata/nothing", 400),
        ("/sdmx/v2/metadata/metadataset/A/B/1.0/C", 400),
        ("/sdmx/v2/metadata/metadataset?detail=some", 400),
        ("/sdmx/v2/metadata/metadataset", 200),
        ("/sdmx/v2/metadata/metadataset/MIGHUB/QUALITY/1.0.0", 204),
        ("/sdmx/v2/metadata/metadataflow/*/QUALITY/+/MEX,DOM?detail=allstubs", 204),
        ("/sdmx/v2/metadata/structure/dataflow/MIGHUB/DF_MIG_BORDER/~", 200),
        ("/sdmx/v2/metadata/dataflow/MIGHUB", 200),
        ("/sdmx/v1/metadata/QUALITY/all/all", 404),
        ("/sdmx/v1/metadata", 400),
    ],
)
def test_statuses(client: FlaskClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status, response.text
    if status >= 400:
        assert validate_tree(etree.fromstring(response.data), "2.1") == []
    else:
        assert (response.data == b"") is (status == 204)


def test_a_format_nobody_writes_is_refused(client: FlaskClient) -> None:
    response = client.get(BASE, headers={"Accept": "application/vnd.fusion.json"})
    assert response.status_code == 406

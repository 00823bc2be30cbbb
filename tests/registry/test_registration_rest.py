"""Registrations and reference metadata over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import border, release
from flask.testing import FlaskClient
from lxml import etree

from hub.store.home import Hub
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

REGISTRY = "application/vnd.sdmx.registry+xml;version=3.0.0"
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
    assert (response.status_code, response.content_type) == (200, REGISTRY)
    root = etree.fromstring(response.data)
    assert validate_tree(root, "3.0") == []
    assert {e.text for e in root.iter("{*}DataURL")} == {"http://localhost/sdmx/v2"}
    return [e.text.partition("=")[2] for e in root.iter("{*}ProvisionAgreement")]


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
        ("/sdmx/v2/subscription", 501),
        ("/sdmx/v2/metadata", 400),
        ("/sdmx/v2/metadata/nothing", 400),
        ("/sdmx/v2/metadata/metadataset/A/B/1.0/C", 400),
        ("/sdmx/v2/metadata/metadataset?detail=some", 400),
        ("/sdmx/v2/metadata/metadataset", 204),
        ("/sdmx/v2/metadata/metadataset/MIGHUB/QUALITY/1.0.0", 204),
        ("/sdmx/v2/metadata/metadataflow/*/QUALITY/+/MEX,DOM?detail=allstubs", 204),
        ("/sdmx/v2/metadata/structure/dataflow/MIGHUB/DF_MIG_BORDER/~", 204),
        ("/sdmx/v2/metadata/dataflow/MIGHUB", 204),
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
        assert response.data == b""


def test_a_format_nobody_writes_is_refused(client: FlaskClient) -> None:
    response = client.get(BASE, headers={"Accept": "application/vnd.fusion.json"})
    assert response.status_code == 406

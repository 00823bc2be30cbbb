"""Registry interface messages: structures, registrations and subscriptions by POST."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from released import FLOW, border, release
from sdmx.model import common

from hub.model.dataset import Header
from hub.store.home import Hub
from hub.store.keys import Role
from hub.structures import ml21_write, ml30_write, ml31_write
from hub.structures.kinds import Key, key_of, scheme_of, urn_of
from hub.structures.registry_xml import Xml
from hub.structures.xml_source import check_valid
from registry.app import create_app

ADMIN = {"X-API-Key": "test-admin-key-0123456789"}
VERSIONS = ["2.1", "3.0", "3.1"]
WRITERS = {"2.1": ml21_write, "3.0": ml30_write, "3.1": ml31_write}
HEADER = Header("TEST", "CLIENT", datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture
def hub(new_hub: Callable[[], Hub]) -> Hub:
    return new_hub()


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def codelist(codes: str, version: str = "1.0", **more: Any) -> Any:
    return common.Codelist(
        id="CL_TEST", version=version, maintainer=common.Agency(id="TST"), name={"en": "Test"},
        items={c: common.Code(id=c, name={"en": c}) for c in codes},
        is_external_reference=False, **more,
    )  # fmt: skip


def wrap(version: str, fill: Callable[[Xml, Any], None]) -> bytes:
    """A registry interface message, valid against the official schema."""
    xml = Xml(version)
    root = xml.interface(HEADER)
    fill(xml, root)
    check_valid(etree.fromstring(etree.tostring(root)), version)
    return etree.tostring(root)


def submit_structures(version: str, *artefacts: Any, **attributes: str) -> bytes:
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}SubmitStructureRequest", attributes)
        inline = etree.SubElement(into, f"{xml.str}Structures")
        message = etree.fromstring(WRITERS[version].write(list(artefacts), HEADER))
        inline.extend(list(message.find(f"{xml.mes}Structures")))

    return wrap(version, fill)


def send(client: FlaskClient, body: bytes, path: str = "/sdmx/v1/registry", **headers: str) -> Any:
    """The answer, checked against the schema of the request's version."""
    response = client.post(path, data=body, headers={**ADMIN, **headers})
    if response.content_type.startswith("application/vnd.sdmx.registry"):
        check_valid(etree.fromstring(response.data), _version(body))
    return response


def _version(body: bytes) -> str:
    return next(v for v in VERSIONS if f"/v{v.replace('.', '_')}/".encode() in body)


def found(response: Any, tag: str) -> list[Any]:
    return list(etree.fromstring(response.data).iter("{*}" + tag))


# Structures


@pytest.mark.conformance(
    "format.ml21.registry", "format.ml30.registry", "format.ml31.registry", "format.every.registry"
)
@pytest.mark.conformance("v2.maintenance.base")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", ["/sdmx/v1/registry", "/sdmx/v2", "/ws/secure/sdmxapi/rest"])
def test_structures_are_submitted_inline(client: FlaskClient, version: str, path: str) -> None:
    response = send(client, submit_structures(version, codelist("AB")), path)
    assert response.status_code == 201, response.data
    (submitted,) = found(response, "SubmittedStructure")
    assert submitted.get("action") == "Append"  # the schema's default
    assert found(response, "Receiver")[0].get("id") == "unknown"
    assert client.get("/sdmx/v2/structure/codelist/TST/CL_TEST/1.0").status_code == 200


def test_append_does_not_change_what_is_there(client: FlaskClient) -> None:
    send(client, submit_structures("2.1", codelist("AB")))
    other = codelist("A")
    other["A"].name = {"en": "Other"}
    assert send(client, submit_structures("2.1", other)).status_code == 409
    assert send(client, submit_structures("2.1", other, action="Replace")).status_code == 200
    assert send(client, submit_structures("2.1", codelist("AC"))).status_code == 409
    assert send(client, submit_structures("2.1", codelist("C"))).status_code == 200


def test_replace_of_a_final_structure_is_an_error(client: FlaskClient) -> None:
    send(client, submit_structures("2.1", codelist("AB", is_final=True)))
    response = send(client, submit_structures("2.1", codelist("A"), action="Replace"))
    assert response.status_code == 409
    (status,) = found(response, "StatusMessage")
    assert status.get("status") == "Failure"


def test_delete_and_information(hub: Hub, client: FlaskClient) -> None:
    send(client, submit_structures("3.0", codelist("AB")))
    send(client, submit_structures("3.0", codelist(""), action="Information"))
    assert len(hub.structures.find("codelist", "TST", "CL_TEST").items) == 2
    assert send(
        client, submit_structures("3.0", codelist(""), action="Delete")
    ).status_code == 200  # fmt: skip
    assert Key("codelist", key_of(codelist("")).ref) not in hub.structures.by_key


def test_one_artefact_may_have_an_action_of_its_own(hub: Hub, client: FlaskClient) -> None:
    body = etree.fromstring(submit_structures("2.1", codelist("A"), codelist("B", "2.0")))
    xml = Xml("2.1")
    request = body.find(f"{xml.mes}SubmitStructureRequest")
    one = etree.SubElement(request, f"{xml.reg}SubmittedStructure", action="Information")
    xml.refer(one, "MaintainableObject", key_of(codelist("B", "2.0")))
    assert send(client, etree.tostring(body)).status_code == 201
    assert [k.ref.version for k in hub.structures.by_key if k.ref.id == "CL_TEST"] == ["1.0"]


def test_structures_elsewhere_are_not_fetched(client: FlaskClient) -> None:
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}SubmitStructureRequest")
        etree.SubElement(into, f"{xml.reg}StructureLocation").text = "http://127.0.0.1:9/x.xml"

    response = client.post("/sdmx/v1/registry", data=wrap("2.1", fill), headers=ADMIN)
    assert response.status_code == 501
    assert b"fetches no structures" in response.data


def test_who_may(hub: Hub, client: FlaskClient) -> None:
    body = submit_structures("2.1", codelist("A"))
    hub.keys.add("key-of-a-provider-0123456789", "P", Role.PROVIDER, "UPM")
    for path in ("/sdmx/v1/registry", "/ws/secure/sdmxapi/rest"):
        assert client.post(path, data=body).status_code == 401
        provider = {"X-API-Key": "key-of-a-provider-0123456789"}
        assert client.post(path, data=body, headers=provider).status_code == 403


def test_a_message_goes_where_it_belongs(client: FlaskClient) -> None:
    body = submit_structures("2.1", codelist("A"))
    assert send(client, body, "/sdmx/v2/registration").status_code == 400
    assert client.post("/sdmx/v2/structure", data=body, headers=ADMIN).status_code == 201
    plain = ml21_write.write([codelist("A")], HEADER)
    assert client.post("/sdmx/v1/registry", data=plain, headers=ADMIN).status_code == 400


def test_the_action_of_an_upload_stands_in_a_header(client: FlaskClient) -> None:
    path = "/ws/secure/sdmxapi/rest"
    send(client, submit_structures("2.1", codelist("AB")))
    merged = ml21_write.write([codelist("C")], HEADER)
    assert client.post(
        path, data=merged, headers={**ADMIN, "Action": "Merge"}
    ).status_code == 200  # fmt: skip
    served = client.get("/sdmx/v1/codelist/TST/CL_TEST/1.0").data
    assert [c.get("id") for c in etree.fromstring(served).iter("{*}Code")] == ["A", "B", "C"]
    wrong = client.post(path, data=merged, headers={**ADMIN, "Action": "Nothing"})
    assert wrong.status_code == 400


def test_pysdmx_reads_the_answer(client: FlaskClient, tmp_path: Path) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("MIGHUB_PYSDMX_PYTHON does not name a Python that has pysdmx")
    path = tmp_path / "answer.xml"
    path.write_bytes(send(client, submit_structures("2.1", codelist("A"))).data)
    code = (
        "import sys; from pysdmx.io import read_sdmx\n"
        "m = read_sdmx(sys.argv[1])\n"
        "print([(s.action, s.short_urn, s.status) for s in m.submission])"
    )
    done = subprocess.run(
        [python, "-c", code, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[('Append', 'Codelist=TST:CL_TEST(1.0)', 'Success')]"


# Registrations


def agreement(hub: Hub) -> Any:
    return next(
        a for a in hub.structures.agreements()
        if key_of(a.structure_usage).ref.id == "DF_MIG_BORDER"
    )  # fmt: skip


def registration(
    version: str, key: Key, action: str = "Append", *, url: str = "https://example.org/a.xml",
    **attributes: str,
) -> bytes:  # fmt: skip
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}SubmitRegistrationsRequest")
        one = etree.SubElement(into, f"{xml.reg}RegistrationRequest", action=action)
        entry = etree.SubElement(one, f"{xml.reg}Registration", attributes)
        xml.refer(entry, "ProvisionAgreement", key)
        source = etree.SubElement(entry, f"{xml.reg}Datasource")
        etree.SubElement(source, f"{xml.reg}SimpleDataSource").text = url

    return wrap(version, fill)


def query_registrations(version: str, tag: str = "All", key: Key | None = None) -> bytes:
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}QueryRegistrationRequest")
        etree.SubElement(into, f"{xml.reg}QueryType").text = "DataSets"
        if key is None:
            etree.SubElement(into, f"{xml.reg}{tag}")
        else:
            xml.refer(into, tag, key)

    return wrap(version, fill)


@pytest.mark.conformance(
    "format.ml21.registry", "format.ml30.registry", "format.ml31.registry", "format.every.registry"
)
@pytest.mark.conformance("v2.maintenance.registrations")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_registration_is_made_found_replaced_and_deleted(
    hub: Hub, client: FlaskClient, version: str
) -> None:
    key = key_of(agreement(hub))
    flow = key_of(agreement(hub).structure_usage)
    more = {"indexTimeSeries": "true", "validFrom": "2026-01-01T00:00:00Z"}
    made = send(client, registration(version, key, **more), "/sdmx/v2/registration")
    assert made.status_code == 201, made.data
    id_ = found(made, "Registration")[0].get("id")
    for tag, asked in (("All", None), ("ProvisionAgreement", key), ("Dataflow", flow)):
        answer = send(client, query_registrations(version, tag, asked))
        (one,) = [e for e in found(answer, "Registration") if e.get("id") == id_]
        assert one.get("indexTimeSeries") == "true"
        assert one.findtext(".//{*}SimpleDataSource") == "https://example.org/a.xml"
    other = Key("dataflow", flow.ref.__class__("MIGHUB", "DF_MIG_STOCK", "1.0.0"))
    assert not found(send(client, query_registrations(version, "Dataflow", other)), "Registration")
    again = registration(version, key, "Replace", id=id_, url="https://example.org/b.xml")
    assert send(client, again).status_code == 200
    assert hub.registrations.all()[0].source.simple == "https://example.org/b.xml"
    assert client.delete(
        f"/sdmx/v2/structure/provisionagreement/{key.ref.agency}/{key.ref.id}/{key.ref.version}",
        headers=ADMIN,
    ).status_code == 409  # fmt: skip
    assert send(client, registration(version, key, "Delete", id=id_)).status_code == 200
    assert hub.registrations.all() == []
    assert send(client, registration(version, key, "Delete", id=id_)).status_code == 404


def test_registrations_that_make_no_sense(hub: Hub, client: FlaskClient) -> None:
    key = key_of(agreement(hub))
    missing = Key("provisionagreement", key.ref.__class__("TST", "PA_NO", "1.0"))
    assert send(client, registration("2.1", missing)).status_code == 404
    assert send(client, registration("2.1", key, url="file:///etc/passwd")).status_code == 422
    backwards = {"validFrom": "2026-02-01T00:00:00", "validTo": "2026-01-01T00:00:00"}
    assert send(client, registration("2.1", key, **backwards)).status_code == 422
    assert send(client, registration("2.1", key, "Replace")).status_code == 404
    assert hub.registrations.all() == []


def test_what_is_no_longer_valid_is_not_found(hub: Hub, client: FlaskClient) -> None:
    key = key_of(agreement(hub))
    past = registration("2.1", key, id="OLD", validTo="2020-01-01T00:00:00Z")
    assert send(client, past).status_code == 201
    assert not found(send(client, query_registrations("2.1")), "Registration")


def test_a_provider_registers_its_own_data_only(hub: Hub, client: FlaskClient) -> None:
    mine = agreement(hub)
    provider = mine.data_provider.id
    other = next(a for a in hub.structures.agreements() if a.data_provider.id != provider)
    hub.keys.add("key-of-a-provider-0123456789", "P", Role.PROVIDER, provider)
    key = {"X-API-Key": "key-of-a-provider-0123456789"}
    assert send(client, registration("2.1", key_of(mine)), **key).status_code == 201
    assert send(client, registration("2.1", key_of(other)), **key).status_code == 403


def test_the_data_of_the_hub_are_registered(hub: Hub, client: FlaskClient) -> None:
    one = agreement(hub)
    release(hub, [border("2024-01", "1")], flow=FLOW, provider=one.data_provider.id)
    answer = send(client, query_registrations("2.1", "ProvisionAgreement", key_of(one)))
    (entry,) = found(answer, "Registration")
    assert entry.get("id") == one.id
    assert entry.findtext(".//{*}DataURL").endswith("/sdmx/v2")


# Subscriptions and notifications

ORGANISATION = "urn:sdmx:org.sdmx.infomodel.base.Agency=SDMX:AGENCIES(1.0).TST"


def subscription(
    version: str, events: Callable[[Xml, Any], None], action: str = "Append", *,
    urn: str | None = None, mail: str = "mailto:desk@example.org", end: str = "2999-12-31",
) -> bytes:  # fmt: skip
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}SubmitSubscriptionsRequest")
        one = etree.SubElement(into, f"{xml.reg}SubscriptionRequest", action=action)
        entry = etree.SubElement(one, f"{xml.reg}Subscription")
        organisation = etree.SubElement(entry, f"{xml.reg}Organisation")
        if version == "2.1":
            etree.SubElement(organisation, "URN").text = ORGANISATION
        else:
            organisation.text = ORGANISATION
        if urn:
            etree.SubElement(entry, f"{xml.reg}RegistryURN").text = urn
        etree.SubElement(entry, f"{xml.reg}NotificationMailTo").text = mail
        etree.SubElement(entry, f"{xml.reg}SubscriberAssignedID").text = "MINE"
        period = etree.SubElement(entry, f"{xml.reg}ValidityPeriod")
        etree.SubElement(period, f"{xml.reg}StartDate").text = "2020-01-01"
        etree.SubElement(period, f"{xml.reg}EndDate").text = end
        events(xml, etree.SubElement(entry, f"{xml.reg}EventSelector"))

    return wrap(version, fill)


def codelists(pattern: str, agency: str = "%") -> Callable[[Xml, Any], None]:
    def events(xml: Xml, into: Any) -> None:
        part = etree.SubElement(into, f"{xml.reg}StructuralRepositoryEvents")
        etree.SubElement(part, f"{xml.reg}AgencyID").text = agency
        one = etree.SubElement(part, f"{xml.reg}Codelist")
        etree.SubElement(one, f"{xml.reg}ID").text = pattern
        etree.SubElement(one, f"{xml.reg}Version").text = "%"

    return events


def data_of(urn: str) -> Callable[[Xml, Any], None]:
    def events(xml: Xml, into: Any) -> None:
        part = etree.SubElement(into, f"{xml.reg}DataRegistrationEvents")
        one = etree.SubElement(part, f"{xml.reg}DataflowReference")
        etree.SubElement(one, f"{xml.reg}URN").text = urn

    return events


def query_subscriptions(version: str) -> bytes:
    def fill(xml: Xml, root: Any) -> None:
        into = etree.SubElement(root, f"{xml.mes}QuerySubscriptionRequest")
        organisation = etree.SubElement(into, f"{xml.reg}Organisation")
        if version == "2.1":
            etree.SubElement(organisation, "URN").text = ORGANISATION
        else:
            organisation.text = ORGANISATION

    return wrap(version, fill)


@pytest.mark.conformance("v2.maintenance.subscriptions")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_subscription_is_made_found_replaced_and_deleted(
    client: FlaskClient, version: str
) -> None:
    path = "/sdmx/v2/subscription"
    made = send(client, subscription(version, codelists("CL_TEST")), path)
    assert made.status_code == 201, made.data
    urn = found(made, "SubscriptionURN")[0].text
    assert found(made, "SubscriberAssignedID")[0].text == "MINE"
    (one,) = found(send(client, query_subscriptions(version), path), "Subscription")
    assert one.findtext("{*}RegistryURN") == urn
    assert one.findtext(".//{*}Codelist/{*}ID") == "CL_TEST"
    changed = subscription(version, codelists("CL_X"), "Replace", urn=urn)
    assert send(client, changed).status_code == 200
    (one,) = found(send(client, query_subscriptions(version), path), "Subscription")
    assert one.findtext(".//{*}Codelist/{*}ID") == "CL_X"
    gone = subscription(version, codelists("CL_X"), "Delete", urn=urn)
    assert send(client, gone).status_code == 200
    assert send(client, gone).status_code == 404
    assert not found(send(client, query_subscriptions(version), path), "Subscription")


def test_subscriptions_are_their_owners(hub: Hub, client: FlaskClient) -> None:
    for name in "AB":
        hub.keys.add(f"key-of-reader-{name}-0123456789", name, Role.READER)
    one, other = ({"X-API-Key": f"key-of-reader-{n}-0123456789"} for n in "AB")
    made = send(client, subscription("2.1", codelists("%")), **one)
    urn = found(made, "SubscriptionURN")[0].text
    delete = subscription("2.1", codelists("%"), "Delete", urn=urn)
    assert send(client, delete, **other).status_code == 403
    assert not found(send(client, query_subscriptions("2.1"), **other), "Subscription")
    assert found(send(client, query_subscriptions("2.1"), **one), "Subscription")
    assert client.post("/sdmx/v2/subscription", data=query_subscriptions("2.1")).status_code == 401
    assert send(client, delete, **one).status_code == 200


@pytest.mark.parametrize("mail", ["nobody", "a@b", "mailto:", "http://x"])
def test_an_address_that_is_none(client: FlaskClient, mail: str) -> None:
    assert send(client, subscription("2.1", codelists("%"), mail=mail)).status_code == 422


def notified(hub: Hub) -> list[tuple[Any, str, bytes]]:
    """Notifications that were entered and not sent yet."""
    found = [one.notification for one in hub.events.unspread(limit=1000) if one.notification]
    with hub.catalogue.read() as connection:
        return [hub.subscriptions.notified(connection, id_) for id_ in found]


def test_notifications_are_made_for_those_who_asked(hub: Hub, client: FlaskClient) -> None:
    for events, end in (
        (codelists("CL_TEST"), "2999-12-31"),
        (codelists("%", "TST"), "2999-12-31"),
        (codelists("CL_OTHER"), "2999-12-31"),
        (codelists("CL_TEST", "OTHER"), "2999-12-31"),
        (codelists("CL_TEST"), "2020-01-02"),  # over
    ):
        send(client, subscription("2.1", events, end=end))
    send(client, submit_structures("2.1", codelist("A")))
    send(client, submit_structures("2.1", codelist("A")))  # nothing new: no event
    send(client, submit_structures("2.1", codelist("AB")))
    send(client, submit_structures("2.1", codelist("AB"), action="Delete"))
    client.post("/sdmx/v2/structure?dryRun=true", data=submit_structures("2.1", codelist("A")),
                headers=ADMIN)  # fmt: skip
    waiting = notified(hub)
    assert [s and s.assigned_id for s, _, _ in waiting] == ["MINE"] * 6
    actions = []
    for one, _, payload in waiting:
        root = etree.fromstring(payload)
        check_valid(root, "2.1")
        assert root.findtext(".//{*}ObjectURN") == urn_of(key_of(codelist("A")))
        assert one is not None
        assert root.findtext(".//{*}SubscriptionURN") == one.urn
        actions.append(root.findtext(".//{*}EventAction"))
    assert actions == ["Append", "Append", "Replace", "Replace", "Delete", "Delete"]


def test_registrations_are_notified(hub: Hub, client: FlaskClient) -> None:
    one = agreement(hub)
    flow = key_of(one.structure_usage)
    send(client, subscription("2.1", data_of(urn_of(flow))))
    other = Key("dataflow", flow.ref.__class__("MIGHUB", "DF_MIG_STOCK", "1.0.0"))
    send(client, subscription("2.1", data_of(urn_of(other))))
    send(client, registration("2.1", key_of(one)))
    ((_, _, payload),) = notified(hub)
    root = etree.fromstring(payload)
    check_valid(root, "2.1")
    assert root.find(".//{*}RegistrationEvent/{*}Registration") is not None
    assert scheme_of(one.data_provider) is not None

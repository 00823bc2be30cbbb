"""Answers and notifications of the registry: registry interface messages.

In SDMX-ML 2.1, 3.0 and 3.1, valid against the official schemas. Source: ``SDMXRegistry*.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lxml import etree

from hub.model.dataset import Header
from hub.structures.kinds import KINDS, Key, parse_urn
from hub.structures.registry_model import (
    FLAGS,
    ItemStatus,
    Registration,
    Source,
    Subscription,
)
from hub.structures.registry_xml import Xml
from hub.structures.submission import StructureAction, SubmissionResult

__all__ = [
    "notification",
    "registration_answer",
    "registration_result",
    "structure_answer",
    "subscription_answer",
    "subscription_result",
]


def _done(root: Any) -> bytes:
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _action(action: StructureAction, version: str) -> str:
    """An action as a version names it: only 3.1 has Merge."""
    merge = action is StructureAction.MERGE and version != "3.1"
    return StructureAction.REPLACE.value if merge else action.value


def structure_answer(results: Iterable[SubmissionResult], header: Header, version: str) -> bytes:
    """``SubmitStructureResponse``: one ``SubmissionResult`` for each artefact."""
    xml = Xml(version)
    root = xml.interface(header)
    answer = etree.SubElement(root, f"{xml.mes}SubmitStructureResponse")
    for one in results:
        result = etree.SubElement(answer, f"{xml.reg}SubmissionResult")
        action = _action(one.action, version)
        submitted = etree.SubElement(result, f"{xml.reg}SubmittedStructure", action=action)
        xml.refer(submitted, "MaintainableObject", one.key)
        xml.status(result, one.status.value, [(one.code, text) for text in one.texts])
    return _done(root)


def registration_answer(statuses: Iterable[ItemStatus], header: Header, version: str) -> bytes:
    """``SubmitRegistrationsResponse``."""
    xml = Xml(version)
    root = xml.interface(header)
    answer = etree.SubElement(root, f"{xml.mes}SubmitRegistrationsResponse")
    for one in statuses:
        into = etree.SubElement(answer, f"{xml.reg}RegistrationStatus")
        _registration(xml, into, one.entry)
        xml.status(into, one.status.value, [(one.code, one.text)])
    return _done(root)


def registration_result(
    found: Iterable[Registration], header: Header, version: str, notes: Iterable[str] = ()
) -> bytes:
    """``QueryRegistrationResponse``; ``notes`` make its status a warning."""
    xml = Xml(version)
    root = xml.interface(header)
    answer = etree.SubElement(root, f"{xml.mes}QueryRegistrationResponse")
    listed = list(notes)
    xml.status(answer, "Warning" if listed else "Success", [(200, text) for text in listed])
    for one in found:
        into = etree.SubElement(answer, f"{xml.reg}QueryResult", timeSeriesMatch="false")
        _registration(xml, etree.SubElement(into, f"{xml.reg}DataResult"), one)
    return _done(root)


def _registration(xml: Xml, into: Any, one: Registration) -> None:
    told = {
        "id": one.id or None,
        "validFrom": _instant(one.valid_from),
        "validTo": _instant(one.valid_to),
        "lastUpdated": _instant(one.updated_at),
        **{name: str(one.flags[name]).lower() for name in FLAGS if name in one.flags},
    }
    element = etree.SubElement(
        into, f"{xml.reg}Registration", {k: v for k, v in told.items() if v is not None}
    )
    xml.refer(element, "ProvisionAgreement", Key("provisionagreement", one.agreement))
    _source(xml, etree.SubElement(element, f"{xml.reg}Datasource"), one.source)


def _instant(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _source(xml: Xml, into: Any, source: Source) -> None:
    if source.simple:
        etree.SubElement(into, f"{xml.reg}SimpleDataSource").text = source.simple
    if source.data_url:
        query = etree.SubElement(
            into,
            f"{xml.reg}QueryableDataSource",
            isRESTDatasource=str(source.is_rest).lower(),
            isWebServiceDatasource=str(source.is_web_service).lower(),
        )
        for tag, url in (
            ("DataURL", source.data_url), ("WSDLURL", source.wsdl_url),
            ("WADLURL", source.wadl_url),
        ):  # fmt: skip
            if url:
                etree.SubElement(query, f"{xml.com}{tag}").text = url


def subscription_answer(statuses: Iterable[ItemStatus], header: Header, version: str) -> bytes:
    """``SubmitSubscriptionsResponse``."""
    xml = Xml(version)
    root = xml.interface(header)
    answer = etree.SubElement(root, f"{xml.mes}SubmitSubscriptionsResponse")
    for one in statuses:
        into = etree.SubElement(answer, f"{xml.reg}SubscriptionStatus")
        if one.entry.urn:
            etree.SubElement(into, f"{xml.reg}SubscriptionURN").text = one.entry.urn
        if one.entry.assigned_id:
            etree.SubElement(into, f"{xml.reg}SubscriberAssignedID").text = one.entry.assigned_id
        xml.status(into, one.status.value, [(one.code, one.text)])
    return _done(root)


def subscription_result(found: Iterable[Subscription], header: Header, version: str) -> bytes:
    """``QuerySubscriptionResponse``."""
    xml = Xml(version)
    root = xml.interface(header)
    answer = etree.SubElement(root, f"{xml.mes}QuerySubscriptionResponse")
    xml.status(answer, "Success", [])
    for one in found:
        _subscription(xml, etree.SubElement(answer, f"{xml.reg}Subscription"), one)
    return _done(root)


def _subscription(xml: Xml, into: Any, one: Subscription) -> None:
    organisation = etree.SubElement(into, f"{xml.reg}Organisation")
    if xml.version == "2.1":  # the schema knows no Ref to just any organisation
        organisation = etree.SubElement(organisation, "URN")
    organisation.text = one.organisation
    etree.SubElement(into, f"{xml.reg}RegistryURN").text = one.urn
    for kind, tag in (("mail", "NotificationMailTo"), ("http", "NotificationHTTP")):
        for address in one.addresses:
            if address.kind == kind:
                soap = {"isSOAP": "true"} if address.is_soap else {}
                etree.SubElement(into, f"{xml.reg}{tag}", soap).text = address.url
    if one.assigned_id:
        etree.SubElement(into, f"{xml.reg}SubscriberAssignedID").text = one.assigned_id
    period = etree.SubElement(into, f"{xml.reg}ValidityPeriod")
    etree.SubElement(period, f"{xml.reg}StartDate").text = one.valid_from.isoformat()
    etree.SubElement(period, f"{xml.reg}EndDate").text = one.valid_to.isoformat()
    events = etree.SubElement(into, f"{xml.reg}EventSelector")
    for selector in one.selectors:
        tag = {"structure": "StructuralRepositoryEvents", "data": "DataRegistrationEvents",
               "metadata": "MetadataRegistrationEvents"}[selector.type]  # fmt: skip
        part = etree.SubElement(events, f"{xml.reg}{tag}")
        for agency in selector.agencies:
            etree.SubElement(part, f"{xml.reg}AgencyID").text = agency
        if not selector.objects:
            etree.SubElement(part, f"{xml.reg}AllEvents")
        for wanted in selector.objects:
            _object(xml, part, dict(wanted))


def _refer(xml: Xml, into: Any, tag: str, urn: str) -> None:
    key, item = parse_urn(urn)
    xml.refer(into, tag, key, item)


#: Objects of event selectors that are references; the others are patterns.
_REFERENCES = frozenset({"ProvisionAgreement", "DataProvider", "Category"})


def _object(xml: Xml, into: Any, wanted: dict[str, str]) -> None:
    tag = wanted.pop("tag")
    if tag in _REFERENCES:
        _refer(xml, into, tag, wanted["urn"])
        return
    element = etree.SubElement(into, f"{xml.reg}{tag}")
    if "text" in wanted:
        element.text = wanted["text"]
    elif "urn" in wanted:
        etree.SubElement(element, f"{xml.reg}URN").text = wanted["urn"]
    elif "agency" in wanted:
        names = {"agencyID": wanted["agency"], "id": wanted["id"], "version": wanted["version"]}
        etree.SubElement(element, f"{xml.reg}Ref", names)
    else:
        etree.SubElement(element, f"{xml.reg}ID").text = wanted["id"]
        if "version" in wanted:
            etree.SubElement(element, f"{xml.reg}Version").text = wanted["version"]


def notification(
    subscription: str,
    when: datetime,
    action: StructureAction,
    subject: Key | Registration,
    *,
    header: Header,
    version: str = "2.1",
) -> bytes:
    """``NotifyRegistryEvent``: what happened to an artefact or a registration.

    ``subscription`` is the URN of the subscription. An artefact is named by its URN: the
    subscriber fetches what it wants; a registration is told whole.
    """
    xml = Xml(version)
    root = xml.interface(header)
    event = etree.SubElement(root, f"{xml.mes}NotifyRegistryEvent")
    etree.SubElement(event, f"{xml.reg}EventTime").text = when.isoformat()
    if isinstance(subject, Registration):
        etree.SubElement(event, f"{xml.reg}RegistrationID").text = subject.id
    else:
        assert subject.kind in KINDS
        etree.SubElement(event, f"{xml.reg}ObjectURN").text = xml.urn(subject)
    etree.SubElement(event, f"{xml.reg}SubscriptionURN").text = subscription
    etree.SubElement(event, f"{xml.reg}EventAction").text = _action(action, version)
    if isinstance(subject, Registration):
        _registration(xml, etree.SubElement(event, f"{xml.reg}RegistrationEvent"), subject)
    return _done(root)

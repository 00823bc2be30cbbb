"""Requests to the registry: registry interface messages of SDMX-ML 2.1, 3.0 and 3.1.

A message is checked against the official schema of its version, then read. The root element is
``RegistryInterface`` or the request itself. Sources: ``SDMXMessage.xsd``, ``SDMXRegistry*.xsd``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.kinds import KINDS, Artefact, Key, item_urn
from hub.structures.registry_model import (
    FLAGS,
    Address,
    Registration,
    RegistrationQuery,
    RegistrationRequest,
    Request,
    Selector,
    Source,
    StructureRequest,
    Subscription,
    SubscriptionQuery,
    SubscriptionRequest,
)
from hub.structures.registry_xml import VERSIONS, Xml, local
from hub.structures.submission import StructureAction
from hub.structures.xml_source import check_valid, parse

__all__ = ["is_registry_message", "read"]

_SPACE = re.compile(r"/schemas/v(\d)_(\d)/message\}")
_ROOTS = re.compile(
    rb"<(?:[\w.-]+:)?(RegistryInterface|(?:Submit|Query)(?:Structure|Registrations?|Subscriptions?)"
    rb"Request)[\s>]"
)
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SELECTORS = {"StructuralRepositoryEvents": "structure", "DataRegistrationEvents": "data",
              "MetadataRegistrationEvents": "metadata"}  # fmt: skip


def is_registry_message(data: bytes) -> bool:
    """Whether a body looks like a message to the registry; it is not read."""
    head = data[:4096].replace(b"\x00", b"")
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and bool(
        _ROOTS.search(head)
    )


def read(source: bytes | Path) -> Request:
    """The request of a message.

    Raises ``RequestSyntaxError`` for what is not well formed, not valid or no request, and
    ``NotImplementedByHub`` for structures at another address: the hub fetches nothing.
    """
    root = parse(source)
    space = _SPACE.search(str(root.tag))
    version = f"{space[1]}.{space[2]}" if space else ""
    if version not in VERSIONS:
        raise RequestSyntaxError(f"The root element {root.tag} is no message to a registry.")
    check_valid(root, version)
    xml = Xml(version)
    payload = next((e for e in root.iterchildren("*") if local(e) in _READERS), None)
    if payload is None:
        raise RequestSyntaxError(
            f"{local(root)} holds no request the registry answers: {', '.join(_READERS)}."
        )
    sender = root.find(f"{xml.mes}Header/{xml.mes}Sender").get("id")
    return _READERS[local(payload)](xml, payload, sender)


# Structures


def _structures(xml: Xml, payload: Any, sender: str) -> StructureRequest:
    inline = payload.find(f"{xml.str}Structures")
    if inline is None:
        raise NotImplementedByHub(
            "The hub fetches no structures from elsewhere (StructureLocation): put them into the "
            "message."
        )
    overrides = {}
    for one in payload.findall(f"{xml.reg}SubmittedStructure"):
        if one.get("action"):
            key, _ = xml.referred(one.find(f"{xml.reg}MaintainableObject"), "")
            overrides[key] = StructureAction(one.get("action"))
    action = StructureAction(payload.get("action", "Append"))
    return StructureRequest(xml.version, sender, action, tuple(_artefacts(xml, inline)), overrides)


def _artefacts(xml: Xml, inline: Any) -> list[Artefact]:
    """The artefacts of inline structures, through the reader of structure messages."""
    root = etree.Element(f"{xml.mes}Structure", nsmap=xml.spaces)
    header = etree.SubElement(root, f"{xml.mes}Header")
    for tag, text in (("ID", "INLINE"), ("Test", "false"), ("Prepared", "2000-01-01T00:00:00Z")):
        etree.SubElement(header, f"{xml.mes}{tag}").text = text
    etree.SubElement(header, f"{xml.mes}Sender", id="INLINE")
    structures = etree.SubElement(root, f"{xml.mes}Structures")
    structures.extend(deepcopy(child) for child in inline)
    reader = import_module(f"hub.structures.ml{xml.version.replace('.', '')}_read")
    found: list[Artefact] = reader.read(etree.tostring(root))
    return found


# Registrations


def _registrations(xml: Xml, payload: Any, sender: str) -> RegistrationRequest:
    entries = tuple(
        (StructureAction(e.get("action")), registration(xml, e.find(f"{xml.reg}Registration")))
        for e in payload
    )
    return RegistrationRequest(xml.version, sender, entries)


def registration(xml: Xml, element: Any) -> Registration:
    """A ``Registration`` element."""
    key, _ = xml.referred(element.find(f"{xml.reg}ProvisionAgreement"), "provisionagreement")
    return Registration(
        element.get("id", ""),
        key.ref,
        _source(xml, element.find(f"{xml.reg}Datasource")),
        {name: _flag(element.get(name)) for name in FLAGS if element.get(name) is not None},
        _instant(element.get("validFrom")),
        _instant(element.get("validTo")),
        _instant(element.get("lastUpdated")),
    )


def _source(xml: Xml, element: Any) -> Source:
    query = element.find(f"{xml.reg}QueryableDataSource")
    simple = (element.findtext(f"{xml.reg}SimpleDataSource") or "").strip() or None
    if query is None:
        return Source(simple)
    return Source(
        simple,
        query.findtext(f"{xml.com}DataURL"),
        query.findtext(f"{xml.com}WSDLURL"),
        query.findtext(f"{xml.com}WADLURL"),
        is_rest=_flag(query.get("isRESTDatasource")),
        is_web_service=_flag(query.get("isWebServiceDatasource")),
    )


def _flag(text: str | None) -> bool:
    return text in {"true", "1"}


def _instant(text: str | None) -> datetime | None:
    """An instant; one without a zone is UTC."""
    if text is None:
        return None
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _registration_query(xml: Xml, payload: Any, sender: str) -> RegistrationQuery:
    target = None
    for tag, kind in (
        ("ProvisionAgreement", "provisionagreement"), ("DataProvider", "dataproviderscheme"),
        ("Dataflow", "dataflow"), ("Metadataflow", "metadataflow"),
    ):  # fmt: skip
        element = payload.find(f"{xml.reg}{tag}")
        if element is not None:
            target = xml.referred(element, kind)
    period = payload.find(f"{xml.reg}ReferencePeriod")
    narrow = ("DataKeySet", "MetadataKeySet", "CubeRegion", "MetadataTargetRegion")
    return RegistrationQuery(
        xml.version,
        sender,
        payload.findtext(f"{xml.reg}QueryType"),
        target,
        None if period is None else (period.get("startTime"), period.get("endTime")),
        any(payload.find(f"{xml.reg}{tag}") is not None for tag in narrow),
    )


# Subscriptions


def _subscriptions(xml: Xml, payload: Any, sender: str) -> SubscriptionRequest:
    entries = tuple(
        (StructureAction(e.get("action")), _subscription(xml, e.find(f"{xml.reg}Subscription")))
        for e in payload
    )
    return SubscriptionRequest(xml.version, sender, entries)


def _subscription(xml: Xml, element: Any) -> Subscription:
    addresses = tuple(
        Address(kind, e.text.strip(), _flag(e.get("isSOAP")))
        for tag, kind in (("NotificationMailTo", "mail"), ("NotificationHTTP", "http"))
        for e in element.findall(f"{xml.reg}{tag}")
    )
    period = element.find(f"{xml.reg}ValidityPeriod")
    first, last = (_day(period.findtext(f"{xml.reg}{tag}")) for tag in ("StartDate", "EndDate"))
    return Subscription(
        element.findtext(f"{xml.reg}RegistryURN") or "",
        _organisation(xml, element.find(f"{xml.reg}Organisation")),
        element.findtext(f"{xml.reg}SubscriberAssignedID"),
        addresses,
        first,
        last,
        tuple(_selector(xml, e) for e in element.find(f"{xml.reg}EventSelector")),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text.strip()[:10])  # a zone says nothing about a day


def _organisation(xml: Xml, element: Any) -> str:
    key, item = xml.referred(element, "agencyscheme")
    return item_urn(key, item)


def _selector(xml: Xml, element: Any) -> Selector:
    agencies, objects = [], []
    for child in element.iterchildren("*"):
        tag = local(child)
        if tag == "AgencyID":
            agencies.append((child.text or "%").strip())
        elif tag != "AllEvents":
            objects.append({"tag": tag, **_object(xml, child)})
    return Selector(_SELECTORS[local(element)], tuple(agencies), tuple(objects))


def _object(xml: Xml, element: Any) -> dict[str, str]:
    if not len(element):
        text = (element.text or "").strip()
        return {"urn": text} if text.startswith("urn:") else {"text": text}
    found: dict[str, str] = {}
    for child in element.iterchildren("*"):
        match local(child):
            case "All":
                found = {"id": "%", "version": "%"}
            case "URN":
                found = {"urn": (child.text or "").strip()}
            case "ID" | "Version" as tag:
                found[tag.lower()] = (child.text or "%").strip()
            case "Ref" if child.get("maintainableParentID") is None and not child.get("class"):
                names = (("agency", "agencyID"), ("id", "id"), ("version", "version"))
                found = {name: child.get(attribute, "%") for name, attribute in names}
            case "Ref":
                found = {"urn": _urn(xml, element)}
    return found


def _urn(xml: Xml, element: Any) -> str:
    key, item = xml.referred(element, _DEFAULTS.get(local(element), ""))
    return item_urn(key, item) if item and KINDS[key.kind].item else xml.urn(Key(*key))


_DEFAULTS = {
    "ProvisionAgreement": "provisionagreement",
    "DataProvider": "dataproviderscheme",
    "Category": "categoryscheme",
}


def _subscription_query(xml: Xml, payload: Any, sender: str) -> SubscriptionQuery:
    organisation = _organisation(xml, payload.find(f"{xml.reg}Organisation"))
    return SubscriptionQuery(xml.version, sender, organisation)


_READERS: dict[str, Callable[[Xml, Any, str], Request]] = {
    "SubmitStructureRequest": _structures,
    "SubmitRegistrationsRequest": _registrations,
    "QueryRegistrationRequest": _registration_query,
    "SubmitSubscriptionsRequest": _subscriptions,
    "QuerySubscriptionRequest": _subscription_query,
}

"""Registry interface messages of SDMX-ML 3.0: answers to registration queries.

Source: SDMX 3.0 ``SDMXRegistryRegistration.xsd``, ``QueryRegistrationResponse``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.structures.kinds import Key, urn_of

__all__ = ["write"]

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
_SPACES = {"mes": f"{_BASE}message", "reg": f"{_BASE}registry", "com": f"{_BASE}common"}
_MES, _REG, _COM = (f"{{{_SPACES[p]}}}" for p in ("mes", "reg", "com"))


def write(
    found: Iterable[tuple[str, StructureRef, datetime]], header: Header, *, address: str
) -> bytes:
    """A message with registrations: id, provision agreement, and when it was last updated.

    ``address`` is that of the REST interface which has the data.
    """
    root = etree.Element(f"{_MES}RegistryInterface", nsmap=_SPACES)
    _header(root, header)
    answer = etree.SubElement(root, f"{_MES}QueryRegistrationResponse")
    etree.SubElement(answer, f"{_REG}StatusMessage", status="Success")
    for id_, agreement, updated in found:
        result = etree.SubElement(answer, f"{_REG}QueryResult", timeSeriesMatch="false")
        result = etree.SubElement(result, f"{_REG}DataResult")
        one = etree.SubElement(
            result, f"{_REG}Registration", id=id_, lastUpdated=updated.isoformat()
        )
        urn = urn_of(Key("provisionagreement", agreement))
        etree.SubElement(one, f"{_REG}ProvisionAgreement").text = urn
        source = etree.SubElement(one, f"{_REG}Datasource")
        queryable = etree.SubElement(
            source,
            f"{_REG}QueryableDataSource",
            isRESTDatasource="true",
            isWebServiceDatasource="false",
        )
        etree.SubElement(queryable, f"{_COM}DataURL").text = address
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _header(root: etree._Element, header: Header) -> None:
    into = etree.SubElement(root, f"{_MES}Header")
    etree.SubElement(into, f"{_MES}ID").text = header.id
    etree.SubElement(into, f"{_MES}Test").text = str(header.test).lower()
    etree.SubElement(into, f"{_MES}Prepared").text = header.prepared.isoformat(timespec="seconds")
    etree.SubElement(into, f"{_MES}Sender", id=header.sender)
    # The schema wants one; a query does not say who asks.
    etree.SubElement(into, f"{_MES}Receiver", id=header.receiver or "unknown")

"""A source that is an SDMX service: its data asked for by SDMX REST and kept as one file.

``service`` of a record says what to ask for::

    service:
      source: ESTAT             # the service, as sdmx1 knows it
      attributes: [OBS_FLAG]    # columns that the file has even when no figure has one
      queries:
        - dataflow: MIGR_RESFIRST
          name: ESTAT:MIGR_RESFIRST(1.0)    # what the file says in its column DATAFLOW
          key: A..BZ+GT.TOTAL.PER.
          start: "2015"                     # first period, where not all are wanted

Generic data of SDMX 2.1 are asked for, which every such service gives and which no structure is
needed to read. The file is SDMX-CSV: the column DATAFLOW, the dimensions in their order, the
figure as the service wrote it, and the attributes. The connector of the record reads it like a
file from elsewhere, so what the service changes is found by the same rules. The answer itself is
kept beside it, as evidence.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from urllib.parse import unquote

import requests
import sdmx
from sdmx.exceptions import XMLParseError
from sdmx.message import DataMessage
from sdmx.model.common import BaseObservation

from connectors.framework.record import SourceRecord
from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.xml_safe import PROLOG, refuse_doctype

__all__ = ["Harvest", "Query", "client_of", "harvest", "queries_of"]

_ACCEPT = "application/vnd.sdmx.genericdata+xml;version=2.1"
_VALUE = "OBS_VALUE"
#: Seconds; services take their time over large answers.
_TIMEOUT = 120.0
_QUERY = {"dataflow", "name", "key", "start", "end"}


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a service: ``dataflow`` as it is asked for, ``name`` as the file calls it."""

    dataflow: str
    name: str
    key: str
    params: Mapping[str, str]
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a service answered: ``answer`` its own bytes, ``content`` the same as SDMX-CSV."""

    url: str
    filename: str
    content: bytes
    answer: bytes
    observations: int


def queries_of(record: SourceRecord) -> list[Query]:
    """The queries of a record.

    Raises ``RequestSyntaxError`` when it is no source of this kind, ``ValueError`` for a key that
    cannot be meant.
    """
    if not record.service:
        raise RequestSyntaxError(f"{record.id} is no SDMX service; use `mighub connectors fetch`.")
    attributes = tuple(record.service.get("attributes") or ())
    found = []
    for given in record.service["queries"]:
        if not {"dataflow", "name", "key"} <= given.keys() <= _QUERY:
            raise ValueError(f"service of {record.id}: a query has the keys {sorted(_QUERY)}")
        names = {"start": "startPeriod", "end": "endPeriod"}
        params = {names[key]: given[key] for key in names if key in given}
        found.append(Query(given["dataflow"], given["name"], given["key"], params, attributes))
    return found


def client_of(record: SourceRecord, url: str | None = None) -> sdmx.Client:
    """The client of the service of a record, or of the same interface at another address."""
    name = record.service["source"]
    if url is not None:
        name = f"{name}_AT_{hashlib.sha256(url.encode()).hexdigest()[:8]}"
        sdmx.add_source({"id": name, "name": name, "url": url}, override=True)
    return sdmx.Client(name)


def harvest(query: Query, client: sdmx.Client) -> Harvest:
    """Ask the service and write what it answers as SDMX-CSV.

    Raises ``NotFound`` when the service has no data for the query, ``HubError`` when it cannot be
    reached, refuses, or answers something that is no data message, ``RequestSyntaxError`` when the
    answer declares a document type.
    """
    request = client.get(
        "data", query.dataflow, key=query.key, params=dict(query.params), dry_run=True
    )
    url = str(request.url)
    try:
        response = client.session.get(url, headers={"Accept": _ACCEPT}, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise HubError(f"The service cannot be reached at {unquote(url)}: {error}") from error
    if response.status_code == 404:
        raise NotFound(f"The service has no data for {unquote(url)}.")
    if response.status_code != 200:
        raise HubError(f"The service answered {response.status_code} to {unquote(url)}.")
    answer = response.content
    refuse_doctype(answer[:PROLOG])
    try:
        # sdmx1 prints what it was reading when it fails; the error says enough.
        with redirect_stdout(io.StringIO()):
            message = sdmx.read_sdmx(io.BytesIO(answer), format="XML")
    except (XMLParseError, ValueError, NotImplementedError, AssertionError) as error:
        # An answer that is no SDMX fails an assertion of sdmx1.
        raise HubError(f"What {unquote(url)} gives is no data message: {error}") from error
    if not isinstance(message, DataMessage):
        raise HubError(f"What {unquote(url)} gives is no data message.")
    rows = list(_rows(message))
    if not rows:
        raise NotFound(f"The service has no data for {unquote(url)}.")
    dataflow = re.sub(r"\W+", "_", query.dataflow).lower().strip("_")
    content = _csv(query, rows)
    name = f"{dataflow}_{hashlib.sha256(content).hexdigest()[:12]}.csv"
    return Harvest(url, name, content, answer, len(rows))


_Row = tuple[Mapping[str, str], str, Mapping[str, str]]


def _rows(message: DataMessage) -> Iterator[_Row]:
    for dataset in message.data:
        whole = {name: str(each.value) for name, each in dataset.attrib.items()}
        for observation in dataset.obs:
            yield _row(observation, whole)


def _row(observation: BaseObservation, whole: Mapping[str, str]) -> _Row:
    """Dimensions, figure (blank where there is none) and attributes of an observation."""
    key = {name: str(each.value) for name, each in observation.key.values.items()}
    said = {name: str(each.value) for name, each in observation.attrib.items()}
    value = "" if observation.value is None else str(observation.value)
    return key, "" if value == "NaN" else value, {**whole, **said}


def _csv(query: Query, rows: list[_Row]) -> bytes:
    dimensions = list(dict.fromkeys(each for key, _, _ in rows for each in key))
    # The order of attributes in a message means nothing; the same data are the same file.
    others = sorted({each for *_, said in rows for each in said} - set(query.attributes))
    attributes = [*query.attributes, *others]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["DATAFLOW", *dimensions, _VALUE, *attributes])
    for key, value, said in rows:
        at = [key.get(each, "") for each in dimensions]
        writer.writerow([query.name, *at, value, *(said.get(each, "") for each in attributes)])
    return text.getvalue().encode()

"""Which structure an SDMX-JSON message is about, and who sent it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.json_values import unescape_id
from hub.model.dataset import Header
from hub.model.schema import DataSchema

__all__ = ["find_schema", "header"]

_URN = re.compile(r"urn:sdmx:org\.sdmx\.infomodel\.\w+\.(\w+)=([^:]+):([^(]+)\(([^)]+)\)")
_PATH = re.compile(
    r"/(dataflow|datastructure|provisionagreement)/([^/?#]+)/([^/?#]+)(?:/([^/?#]+))?"
)
_DATA_PATH = re.compile(r"/data/([^/?#,]+),([^/?#,]+)(?:,([^/?#]+))?")
_KINDS = {"dataflow": 0, "provisionagreement": 1, "datastructure": 2}
_NEWEST = frozenset({"latest", "all", "+", "*", "~"})

_Reference = tuple[str, str, str, str | None]


def find_schema(resolver: SchemaResolver, *places: Any) -> DataSchema:
    """The schema that the links of the first of ``places`` to name one are about.

    A dataflow is preferred to a provision agreement and that to a data structure. URNs are
    understood, and addresses of both generations of the REST API. Raises ``RequestSyntaxError``
    when nothing names a structure, ``NotFound`` when it is unknown.
    """
    for place in places:
        found = sorted(_references(place), key=lambda r: _KINDS[r[0]])
        if found:
            kind, agency, id_, version = found[0]
            return _resolve(resolver, kind, agency, id_, version)
    raise RequestSyntaxError(
        "The message does not say which dataflow it is about: add a link with the dataflow's URN "
        "(urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=AGENCY:ID(VERSION)) to its structure."
    )


def _resolve(
    resolver: SchemaResolver, kind: str, agency: str, id_: str, version: str | None
) -> DataSchema:
    if kind == "dataflow":
        return resolver.dataflow(agency, id_, version)
    if kind == "datastructure":
        return resolver.structure(agency, id_, version)
    return resolver.agreement(agency, id_, version)


def _references(place: Any) -> list[_Reference]:
    if not isinstance(place, dict):
        return []
    links = place.get("links")
    objects = [*(links if isinstance(links, list) else []), place]
    found = []
    for link in objects:
        if not isinstance(link, dict):
            continue
        for name in ("urn", "href", "uri"):
            reference = _reference(link.get(name))
            if reference is not None:
                found.append(reference)
    return found


def _reference(address: Any) -> _Reference | None:
    if not isinstance(address, str):
        return None
    if (match := _URN.search(address)) and match[1].lower() in _KINDS:
        return match[1].lower(), match[2], match[3], _version(match[4])
    if match := _PATH.search(address):
        return match[1], match[2], match[3], _version(match[4])
    if match := _DATA_PATH.search(address):
        return "dataflow", match[1], match[2], _version(match[3])
    return None


def _version(text: str | None) -> str | None:
    return None if text is None or text in _NEWEST else text


def header(meta: Any) -> Header | None:
    """The header of the message (``meta``, or ``header`` of the draft); ``None`` without one."""
    if not isinstance(meta, dict) or not isinstance(meta.get("id"), str):
        return None
    try:
        prepared = datetime.fromisoformat(str(meta.get("prepared")))
    except ValueError:
        return None
    receivers = meta.get("receivers")
    receiver = receivers[0] if isinstance(receivers, list) and receivers else None
    return Header(
        id=unescape_id(meta["id"]) or meta["id"],
        sender=_party(meta.get("sender")) or "",
        # The standard takes a time without a zone as local to the sender, which is unknown.
        prepared=prepared if prepared.tzinfo else prepared.replace(tzinfo=UTC),
        test=meta.get("test") is True,
        receiver=_party(receiver),
    )


def _party(party: Any) -> str | None:
    id_ = party.get("id") if isinstance(party, dict) else None
    return (unescape_id(id_) or id_) if isinstance(id_, str) else None

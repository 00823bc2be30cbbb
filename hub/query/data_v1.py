"""Data queries of SDMX REST 1.5: ``/data/{flowRef}/{key}/{providerRef}?...`` (section 4.4)."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import RequestSyntaxError
from hub.query import raw
from hub.query.model import Api, Context, DataQuery, Key, Provider
from hub.query.versions import VersionQuery, parse_v1

__all__ = ["DETAILS", "parse"]

#: What REST 1's ``detail`` means in the words of REST 2: attributes, measures.
DETAILS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "full": (("dsd",), ("all",)),
    "dataonly": (("none",), ("all",)),
    "serieskeysonly": (("none",), ("none",)),
    "nodata": (("dataset", "series"), ("none",)),
}

_PARAMETERS = frozenset(
    {
        "startPeriod", "endPeriod", "updatedAfter", "firstNObservations", "lastNObservations",
        "dimensionAtObservation", "detail", "includeHistory", "updateAfter",
    }
)  # fmt: skip

_FOREIGN = {
    "attributes": "use detail=",
    "measures": "use detail=",
    "offset": "paging is offered by /sdmx/v2",
    "limit": "paging is offered by /sdmx/v2",
    "sort": "sorting is offered by /sdmx/v2",
    "asof": "it is offered by /sdmx/v2",
    "reportingyearstartday": "it is offered by /sdmx/v2",
}


def parse(path: str, query: str) -> DataQuery:
    """Read the raw path after ``/data/`` and the raw query string.

    Raises ``RequestSyntaxError`` when the request does not follow the syntax of REST 1.5.
    """
    parts = raw.segments(path)
    if not parts:
        raise RequestSyntaxError(
            "A data query names a dataflow: /data/{flowRef}/{key}/{providerRef}."
        )
    if len(parts) > 3:
        raise RequestSyntaxError(
            "A data query has at most three parts: /data/{flowRef}/{key}/{providerRef}."
        )
    agencies, ids, versions = _flow(parts[0])
    given = raw.parameters(query)
    for name in given:
        if name.startswith("c["):
            raise RequestSyntaxError(
                f"{name} belongs to /sdmx/v2. Here codes stand in the key, "
                "and periods in startPeriod and endPeriod."
            )
    p = raw.known_parameters(given, _PARAMETERS, _FOREIGN)
    detail = p.get("detail", "full")
    if detail not in DETAILS:
        raise RequestSyntaxError(f"detail must be one of {', '.join(DETAILS)}, not {detail!r}.")
    attributes, measures = DETAILS[detail]
    after = p.get("updatedAfter") or p.get("updateAfter")
    return DataQuery(
        api=Api.V1,
        contexts=(Context.DATAFLOW,),
        agencies=agencies,
        ids=ids,
        versions=versions,
        keys=_key(parts[1]) if len(parts) > 1 else (),
        providers=_providers(parts[2]) if len(parts) > 2 else (),
        start_period=p.get("startPeriod"),
        end_period=p.get("endPeriod"),
        updated_after=raw.date_time("updatedAfter", after) if after else None,
        include_history=raw.boolean("includeHistory", p.get("includeHistory", "false")),
        first_n=_count(p, "firstNObservations"),
        last_n=_count(p, "lastNObservations"),
        dimension_at_observation=_dimension(p.get("dimensionAtObservation")),
        attributes=attributes,
        measures=measures,
    )


def _count(p: Mapping[str, str], name: str) -> int | None:
    return raw.positive(name, p[name]) if name in p else None


def _dimension(text: str | None) -> str | None:
    return None if text is None else raw.check_id(text, "a dimension")


def _flow(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[VersionQuery, ...]]:
    """Agency, id and version of a flowRef: ``ID``, ``AGENCY,ID`` or ``AGENCY,ID,VERSION``.

    Parts may be empty: .Stat's clients write ``AGENCY,ID,``.
    """
    parts = [p.strip() for p in text.split(",")]
    if len(parts) > 3:
        raise RequestSyntaxError(f"{text!r} is not a flowRef: write AGENCY,ID,VERSION.")
    if len(parts) == 1:
        parts = ["", *parts]
    agency, id_, version = (*parts, "")[:3]
    if not id_:
        raise RequestSyntaxError(f"{text!r} names no dataflow: write AGENCY,ID,VERSION.")
    agencies = () if _all(agency) else (raw.check_id(agency, "an agency", nested=True),)
    ids = () if _all(id_) else (raw.check_id(id_, "the id of a dataflow"),)
    return agencies, ids, parse_v1(version or "latest")


def _all(text: str) -> bool:
    return text.lower() in ("", "all")


def _key(text: str) -> tuple[Key, ...]:
    if text.lower() in ("", "all"):
        return ()
    key = tuple(_codes(part) for part in text.split("."))
    # A single empty part is caught above: ``..`` is a key of three wildcards and stays one, so
    # that its number of parts can be checked against the structure.
    return (key,)


def _codes(part: str) -> tuple[str, ...]:
    if part == "":
        return ()
    codes = part.split("+")
    if "" in codes:
        raise RequestSyntaxError(f"{part!r} in the key has an empty code beside a '+'.")
    for code in codes:
        if code == "*":
            raise RequestSyntaxError(
                "'*' is the wildcard of /sdmx/v2. Here a dimension is left empty: A..B."
            )
        raw.check_id(code, "a code in the key")
    return tuple(dict.fromkeys(codes))


def _providers(text: str) -> tuple[Provider, ...]:
    if text.lower() in ("", "all"):
        return ()
    found = []
    for one in text.split("+"):
        agency, comma, id_ = one.rpartition(",")
        if not id_:
            raise RequestSyntaxError(f"{text!r} is not a providerRef: write AGENCY,PROVIDER.")
        if id_.lower() == "all":
            return ()
        named = comma and not _all(agency)
        found.append(
            Provider(
                raw.check_id(agency, "an agency", nested=True) if named else None,
                raw.check_id(id_, "a data provider"),
            )
        )
    return tuple(found)

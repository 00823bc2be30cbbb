"""Data queries of SDMX REST 2.2 (``doc/data.md``).

``/data/{context}/{agencyID}/{resourceID}/{version}/{key}?c[..]=..&...``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hub.errors import RequestSyntaxError, SemanticError
from hub.query import raw
from hub.query.model import (
    Api,
    Comparison,
    Context,
    DataQuery,
    Filter,
    Key,
    Operator,
    SortKey,
)
from hub.query.versions import parse_v2

__all__ = ["filters", "keys", "parse"]

_PARAMETERS = frozenset(
    {
        "updatedAfter", "updateAfter", "firstNObservations", "lastNObservations",
        "dimensionAtObservation", "attributes", "measures", "includeHistory", "offset", "limit",
        "sort", "asOf", "reportingYearStartDay",
    }
)  # fmt: skip

_FOREIGN = {
    "startperiod": "use c[TIME_PERIOD]=ge:...",
    "endperiod": "use c[TIME_PERIOD]=le:...",
    "detail": "use attributes= and measures=",
}

_OPERATOR = re.compile(r"(eq|ne|lt|le|gt|ge|co|nc|sw|ew):(.*)", re.DOTALL)
_COMPONENT = re.compile(r"c\[([^\[\]]*)\]", re.IGNORECASE)


def parse(path: str, query: str) -> DataQuery:
    """Read the raw path after ``/data/`` and the raw query string.

    Raises ``RequestSyntaxError`` when the request does not follow the syntax of REST 2.2, and
    ``SemanticError`` when ``updatedAfter`` is later than ``asOf``.
    """
    parts = raw.segments(path)
    if len(parts) > 5:
        raise RequestSyntaxError(
            "A data query has at most five parts: "
            "/data/{context}/{agencyID}/{resourceID}/{version}/{key}."
        )
    context, agency, id_, version, key = (*parts, *["*"] * (5 - len(parts)))
    given = raw.parameters(query)
    p = raw.known_parameters(given, _PARAMETERS, _FOREIGN)
    after = p.get("updatedAfter") or p.get("updateAfter")
    as_of = p.get("asOf")
    result = DataQuery(
        api=Api.V2,
        contexts=_contexts(context),
        agencies=_many(agency, lambda a: raw.check_id(a, "an agency", nested=True)),
        ids=_many(id_, lambda i: raw.check_id(i, "the id of an artefact")),
        versions=parse_v2(version or "*"),
        keys=keys(key),
        filters=filters(given),
        updated_after=raw.date_time("updatedAfter", after) if after else None,
        as_of=raw.date_time("asOf", as_of) if as_of else None,
        include_history=raw.boolean("includeHistory", p.get("includeHistory", "false")),
        first_n=_number(p, "firstNObservations", 1),
        last_n=_number(p, "lastNObservations", 1),
        offset=_number(p, "offset", 0) or 0,
        limit=_number(p, "limit", 1),
        sort=_sort(p["sort"]) if "sort" in p else (),
        dimension_at_observation=(
            raw.check_id(p["dimensionAtObservation"], "a dimension")
            if "dimensionAtObservation" in p
            else None
        ),
        attributes=_words("attributes", p.get("attributes", "dsd")),
        measures=_words("measures", p.get("measures", "all")),
        reporting_year_start=(
            raw.year_start("reportingYearStartDay", p["reportingYearStartDay"])
            if "reportingYearStartDay" in p
            else None
        ),
    )
    if result.as_of and result.updated_after and result.updated_after > result.as_of:
        raise SemanticError("updatedAfter is later than asOf.")
    return result


def _many(text: str, check: Callable[[str], str]) -> tuple[str, ...]:
    """Values joined by ``,``; none for the wildcard."""
    values = text.split(",") if text else ["*"]
    if "*" in values:
        return ()
    return tuple(dict.fromkeys(check(v) for v in values))


def _contexts(text: str) -> tuple[Context, ...]:
    values = text.split(",") if text else ["*"]
    try:
        found = tuple(dict.fromkeys(Context(v) for v in values))
    except ValueError:
        raise RequestSyntaxError(
            f"{text!r} is not a context: write dataflow, datastructure, provisionagreement or *."
        ) from None
    return (Context.ANY,) if Context.ANY in found else found


def keys(text: str) -> tuple[Key, ...]:
    """Alternative keys joined by ``,``; ``*`` or nothing is a wildcard, within and as a whole.

    A key without any code restricts nothing, however many parts it has, so the result is then
    empty. Raises ``RequestSyntaxError``.
    """
    found = []
    for one in text.split(","):
        key = tuple(_code(part) for part in one.split("."))
        if one in ("", "*"):
            return ()
        found.append(key)
    return tuple(dict.fromkeys(found))


def _code(part: str) -> tuple[str, ...]:
    """The codes of one position.

    Here the standard joins whole keys, by ``,``; sdmx1 joins codes by ``+`` as in REST 1, which
    cannot mean anything else.
    """
    if part in ("", "*"):
        return ()
    codes = (raw.check_id(code, "a code in the key") for code in part.split("+"))
    return tuple(dict.fromkeys(codes))


def filters(given: Mapping[str, str]) -> tuple[Filter, ...]:
    """The ``c[COMPONENT]=...`` parameters among ``given`` (names and values decoded).

    ``,`` is OR, ``+`` is AND and binds tighter; an operator belongs to its own value only. Raises
    ``RequestSyntaxError``.
    """
    found: dict[str, Filter] = {}
    for name, value in given.items():
        if not name.lower().startswith("c["):
            continue
        match = _COMPONENT.fullmatch(name)
        if match is None:
            raise RequestSyntaxError(f"{name!r} is not of the form c[COMPONENT].")
        component = raw.check_id(match[1], "a component")
        if component in found:
            raise RequestSyntaxError(f"c[{component}] is given twice. Join its values by ','.")
        found[component] = Filter(
            component,
            tuple(
                tuple(_comparison(component, one) for one in alternative.split("+"))
                for alternative in value.split(",")
            ),
        )
    return tuple(found.values())


def _comparison(component: str, text: str) -> Comparison:
    match = _OPERATOR.fullmatch(text)
    comparison = (
        Comparison(Operator(match[1]), match[2]) if match else Comparison(Operator.EQ, text)
    )
    if comparison.value == "":
        raise RequestSyntaxError(f"c[{component}] has an empty value.")
    return comparison


def _number(p: Mapping[str, str], name: str, least: int) -> int | None:
    return raw.positive(name, p[name], least) if name in p else None


def _words(name: str, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(raw.check_id(w, f"a value of {name}") for w in text.split(",")))


def _sort(text: str) -> tuple[SortKey, ...]:
    found = []
    for one in text.split("+"):
        component, colon, direction = one.partition(":")
        if component != "*":
            raw.check_id(component, "a component to sort by")
        if direction not in (("asc", "desc") if colon else ("",)):
            raise RequestSyntaxError(f"{one!r}: the direction of a sort is asc or desc.")
        found.append(SortKey(component, direction == "desc"))
    return tuple(found)

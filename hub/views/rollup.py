"""Figures that are published in parts, added up to what another figure can be laid beside.

A source may print a total, or only the parts it is made of. A :class:`Sum` says which parts make up
which total; :func:`rolled` gives SQL in which each total that is not stated and whose parts are all
there stands beside what is stated. A total that is stated is never added up again, and one with
a part that is missing or has no value is not made: a sum that is short is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.model.schema import DataSchema
from hub.model.stored import END, PROVIDER, START
from hub.views.api import Relation

__all__ = [
    "CARRIED",
    "TOLD",
    "Sum",
    "literal",
    "made",
    "nothing",
    "one_of",
    "rolled",
    "rounded",
    "start",
    "told",
]

Code = tuple[str, ...]

#: Attributes of a series that a figure is told with. Rows carry the first and the last in order of
#: text: where the two differ, the parts of a sum differ.
TOLD = ("DEFINITION", "COLLECTION", "SOURCE")
_ENDS = {"lo": "min", "hi": "max"}

#: What rows carry besides their key, and what becomes of it in a sum. Where the status of parts
#: differs, provisional (P) weighs more than estimated (E), and both more than normal (A).
CARRIED: Mapping[str, str] = {
    "value": "sum", "parts": "sum", "status": "max", "conf": "max",
    **{f"{name.lower()}_{end}": function for name in TOLD for end, function in _ENDS.items()},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts that make up a total.

    ``columns`` are the dimensions that tell the parts apart; ``total`` and each part are codes of
    them. ``parts`` must all be there, ``optional`` count where they are. ``no_row_is_zero`` are
    providers that print no row where a figure is zero: of their parts one that is there is enough,
    and without ``parts`` every code but the total is one.
    """

    columns: tuple[str, ...]
    total: Code
    parts: tuple[Code, ...] = ()
    optional: tuple[Code, ...] = ()
    no_row_is_zero: tuple[str, ...] = ()


def literal(text: str) -> str:
    """A text constant of the hub's own rules (never of a request)."""
    if "'" in text or "\\" in text:
        raise ValueError(f"{text!r} is no code")
    return f"'{text}'"


def one_of(column: str, codes: Sequence[str]) -> str:
    """Condition that a column has one of the codes."""
    return f"{column} IN ({', '.join(map(literal, codes))})" if codes else "false"


def start(measure: str, key: Mapping[str, str]) -> str:
    """The select list of rows to roll up.

    ``key`` is SQL by name. Numbers are exact to ten decimals, the multiplier of the unit applied;
    a text that is no number is no value.
    """
    number = f'exact("{measure}")'
    powers = " ".join(f"WHEN '{n}' THEN {number} * {10**n}" for n in range(1, 10))
    columns = {
        **key,
        "value": f"CASE coalesce(UNIT_MULT, '0') WHEN '0' THEN {number} {powers} END",
        "parts": "1",
        "status": "OBS_STATUS",
        "conf": "CONF_STATUS",
        **{f"{name.lower()}_{end}": name for name in TOLD for end in _ENDS},
    }
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def made(schema: DataSchema, given: Mapping[str, str]) -> str:
    """The select list of a computed dataflow: all its columns as text, null where not given."""
    columns = (*schema.columns, PROVIDER)
    texts = (f"CAST({given.get(c, 'NULL')} AS VARCHAR) AS {c}" for c in columns)
    return ", ".join([*texts, START, END])


def nothing(schema: DataSchema) -> Relation:
    """A computed dataflow without rows."""
    times = ", ".join(f"CAST(NULL AS TIMESTAMP) AS {c}" for c in (START, END))
    return Relation(f"(SELECT {made(schema, {})} FROM (SELECT {times}) AS n WHERE false)")


def rounded(number: str) -> str:
    """A double as text, with six decimals at most."""
    micro = f"CAST(floor(abs({number}) * 1000000 + 0.5) AS BIGINT)"
    whole = f"CAST(floor({micro} / 1000000) AS BIGINT)"
    rest = f"substr(CAST(1000000 + {micro} - {whole} * 1000000 AS VARCHAR), 2)"
    text = f"shown(exact(CAST({whole} AS VARCHAR) || '.' || {rest}))"
    return f"CASE WHEN {number} < 0 AND {micro} > 0 THEN '-' ELSE '' END || {text}"


def told(name: str, prefix: str, window: str) -> str:
    """The value of an attribute of :data:`TOLD` for all rows of a window.

    Codes that differ become ``_O`` (another, see the note), texts are listed.
    """
    low, high = (
        f"{function}({prefix}{name.lower()}_{end}) OVER {window}" for end, function in _ENDS.items()
    )
    several = f"{low} || '; ' || {high}" if name == "SOURCE" else "'_O'"
    return f"CASE WHEN {low} IS NULL THEN NULL WHEN {low} = {high} THEN {low} ELSE {several} END"


def rolled(source: str, key: Sequence[str], sums: Sequence[Sum], *, years: bool) -> str:
    """A query for the rows of ``source`` and the totals that follow from them.

    ``source`` is a query with the columns ``key`` (``freq``, ``provider``, ``period``, ``_start``
    and ``_end`` among them) and those of :data:`CARRIED`; its key is unique. The sums are
    made in their order, each from what those before it gave. With ``years`` twelve months make a
    year that is not stated.
    """
    for one in sums:
        source = _step(
            source,
            key,
            labels={c: literal(code) for c, code in zip(one.columns, one.total, strict=True)},
            code=_code(one.columns),
            wanted=_wanted(one),
            complete=_complete(one),
        )
    if years:
        source = _step(
            source,
            key,
            labels=_YEAR,
            code="freq",
            wanted="freq IN ('A', 'M')",
            complete=f"{_ALL_GIVEN} AND count(CASE WHEN code = 'A' THEN 1 END) = 0 "
            "AND count(*) = 12 AND count(DISTINCT began) = 12",
        )
    return source


_ALL_GIVEN = "count(c_value) = count(*)"

#: What a month becomes as a part of its year.
_YEAR = {
    "freq": "'A'",
    "period": "substr(period, 1, 4)",
    "_start": "year_start(_start)",
    "_end": "year_end(_start)",
}


def _step(
    source: str, key: Sequence[str], *, labels: Mapping[str, str], code: str, wanted: str,
    complete: str,
) -> str:  # fmt: skip
    """Each row as it is (pass 0), and those ``wanted`` once more as parts of a total (pass 1).

    Two passes over one source, not two branches: steps follow one another, and an engine that
    does not keep what a branch found would do twice the work at each of them.
    """
    others = [c for c in key if c not in labels]
    inner = [
        *others,
        *(f"CASE WHEN pass = 0 THEN {c} ELSE {sql} END AS to_{c}" for c, sql in labels.items()),
        *(f"{c} AS c_{c}" for c in CARRIED),
        f"{code} AS code",
        "_start AS began",
        "pass",
    ]
    outer = [
        *others,
        *(f"to_{c} AS {c}" for c in labels),
        *(f"{function}(c_{c}) AS {c}" for c, function in CARRIED.items()),
    ]
    grouped = [*others, *(f"to_{c}" for c in labels), "pass"]
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM ({source}) AS s "
        "CROSS JOIN (SELECT 0 AS pass UNION ALL SELECT 1 AS pass) AS p "
        f"WHERE pass = 0 OR ({wanted})) AS both_passes "
        f"GROUP BY {', '.join(grouped)} HAVING pass = 0 OR ({complete})"
    )


def _code(columns: Sequence[str]) -> str:
    return " || '|' || ".join(columns)


def _texts(codes: Sequence[Code]) -> list[str]:
    return ["|".join(code) for code in codes]


def _wanted(one: Sum) -> str:
    """The rows a sum looks at: all, where what else is there matters."""
    if not one.parts:
        return "true"
    return one_of(_code(one.columns), _texts((one.total, *one.parts, *one.optional)))


def _complete(one: Sum) -> str:
    """Whether the rows of a group make up the total, and it is not stated."""
    (total,) = _texts([one.total])
    terms = [_ALL_GIVEN, f"count(CASE WHEN code = {literal(total)} THEN 1 END) = 0"]
    is_zero = one_of("provider", one.no_row_is_zero)
    if not one.parts:
        return " AND ".join([*terms, is_zero])
    there = f"count(DISTINCT CASE WHEN {one_of('code', _texts(one.parts))} THEN code END)"
    terms.append(f"({there} = {len(one.parts)} OR {is_zero})")
    return " AND ".join(terms)

"""Computing indicators: from the files of pinned releases to rows of the dataflow of indicators.

All of it is SQL over columns. :func:`compute` makes the table :data:`TABLE` with a row for each
result that the first input of a definition asks for; ``reason`` says of a row without a value why
there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from hub.derived.definitions import COUNTRIES, PROVIDER_ID, YEAR, Definition, Input
from hub.derived.formula import rounded, to_sql
from hub.model.schema import DataSchema, StructureRef
from hub.store.conditions import Condition
from hub.store.observations import PROVIDER
from hub.store.sql import quoted

__all__ = ["REASONS", "TABLE", "Files", "chosen", "compute", "make_table", "of_result"]

#: Files of the pinned version of each dataflow; none where nothing was released.
Files = Mapping[StructureRef, Sequence[str]]

#: The table of results: the columns of the schema, ``indicator`` and ``reason``.
TABLE = "computed"

#: Why a result is left out, by ``reason`` (``{}``: the input).
REASONS = {
    "area": "not one of the areas of the indicator",
    "months": "{} does not have all months of the year",
    "absent": "{} has nothing for it",
    "missing": "{} has an observation without a figure that may be shown",
    "zero": "nothing to divide by",
    "others": "another provider publishes this series",
}

_AREA = "REF_AREA"

#: A figure in millionths; null where it is none, or has more than six decimals.
_FIGURE = (
    "CASE WHEN regexp_full_match({0}, '-?[0-9]{{1,20}}([.][0-9]{{1,6}}0*)?') THEN "
    "CAST(split_part({0}, '.', 1) || rpad(left(split_part({0}, '.', 2), 6), 6, '0') AS HUGEINT)"
    " * CASE coalesce({1}, '0') {2} END END"
)
_POWERS = " ".join(f"WHEN '{n}' THEN {10**n}::HUGEINT" for n in (0, 1, 2, 3, 6, 9))
#: Flags of the inputs in the order in which one becomes that of the result: a break, another
#: definition, an estimate, low reliability, provisional.
_FLAGS = ("B", "D", "E", "U", "P")


@dataclass(frozen=True, slots=True)
class _Part:
    """A common table expression of the statement."""

    name: str
    sql: str
    values: tuple[object, ...] = ()


def make_table(connection: duckdb.DuckDBPyConnection, schema: DataSchema) -> None:
    """Make the empty table of results for the dataflow of indicators."""
    columns = ", ".join(f"{quoted(c)} VARCHAR" for c in (*schema.columns, "indicator", "reason"))
    connection.execute(f"CREATE TABLE {TABLE} ({columns})")


def compute(
    connection: duckdb.DuckDBPyConnection,
    definition: Definition,
    schema: DataSchema,
    schemas: Mapping[StructureRef, DataSchema],
    files: Files,
) -> None:
    """Add the results of an indicator to :data:`TABLE`.

    ``schema`` is that of the dataflow of indicators, ``schemas`` those of its inputs.
    """
    parts = [
        part
        for one in definition.inputs
        for part in _sums(one, schemas[one.dataflow], files.get(one.dataflow, ()))
    ]
    ctes = ", ".join(f"{part.name} AS ({part.sql})" for part in parts)
    values = tuple(value for part in parts for value in part.values)
    result = _result(definition, schema)
    columns = ", ".join(quoted(c) for c in (*schema.columns, "indicator", "reason"))
    connection.execute(
        f"INSERT INTO {TABLE} ({columns}) WITH {ctes} {result.sql}", [*values, *result.values]
    )


def _sums(one: Input, schema: DataSchema, files: Sequence[str]) -> list[_Part]:
    """The observations of an input, and their sums for each result."""
    rows, sums, months = (f"{one.name}_{what}" for what in ("rows", "sums", "months"))
    where = chosen(one, schema)
    by = {target: _source(source, schema) for target, source in one.by.items()}
    picked = ", ".join(f"{sql} AS {quoted(target)}" for target, sql in by.items())
    status, figure = quoted("OBS_STATUS"), _figure(schema)
    if one.optional:
        blank = f"{quoted(schema.primary_measure.id)} IS NULL AND {status} = 'O'"
        figure = f"CASE WHEN {blank} THEN 0::HUGEINT ELSE {figure} END"
    assert schema.time is not None
    time = quoted(schema.time.id)
    source = "read_parquet(?, union_by_name = true)" if files else _nothing(schema)
    given: tuple[object, ...] = (list(files),) if files else ()
    within = [quoted(c) for c in one.twelve_months or ()]
    read = _Part(
        rows,
        f"SELECT {picked}, {figure} AS figure, {status} AS status, {time} AS period, "
        f"left({time}, 4) AS in_year{''.join(f', {c} AS within_{n}' for n, c in enumerate(within))}"
        f" FROM {source} WHERE {where.sql}",
        (*given, *where.values),
    )
    keys = ", ".join(quoted(target) for target in by)
    columns = [
        "sum(figure) AS figure",
        "count(*) - count(figure) AS missing",
        "list(DISTINCT status) AS flags",
    ]
    if one.twelve_months is None:
        total = f"SELECT {keys}, {', '.join(columns)}, true AS whole FROM {rows} GROUP BY {keys}"
        return [read, _Part(sums, total)]
    same = ["in_year", *(f"within_{n}" for n in range(len(within)))]
    counted = ", ".join(same)
    whole = f"SELECT {counted}, count(DISTINCT period) = 12 AS whole FROM {rows} GROUP BY {counted}"
    total = (
        f"SELECT {keys}, {', '.join(columns)}, bool_and(whole) AS whole "
        f"FROM {rows} JOIN {months} USING ({counted}) GROUP BY {keys}"
    )
    return [read, _Part(months, whole), _Part(sums, total)]


def chosen(one: Input, schema: DataSchema) -> Condition:
    """Which observations of its dataflow an input is about. The hub's own never are."""
    parts = [
        Condition(f"{quoted(component)} = ?", (code,)) for component, code in one.where.items()
    ]
    for component, codes in {**one.over, **one.only}.items():
        parts.append(_among(component, _countries(schema, component) if codes is None else codes))
    parts.append(Condition(f"{PROVIDER} IS DISTINCT FROM ?", (PROVIDER_ID,)))
    if one.providers:
        parts.append(_among(PROVIDER, one.providers))
    assert schema.time is not None
    if YEAR in one.by.values():  # a range of time may reach over several
        parts.append(Condition(f"NOT contains({quoted(schema.time.id)}, '/')"))
    return Condition.join("AND", parts)


def of_result(one: Input, schema: DataSchema, key: Mapping[str, str]) -> Condition:
    """Which observations of its dataflow an input adds up for the result with a key.

    In SQL that every query engine of the hub knows.
    """
    parts = [chosen(one, schema)]
    assert schema.time is not None
    for target, source in one.by.items():
        test = f"starts_with({quoted(schema.time.id)}, ?)"
        if source != YEAR:
            test = f"{quoted(source)} = ?"
        parts.append(Condition(test, (key[target],)))
    return Condition.join("AND", parts)


def _countries(schema: DataSchema, component: str) -> list[str]:
    codes = schema.by_id[component].codes or ()
    return [code for code in codes if re.fullmatch(COUNTRIES, code)]


def _among(component: str, codes: Sequence[str]) -> Condition:
    return Condition(f"{quoted(component)} IN ({', '.join('?' * len(codes))})", tuple(codes))


def _source(source: str, schema: DataSchema) -> str:
    if source != YEAR:
        return quoted(source)
    assert schema.time is not None
    return f"left({quoted(schema.time.id)}, 4)"


def _figure(schema: DataSchema) -> str:
    multiplier = quoted("UNIT_MULT") if "UNIT_MULT" in schema.by_id else "'0'"
    figure = _FIGURE.format(quoted(schema.primary_measure.id), multiplier, _POWERS)
    if "CONF_STATUS" not in schema.by_id:
        return figure
    # What is not free for publication tells nothing through an indicator either.
    return f"CASE WHEN coalesce({quoted('CONF_STATUS')}, 'F') = 'F' THEN {figure} END"


def _nothing(schema: DataSchema) -> str:
    columns = ", ".join(f"NULL::VARCHAR AS {quoted(c)}" for c in (*schema.columns, PROVIDER))
    return f"(SELECT {columns} WHERE false)"


def _result(definition: Definition, schema: DataSchema) -> Condition:
    """The results of an indicator, from the sums of its inputs."""
    spine, *others = definition.inputs
    joins = "".join(
        f" LEFT JOIN {one.name}_sums USING ({', '.join(quoted(c) for c in one.by)})"
        for one in others
    )
    figures = {
        one.name: f"coalesce({one.name}_sums.figure, 0)" if one.optional
        else f"{one.name}_sums.figure"
        for one in definition.inputs
    }  # fmt: skip
    number = to_sql(definition.formula, figures)
    reason = _reason(definition, schema, number.under)
    columns: dict[str, Condition] = {
        **{c: Condition("?", (code,)) for c, code in definition.output.items()},
        **{c: Condition(quoted(c)) for c in spine.by},
        **{c: Condition("?", (text,)) for c, text in definition.attributes.items()},
        "indicator": Condition("?", (definition.id,)),
        "reason": reason,
        # A case stops at the reason before it divides by nothing.
        schema.primary_measure.id: Condition(
            f"CASE WHEN {reason.sql} IS NULL THEN {rounded(number, definition.decimals)} END",
            reason.values,
        ),
        "OBS_STATUS": Condition(_flag(definition)),
        "DECIMALS": Condition("?", (str(definition.decimals),)),
        "COMMENT_OBS": Condition("?", (_remark(definition),)),
    }
    order = (*schema.columns, "indicator", "reason")
    picked = [(columns.get(c, Condition("NULL")), c) for c in order]
    sql = ", ".join(f"{column.sql} AS {quoted(c)}" for column, c in picked)
    values = tuple(value for column, _ in picked for value in column.values)
    return Condition(f"SELECT {sql} FROM {spine.name}_sums{joins}", values)


def _remark(definition: Definition) -> str:
    return f"Computed by the hub: {definition.id} = {definition.formula}."


def _reason(definition: Definition, schema: DataSchema, under: str) -> Condition:
    """Why a result cannot be computed; null when it can."""
    cases: list[tuple[Condition, str]] = []
    if definition.areas is not None or not definition.all_areas:
        of_it = _among(_AREA, definition.areas or _countries(schema, _AREA))
        cases.append((Condition(f"NOT {of_it.sql}", of_it.values), "area"))
    for one in definition.inputs:
        table = f"{one.name}_sums"
        # A left join gives no flags where the input has nothing.
        if not one.optional:
            cases.append((Condition(f"{table}.flags IS NULL"), f"absent:{one.name}"))
        cases.append((Condition(f"NOT {table}.whole"), f"months:{one.name}"))
        cases.append((Condition(f"{table}.missing > 0"), f"missing:{one.name}"))
    if not under.isdigit():
        cases.append((Condition(f"{under} <= 0"), "zero"))
    text = " ".join(f"WHEN {test.sql} THEN '{why}'" for test, why in cases)
    return Condition(f"CASE {text} END", tuple(value for test, _ in cases for value in test.values))


def _flag(definition: Definition) -> str:
    tables = [f"{one.name}_sums.flags" for one in definition.inputs]
    cases = " ".join(
        f"WHEN {' OR '.join(f'''coalesce(list_contains({t}, '{flag}'), false)''' for t in tables)}"
        f" THEN '{flag}'"
        for flag in _FLAGS
    )
    return f"CASE {cases} ELSE 'A' END"

"""Small pieces of DuckDB SQL over columns that are named by data, so always quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "MACROS",
    "any_given",
    "equal",
    "listed",
    "literal",
    "mask",
    "no_rows",
    "parquet",
    "quoted",
]

#: ``same_number(a, b)``: whether two texts are the same number. Doubles tell apart all numbers of
#: up to 15 digits within their range; beyond that the digits themselves must agree.
MACROS = (
    r"CREATE OR REPLACE MACRO digits_of(a) AS"
    r" length(ltrim(replace(regexp_replace(a, '[eE].*$', ''), '.', ''), '+-0'))",
    r"CREATE OR REPLACE MACRO canonical(a) AS CASE WHEN regexp_matches(a, '[eE]') THEN a"
    r" WHEN contains(a, '.')"
    r" THEN rtrim(rtrim(regexp_replace(a, '^[+]?(-?)0*', '\1'), '0'), '.')"
    r" ELSE regexp_replace(a, '^[+]?(-?)0*', '\1') END",
    r"CREATE OR REPLACE MACRO same_number(a, b) AS coalesce(a = b OR ("
    r" try_cast(a AS DOUBLE) = try_cast(b AS DOUBLE)"
    r" AND (canonical(a) = canonical(b)"
    r"  OR (digits_of(a) <= 15 AND digits_of(b) <= 15"
    r"   AND (abs(try_cast(a AS DOUBLE)) BETWEEN 1e-300 AND 1e300"
    r"    OR (digits_of(a) = 0 AND digits_of(b) = 0))))), a IS NULL AND b IS NULL)",
)


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text constant."""
    return "'" + value.replace("'", "''") + "'"


def listed(columns: Iterable[str], template: str = "{}", separator: str = ", ") -> str:
    """``template`` once per column, each ``{}`` in it being the quoted name."""
    return separator.join(template.replace("{}", quoted(c)) for c in columns)


def equal(left: str, right: str, columns: Sequence[str]) -> str:
    """Condition that two relations agree on the columns (none: always)."""
    return listed(columns, f"{left}.{{}} = {right}.{{}}", " AND ") or "true"


def mask(columns: Sequence[str], given: Sequence[str], source: str = "") -> str:
    """Condition that of ``columns`` exactly ``given`` are not null."""
    dot = source and f"{source}."
    wanted = set(given)
    return " AND ".join(f"{dot}{quoted(c)} IS {'NOT ' if c in wanted else ''}NULL" for c in columns)


def any_given(columns: Sequence[str]) -> str:
    """Condition that at least one of the columns is not null."""
    return "(" + (listed(columns, "{} IS NOT NULL", " OR ") or "false") + ")"


def parquet(files: Sequence[str]) -> str:
    """Table function over Parquet files; a column that a file lacks is null there."""
    return f"read_parquet([{', '.join(literal(f) for f in files)}], union_by_name = true)"


def no_rows(columns: Sequence[str]) -> str:
    """A query with these text columns and no rows."""
    return f"SELECT {listed(columns, 'NULL::VARCHAR AS {}')} WHERE false"

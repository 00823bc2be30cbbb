"""The three actions of a dataset, as SQL over the state of :class:`hub.store.working.Working`.

The segment at hand is the view ``seg``. What each action means is told in
:mod:`hub.store.changes`. Source: SDMX 3.1, dataset actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import SemanticError
from hub.model.dataset import Action
from hub.store import sql
from hub.store.observations import CELL, PLACE, ROW, SHEET, SUBMISSION
from hub.store.working import Working
from hub.validation.status import MISSING, status_of

__all__ = ["Edition", "apply", "withdraw"]


@dataclass(frozen=True, slots=True)
class Edition:
    """A message that is all its source says now about what it is about.

    What it is about are the observations that agree with a row of it on the components ``scope``
    (none: all of the source). ``submissions`` are the tokens of what the source gave before; only
    observations that they made what they are can go. ``spared`` are files of rows that the source
    gives too and that are not published: what was published under their keys stays.
    """

    scope: tuple[str, ...]
    submissions: tuple[str, ...]
    spared: tuple[str, ...] = ()


def apply(work: Working, action: Action, path: str) -> None:
    """Apply the rows of a Parquet file to the state."""
    source = f"read_parquet({sql.literal(path)})"
    known = {row[0] for row in work.run(f"DESCRIBE FROM {source}").fetchall()}
    more = "".join(f", NULL::VARCHAR AS {c}" for c in (SHEET, CELL) if c not in known)
    work.run(f"CREATE VIEW seg AS SELECT *{more} FROM {source}")
    if action is Action.DELETE:
        work.fresh = False
        _delete(work)
    else:
        _set(work, replace=action is Action.REPLACE)
    work.run("DROP VIEW seg")


def _masks(work: Working) -> list[tuple[str, ...]]:
    """Distinct sets of key columns that rows of the segment give, whole keys first."""
    flags = sql.listed(work.key, "{} IS NOT NULL")
    rows = work.run(f"SELECT DISTINCT {flags} FROM seg").fetchall()
    masks = [tuple(k for k, given in zip(work.key, row, strict=True) if given) for row in rows]
    return sorted(masks, key=len, reverse=True)


# -- merge and replace --------------------------------------------------------------------------


def _set(work: Working, *, replace: bool) -> None:
    masks = _masks(work)
    for mask in masks:
        if len(mask) == len(work.key):
            _set_observations(work, replace=replace)
        else:
            where = f"{sql.mask(work.key, mask)} AND {sql.any_given(work.values)}"
            if work.true(f"EXISTS (FROM seg WHERE {where})"):
                missing = ", ".join(k for k in work.key if k not in mask)
                raise SemanticError(f"Observations are given without {missing}")
    if work.per_series:
        for mask in dict.fromkeys(tuple(k for k in m if k in work.dims) for m in masks):
            _set_series(work, mask)
    if work.per_whole:
        last = sql.listed(
            work.per_whole, f"coalesce(arg_max(s.{{}}, {ROW}), any_value(w.{{}})) AS {{}}"
        )
        work.run(
            f"CREATE OR REPLACE TABLE whole AS SELECT {last} FROM whole w LEFT JOIN seg s ON true"
        )


def _set_observations(work: Working, *, replace: bool) -> None:
    where, keys = sql.mask(work.key, work.key), sql.listed(work.key)
    measures = [m.id for m in work.schema.measures]
    others = [c for c in work.values if c not in measures]
    missing = "false" if replace else _missing(work)
    if work.true(f"(SELECT count(*) = count(DISTINCT hash({keys})) FROM seg WHERE {where})"):
        columns = sql.listed((*work.key, *work.values, *PLACE))
        work.run(
            f"CREATE TABLE given AS SELECT {columns}, {missing} AS _gone FROM seg WHERE {where}"
        )
    else:
        last = "arg_max_null" if replace else "arg_max"
        values = sql.listed(others, f"{last}({{}}, {ROW}) AS {{}}")
        # A value that stands before the row that says it is missing goes as well.
        since = f"coalesce(max({ROW}) FILTER ({missing}), -1)"
        value = f"CASE WHEN max({ROW}) FILTER ({{}} IS NOT NULL) >= {since} THEN "
        value = f"{last}({{}}, {ROW})" if replace else f"{value}arg_max({{}}, {ROW}) END"
        place = f"arg_max_null({SHEET}, {ROW}), arg_max_null({CELL}, {ROW}), max({ROW})"
        picked = ", ".join(filter(None, (keys, sql.listed(measures, value), values, place)))
        given = f"SELECT {picked}, bool_or({missing}) FROM seg WHERE {where} GROUP BY {keys}"
        names = sql.listed((*work.key, *measures, *others, *PLACE))
        work.run(f"CREATE TABLE given AS SELECT * FROM ({given}) g({names}, _gone)")
    fresh, work.fresh = work.fresh, False
    if fresh and not work.has_stored:  # the segment is the state
        work.run("DROP TABLE work")
        columns = sql.listed((*work.key, *work.values, *PLACE))
        work.run(f"CREATE TABLE work AS SELECT {columns} FROM given")
        work.run("DROP TABLE given")
        return
    if fresh:
        _drop_known(work, replace=replace)
    work.load("given", work.key)
    kept = "g.{}" if replace else "coalesce(g.{}, w.{})"
    # What is stored as missing on purpose agrees with such a status.
    on_purpose = ", ".join(sql.literal(m.missing) for m in work.schema.measures)
    gone = f"g._gone AND coalesce(w.{{}} NOT IN ({on_purpose}), true)"
    untouched = f"g.{sql.quoted(work.key[0])} IS NULL"
    work.run(
        f"CREATE TABLE next AS SELECT {sql.listed(work.key, 'coalesce(g.{}, w.{}) AS {}')}, "
        + ", ".join(
            sql.listed(columns, f"CASE WHEN {untouched} THEN w.{{}} {said} END AS {{}}")
            for columns, said in (
                (measures, f"WHEN {gone} THEN g.{{}} ELSE {kept}"),
                (others, f"ELSE {kept}"),
                (PLACE, "ELSE g.{}"),
            )
            if columns
        )
        + f" FROM work w FULL JOIN given g ON {sql.equal('w', 'g', work.key)}"
    )
    work.run("DROP TABLE given")
    work.run("DROP TABLE work")
    work.run("ALTER TABLE next RENAME TO work")


def _missing(work: Working) -> str:
    """The condition that the status of a row says that its value is missing.

    What a row to be merged leaves out stays as it is. But such a status is said of the value: the
    old one would pass for one of the new source.
    """
    status = status_of(work.schema)
    if status is None:
        return "false"
    codes = ", ".join(map(sql.literal, sorted(MISSING)))
    return f"coalesce({sql.quoted(status)} IN ({codes}), false)"


def _drop_known(work: Working, *, replace: bool) -> None:
    """Of the first rows given, forget those that are stored just so.

    It changes no result. Offices send whole tables again for a few new values, and what is left
    out here costs nothing afterwards.
    """
    measures = {m.id: m.is_numeric for m in work.schema.measures}

    def differs(name: str) -> str:
        q = sql.quoted(name)
        said = f"(g.{q} IS NOT NULL OR {'g._gone' if name in measures else 'false'})"
        other = f"g.{q} IS DISTINCT FROM s.{q}"
        if measures.get(name):
            other = f"NOT same_number(g.{q}, s.{q})"
        return f"({other})" if replace else f"({said} AND {other})"

    work.run(
        f"CREATE TABLE fewer AS SELECT g.* FROM given g "
        f"LEFT JOIN stored s ON {sql.equal('g', 's', work.key)} "
        f"WHERE s.{sql.quoted(work.key[0])} IS NULL OR {' OR '.join(map(differs, work.values))}"
    )
    work.run("DROP TABLE given")
    work.run("ALTER TABLE fewer RENAME TO given")


def _set_series(work: Working, mask: Sequence[str]) -> None:
    """Merge the series attributes of the rows that give exactly the dimensions of ``mask``."""
    last = sql.listed(work.per_series, f"arg_max({{}}, {ROW}) AS {{}}")
    given = ", ".join(part for part in (sql.listed(mask), last) if part)
    group = f"GROUP BY {sql.listed(mask)}" if mask else ""
    work.run(
        f"CREATE TABLE shared AS SELECT {given} FROM seg WHERE {sql.mask(work.dims, mask)} {group}"
    )
    work.load_series("shared", mask)
    merged = sql.listed(work.per_series, "coalesce(g.{}, s.{}) AS {}")
    if len(mask) == len(work.dims):
        dims = sql.listed(work.dims, "coalesce(g.{}, s.{}) AS {}")
        join = f"FULL JOIN shared g ON {sql.equal('s', 'g', mask)}"
    else:  # part of a key: all series that agree with it, none is new
        dims = sql.listed(work.dims, "s.{}")
        join = f"LEFT JOIN shared g ON {sql.equal('s', 'g', mask)}"
    work.run(f"CREATE TABLE next AS SELECT {dims}, {merged} FROM series s {join}")
    work.run("DROP TABLE shared")
    work.run("DROP TABLE series")
    work.run("ALTER TABLE next RENAME TO series")


# -- editions -----------------------------------------------------------------------------------


def withdraw(work: Working, paths: Sequence[str], edition: Edition) -> None:
    """Delete what earlier editions of the source gave and this one, in ``paths``, does not."""
    if not (work.has_stored and edition.submissions):
        return
    work.fresh = False
    given = f"read_parquet([{', '.join(map(sql.literal, paths))}])"
    said = f"read_parquet([{', '.join(map(sql.literal, (*paths, *edition.spared)))}])"
    tokens = ", ".join(map(sql.literal, edition.submissions))
    work.run(
        f"CREATE TABLE gone AS SELECT {sql.listed(work.key, 's.{}')} FROM stored s "
        f"SEMI JOIN {given} f ON {sql.equal('s', 'f', edition.scope)} "
        f"ANTI JOIN {said} g ON {sql.equal('s', 'g', work.key)} "
        f"WHERE s.{SUBMISSION} IN ({tokens})"
    )
    if work.true("EXISTS (FROM gone)"):
        work.load("gone", work.key)
        _delete_rows(work, work.key)
    work.run("DROP TABLE gone")


# -- delete -------------------------------------------------------------------------------------


def _delete(work: Working) -> None:
    parts = (*work.values, *work.per_series, *work.per_whole)
    flags = sql.listed(parts, "bool_or({} IS NOT NULL) AS {}")
    for mask in _masks(work):
        group = f"GROUP BY {sql.listed(mask)}" if mask else ""
        source = f"FROM seg WHERE {sql.mask(work.key, mask)} AND"
        given = sql.any_given(parts)
        keys = sql.listed(mask) + ", " if mask else ""
        work.run(f"CREATE TABLE gone AS SELECT DISTINCT {keys} true AS _all {source} NOT {given}")
        work.run(f"CREATE TABLE part AS SELECT {keys} {flags} {source} {given} {group}")
        work.run(f"DELETE FROM part WHERE NOT ({sql.listed(parts, 'coalesce({}, false)', ' OR ')})")
        for relation, remove in (("gone", _delete_rows), ("part", _delete_parts)):
            if work.true(f"EXISTS (FROM {relation})"):
                work.load(relation, mask)
                remove(work, mask)
            work.run(f"DROP TABLE {relation}")


def _delete_rows(work: Working, mask: Sequence[str]) -> None:
    work.run(f"DELETE FROM work w USING gone g WHERE {sql.equal('w', 'g', mask)}")
    left = f"(SELECT s.* FROM stored s ANTI JOIN base b ON {sql.equal('s', 'b', work.key)})"
    if work.per_series:
        # Attributes go with the last observation of their series.
        dims = [k for k in mask if k in work.dims]
        nothing = sql.listed(work.per_series, "{} = NULL")
        work.run(
            f"UPDATE series s SET {nothing} "
            f"WHERE EXISTS (FROM gone g WHERE {sql.equal('s', 'g', dims)}) "
            f"AND NOT EXISTS (FROM work w WHERE {sql.equal('s', 'w', work.dims)}) "
            f"AND NOT EXISTS (FROM {left} l WHERE {sql.equal('s', 'l', work.dims)})"
        )
    if work.per_whole and work.true(f"NOT EXISTS (FROM work) AND NOT EXISTS (FROM {left})"):
        work.run(f"UPDATE whole SET {sql.listed(work.per_whole, '{} = NULL')}")


def _delete_parts(work: Working, mask: Sequence[str]) -> None:
    on = sql.equal("w", "p", mask)
    emptied = sql.listed(work.values, "{} = CASE WHEN p.{} THEN NULL ELSE w.{} END")
    work.run(f"UPDATE work w SET {emptied} FROM part p WHERE {on}")
    touched = sql.listed(work.values, "p.{}", " OR ")
    nothing = sql.listed(work.values, "w.{} IS NULL", " AND ")
    work.run(f"DELETE FROM work w USING part p WHERE {on} AND ({touched}) AND {nothing}")
    if work.per_series:
        # Whatever time the row names, an attribute of the series is one for all its times.
        dims = [k for k in mask if k in work.dims]
        work.load_series("part", dims)
        emptied = sql.listed(work.per_series, "{} = CASE WHEN p.{} THEN NULL ELSE s.{} END")
        flags = sql.listed(work.per_series, "bool_or({}) AS {}")
        keys = ", ".join(part for part in (sql.listed(dims), flags) if part)
        group = f"GROUP BY {sql.listed(dims)}" if dims else ""
        work.run(
            f"UPDATE series s SET {emptied} FROM (SELECT {keys} FROM part {group}) p "
            f"WHERE {sql.equal('s', 'p', dims)}"
        )
    for attribute in work.per_whole:
        name = sql.quoted(attribute)
        work.run(f"UPDATE whole SET {name} = NULL WHERE EXISTS (FROM part p WHERE p.{name})")

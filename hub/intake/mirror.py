"""What the country at the other end has published, beside what a message says.

Where both ends of a flow have a figure and these are far apart, the sender is told both, with the
definition of each: nobody else looks at the two at once, and often a figure stands in the wrong row
or counts something else. It is never an error: which of the two is right nobody here knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.intake.origin import origin
from hub.intake.publish import engine
from hub.model.dataset import Action
from hub.model.findings import Finding, Report
from hub.model.periods import spans
from hub.model.schema import DataSchema, StructureRef
from hub.query.model import Api, DataQuery
from hub.store import sql
from hub.store.dialect import DuckDb
from hub.store.home import Hub
from hub.store.observations import END, PROVIDER, ROW, START
from hub.store.segments import Segment
from hub.store.statement import none, stored
from hub.store.submissions import Submission
from hub.validation.rules import sentence
from hub.views import Relation
from hub.views.mirror import Mirror
from hub.views.mirror_rules import Comparison, MirrorRules, Side, mirror_rules
from hub.views.rollup import one_of

__all__ = ["RULE", "beside_other_end"]

RULE = "MIRROR_ASYMMETRY"

#: Findings that are listed; the report counts them all.
MOST = 50


def beside_other_end(
    hub: Hub,
    submission: Submission,
    segments: Mapping[StructureRef, Sequence[Segment]],
    scratch: Path,
    report: Report,
) -> None:
    """Tell in ``report`` where a staged message and the other end of a flow are far apart.

    ``scratch`` is a folder for what does not fit in memory. Only totals of both sexes and all ages
    are told, the farthest apart first.
    """
    rules = mirror_rules()
    if not any(_has_both_ends(hub, one, segments, rules) for one in rules.comparisons):
        return  # most messages have no other end to lie beside, and this costs nothing to see
    staged = {
        ref: rows
        for ref in rules.dataflows
        if segments.get(ref)
        and (rows := _staged(segments[ref], list(_sides(rules, ref)), rules)).num_rows
    }
    if not staged:
        return
    areas = sorted({area for rows in staged.values() for area in _areas(rows, rules)})
    with engine(hub, scratch) as connection:
        for macro in DuckDb.PREPARE:
            connection.execute(macro)
        inputs = {
            ref: _now(hub, connection, ref, staged.get(ref), areas, submission)
            for ref in rules.dataflows
        }
        found = list(_apart(hub, connection, rules, inputs, staged))
    found.sort(key=lambda one: (-Decimal(one["asymmetry"]), _key(one)))
    for one in found[:MOST]:
        report.add(_finding(one, rules, submission.filename))
    if len(found) > MOST:
        report.count_unlisted(RULE, rules.alarm.severity, len(found) - MOST)


def _has_both_ends(
    hub: Hub, one: Comparison, segments: Mapping[StructureRef, Sequence[Segment]],
    rules: MirrorRules,
) -> bool:  # fmt: skip
    """Whether one side of a comparison is in the message, and the other there or published."""
    sides = (one.from_, one.to)
    sent = [_in_message(segments.get(s.dataflow, ()), rules.measures(s)) for s in sides]
    return any(sent) and all(
        here or _is_published(hub, side.dataflow, rules.measures(side))
        for here, side in zip(sent, sides, strict=True)
    )


def _in_message(segments: Sequence[Segment], measures: Collection[str]) -> bool:
    return any(
        segment.rows is None or not segment.rows.texts(("MEASURE",))["MEASURE"].isdisjoint(measures)
        for segment in segments
    )


def _is_published(hub: Hub, ref: StructureRef, measures: Collection[str]) -> bool:
    pointer = hub.releases.current(ref)
    files = hub.observations.files(ref, pointer.version) if pointer is not None else []
    if not files:
        return False
    query = (
        f"SELECT true FROM {sql.parquet(files)} WHERE {one_of('MEASURE', tuple(measures))} LIMIT 1"
    )
    with duckdb.connect() as connection:
        return connection.execute(query).fetchone() is not None


def _areas(rows: pa.Table, rules: MirrorRules) -> Iterator[str]:
    """The countries that rows are about, at either end."""
    partners = {s.partner for one in rules.comparisons for s in (one.from_, one.to)}
    for name in {"REF_AREA", *partners} & set(rows.column_names):
        yield from (area for area in pc.unique(rows.column(name)).to_pylist() if area is not None)


def _sides(rules: MirrorRules, ref: StructureRef) -> Iterator[Side]:
    for one in rules.comparisons:
        yield from (side for side in (one.from_, one.to) if side.dataflow == ref)


def _staged(segments: Sequence[Segment], sides: Sequence[Side], rules: MirrorRules) -> pa.Table:
    """The rows of a message that may be figures of a side, the last one of each key."""
    schema = segments[-1].schema
    measures = {m for side in sides for m in rules.measures(side)}
    partners = {side.partner for side in sides}
    columns = [*schema.columns, ROW]
    kept = [
        rows
        for segment in segments
        if segment.action is not Action.DELETE
        for batch in _batches(segment)
        if _may_hold(batch, measures, partners)
        and (rows := _figures(batch, measures, partners, segment.action)).num_rows
    ]
    texts = pa.schema([*((c, pa.string()) for c in schema.columns), (ROW, pa.int64())])
    tables = [pa.Table.from_batches([b]).select(columns).cast(texts) for b in kept]
    return pa.concat_tables(tables) if tables else texts.empty_table()


def _batches(segment: Segment) -> Iterator[pa.RecordBatch]:
    if segment.rows is not None:
        yield from segment.rows
    else:
        yield from pq.ParquetFile(segment.path).iter_batches()


def _figures(
    batch: pa.RecordBatch, measures: set[str], partners: set[str], action: Action
) -> pa.RecordBatch:
    """Rows with one of the measures that name a country at the other end."""
    mask = pc.is_in(_plain(batch, "MEASURE"), value_set=pa.array(sorted(measures)))
    named = [
        pc.and_(pc.is_valid(column), pc.invert(pc.starts_with(column, pattern="_")))
        for column in (_plain(batch, partner) for partner in partners)
    ]
    for one in named[1:]:
        named[0] = pc.or_(named[0], one)
    mask = pc.and_(mask, named[0])
    if action is Action.MERGE:  # attributes only: the value is the one that is stored
        mask = pc.and_(mask, pc.is_valid(batch.column("OBS_VALUE")))
    return batch.filter(mask)


def _may_hold(batch: pa.RecordBatch, measures: set[str], partners: set[str]) -> bool:
    """Whether a row may be such a figure, by the dictionaries alone.

    Sex and age do not matter: a total may be made of its parts.
    """
    named = {
        name: batch.column(name).dictionary.to_pylist()
        for name in ("MEASURE", *partners)
        if pa.types.is_dictionary(batch.column(name).type)
    }
    return not measures.isdisjoint(named.pop("MEASURE", measures)) and (
        named.keys() != partners
        or any(not (code or "_").startswith("_") for codes in named.values() for code in codes)
    )


def _plain(batch: pa.RecordBatch, name: str) -> Any:
    return batch.column(name).cast(pa.string())


def _now(
    hub: Hub,
    connection: duckdb.DuckDBPyConnection,
    ref: StructureRef,
    staged: pa.Table | None,
    areas: Sequence[str],
    submission: Submission,
) -> Relation:
    """What a dataflow would hold of some areas if the message were published, as a table."""
    schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
    pointer = hub.releases.current(ref)
    files = hub.observations.files(ref, pointer.version) if pointer is not None else []
    known = stored(schema, files) if files else none(schema)
    name = sql.quoted(f"now {ref.id}")
    columns = sql.listed((*schema.columns, PROVIDER, START, END))
    bound = DuckDb().bind(
        f"CREATE TABLE {name} AS SELECT {columns} FROM {known.sql} "
        f"WHERE REF_AREA IN ({', '.join('?' * len(areas))})",
        (*known.values, *areas),
    )
    connection.execute(bound.sql, list(bound.values))
    if staged is not None:
        connection.register("given", _timed(staged, schema))
        same = sql.equal("n", "m", schema.key)
        connection.execute(f"DELETE FROM {name} n USING given m WHERE {same}")
        whose = origin(hub, submission, ref)
        connection.execute(
            f"INSERT INTO {name} SELECT {sql.listed(schema.columns)}, {whose.sql}, {START}, {END} "
            "FROM given QUALIFY row_number() OVER "
            f"(PARTITION BY {sql.listed(schema.key)} ORDER BY {ROW} DESC) = 1",
            list(whose.values),
        )
        connection.unregister("given")
    return Relation(name)


def _timed(staged: pa.Table, schema: DataSchema) -> pa.Table:
    """The rows with the instants that their periods cover."""
    assert schema.time is not None
    start, end = spans(staged.column(schema.time.id))
    return staged.append_column(START, start).append_column(END, end)


def _apart(
    hub: Hub,
    connection: duckdb.DuckDBPyConnection,
    rules: MirrorRules,
    inputs: Mapping[StructureRef, Relation],
    staged: Mapping[StructureRef, pa.Table],
) -> Iterator[dict[str, Any]]:
    """Comparisons with a figure of the message that are farther apart than the rules let pass."""
    both = [
        one.code for one in rules.comparisons if _meet(connection, rules, one, inputs)
    ]  # most messages meet nothing, and this is soon found
    if not both:
        return
    query = DataQuery(Api.V2, keys=(((), tuple(both)),))
    view = Mirror().relation(hub.structures, query, inputs)
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_MIRROR", None)
    key = [c for c in schema.key if c != "INDICATOR"]
    wanted = {
        "own_from": "REPORTED_FROM", "own_to": "REPORTED_TO", "asymmetry": "ASYMMETRY",
    }  # fmt: skip
    figures = ", ".join(
        f"max(CASE WHEN INDICATOR = '{i}' THEN OBS_VALUE END) AS {name}"
        for name, i in wanted.items()
    )
    definitions = ", ".join(
        f"max(CASE WHEN INDICATOR = '{i}' THEN DEFINITION END) AS {name}"
        for name, i in (("definition_from", "REPORTED_FROM"), ("definition_to", "REPORTED_TO"))
    )
    rows = connection.execute(
        f"SELECT {sql.listed(key)}, {figures}, {definitions} FROM {view.sql} "
        f"WHERE SEX = '_T' AND AGE = '_T' GROUP BY {sql.listed(key)}",
        list(view.values),
    )
    names = [column[0] for column in rows.description or ()]
    given = {ref: _cells(table) for ref, table in staged.items()}
    for row in rows.fetchall():
        one = dict(zip(names, row, strict=True))
        rule = next(c for c in rules.comparisons if c.code == one["COMPARISON"])
        from_, to = one["AREA_FROM"], one["AREA_TO"]
        one["sent_from"] = (from_, one["TIME_PERIOD"]) in given.get(rule.from_.dataflow, ())
        sent_to = (to, one["TIME_PERIOD"]) in given.get(rule.to.dataflow, ())
        mean = (Decimal(one["own_from"]) + Decimal(one["own_to"])) / 2
        if (
            (one["sent_from"] or sent_to)
            and Decimal(one["asymmetry"]) >= rules.alarm.asymmetry
            and mean >= rules.alarm.mean
        ):
            yield one


def _meet(
    connection: duckdb.DuckDBPyConnection, rules: MirrorRules, one: Comparison,
    inputs: Mapping[StructureRef, Relation],
) -> bool:  # fmt: skip
    """Whether any two countries have something at both ends of a comparison."""
    pairs = [
        f"(SELECT DISTINCT REF_AREA AS here, {side.partner} AS there "
        f"FROM {inputs[side.dataflow].sql} WHERE {one_of('MEASURE', rules.measures(side))})"
        for side in (one.from_, one.to)
    ]
    found = connection.execute(
        f"SELECT 1 FROM {pairs[0]} a JOIN {pairs[1]} b ON a.here = b.there AND a.there = b.here "
        "LIMIT 1"
    )
    return found.fetchone() is not None


def _key(one: Mapping[str, Any]) -> str:
    """What a comparison is about, as a finding names it."""
    names = ("COMPARISON", "AREA_FROM", "AREA_TO", "CITIZENSHIP", "TIME_PERIOD")
    return ".".join(str(one[c]) for c in names)


def _cells(table: pa.Table) -> frozenset[tuple[str, str]]:
    """The countries and periods that a message gives figures of."""
    pairs = table.select(["REF_AREA", "TIME_PERIOD"]).group_by(["REF_AREA", "TIME_PERIOD"])
    found = pairs.aggregate([])
    return frozenset(zip(*(found.column(c).to_pylist() for c in found.column_names), strict=True))


def _finding(one: Mapping[str, Any], rules: MirrorRules, file: str) -> Finding:
    """A finding with both figures: that of the message, and the one at the other end."""
    ends = [
        f"{one[f'own_{end}']} ({area}: {one[f'UNIT_{end.upper()}']}, "
        f"{one[f'definition_{end}'] or '_U'})"
        for end, area in (("from", one["AREA_FROM"]), ("to", one["AREA_TO"]))
    ]
    found, expected = ends if one["sent_from"] else ends[::-1]
    key = _key(one)
    text = sentence(RULE, component="OBS_VALUE", found=found, expected=expected, key=key)
    return Finding(
        RULE, text, rules.alarm.severity, file=file, key=key, component="OBS_VALUE", found=found,
        expected=expected,
    )  # fmt: skip

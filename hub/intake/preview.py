"""What a message would change, without keeping or publishing anything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from hub.intake import returned
from hub.intake.differences import DiffRow, Kind
from hub.intake.editions import edition_by
from hub.intake.reading import set_apart
from hub.intake.staging import Stage
from hub.model.dataset import DataMessage
from hub.model.findings import Report
from hub.model.schema import DataSchema, StructureRef
from hub.store import sql, tables
from hub.store.changes import Edition, Segment, net_change
from hub.store.home import Hub
from hub.store.observations import OP
from hub.store.submissions import State
from hub.validation import validate

__all__ = ["Preview", "YearSum", "preview"]

_FREQ = "FREQ"


@dataclass(frozen=True, slots=True)
class YearSum:
    """Figures of one year, published and in the message, for the part that the message is about.

    ``published`` and ``given`` count observations; ``returned`` are those of the file before that
    were given back, ``refused`` those of this one that would be. The sums add all their figures;
    they show how much a revision is, and are no totals where the message holds totals beside their
    parts.
    """

    year: str
    freq: str | None
    published: int
    published_sum: float
    returned: int
    returned_sum: float
    given: int
    given_sum: float
    refused: int
    refused_sum: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a message would do to one dataflow.

    ``absent`` counts observations that are published for the same part and years and are not in
    the message. A merge leaves them as they are; ``absent_rows`` shows them as if they were to be
    withdrawn. ``years`` is empty where the dataflow has no time dimension. ``varying`` are the
    dimensions that have several codes in the message, and time.
    """

    dataflow: str
    new: int
    changed: int
    withdrawn: int
    same: int
    absent: int
    years: tuple[YearSum, ...]
    rows: tuple[DiffRow, ...]
    absent_rows: tuple[DiffRow, ...]
    varying: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The preview as JSON states it."""
        return {
            "dataflow": self.dataflow,
            "counts": {
                "new": self.new,
                "changed": self.changed,
                "withdrawn": self.withdrawn,
                "same": self.same,
                "absent": self.absent,
            },
            "years": [
                {
                    "year": each.year,
                    "freq": each.freq,
                    "published": {"observations": each.published, "sum": each.published_sum},
                    "returned": {"observations": each.returned, "sum": each.returned_sum},
                    "given": {"observations": each.given, "sum": each.given_sum},
                    "refused": {"observations": each.refused, "sum": each.refused_sum},
                }
                for each in self.years
            ],
            "rows": [row.to_dict() for row in self.rows],
            "absent": [{"key": r.key, "changes": r.to_dict()["changes"]} for r in self.absent_rows],
        }


def preview(
    hub: Hub, message: DataMessage, *, file: str, connector: str | None = None, limit: int = 100
) -> tuple[Report, list[Preview]]:
    """Validate ``message`` and compare it with what is published now.

    ``connector`` is what read it: where its files replace earlier ones, what is no longer printed
    is withdrawn.

    ``limit`` cuts the rows of each preview; its counts are those of all. A message with errors is
    compared as far as it can be published without what is wrong.
    """
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        scratch = Path(folder)
        with Stage(scratch / "stage") as stage:
            report = validate(message, stage.add, workspace=scratch, file=file)
        apart = set_apart(message, scratch / "apart")
        refused = apart.segments if apart else {}
        back = [segment for each in refused.values() for segment in each]
        edition = edition_by(hub, connector, report, back)
        return report, [
            _compare(
                hub, segments, scratch, limit, edition,
                [_staged(refused.get(dataflow, ())), _returned(hub, connector, dataflow)],
            )
            for dataflow, segments in stage.segments.items()
        ]  # fmt: skip


def _staged(segments: Sequence[Segment]) -> str | None:
    if not segments:
        return None
    return f"read_parquet([{', '.join(sql.literal(str(s.path)) for s in segments)}])"


def _returned(hub: Hub, connector: str | None, dataflow: StructureRef) -> str | None:
    """What was given back of the file of this source that was published last, as a table."""
    row = tables.submission.c
    before = hub.submissions.find(
        row.connector == connector,
        row.state.in_([State.PUBLISHED.value, State.UNCHANGED.value]),
    )
    if connector is None or not before or returned.summary(hub, before[-1].token) is None:
        return None
    path, _ = returned.part(hub, before[-1].token, "rules")
    rows = f"read_csv({sql.literal(str(path))}, header = true, all_varchar = true)"
    return f"(FROM {rows} WHERE DATAFLOW = {sql.literal(str(dataflow))})"


def _compare(
    hub: Hub,
    segments: Sequence[Segment],
    scratch: Path,
    limit: int,
    edition: Edition | None,
    left_out: Sequence[str | None],
) -> Preview:
    """``left_out`` are tables of what of this file is wrong, and of what was of the one before."""
    schema = segments[-1].schema
    pointer = hub.releases.current(schema.dataflow)
    files = hub.observations.files(schema.dataflow, pointer.version) if pointer else []
    with _engine(hub, scratch) as connection:
        net = net_change(connection, schema, segments, files, edition)
        paths = ", ".join(sql.literal(str(s.path)) for s in segments)
        columns = sql.listed(schema.columns)
        connection.execute(
            f"CREATE TABLE message AS SELECT {columns} FROM read_parquet([{paths}]) "
            f"WHERE {sql.mask(schema.key, schema.key)}"
        )
        fixed = _fixed(connection, schema)
        connection.execute(
            f"CREATE VIEW published AS SELECT s.* FROM stored s WHERE {_scope(schema, fixed)}"
        )
        # What the message withdraws is told apart from what it only leaves out.
        connection.execute(
            "CREATE VIEW absent AS SELECT p.* FROM published p "
            f"ANTI JOIN message m ON {sql.equal('p', 'm', schema.key)} "
            f"ANTI JOIN (FROM net WHERE {OP} = 'delete') n ON {sql.equal('p', 'n', schema.key)}"
        )
        given = _count(connection, "SELECT count(*) FROM message")
        return Preview(
            str(schema.dataflow),
            net.inserted,
            net.updated,
            net.deleted,
            given - net.inserted - net.updated,
            _count(connection, "SELECT count(*) FROM absent"),
            tuple(_years(connection, schema, left_out)),
            tuple(_rows(connection, schema, limit)),
            tuple(_absent(connection, schema, limit)),
            tuple(name for name in schema.key if name not in fixed),
        )


def _fixed(connection: duckdb.DuckDBPyConnection, schema: DataSchema) -> dict[str, str]:
    """Dimensions that have one code in the whole message, with that code."""
    fixed = {}
    for name in schema.series_key:
        query = f"SELECT DISTINCT {sql.quoted(name)} FROM message LIMIT 2"
        found = connection.execute(query).fetchall()
        if len(found) == 1:
            fixed[name] = str(found[0][0])
    return fixed


def _scope(schema: DataSchema, fixed: dict[str, str]) -> str:
    """Condition on ``s``: the part and the years that the message is about."""
    terms = [f"s.{sql.quoted(name)} = {sql.literal(code)}" for name, code in fixed.items()]
    if schema.time is not None:
        period = sql.quoted(schema.time.id)
        terms.append(f"left(s.{period}, 4) IN (SELECT left({period}, 4) FROM message)")
    return " AND ".join(terms) or "true"


def _years(
    connection: duckdb.DuckDBPyConnection, schema: DataSchema, left_out: Sequence[str | None]
) -> Iterator[YearSum]:
    if schema.time is None:
        return
    freq = sql.quoted(_FREQ) if _FREQ in schema.series_key else "NULL"
    period, value = sql.quoted(schema.time.id), sql.quoted(schema.primary_measure.id)
    refused, before = left_out
    sources = {"published": "published", "returned": before, "given": "message", "refused": refused}
    parts = [
        f"SELECT left({period}, 4) AS year, {freq} AS freq, {sql.literal(name)} AS side, "
        f"try_cast({value} AS DOUBLE) AS figure FROM {source}"
        for name, source in sources.items()
        if source is not None
    ]
    sides = ", ".join(
        f"count(*) FILTER (side = {sql.literal(name)}), "
        f"coalesce(sum(figure) FILTER (side = {sql.literal(name)}), 0)"
        for name in sources
    )
    query = (
        f"SELECT year, freq, {sides} FROM ({' UNION ALL '.join(parts)}) "
        f"WHERE year IN (SELECT left({period}, 4) FROM message) GROUP BY ALL ORDER BY ALL"
    )
    for row in connection.execute(query).fetchall():
        yield YearSum(*row)


def _rows(
    connection: duckdb.DuckDBPyConnection, schema: DataSchema, limit: int
) -> Iterator[DiffRow]:
    others = [c for c in schema.columns if c not in schema.key]
    old, new = sql.listed(others, "b.{}"), sql.listed(others, "n.{}")
    query = (
        f"SELECT n._op, {sql.listed(schema.key, 'n.{}')}, {old}, {new} FROM net n "
        f"LEFT JOIN base b ON {sql.equal('n', 'b', schema.key)} "
        f"ORDER BY {sql.listed(schema.key, 'n.{}')} LIMIT {int(limit)}"
    )
    kinds = {"insert": Kind.NEW, "update": Kind.CHANGED, "delete": Kind.WITHDRAWN}
    size = len(others)
    for op, *values in connection.execute(query).fetchall():
        key = dict(zip(schema.key, values, strict=False))
        rest = values[len(schema.key) :]
        before, after = rest[:size], rest[size:] if op != "delete" else [None] * size
        yield DiffRow(
            str(schema.dataflow),
            kinds[op],
            key,
            {
                name: (was, now)
                for name, was, now in zip(others, before, after, strict=True)
                if was != now
            },
        )


def _absent(
    connection: duckdb.DuckDBPyConnection, schema: DataSchema, limit: int
) -> Iterator[DiffRow]:
    measure = schema.primary_measure.id
    query = (
        f"SELECT {sql.listed((*schema.key, measure), 'p.{}')} FROM absent p "
        f"ORDER BY {sql.listed(schema.key, 'p.{}')} LIMIT {int(limit)}"
    )
    for *key, value in connection.execute(query).fetchall():
        yield DiffRow(
            str(schema.dataflow),
            Kind.WITHDRAWN,
            dict(zip(schema.key, key, strict=True)),
            {measure: (value, None)},
        )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((count,),) = connection.execute(query).fetchall()
    return int(count)


@contextmanager
def _engine(hub: Hub, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database that spills to ``scratch``."""
    config = {
        "memory_limit": f"{hub.settings.engine_memory_mb}MiB",
        "temp_directory": str(scratch / "spill"),
    }
    with duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        yield connection

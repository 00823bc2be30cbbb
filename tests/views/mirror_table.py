"""Stored observations in a bare engine, and what a view makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from hub.model.periods import spans
from hub.model.schema import StructureRef
from hub.model.stored import END, PROVIDER, START
from hub.query.model import Api, DataQuery
from hub.store.dialect import DuckDb
from hub.structures.repository import StructureSet
from hub.views import Relation, View
from hub.views.rollup import nothing

Row = Mapping[str, str | None]

STRUCTURES = StructureSet.shipped()
EVERYTHING = DataQuery(Api.V2)

_ADMIN = {
    "FREQ": "M", "COUNTRY_RESIDENCE": "_T", "COUNTRY_COUNTERPART": "_T", "BORDER_POINT": "_T",
    "TRANSPORT_MODE": "_T", "PERMIT_CATEGORY": "_T", "TRAVEL_CONDITION": "_T", "SEX": "_T",
    "AGE": "_T", "UNIT_MEASURE": "PS", "TIME_PERIOD": "2021-01", "OBS_STATUS": "A",
    "CITIZENSHIP": "_T", "DEFINITION": "RETURN_ORDER", "COLLECTION": "ADMIN",
    "SOURCE": "a register",
}  # fmt: skip


def admin(area: str, measure: str, value: object, provider: str | None, **more: str | None) -> Row:
    """An observation of an administrative record; ``None`` is a value that is not there."""
    text = None if value is None else str(value)
    return {**_ADMIN, "REF_AREA": area, "MEASURE": measure, "OBS_VALUE": text,
            PROVIDER: provider, **more}  # fmt: skip


def made(value: object, provider: str | None = "MEX_INM", **more: str | None) -> Row:
    """People of GTM returned by MEX, which does not say to where."""
    return admin("MEX", "RETURNS_MADE", value, provider, **{"CITIZENSHIP": "GTM", **more})


def received(value: object, provider: str | None = "GTM_SBS", **more: str | None) -> Row:
    """People of GTM received by GTM from MEX."""
    given = {"CITIZENSHIP": "GTM", "COUNTRY_COUNTERPART": "MEX", **more}
    return admin("GTM", "RETURNS_RECEIVED", value, provider, **given)


def seen(
    view: View, rows: Mapping[str, Iterable[Row]], query: DataQuery = EVERYTHING
) -> list[dict[str, Any]]:
    """The rows of a view over stored ``rows``, by id of their dataflow."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for macro in DuckDb.PREPARE:
            connection.execute(macro)
        inputs = {}
        for ref in view.inputs:
            inputs[ref] = _table(connection, ref, list(rows.get(ref.id, ())))
        relation = view.relation(STRUCTURES, query, inputs)
        sql = f"SELECT * FROM {relation.sql}"
        found = connection.sql(sql, params=list(relation.values)).to_arrow_table()
        return [dict(row) for row in found.to_pylist()]


def _table(connection: duckdb.DuckDBPyConnection, ref: StructureRef, rows: list[Row]) -> Relation:
    schema = STRUCTURES.dataflow(ref.agency, ref.id, ref.version)
    if not rows:
        return nothing(schema)
    texts = pa.schema([(name, pa.string()) for name in (*schema.columns, PROVIDER)])
    table = pa.Table.from_pylist([dict(row) for row in rows], texts)
    start, end = spans(table.column("TIME_PERIOD"))
    table = table.append_column(START, start).append_column(END, end)
    connection.register(f"given_{ref.id}", table)
    return Relation(f"given_{ref.id}")

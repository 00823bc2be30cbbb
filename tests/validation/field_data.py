"""Messages of a few rows in the hub's own structures, to plant faults of the field in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from corpus import message

from hub.model.findings import Finding, Report
from hub.structures.repository import StructureSet
from hub.validation import FieldContext, validate

Row = dict[str, str | None]
NOW = datetime(2026, 6, 15, tzinfo=UTC)


def rows(flow: str, *given: Mapping[str, str | None]) -> list[Row]:
    """Observations: totals of everything but what is given."""
    base: dict[str, Row] = {
        "DF_MIG_BORDER": {"MEASURE": "ENTRIES", "UNIT_MEASURE": "EV"},
        "DF_MIG_IRREGULAR": {"MEASURE": "IRREGULAR_EVENTS", "UNIT_MEASURE": "EV"},
        "DF_MIG_RETURNS": {"MEASURE": "RETURNS_RECEIVED", "UNIT_MEASURE": "PS"},
        "DF_MIG_RESIDENCE": {"MEASURE": "RESIDENCE_GRANTED", "UNIT_MEASURE": "PS"},
        "DF_MIG_FLOW": {"MEASURE": "IMMIGRATION", "UNIT_MEASURE": "PS", "FREQ": "A"},
        "DF_MIG_STOCK": {"MEASURE": "STOCK_MIG", "UNIT_MEASURE": "PS", "FREQ": "A"},
        "DF_MIG_DISPLACEMENT": {
            "MEASURE": "DISP_STOCK", "POPULATION_TYPE": "REF", "UNIT_MEASURE": "PS", "FREQ": "A",
        },
    }  # fmt: skip
    schema = StructureSet.shipped().dataflow("MIGHUB", flow, None)
    made = []
    for own in given:
        row: Row = dict.fromkeys(schema.series_key, "_T")
        row |= {"FREQ": "M", "REF_AREA": "HND", "OBS_STATUS": "A"} | base[flow]
        row |= {"TIME_PERIOD": "2025" if row["FREQ"] == "A" else "2025-03"}
        made.append(row | dict(own))
    return made


def judged(
    flow: str, given: Iterable[Row], context: FieldContext | None = None, batch_rows: int = 64
) -> Report:
    """The report of a message of these rows."""
    schema = StructureSet.shipped().dataflow("MIGHUB", flow, None)
    table = list(given)
    names = [c for c in schema.columns if any(row.get(c) is not None for row in table)]
    columns = {name: [row.get(name) for row in table] for name in names}
    sent = message(columns, batch_rows, schema=schema)
    return validate(sent, field=context or FieldContext(now=NOW))


def only(report: Report) -> Finding:
    """The one finding there is."""
    assert [f.rule for f in report] == [report.findings[0].rule], [f.message for f in report]
    return report.findings[0]


def parts(dimension: str, values: Mapping[str, object], **more: str) -> list[Row]:
    """One row per code of a dimension with its value."""
    return [
        {dimension: code, "OBS_VALUE": None if value is None else str(value), **more}
        for code, value in values.items()
    ]

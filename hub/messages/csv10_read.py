"""Reading SDMX-CSV 1.0 (SDMX 2.1): ``DATAFLOW,dimensions,OBS_VALUE,attributes``.

The separator is the ninth character of the message. Components may stand in any order, columns
may be missing, and cells may hold ``id: name`` (labels=both). See ``csv_rows`` for what an empty
cell and a row number mean.
"""

from __future__ import annotations

from pathlib import Path

from hub.messages.api import SchemaResolver
from hub.messages.csv_groups import Grouper, identification
from hub.messages.csv_rows import Group, RowReader
from hub.messages.csv_table import CsvTable
from hub.model.dataset import Action, DataMessage
from hub.model.findings import Finding
from hub.model.schema import DataSchema

__all__ = ["read"]

#: What version 1.0 calls the primary measure, whatever its id.
_MEASURE = "OBS_VALUE"


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the SDMX-CSV 1.0 message at ``path``.

    Raises ``RequestSyntaxError`` when it is no such message or is broken as a CSV file,
    ``NotFound`` for a dataflow that ``resolver`` does not have. Rows with too many or too few
    fields, and rows that name no dataflow, become findings.
    """
    table = CsvTable.open(path, "DATAFLOW")
    rows = RowReader(table, frozenset({_MEASURE}))

    def decide(values: tuple[str | None, ...]) -> Group | Finding:
        ref = identification(values[0]) if values[0] else None
        if ref is None:
            return Finding(
                "DATAFLOW_MISSING" if values[0] is None else "DATAFLOW_FORM",
                "The first column must name the dataflow of every row as AGENCY:ID(VERSION).",
                column="DATAFLOW",
                found=values[0],
                expected="AGENCY:ID(VERSION)",
            )
        schema = resolver.dataflow(*ref)
        _alias(rows, schema)
        return Group(schema, Action.MERGE)

    first = table.value("DATAFLOW")
    if first is not None and (ref := identification(first)):
        _alias(rows, resolver.dataflow(*ref))  # an unknown dataflow is told before reading
    grouper = Grouper(rows, ("DATAFLOW",), decide)
    return DataMessage(None, rows.blocks(grouper), rows, rows.findings)


def _alias(rows: RowReader, schema: DataSchema) -> None:
    if _MEASURE not in schema.by_id:
        rows.aliases[_MEASURE] = schema.primary_measure.id

"""Reading SDMX-CSV 2.0 (SDMX 3.0): ``STRUCTURE,STRUCTURE_ID,ACTION,components``.

The separator is the character after the ``STRUCTURE`` term. Rows may mix structures and actions:
stretches of rows that agree become blocks, in order. Actions: I, A and M merge, R replaces, D
deletes; a missing one merges (field guide: Information, which loads like Append). The values in
a cell of a multi-valued column (``ATTR[]``) are told apart with the separator of ``STRUCTURE[;]``;
a multilingual one (``ATTR[en;es]``) stays one text.
"""

from __future__ import annotations

from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.csv_groups import Grouper, identification
from hub.messages.csv_rows import Group, RowReader
from hub.messages.csv_table import CsvTable
from hub.model.dataset import Action, DataMessage
from hub.model.findings import Finding
from hub.model.schema import DataSchema

__all__ = ["ACTIONS", "named_structure", "read"]

#: What the letters of ACTION mean, in any version; a missing one merges.
ACTIONS = {
    None: Action.MERGE,
    "I": Action.MERGE,
    "A": Action.MERGE,
    "M": Action.MERGE,
    "R": Action.REPLACE,
    "D": Action.DELETE,
}


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open the SDMX-CSV 2.0 message at ``path``.

    Raises ``RequestSyntaxError`` when it is no such message or is broken as a CSV file,
    ``NotFound`` for a structure that ``resolver`` does not have (at once for the first row, while
    ``blocks`` is consumed for later ones). Faulty rows become findings.
    """
    table = CsvTable.open(path, "STRUCTURE")
    if "STRUCTURE_ID" not in table.by_id:
        raise RequestSyntaxError(
            "The header has no column STRUCTURE_ID: SDMX-CSV 2.0 begins with "
            "STRUCTURE,STRUCTURE_ID,ACTION."
        )

    def decide(values: tuple[str | None, ...]) -> Group | Finding:
        kind, id_, action = values
        schema = named_structure(resolver, kind, id_)
        if isinstance(schema, Finding):
            return schema
        if action not in ACTIONS:
            return Finding(
                "ACTION_UNKNOWN",
                "ACTION must be I, A, M (merge), R (replace) or D (delete).",
                column="ACTION",
                found=action,
                expected="I, A, M, R or D",
            )
        return Group(schema, ACTIONS[action])

    first = None
    if table.first is not None:
        first = named_structure(resolver, table.value("STRUCTURE"), table.value("STRUCTURE_ID"))
    measures = first.measures if isinstance(first, DataSchema) else ()
    rows = RowReader(table, frozenset(m.id for m in measures))
    grouper = Grouper(rows, ("STRUCTURE", "STRUCTURE_ID", "ACTION"), decide)
    return DataMessage(None, rows.blocks(grouper), rows, rows.findings)


def named_structure(
    resolver: SchemaResolver, kind: str | None, id_: str | None
) -> DataSchema | Finding:
    """The structure that a row names, or what is wrong with how it names it."""
    ref = identification(id_) if id_ else None
    if ref is None:
        return Finding(
            "STRUCTURE_MISSING" if id_ is None else "STRUCTURE_FORM",
            "STRUCTURE_ID must name the structure of every row as AGENCY:ID(VERSION).",
            column="STRUCTURE_ID",
            found=id_,
            expected="AGENCY:ID(VERSION)",
        )
    lower = kind.lower() if kind else kind  # .Stat writes DATAFLOW
    if lower == "dataflow":
        return resolver.dataflow(*ref)
    if lower == "datastructure":
        return resolver.structure(*ref)
    if lower == "dataprovision":
        return resolver.agreement(*ref)
    return Finding(
        "STRUCTURE_MISSING" if kind is None else "STRUCTURE_FORM",
        "STRUCTURE must say what STRUCTURE_ID is: dataflow, datastructure or dataprovision.",
        column="STRUCTURE",
        found=kind,
        expected="dataflow, datastructure or dataprovision",
    )

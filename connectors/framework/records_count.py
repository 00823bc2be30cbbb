"""From the counts of a register to the message that leaves its office."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.framework.records import Register
from connectors.framework.records_read import Counted, count
from hub.disclosure import SUPPRESSED, Figures, Protected
from hub.disclosure.hierarchies import Codelists, parents_of
from hub.errors import HubError
from hub.model.dataset import BATCH_ROWS, CODED, Action, Block, DataMessage, Header, Location
from hub.model.findings import Finding, Severity
from hub.model.schema import DataSchema, Role
from hub.validation.rules import sentence

__all__ = ["Structures", "counts_of", "read_register"]

_TOTAL, _TIME = "_T", "TIME_PERIOD"


class Structures(Codelists, Protocol):
    """Where dataflows are looked up as well."""

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """The schema of a dataflow."""
        ...


def read_register(record: Register, path: Path, structures: Structures) -> DataMessage:
    """Count a file of a register; the message holds what may leave.

    What is wrong with the file is in ``findings``, with row numbers and no personal value; with an
    error there the message has no observation. Raises ``RequestSyntaxError`` when the file cannot
    be read, ``HubError`` when the record does not fit its dataflow.
    """
    ref = record.dataflow
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    counted = count(record, path)
    findings = list(counted.findings)
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC)
    frame = pd.DataFrame()
    if not any(f.severity is Severity.ERROR for f in findings):
        frame = counts_of(counted, schema)
        frame = _safe(frame, record, schema, structures, path.name, findings)
    digest = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
    return DataMessage(
        header=Header(
            f"{record.id.replace('/', '_')}_{digest[:16]}", record.provider, modified,
            source=record.publisher["name"],
        ),
        blocks=_blocks(frame, schema),
        locate=_nowhere,
        findings=findings,
    )  # fmt: skip


def counts_of(counted: Counted, schema: DataSchema) -> pd.DataFrame:
    """The observations of the record's tables: a row each, a text column for each component.

    A table has all its margins; a cell that two tables have is the same count and stands once.
    Cells that nobody falls into are left out.
    """
    record = counted.record
    cells = pd.DataFrame(counted.columns())
    cells[schema.primary_measure.id] = counted.counts
    made = [c for c in cells if c in schema.key]
    always = [c for c in made if c == _TIME or not _has_total(schema, c)]
    found = []
    for broken in _margins(record.tables):
        by = [*always, *(c for c in made if c in broken)]
        part = cells.groupby(by, sort=False)[schema.primary_measure.id].sum().reset_index()
        found.append(part.assign(**{c: _TOTAL for c in made if c not in by}))
    frame = pd.concat(found, ignore_index=True) if found else cells
    frame = frame.assign(**record.fixed)
    absent = {c.id for c in schema.dimensions} - set(frame)
    unknown = set(map(str, frame)) - set(schema.columns)
    if absent or unknown:
        raise HubError(
            f"The record {record.id} does not fit {schema.dataflow}: components it has not "
            f"{sorted(unknown)}, dimensions left out {sorted(absent)}"
        )
    frame = frame[[c for c in schema.columns if c in frame]]
    return frame.sort_values(list(schema.key), ignore_index=True)


def _margins(tables: Sequence[Sequence[str]]) -> list[frozenset[str]]:
    """Each set of components that some table breaks down by, once."""
    sets = (
        frozenset(some) for table in tables for n in range(len(table) + 1)
        for some in itertools.combinations(table, n)
    )  # fmt: skip
    return list(dict.fromkeys(sets))


def _has_total(schema: DataSchema, component: str) -> bool:
    codes = schema.by_id[component].codes
    return codes is not None and _TOTAL in codes


def _safe(
    frame: pd.DataFrame, record: Register, schema: DataSchema, structures: Structures, file: str,
    findings: list[Finding],
) -> pd.DataFrame:  # fmt: skip
    """The observations after the disclosure rule of the record."""
    measure = schema.primary_measure.id
    value = frame[measure].to_numpy(dtype=float)
    frame[measure] = frame[measure].astype(str).astype(object)
    frame["OBS_STATUS"] = "A"
    if record.disclosure is None or frame.empty:
        return frame
    # The solver is loaded only where there is a rule.
    from hub.disclosure.protect import protect  # noqa: PLC0415

    figures = Figures(
        {name: frame[name].tolist() for name in schema.key}, value,
        np.full(len(frame), None, dtype=object), np.ones(len(frame), bool),
    )  # fmt: skip
    done = protect(figures, record.disclosure, time=_TIME, parents=parents_of(structures, schema))
    gone = np.isnan(done.value)
    frame[measure] = [None if g else f"{v:.0f}" for g, v in zip(gone, done.value, strict=True)]
    frame.loc[gone, "OBS_STATUS"] = SUPPRESSED
    frame["CONF_STATUS"] = pd.Series([f and str(f) for f in done.flags], dtype=object)
    _tell(done, record, file, findings)
    order = [c for c in schema.columns if c in frame]
    return frame[order]


def _tell(done: Protected, record: Register, file: str, findings: list[Finding]) -> None:
    assert record.disclosure is not None
    number = str(record.disclosure.number)
    for rule, many, severity in (
        ("DISCLOSURE_SMALL", done.primary, Severity.NOTE),
        ("DISCLOSURE_SECONDARY", done.secondary, Severity.NOTE),
        ("DISCLOSURE_ROUNDED", done.rounded, Severity.NOTE),
        ("RECORD_UNROUNDED", len(done.unprotected), Severity.ERROR),
    ):
        if many:
            text = sentence(rule, component=None, found=str(many), expected=number)
            findings.append(
                Finding(rule, text, severity, file=file, found=str(many), expected=number)
            )


def _blocks(frame: pd.DataFrame, schema: DataSchema) -> Iterator[Block]:
    for start in range(0, len(frame), BATCH_ROWS):
        part = frame.iloc[start : start + BATCH_ROWS]
        arrays = []
        for name in part:
            array = pa.array(part[name].to_numpy(dtype=object), pa.string(), from_pandas=True)
            coded = schema.by_id[str(name)].role is not Role.MEASURE
            arrays.append(array.dictionary_encode().cast(CODED) if coded else array)
        batch = pa.RecordBatch.from_arrays(arrays, names=list(map(str, part.columns)))
        yield Block(schema, Action.MERGE, batch, start)


def _nowhere(ordinals: Sequence[int], component: str | None) -> list[Location]:
    """A count stands in no row of the file."""
    return [Location() for _ in ordinals]

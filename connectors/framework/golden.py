"""What the samples of a connector come to, in a form that is kept beside it and compared.

``golden.json`` in the folder of a connector holds for each sample the number of observations, what
they have in common, the sum of the figures for each period, and a hash over everything. A changed
figure, code or attribute changes the hash, and the sums tell where to look. A person compares it
with the publisher's file before committing it.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from connectors.framework.discovery import Connector
from connectors.framework.run import read_file
from hub.messages.api import SchemaResolver

__all__ = ["golden_of", "kept_golden", "write_golden"]

_FILE = "golden.json"


def golden_of(connector: Connector, resolver: SchemaResolver) -> dict[str, Any]:
    """What the samples come to now, by file name."""
    return {path.name: _sample(connector, path, resolver) for path in connector.record.samples()}


def kept_golden(connector: Connector) -> dict[str, Any] | None:
    """What a person said they come to; ``None`` when nobody has."""
    path = connector.folder / _FILE
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def write_golden(connector: Connector, resolver: SchemaResolver) -> Path:
    """Keep what the samples come to now."""
    path = connector.folder / _FILE
    content = json.dumps(golden_of(connector, resolver), ensure_ascii=False, indent=1)
    path.write_text(content + "\n", "utf-8", newline="\n")
    return path


def _sample(connector: Connector, path: Path, resolver: SchemaResolver) -> dict[str, Any]:
    message = read_file(connector, path, resolver)
    batches = [block.batch for block in message.blocks]
    ref = connector.record.dataflow
    schema = resolver.dataflow(ref.agency, ref.id, ref.version)
    if not batches:
        return {"observations": 0}
    table = pa.Table.from_batches(batches)
    frame = pd.DataFrame(
        {name: table.column(name).cast(pa.string()).to_pylist() for name in table.column_names},
        dtype=object,
    ).dropna(axis="columns", how="all")
    frame = frame[sorted(frame.columns)].fillna("")
    frame = frame.sort_values(list(frame.columns), ignore_index=True)
    common = {name: frame[name].iloc[0] for name in frame if frame[name].nunique() == 1}
    text = frame.to_csv(index=False, lineterminator="\n")
    measure = schema.primary_measure.id
    sums = {str(period): _sum(values) for period, values in frame.groupby("TIME_PERIOD")[measure]}
    return {
        "observations": len(frame),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "common": common,
        "sums": sums,
    }


def _sum(values: pd.Series[Any]) -> str:
    try:
        total = sum((Decimal(value) for value in values if value), Decimal(0))
    except InvalidOperation:
        return "not numbers"
    return f"{total.normalize():f}"

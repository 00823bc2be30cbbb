"""Observations that stand for those of an office, and how tests release them."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa

from hub.model.periods import spans
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.observations import END, OP, PROVIDER, START, table_schema
from hub.store.releases import Change

Row = dict[str, str | None]

FLOW = ("MIGHUB", "DF_MIG_BORDER", "1.0.0")


def border(
    time: str, value: str | None, *, area: str = "MEX", citizenship: str = "_T", **more: str | None
) -> Row:
    """An observation of entries by air."""
    return {
        "FREQ": "M", "REF_AREA": area, "MEASURE": "ENTRIES", "CITIZENSHIP": citizenship,
        "COUNTRY_RESIDENCE": "_T", "COUNTRY_COUNTERPART": "_T", "BORDER_POINT": "_T",
        "TRANSPORT_MODE": "AIR", "PERMIT_CATEGORY": "_T", "TRAVEL_CONDITION": "_T", "SEX": "_T",
        "AGE": "_T", "UNIT_MEASURE": "EV", "TIME_PERIOD": time, "OBS_VALUE": value,
        "OBS_STATUS": "A", **more,
    }  # fmt: skip


def release(
    hub: Hub,
    inserts: list[Row] = [],  # noqa: B006 - never changed
    *,
    updates: list[Row] = [],  # noqa: B006
    deletes: list[Row] = [],  # noqa: B006
    flow: tuple[str, str, str] = FLOW,
    provider: str | None = None,
) -> None:
    """Publish rows as the intake does at the end: one Delta commit, one release."""
    schema = hub.structures.dataflow(*flow)
    marked = [
        {PROVIDER: provider, **row, OP: op}
        for op, rows in (("insert", inserts), ("update", updates), ("delete", deletes))
        for row in rows
    ]
    fields = [f for f in table_schema(schema) if f.name not in (START, END)]
    table = pa.Table.from_pylist(marked, pa.schema([*fields, pa.field(OP, pa.string())]))
    start, end = spans(table.column("TIME_PERIOD"))
    names = [f.name for f in fields]
    table = pa.table(
        [*(table.column(n) for n in names), start, end, table.column(OP)],
        schema=pa.schema([*table_schema(schema), pa.field(OP, pa.string())]),
    )
    submission = hub.submissions.add(
        filename="test.csv", sha256=uuid.uuid4().hex * 2, size=1, format_="sdmx-csv-1.0",
        connector=None, provider=provider,
    )  # fmt: skip
    counts = {"inserted": len(inserts), "updated": len(updates), "deleted": len(deletes)}
    done = hub.observations.commit(
        schema, table.to_reader(), on=hub.observations.prepare(schema),
        submission=submission.token, **counts,
    )  # fmt: skip
    change = Change(schema.dataflow, done.before, done.version, **counts)
    with hub.catalogue.write() as connection:
        hub.releases.publish(connection, submission.id, [change])


def settings_of(home: Path) -> Settings:
    """Settings of a hub in a folder, with nothing from the environment."""
    return Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": "test-admin-key-0123456789"})


MONTHS = [f"{y}-{m:02}" for y in (2024, 2025) for m in range(1, 13)]

#: Two areas and three citizenships, two years of months; a value that floats would spoil.
ROWS = [
    border(t, "884.389" if t == "2024-01" else str(100 * i + n), area=a, citizenship=c)
    for a in ("DOM", "MEX")
    for n, c in enumerate(("NAM", "XXA", "_T"))
    for i, t in enumerate(MONTHS)
]

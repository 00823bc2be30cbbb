"""Which periods came, from whom and when: what the reporting calendar is compared with.

It follows from the ledger of releases and the files of the releases, so it is worked out when
somebody asks, once for each release, and holds for releases made before there was a calendar.
When a period came is when the submission that first held figures of it was received: what a
review or an embargo takes is not the sender's delay. Figures whose provider nobody stated are
nobody's delivery.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlalchemy import insert, select

from codelists.text_yaml import DataFileError, read_yaml
from dsd import CALENDAR
from hub.errors import HubError
from hub.model.calendar import Delivery, Due, Schedule, calendar_of
from hub.model.schema import DataSchema, StructureRef
from hub.store import sql
from hub.store.history import Revision, revisions
from hub.store.observations import END, PROVIDER, START
from hub.store.tables_sources import delivery as table
from hub.structures.kinds import key_of

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Agreed", "calendar", "deliveries", "schedules"]

_FREQ = "FREQ"


class Agreed:
    """A schedule and the agreement it is of: its dataflow, its provider, its country if one."""

    def __init__(self, hub: Hub, schedule: Schedule) -> None:
        structures = hub.structures
        agreement = structures.get("provisionagreement", schedule.agreement)
        self.schedule = schedule
        self.dataflow: StructureRef = key_of(agreement.structure_usage).ref
        self.provider: str = agreement.data_provider.id
        area = next((a.title for a in agreement.annotations if a.id == "REF_AREA"), None)
        self.area: str | None = None if area is None else str(area)


def schedules(hub: Hub) -> list[Agreed]:
    """The calendar: what is shipped, and what the operator's ``calendar.yaml`` adds or replaces.

    Raises ``HubError`` when that file is wrong or names an agreement that there is not.
    """
    found = {s.agreement: s for s in _read(CALENDAR)}
    own = hub.settings.home / "calendar.yaml"
    if own.exists():
        found |= {s.agreement: s for s in _read(own)}
    return [Agreed(hub, found[ref]) for ref in sorted(found)]


def _read(path: Path) -> list[Schedule]:
    try:
        given = read_yaml(path, ("agreements",))["agreements"] or {}
        return [Schedule.read(agreement, entry) for agreement, entry in given.items()]
    except (DataFileError, ValueError, AttributeError) as error:
        raise HubError(f"{path.name}: {error}") from error


def calendar(hub: Hub, today: date) -> list[tuple[Agreed, list[Due]]]:
    """Every schedule with its periods, oldest first."""
    agreed = schedules(hub)
    came = deliveries(hub, {one.dataflow for one in agreed})
    return [
        (one, calendar_of(one.schedule, came.get((one.dataflow, one.provider), ()), today))
        for one in agreed
    ]


def deliveries(
    hub: Hub, dataflows: Iterable[StructureRef]
) -> dict[tuple[StructureRef, str], list[Delivery]]:
    """What came of some dataflows, by dataflow and provider."""
    found: dict[tuple[StructureRef, str], list[Delivery]] = {}
    for dataflow in sorted(dataflows):
        _catch_up(hub, dataflow)
        with hub.catalogue.read() as connection:
            rows = connection.execute(select(table).where(table.c.dataflow == str(dataflow)))
            for row in rows:
                found.setdefault((dataflow, row.provider), []).append(
                    Delivery(row.frequency, row.period, row.starts, row.ends, row.came_at)
                )
    return found


def _catch_up(hub: Hub, dataflow: StructureRef) -> None:
    """Note the periods of releases that nobody looked at so far."""
    fact = f"delivery.{dataflow}"
    pointer = hub.releases.current(dataflow)
    if pointer is None or int(hub.catalogue.get(fact) or 0) >= pointer.release:
        return
    seen = int(hub.catalogue.get(fact) or 0)
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    tokens = {item.release: item.submission for item in hub.releases.items(dataflow)}
    made = [
        (one, _periods(schema, one, hub.settings.engine_memory_mb))
        for one in revisions(hub, [dataflow])
        if one.release > seen
    ]
    with hub.catalogue.write() as connection:
        known = {
            tuple(row)
            for row in connection.execute(
                select(table.c.provider, table.c.frequency, table.c.period).where(
                    table.c.dataflow == str(dataflow)
                )
            )
        }
        for revision, periods in made:
            came_at = hub.submissions.get(tokens[revision.release]).received_at
            for provider, frequency, period, starts, ends in periods:
                if (provider, frequency, period) in known:
                    continue
                known.add((provider, frequency, period))
                connection.execute(
                    insert(table).values(
                        dataflow=str(dataflow), provider=provider, frequency=frequency,
                        period=period, starts=starts, ends=ends, release=revision.release,
                        came_at=came_at,
                    )
                )  # fmt: skip
        if made:
            hub.catalogue.set(fact, str(made[-1][0].release), connection)


def _periods(schema: DataSchema, revision: Revision, memory_mb: int) -> list[tuple[object, ...]]:
    """Provider, frequency, period, start and end of the figures in the files a release added."""
    if schema.time is None or _FREQ not in schema.by_id or not revision.new_only:
        return []
    columns = [PROVIDER, _FREQ, schema.time.id]
    listed = ", ".join(sql.quoted(c) for c in columns)
    source = sql.parquet(revision.new_only)
    with duckdb.connect(":memory:", config={"memory_limit": f"{memory_mb}MiB"}) as connection:
        if PROVIDER not in connection.sql(f"FROM {source} LIMIT 0").columns:
            return []  # rows older than the column: nobody knows whose they are
        return connection.sql(
            f"SELECT {listed}, min({START}), max({END}) FROM {source}"
            f" WHERE {PROVIDER} IS NOT NULL AND {START} IS NOT NULL"
            f" AND {sql.quoted(schema.primary_measure.id)} IS NOT NULL"
            f" GROUP BY {listed} ORDER BY {listed}"
        ).fetchall()

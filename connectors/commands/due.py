"""``mighub connectors run --due``: fetch and publish what the calendar says is due."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from connectors import catalogue
from connectors.commands.fetching import required_hub, take, visitor
from connectors.framework.addresses import Addresses, Edition
from connectors.framework.record import SourceRecord
from connectors.framework.web import Visitor
from hub.commands.remote import local_actor
from hub.errors import HubError
from hub.model.periods import parse
from hub.terminal import console, progress, show_json

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["run_due"]


@dataclass
class Task:
    """A file to fetch, the periods that it is wanted for, and what became of it."""

    record: SourceRecord
    edition: Edition | None
    addresses: Addresses | None
    periods: list[str]
    outcome: str = ""
    failed: bool = False

    def to_dict(self) -> dict[str, object]:
        """As JSON can state it."""
        found = self.addresses
        places = [*found.urls, *([found.page] if found.page else [])] if found else []
        return {
            "connector": self.record.id,
            "periods": self.periods,
            "addresses": places,
            "outcome": self.outcome,
        }


def run_due(*, publish: bool, how: str) -> None:
    """Show what is due and from where it would be fetched; with ``publish`` do it.

    One source that fails does not keep the others waiting; exit code 1 when any does.
    """
    with required_hub() as hub:
        tasks = list(_tasks(hub))
        if publish:
            client = visitor(hub.settings)
            for task in tasks:
                _do(hub, task, client)
    if how == "json":
        show_json([task.to_dict() for task in tasks])
    else:
        _show(tasks, publish=publish)
    if any(task.failed for task in tasks):
        sys.exit(1)


def _tasks(hub: Hub) -> Iterator[Task]:
    from hub.store.deliveries import calendar  # noqa: PLC0415

    wanted: dict[tuple[str, Addresses | None], Task] = {}
    records = [catalogue.record(id_) for id_ in catalogue.ids()]
    for agreed, periods in calendar(hub, datetime.now(UTC).date()):
        for due in (one for one in periods if one.open):
            for record in records:
                if record.provision_agreement != agreed.schedule.agreement or not record.fetch:
                    continue
                edition = _edition(due.period, agreed.schedule.frequency)
                addresses, said = _filled(record, edition)
                task = wanted.setdefault(
                    (record.id, addresses),
                    Task(record, edition, addresses, [], said, failed=addresses is None),
                )
                task.periods.append(due.period)
    yield from wanted.values()


def _edition(period: str, frequency: str) -> Edition:
    start = parse(period).start
    return Edition(start.year, start.month if frequency == "M" else None)


def _filled(record: SourceRecord, edition: Edition) -> tuple[Addresses | None, str]:
    assert record.fetch is not None
    try:
        return record.fetch.filled(edition), ""
    except ValueError as error:
        return None, str(error)


def _do(hub: Hub, task: Task, client: Visitor) -> None:
    from hub import intake  # noqa: PLC0415
    from hub.store.snapshots import as_file  # noqa: PLC0415

    if task.addresses is None:
        return
    try:
        with progress() as say:
            say(f"Asking for {task.record.id} ...")
            stored, new = take(hub, task.record, client, task.edition, None)
            if not new and hub.submissions.was_taken(stored.sha256, task.record.id):
                task.outcome = f"nothing newer than {stored.filename} of {stored.taken_at:%Y-%m-%d}"
                return
            say(f"Checking and publishing {stored.filename} ...")
            with as_file(hub, stored) as path:
                token = intake.submit(
                    hub, path, stored.filename, connector=task.record.id,
                    submitted_by=local_actor(),
                )  # fmt: skip
            done = intake.process(hub, token)
    except HubError as error:
        task.outcome, task.failed = error.message, True
        return
    task.outcome = f"{stored.filename}: {done.state.value}, submission {token}"
    task.failed = done.state in (intake.State.REFUSED, intake.State.FAILED)


def _show(tasks: list[Task], *, publish: bool) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("Connector", "Periods", "Outcome" if publish else "From"):
        table.add_column(header, overflow="fold")
    for task in tasks:
        places = [str(place) for place in _places(task)]
        said = task.outcome if publish or task.failed else "\n".join(places)
        span = task.periods if len(task.periods) < 3 else [task.periods[0], "...", task.periods[-1]]
        table.add_row(task.record.id, " ".join(span), escape(said))
    out = console()
    if not tasks:
        out.print("Nothing is due that can be fetched; see `mighub calendar` for the rest.")
        return
    out.print(table)
    if not publish:
        out.print("Nothing was fetched; --publish does it.")


def _places(task: Task) -> Iterator[str]:
    if task.addresses is None:
        return
    if task.addresses.by_hand is not None:
        yield task.addresses.by_hand
    yield from task.addresses.urls
    if task.addresses.page is not None:
        yield f"{task.addresses.page} ({task.addresses.link})"

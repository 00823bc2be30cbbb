"""``mighub calendar``: what is due from whom, when it came, how late."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click
from rich.table import Table

from hub.errors import NotFound
from hub.model.calendar import Status
from hub.settings import Settings
from hub.terminal import console, examples, show_json

if TYPE_CHECKING:
    from hub.store.reporting import Reporting

__all__ = ["calendar"]

_STYLES = {Status.OVERDUE: "red", Status.DUE: "yellow", Status.LATE: "yellow"}


@click.command(
    epilog=examples(
        "mighub calendar",
        "mighub calendar --area MEX --status overdue",
        "mighub calendar --format json",
    )
)
@click.option("--area", help="Only this country: a code of CL_AREA such as MEX.")
@click.option("--provider", help="Only this data provider.")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([s.value for s in Status]),
    help="Only these; may be repeated.",
)
@click.option("--last", type=click.IntRange(1), default=12, show_default=True,
              help="Periods of each agreement.")  # fmt: skip
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def calendar(
    area: str | None, provider: str | None, status: tuple[str, ...], last: int, how: str
) -> None:
    """What is due from whom, when it came, how late, and what is next."""
    from hub.store.home import Hub  # noqa: PLC0415
    from hub.store.reporting import reporting  # noqa: PLC0415

    today: date = datetime.now(UTC).date()
    with Hub.open(Settings.load()) as hub:
        found = reporting(
            hub, today, area=area, provider=provider, status=[Status(s) for s in status], last=last
        )
    if not found.boards and (area or provider):
        raise NotFound("Nothing is agreed with this country or provider: see `mighub calendar`.")
    if how == "json":
        show_json(found.to_dict())
        return
    _show(found)


def _show(found: Reporting) -> None:
    out = console()
    boards = Table(box=None, pad_edge=False)
    for header in ("Country", "Due", "Came", "On time", "Overdue", "Days (median)", "Next"):
        boards.add_column(header, justify="left" if header in ("Country", "Next") else "right")
    for board in found.boards:
        s, row = board.summary, board.next_due
        boards.add_row(
            board.area or "-", str(s.due), str(s.came), str(s.on_time), str(s.overdue),
            "" if s.days is None else f"{s.days:+g}",
            "" if row is None else f"{row.due.due} {row.agreed.dataflow.id} {row.due.period}",
        )  # fmt: skip
    out.print(boards)
    table = Table(box=None, pad_edge=False)
    for header in ("Due", "Provider", "Dataflow", "Period", "Status", "Came", "Days"):
        table.add_column(header)
    for row in found.rows:
        due = row.due
        style = _STYLES.get(due.status, "")
        state = f"[{style}]{due.status}[/]" if style else str(due.status)
        table.add_row(
            str(due.due), row.agreed.provider, row.agreed.dataflow.id, due.period, state,
            "" if due.came_at is None else f"{due.came_at:%Y-%m-%d}", f"{due.days:+d}",
        )  # fmt: skip
    out.print()
    out.print(table)

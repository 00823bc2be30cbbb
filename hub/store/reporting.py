"""The reporting calendar of a hub: what is due from whom, what came, how late, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.model.calendar import Due, Status, Summary, summary_of
from hub.store.deliveries import Agreed, calendar
from hub.store.home import Hub

__all__ = ["LAST", "Board", "Reporting", "Row", "reporting"]

#: Periods of each agreement that are looked at, where nobody says otherwise.
LAST = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A period of an agreement."""

    agreed: Agreed
    due: Due

    def to_dict(self) -> dict[str, Any]:
        """As JSON can state it."""
        came = self.due.came_at
        return {
            "agreement": str(self.agreed.schedule.agreement),
            "dataflow": str(self.agreed.dataflow),
            "provider": self.agreed.provider,
            "area": self.agreed.area,
            "period": self.due.period,
            "due": self.due.due.isoformat(),
            "status": self.due.status.value,
            "came_at": None if came is None else came.isoformat(timespec="seconds"),
            "days": self.due.days,
        }


@dataclass(frozen=True, slots=True)
class Board:
    """Completeness and timeliness of a country (``None``: of those that report on several)."""

    area: str | None
    summary: Summary
    next_due: Row | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can state it."""
        return {
            "area": self.area,
            **self.summary.to_dict(),
            "next_due": None if self.next_due is None else self.next_due.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Reporting:
    """Rows by due date, the earliest first, and a board for each country."""

    today: date
    rows: list[Row]
    boards: list[Board]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can state it."""
        return {
            "today": self.today.isoformat(),
            "boards": [board.to_dict() for board in self.boards],
            "periods": [row.to_dict() for row in self.rows],
        }


def reporting(
    hub: Hub,
    today: date,
    *,
    area: str | None = None,
    provider: str | None = None,
    status: Sequence[Status] = (),
    last: int = LAST,
) -> Reporting:
    """The calendar, for one country or provider if named; ``last`` periods of each agreement.

    ``status`` leaves out rows, not what the boards count.
    """
    rows = [
        Row(agreed, due)
        for agreed, periods in calendar(hub, today)
        if (area is None or agreed.area == area) and provider in (None, agreed.provider)
        for due in periods[-last:]
    ]
    areas = sorted({row.agreed.area for row in rows}, key=lambda a: (a is None, a or ""))
    boards = [_board(a, [row for row in rows if row.agreed.area == a], today) for a in areas]
    shown = [row for row in rows if not status or row.due.status in status]
    shown.sort(key=lambda row: (row.due.due, row.agreed.schedule.agreement))
    return Reporting(today, shown, boards)


def _board(area: str | None, rows: Sequence[Row], today: date) -> Board:
    waited = [row for row in rows if not row.due.came and row.due.due >= today]
    return Board(
        area,
        summary_of((row.due for row in rows), today),
        min(waited, key=lambda row: row.due.due, default=None),
    )

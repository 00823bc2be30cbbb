"""``mighub connectors run --diff``: what a file would change of what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from hub.intake.differences import DiffRow
from hub.intake.preview import Preview
from hub.terminal import console

__all__ = ["show_previews"]


def show_previews(previews: list[Preview]) -> None:
    """Print each preview: counts, sums by year, and the first observations that differ."""
    out = console()
    for each in previews:
        out.print(
            f"[bold]{escape(each.dataflow)}[/]: {each.new:,} new, {each.changed:,} changed, "
            f"{each.same:,} as published, {each.withdrawn:,} withdrawn, {each.absent:,} published"
            " and not in the file"
        )
        if each.years:
            out.print(_years(each))
        if each.rows:
            out.print(_rows(each, each.rows))
            left = each.new + each.changed + each.withdrawn - len(each.rows)
            if left > 0:
                out.print(f"... and {left:,} more.")
        if each.absent_rows:
            out.print("Published and not in the file; they stay unless they are withdrawn:")
            out.print(_rows(each, each.absent_rows))
            if each.absent > len(each.absent_rows):
                out.print(f"... and {each.absent - len(each.absent_rows):,} more.")


def _years(preview: Preview) -> Table:
    """Figures of each year; what is or was refused has columns of its own where there is any."""
    faulty = any(year.returned or year.refused for year in preview.years)
    table = Table(box=None, pad_edge=False, title_justify="left")
    table.add_column("Year")
    table.add_column("FREQ")
    headers = ["Published", "Sum", "In the file", "Sum", "Difference"]
    if faulty:
        headers[2:2] = ["Given back", "Sum"]
        headers[6:6] = ["Refused", "Sum"]
        headers[8:] = ["Printed before", "Printed now", "Difference"]
    for header in headers:
        table.add_column(header, justify="right")
    for year in preview.years:
        before, now = year.published_sum + year.returned_sum, year.given_sum + year.refused_sum
        sides: list[tuple[int, float]] = [(year.published, year.published_sum)]
        if faulty:
            sides.append((year.returned, year.returned_sum))
        sides.append((year.given, year.given_sum))
        if faulty:
            sides.append((year.refused, year.refused_sum))
        figures = [cell for count, total in sides for cell in (f"{count:,}", f"{total:,.12g}")]
        printed = [f"{before:,.12g}", f"{now:,.12g}"] if faulty else []
        table.add_row(year.year, year.freq or "", *figures, *printed, f"{now - before:+,.12g}")
    return table


def _rows(preview: Preview, rows: tuple[DiffRow, ...]) -> Table:
    """Observations by the dimensions that vary within the message."""
    table = Table(box=None, pad_edge=False)
    for header in ("", *preview.varying, "Published", "In the file"):
        table.add_column(header, overflow="fold")
    for row in rows:
        kind = "" if rows is preview.absent_rows else row.kind.value
        codes = [row.key[name] for name in preview.varying]
        table.add_row(kind, *codes, *map(escape, _sides(row.changes)))
    return table


def _sides(changes: Mapping[str, tuple[Any, Any]]) -> tuple[str, str]:
    """Values before and after; of attributes only those that had one before and differ."""
    value = changes.get("OBS_VALUE")
    old = [str(value[0])] if value and value[0] is not None else []
    new = [str(value[1])] if value and value[1] is not None else []
    for name, (was, now) in changes.items():
        if name != "OBS_VALUE" and was is not None:
            old.append(f"{name}={was}")
            new.append(f"{name}={now}")
    return ", ".join(old), ", ".join(new)

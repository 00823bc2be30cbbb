"""The table of a run: what was measured, beside the best peer and the floor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.operations import TARGETS

__all__ = ["lines", "put", "write_page"]

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- {}: {} -->\n```\n", "\n```\n<!-- end of {} -->"


def lines(rows: Sequence[dict]) -> Iterator[str]:
    """One line a measurement; the hub's own with its ratios and, where there is one, the target."""
    yield (
        f"{'operation':27}{'who':30}{'runs':>4}{'CPU s':>8}{'kobs/CPU s':>12}{'wall s':>8}"
        f"{'+MB':>7}{'peak MB':>9}  against"
    )
    for row in rows:
        if "error" in row:
            yield f"{row['operation']:27}{row['who']:30} failed: {row['error']}"
            continue
        yield (
            f"{row['operation']:27}{row['who']:30}{row['runs']:4}{row['cpu']:8.2f}"
            f"{row['kobs_per_cpu_second']:12.1f}{row['wall']:8.2f}"
            f"{row['peak_mb'] - row['base_mb']:7}{row['peak_mb']:9}  {_against(row, rows)}"
        ).rstrip()


def _against(row: dict, rows: Sequence[dict]) -> str:
    if row["floor"]:
        return "(floor)"
    if row["peer"]:
        return ""
    same = [r for r in rows if r["operation"] == row["operation"] and "error" not in r]
    peer = min((r for r in same if r["peer"]), key=lambda r: r["cpu"], default=None)
    floor = next((r for r in same if r["floor"]), None)
    targets = TARGETS.get(row["operation"], {})
    said = []
    if peer is not None:
        cpu, wall = peer["cpu"] / row["cpu"], peer["wall"] / row["wall"]
        said.append(f"{cpu:.1f} x the best peer{_aim(cpu, targets.get('peer'))}, wall {wall:.1f} x")
    if floor is not None:
        share = floor["cpu"] / row["cpu"]
        said.append(f"{share:.0%} of the floor{_aim(share, targets.get('floor'), '.0%')}")
    if "kobs" in targets:
        said.append(f"target {targets['kobs']:.0f}: {_met(row, targets['kobs'])}")
    return "; ".join(said)


def _met(row: dict, target: float) -> str:
    return "met" if row["kobs_per_cpu_second"] >= target else "missed"


def _aim(value: float, target: float | None, form: str = ".0f") -> str:
    if target is None:
        return ""
    return f" (target {target:{form}}: {'met' if value >= target else 'missed'})"


def write_page(rows: Sequence[dict]) -> None:
    """Put the table of the runs into ``docs/performance.md``."""
    put("table", lines(rows))


def put(name: str, content: Iterable[str], command: str = "make bench") -> None:
    """Put what ``command`` printed in the place ``name`` that ``docs/performance.md`` has for it.

    Raises ``ValueError`` when the page has no such place.
    """
    begin, end = BEGIN.format(name, command), END.format(name)
    head, found, rest = PAGE.read_text("utf-8").partition(begin)
    _, ended, tail = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{PAGE.name} has no place for {name}")
    PAGE.write_text(head + begin + "\n".join(content) + end + tail, "utf-8")

"""Tidy CSV files with something changed."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

Line = dict[str, str]


def lines(path: Path) -> list[Line]:
    """The records of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def write(records: Iterable[Line], path: Path, columns: list[str] | None = None) -> Path:
    """A CSV file of the records."""
    kept = list(records)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or list(kept[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return path


def without(source: Path, target: Path, faulty: Callable[[Line], bool]) -> Path:
    """A copy of a file without the faulty records."""
    return write((line for line in lines(source) if not faulty(line)), target)


def repeated(source: Path, *keys: str) -> Counter[tuple[str, ...]]:
    """Keys that stand in more than one record, and in how many."""
    count = Counter(tuple(line[key] for key in keys) for line in lines(source))
    return Counter({key: n for key, n in count.items() if n > 1})

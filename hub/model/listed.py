"""A short table of texts that a statement carries as a value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Listed"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A short table of texts, row by row: a value that stands where a table does."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def by_column(self) -> list[list[str]]:
        """The texts of each column."""
        return [[row[i] for row in self.rows] for i in range(len(self.columns))]

"""What a workbook says besides titles, names of codes and sentences of rules: ``texts.yaml``."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import get_month_names

__all__ = ["Texts"]


class Texts:
    """The texts of one language; fields stand in braces."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table = _table()

    def __call__(self, key: str, **fields: object) -> str:
        """The text ``key``; raises ``KeyError`` when there is none, or a field is not given."""
        return str(self._table[key][self.language]).format(**fields)

    def months(self, months: Collection[int]) -> str:
        """A sentence, after a space, that names the months (1 to 12) there are; none of a year."""
        if not 0 < len(set(months)) < 12:
            return ""
        names = get_month_names("wide", "stand-alone", self.language)
        runs: list[list[int]] = []
        for month in sorted(set(months)):
            if runs and runs[-1][-1] == month - 1:
                runs[-1].append(month)
            else:
                runs.append([month])
        shown = (
            names[run[0]]
            if len(run) == 1
            else self("span", first=names[run[0]], last=names[run[-1]])
            for run in runs
        )
        return self("months_there", months=", ".join(shown))


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).resolve().parent / "texts.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found

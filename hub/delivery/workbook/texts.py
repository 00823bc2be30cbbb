"""What a workbook says besides titles, names of codes and sentences of rules: ``texts.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Texts"]


class Texts:
    """The texts of one language; fields stand in braces."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table = _table()

    def __call__(self, key: str, **fields: object) -> str:
        """The text ``key``; raises ``KeyError`` when there is none, or a field is not given."""
        return str(self._table[key][self.language]).format(**fields)


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).resolve().parent / "texts.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found

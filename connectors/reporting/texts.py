"""What a workbook says to the people who fill it: ``texts.yaml``, in three languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hub.errors import RequestSyntaxError

__all__ = ["LANGUAGES", "Texts", "texts"]

LANGUAGES = ("en", "es", "nl")


class Texts:
    """The texts of one language; fields stand in braces."""

    def __init__(self, language: str, table: dict[str, dict[str, str]]) -> None:
        self.language = language
        self._table = table

    def __call__(self, key: str, **fields: object) -> str:
        """The text ``key``. Raises ``KeyError`` when there is none, or a field is not given."""
        return self._table[key][self.language].strip().format(**fields)


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).resolve().parent / "texts.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def texts(language: str) -> Texts:
    """The texts in ``language``. Raises ``RequestSyntaxError`` for one that is not offered."""
    if language not in LANGUAGES:
        raise RequestSyntaxError(
            f"Workbooks are written in {', '.join(LANGUAGES)}, not in {language!r}"
        )
    return Texts(language, _table())

"""Addresses of cells as spreadsheets write them."""

from __future__ import annotations

import re

__all__ = ["address", "column_letter", "parse_address"]

_ADDRESS = re.compile(r"([A-Z]{1,7})([1-9]\d{0,8})")


def column_letter(index: int) -> str:
    """Name of a column by its 0-based index: ``A``, ``Z``, ``AA``."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """``D12`` for a 0-based row and column."""
    return f"{column_letter(column)}{row + 1}"


def parse_address(text: str) -> tuple[int, int]:
    """0-based row and column of ``D12``. Raises ``ValueError``."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not the address of a cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1

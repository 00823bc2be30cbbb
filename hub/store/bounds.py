"""How many rows statements can give at most, from the footers of the files they read."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hub.store.dialect import Files
from hub.store.footers import footer
from hub.store.statement import Statement

__all__ = ["at_most"]


def at_most(statements: Iterable[Statement]) -> float:
    """Rows of all files that the statements name; infinite where one names none here."""
    return sum(_held(one) for one in statements)


def _held(statement: Statement) -> float:
    tables = [value for value in statement.values if isinstance(value, Files)]
    files = [file for table in tables for file in table.paths]
    here = all("://" not in file for file in files)
    return sum(footer(file).rows for file in files) if tables and here else math.inf

"""The answer of a JSON service as sheets: its records, and what it says about itself.

An answer is an object with one list of flat objects, the records (``{"result": [{...}, ...],
"isSuccess": true}``), or that list alone. JSON-stat datasets are cubes (``jsonstat``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hub.errors import RequestSyntaxError

__all__ = ["ANSWER", "Number", "grid_of", "parse_json", "records_of"]

#: Name of the sheet that holds what an answer says besides its records: names, and their values.
ANSWER = "answer"


class Number(str):
    """A number in the lexical form of the file."""

    __slots__ = ()


def parse_json(content: bytes, filename: str) -> Any:
    """The value of a JSON file, numbers as :class:`Number`.

    Raises ``RequestSyntaxError``, with line and column, when the file is not JSON in UTF-8, and
    when an object gives a name twice or a number is NaN or infinite.
    """
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_int=Number,
            parse_float=Number,
            parse_constant=lambda said: _refuse(filename, f"{said} is no number"),
            object_pairs_hook=lambda pairs: _object(pairs, filename),
        )
    except UnicodeDecodeError as error:
        raise RequestSyntaxError(f"{filename} is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise RequestSyntaxError(
            f"{filename} is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise RequestSyntaxError(f"{filename} is nested too deeply") from error


def _object(pairs: Sequence[tuple[str, Any]], filename: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse(filename, "an object gives a name twice")
    return found


def _refuse(filename: str, why: str) -> NoReturn:
    raise RequestSyntaxError(f"{filename}: {why}")


def records_of(answer: Any, filename: str) -> tuple[list[list[object]], list[list[object]]]:
    """Rows of the records, the first of them the names, and rows of the rest (name, value).

    A record that lacks a name has a blank cell there; the order of names is that of their first
    appearance. Raises ``RequestSyntaxError`` when there is no list of objects, or several.
    """
    parts = {"": answer} if isinstance(answer, list) else answer
    lists = {
        name: part
        for name, part in (parts.items() if isinstance(parts, Mapping) else ())
        if isinstance(part, list) and _is_table(part)
    }
    if len(lists) != 1:
        _refuse(filename, "the answer holds no list of records, or several; ask for one table")
    ((listed, records),) = lists.items()
    names = list(dict.fromkeys(name for record in records for name in record))
    rows: list[list[object]] = [list(names)]
    rows += [[_cell(record.get(name)) for name in names] for record in records]
    rest = answer.items() if isinstance(answer, Mapping) else ()
    return rows, [[name, _cell(part)] for name, part in rest if name != listed]


def _is_table(part: Sequence[object]) -> bool:
    return bool(part) and all(isinstance(record, Mapping) for record in part)


def _cell(value: object) -> object:
    """Texts and numbers as they are, ``None`` as a blank, anything else as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def grid_of(rows: Sequence[Sequence[object]]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Cells of rows of one length as text, and which of them are numbers."""
    text = np.array([["" if cell is None else cell for cell in row] for row in rows], dtype=object)
    number = np.array([[isinstance(cell, Number) for cell in row] for row in rows], dtype=bool)
    return text, number

"""JSON-stat datasets, as PxWeb, Eurostat and others answer with.

Source: "The JSON-stat Format", version 2.0; in the version before it the dataset is wrapped in
``dataset`` and ids and sizes stand in ``dimension``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from connectors.framework.cube import Cube, Dimension
from connectors.framework.json_records import Number
from hub.errors import RequestSyntaxError

__all__ = ["MOST_CELLS", "is_jsonstat", "read_jsonstat"]

#: Cells of a dataset at most: an object of values can leave all but one of them out.
MOST_CELLS = 5_000_000


def is_jsonstat(answer: Any) -> bool:
    """Whether a JSON value is a JSON-stat response."""
    if not isinstance(answer, Mapping):
        return False
    return {"version", "class"} <= answer.keys() or (
        isinstance(answer.get("dataset"), Mapping) and "dimension" in answer["dataset"]
    )


def read_jsonstat(answer: Mapping[str, Any], filename: str) -> Cube:
    """A JSON-stat dataset as a cube; a cell without a figure is blank.

    Raises ``RequestSyntaxError`` when it is no dataset (a collection), contradicts itself or has
    more than ``MOST_CELLS``.
    """
    try:
        return _cube(answer, filename)
    except (KeyError, TypeError, AttributeError, ValueError) as error:  # of another form
        _refuse(filename, f"it is not as JSON-stat has it ({type(error).__name__}: {error})")


def _cube(answer: Mapping[str, Any], filename: str) -> Cube:
    data = answer.get("dataset", answer)
    if answer.get("class", "dataset") != "dataset" or "value" not in data:
        _refuse(filename, "the answer is no dataset of JSON-stat; ask for one table")
    given = data["dimension"]
    ids, sizes = data.get("id", given.get("id")), data.get("size", given.get("size"))
    if not isinstance(ids, list) or not isinstance(sizes, list) or len(ids) != len(sizes):
        _refuse(filename, "id and size do not name the same dimensions")
    dimensions = tuple(_dimension(id_, given[id_]["category"], filename) for id_ in ids)
    for dimension, size in zip(dimensions, sizes, strict=True):
        if len(dimension.codes) != int(size):
            _refuse(filename, f"{dimension.id!r} has {len(dimension.codes)} categories, not {size}")
    count = math.prod(len(d.codes) for d in dimensions)
    if count > MOST_CELLS:
        _refuse(filename, f"it has {count} cells, more than the hub accepts; ask for less")
    values = _spread(data["value"], count, "value", filename)
    number = np.array([isinstance(value, Number) for value in values], dtype=bool)
    status = data.get("status")
    if isinstance(status, str):
        status = [status] * count
    return Cube(
        dimensions,
        np.array(["" if value is None else str(value) for value in values], dtype=object),
        number,
        None if status is None else _status(_spread(status, count, "status", filename)),
        tuple(data.get("note") or ()),
    )


def _dimension(id_: str, category: Mapping[str, Any], filename: str) -> Dimension:
    labels = category.get("label") or {}
    index = category.get("index", list(labels))
    if isinstance(index, Mapping):
        index = sorted(index, key=lambda code: int(index[code]))
    if len(set(index)) != len(index) or not index:
        _refuse(filename, f"the dimension {id_!r} has no categories, or one twice")
    return Dimension(id_, tuple(index), tuple(labels.get(code, code) for code in index))


def _spread(
    given: Sequence[Any] | Mapping[str, Any], count: int, name: str, filename: str
) -> list[Any]:
    """Cells of a list of all of them, or of an object by position (absent ones are ``None``)."""
    if isinstance(given, Mapping):
        spread: list[Any] = [None] * count
        for position, value in given.items():
            if not position.isdigit() or int(position) >= count:
                _refuse(filename, f"{name} has the position {position!r} in {count} cells")
            spread[int(position)] = value
        return spread
    if len(given) != count:
        _refuse(filename, f"{name} has {len(given)} cells and the dimensions ask for {count}")
    return list(given)


def _status(texts: Sequence[str | None]) -> NDArray[np.object_]:
    return np.array(["" if text is None else text for text in texts], dtype=object)


def _refuse(filename: str, why: str) -> NoReturn:
    raise RequestSyntaxError(f"{filename}: {why}")

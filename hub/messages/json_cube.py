"""The rows of one SDMX-JSON dataset as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import RequestSyntaxError
from hub.messages.columns import Indices, compact, nulls
from hub.messages.json_flatten import (
    check_indices,
    column_lists,
    key_indices,
    texts,
    value_indices,
)
from hub.messages.json_groups import group_values
from hub.messages.json_parts import Part, Structure, expect, given_several, several_texts
from hub.model.dataset import Action
from hub.model.findings import Finding, Severity
from hub.model.schema import Role

__all__ = ["dataset_batches"]

_Columns = dict[str, pa.Array]


def dataset_batches(
    dataset: dict[str, Any],
    members: Mapping[str, Iterable[dict[str, Any]]],
    structure: Structure,
    action: Action,
    findings: list[Finding],
) -> Iterator[pa.RecordBatch]:
    """The series of a dataset, and its flat observations, piece by piece.

    ``members`` gives what is in the objects ``series`` and ``observations``, which are empty in
    ``dataset`` itself, where they stand.
    """
    cube = _Cube(structure, findings, defaults=action is not Action.DELETE)
    listed = [dataset.get(name) for name in ("series", "observations")]
    for name, layout in (("series", cube.series), ("observations", cube.flat)):
        found = dataset.get(name)
        if found is None:
            continue
        for piece in chain([expect(found, dict, name)], members[name]):
            if piece:
                yield cube.batch(dataset, layout(piece))
    if listed == [None, None] and action is Action.DELETE:
        # No list at all, not an empty one: the part of the cube that the dataset's own
        # dimensions name, all of it if they name none.
        yield cube.batch(dataset, cube.whole())


class _Cube:
    """Collects the columns of one dataset.

    ``defaults``: a missing attribute means its default. Not so in a Delete, where giving an
    attribute would mean that only the attribute goes.
    """

    def __init__(self, structure: Structure, findings: list[Finding], *, defaults: bool) -> None:
        self._structure = structure
        self._defaults = defaults
        self._findings = findings

    # -- layouts: columns, the numbers of each row's dimensions, count of rows --------------------

    def series(self, series: dict[str, Any]) -> tuple[_Columns, dict[str, Indices], int]:
        """Rows of series; a series without observations is one row without time."""
        structure = self._structure
        objects = [expect(s, dict, "Each of series") for s in series.values()]
        observations = [
            expect(s.get("observations") or {}, dict, "observations of a series") for s in objects
        ]
        counts = np.fromiter(map(len, observations), np.int64, len(objects))
        repeats = np.maximum(counts, 1)
        rows = int(repeats.sum())
        owner = np.repeat(np.arange(len(objects)), repeats)
        parts = structure.dimensions["series"]
        numbers = key_indices(list(series), len(parts), "series") if parts else []
        key = {p.id: n[owner] for p, n in zip(parts, numbers, strict=True)}
        columns: _Columns = {}
        given = [expect(s.get("attributes") or [], list, "attributes") for s in objects]
        lists = column_lists(given, "Attributes of series")
        for part, values in self._attributes(lists, len(objects), "series", 0):
            columns[part.id] = self._column(part, values, False).take(pa.array(owner))
        names = list(chain.from_iterable(observations))
        arrays = list(chain.from_iterable(map(dict.values, observations)))
        there = None if counts.all() else (counts > 0)[owner]
        self._observations(
            structure.dimensions["observation"], names, arrays, columns, key, there=there
        )
        if any("annotations" in s for s in objects):
            self._annotations()
        return columns, key, rows

    def flat(self, observations: dict[str, Any]) -> tuple[_Columns, dict[str, Indices], int]:
        """Rows of a flat dataset."""
        columns: _Columns = {}
        key: dict[str, Indices] = {}
        names, arrays = list(observations), list(observations.values())
        levels = self._structure.dimensions
        parts = levels["observation"]
        if len(names[0].split(":")) == len(levels["series"]) + len(parts):
            # A structure that serves series too: its series dimensions come first.
            parts = [*levels["series"], *parts]
        self._observations(parts, names, arrays, columns, key)
        return columns, key, len(observations)

    def whole(self) -> tuple[_Columns, dict[str, Indices], int]:
        """The one row of a dataset that lists nothing."""
        return {}, {}, 1

    def _observations(
        self,
        parts: list[Part],
        names: list[str],
        arrays: list[list[Any]],
        columns: _Columns,
        key: dict[str, Indices],
        *,
        there: Any = None,
    ) -> None:
        """Add what stands at observations; ``there`` marks the rows that have one."""
        structure = self._structure
        spread = None if there is None else np.where(there, np.cumsum(there) - 1, -1)
        if names and not parts:
            raise RequestSyntaxError("The structure lists no dimension of observations.")
        numbers = key_indices(names, len(parts), "observations") if names else []
        for part, found in zip(parts, numbers, strict=False):
            key[part.id] = found if spread is None else np.append(found, -1)[spread]
        lists = column_lists(arrays, "Observations")
        measures = structure.measures
        given = self._attributes(lists, len(arrays), "observation", len(measures))
        for part, values in [*zip(measures, lists, strict=False), *given]:
            column = self._column(part, values, part in measures)
            if spread is not None:
                column = column.take(pa.array(spread, mask=spread < 0))
            columns[part.id] = column

    def _attributes(
        self, lists: list[list[Any]], rows: int, level: str, first: int
    ) -> Iterator[tuple[Part, list[Any]]]:
        """Attributes of ``level``; their values are the ``lists`` from ``first`` on."""
        parts = self._structure.attributes[level]
        for place, part in enumerate(parts, first):
            if place < len(lists):
                yield part, lists[place]
            elif self._default(part) is not None:
                yield part, [None] * rows
        if len(lists) > first + len(parts):
            self._annotations()

    # -- columns ---------------------------------------------------------------------------------

    def batch(
        self, dataset: dict[str, Any], found: tuple[_Columns, dict[str, Indices], int]
    ) -> pa.RecordBatch:
        """All columns in the schema's order, others after them."""
        columns, key, rows = found
        structure = self._structure
        for part in structure.dimensions["dataSet"]:
            if part.values is None or len(part.values) != 1:
                raise RequestSyntaxError(
                    f"The dimension {part.id} stands at the dataset: it must list one value."
                )
            key[part.id] = np.zeros(rows, dtype=np.int64)
        for part in chain.from_iterable(structure.dimensions.values()):
            if part.id in key:
                columns[part.id] = _coded(part, key[part.id])
        for part, value in self._dataset_attributes(dataset):
            columns[part.id] = self._column(part, [value], False).take(
                pa.array(np.zeros(rows, dtype=np.int64))
            )
        groups = expect(dataset.get("dimensionGroupAttributes") or {}, dict, "group attributes")
        if groups:
            parts = structure.attributes["dimensionGroup"]
            lists = group_values(groups, structure, key, rows)
            for part, values in zip(parts, lists, strict=True):
                columns[part.id] = self._column(part, values, False)
        if "annotations" in dataset:
            self._annotations()
        schema = structure.schema
        order = [c for c in schema.columns if c in columns]
        order += [c for c in columns if c not in schema.by_id]
        if not order:
            order = [schema.columns[0]]
            columns[order[0]] = nulls(rows)
        return pa.record_batch([columns[c] for c in order], names=order)

    def _dataset_attributes(self, dataset: dict[str, Any]) -> Iterator[tuple[Part, Any]]:
        values = expect(dataset.get("attributes") or [], list, "attributes of a dataset")
        for place, part in enumerate(self._structure.attributes["dataSet"]):
            yield part, values[place] if place < len(values) else None

    def _column(self, part: Part, values: list[Any], measure: bool) -> pa.Array:
        """Values of a component, by number or as they are, as a column."""
        component = self._structure.schema.by_id.get(part.id)
        exponents = component is None or component.text_type in ("Double", "Float")
        if part.values is None and component is not None and component.several:
            found = pa.array([several_texts(value) for value in values], pa.string())
        elif part.values is None:
            found = texts(values, exponents=exponents)
            nested = pc.match_substring_regex(found, r"^[\[{]")
            if pc.any(nested).as_py() and any(isinstance(v, list | dict) for v in values):
                self._note(given_several(part.id))
        else:
            found = _coded(part, value_indices(values, len(part.values), part.id))
        default = self._default(part)
        if default is not None and found.null_count:
            found = pc.fill_null(found.cast(pa.string()), default)
        is_text = measure and (component is None or component.role is Role.MEASURE)
        if is_text:
            return found.cast(pa.string())
        return found if pa.types.is_dictionary(found.type) else found.dictionary_encode()

    def _default(self, part: Part) -> str | None:
        return part.default if self._defaults else None

    def _annotations(self) -> None:
        finding = Finding(
            "ANNOTATIONS_LEFT_OUT",
            "The message carries annotations of its data; the hub keeps the data without them.",
            Severity.NOTE,
        )
        self._note(finding)

    def _note(self, finding: Finding) -> None:
        if finding not in self._findings:
            self._findings.append(finding)


def _coded(part: Part, numbers: Indices) -> pa.DictionaryArray:
    """Numbers of values (-1 is null) as a coded column."""
    values = part.values if part.values is not None else pa.array([], pa.string())
    check_indices(numbers[numbers >= 0], len(values), part.id)
    indices = pa.array(numbers.astype(np.int32), mask=numbers < 0)
    return compact(pa.DictionaryArray.from_arrays(indices, values))

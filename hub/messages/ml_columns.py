"""From rows an XML parser met to the columns of a block; shared by the SDMX-ML readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from hub.model.dataset import CODED, Location
from hub.model.findings import Finding
from hub.model.schema import DataSchema, Role
from hub.xml_safe import lines_of

__all__ = ["Misplaced", "XmlLocator", "record_batch", "repeated", "take_coded"]


def take_coded(array: pa.DictionaryArray, index: np.ndarray) -> pa.DictionaryArray:
    """Rows ``index`` of a coded column; only the small integers are touched."""
    return pa.DictionaryArray.from_arrays(array.indices.take(pa.array(index)), array.dictionary)


def repeated(array: pa.DictionaryArray, times: np.ndarray) -> pa.DictionaryArray:
    """Each row of a coded column as often as ``times`` says, in their order."""
    if array.null_count:
        return take_coded(array, np.repeat(np.arange(len(array), dtype=np.int32), times))
    indices = np.repeat(array.indices.to_numpy(), times)
    return pa.DictionaryArray.from_arrays(pa.array(indices), array.dictionary, safe=False)


def record_batch(schema: DataSchema, columns: Mapping[str, pa.Array], rows: int) -> pa.RecordBatch:
    """The columns that hold a value, in the schema's order and types."""
    arrays, fields = [], []
    for component in schema.components:
        column = columns.get(component.id)
        if column is None or column.null_count == len(column):
            continue
        wanted = pa.string() if component.role is Role.MEASURE else CODED
        if column.type != wanted:
            column = column.cast(wanted)
        arrays.append(column)
        fields.append(pa.field(component.id, wanted))
    if not arrays:  # rows of a message that gives no component at all still count
        first = schema.components[0].id
        arrays, fields = [pa.nulls(rows, CODED)], [pa.field(first, CODED)]
    return pa.record_batch(arrays, schema=pa.schema(fields))


@dataclass
class Misplaced:
    """XML attributes that the structure does not know, or not at that element.

    One finding per name and element: how often it occurs, and the line of the first.
    """

    schema: DataSchema
    seen: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def note(self, element: str, name: str, number: int) -> None:
        """Attribute ``name`` stands on the ``number``-th ``element`` of the document."""
        entry = self.seen.setdefault((element, name), [number, 0])
        entry[1] += 1

    def findings(self, path: Path) -> Iterator[Finding]:
        """What was noted, as findings."""
        if not self.seen:
            return
        lines = _first_lines(path, {(e, first) for (e, _), (first, _) in self.seen.items()})
        for (element, name), (first, count) in self.seen.items():
            known = name in self.schema.by_id
            times = "once" if count == 1 else f"{count} times"
            yield Finding(
                rule="COMPONENT_MISPLACED" if known else "COMPONENT_UNKNOWN",
                message=(
                    f"{name} stands on {element} ({times}). "
                    + (
                        "The structure attaches it elsewhere: move it there."
                        if known
                        else f"The structure {self.schema.structure} has no such component: "
                        "remove it or use the structure's own name."
                    )
                ),
                line=lines.get((element, first)),
                column=name,
                component=name,
                found=name,
                expected=f"a component of {self.schema.structure}",
            )


def _first_lines(path: Path, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
    counts: dict[str, int] = {}
    found: dict[tuple[str, int], int] = {}
    for element, line in lines_of(path, frozenset(e for e, _ in wanted)):
        number = counts.get(element, 0)
        counts[element] = number + 1
        if (element, number) in wanted:
            found[(element, number)] = line
            if len(found) == len(wanted):
                break
    return found


@dataclass(frozen=True)
class XmlLocator:
    """Lines of observations, found by reading the file once more.

    A series without observations is a row of its own, so ``Series`` counts when the next tag is
    not one of its observations.
    """

    path: Path
    series: str = "Series"
    observation: str = "Obs"

    def __call__(self, ordinals: Sequence[int], component: str | None) -> list[Location]:
        """Line of each; ``None`` where expat cannot read the encoding."""
        wanted = np.unique(np.asarray(ordinals, dtype=np.int64))
        lines: dict[int, int] = {}
        position = 0
        for number, line in enumerate(self._rows()):
            if position >= len(wanted):
                break
            if number == wanted[position]:
                lines[number] = line
                position += 1
        return [Location(line=lines.get(o), column=component) for o in ordinals]

    def _rows(self) -> Iterator[int]:
        pending: int | None = None
        for element, line in lines_of(self.path, frozenset({self.series, self.observation})):
            if element == self.observation:
                pending = None
                yield line
            else:
                if pending is not None:
                    yield pending
                pending = line
        if pending is not None:
            yield pending

"""A block as the checks see it: dictionary columns taken apart, once.

Checks work on the few distinct values of a column and then find the rows that have a bad one.
Nothing here loops over observations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.model.dataset import Action, Block
from hub.model.schema import Component, DataSchema, Level

__all__ = ["Column", "Mask", "Rows", "Texts", "View"]

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

#: An Arrow array of texts, dictionary encoded or not (its stubs cannot say both).
Texts: TypeAlias = Any


class Column:
    """A column of codes or texts.

    ``values`` are the texts of its dictionary (some may stand in no row).
    """

    def __init__(self, array: Texts) -> None:
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        self.values: list[str] = coded.dictionary.to_pylist()
        self._indices = coded.indices
        self._full = self._indices.null_count == 0
        self._nowhere: list[bool] = []
        if None in self.values:  # a null may also hide in the dictionary
            self._full = False
            self._nowhere = [value is None for value in self.values]
            self.values = [value if value is not None else "" for value in self.values]

    @property
    def constant(self) -> bool:
        """Whether all rows have the one value there is."""
        return self._full and len(self.values) == 1

    @cached_property
    def codes(self) -> npt.NDArray[np.int64]:
        """Positions in ``values``, shape ``(n,)``, -1 where nothing is given."""
        filled = self._indices.fill_null(-1) if self._indices.null_count else self._indices
        # numpy looks up with numbers of this width three times as fast as with narrower ones.
        codes: npt.NDArray[np.int64] = filled.to_numpy().astype(np.int64)
        if self._nowhere:
            codes[(codes >= 0) & np.array(self._nowhere)[codes]] = -1
        return codes

    @cached_property
    def missing(self) -> Mask:
        """Rows without a value."""
        return np.zeros(len(self._indices), dtype=bool) if self._full else self.codes < 0

    @cached_property
    def given(self) -> Mask:
        """Rows with a value; not to be changed."""
        given = ~self.missing
        given.flags.writeable = False
        return given

    @cached_property
    def used(self) -> npt.NDArray[np.int64]:
        """Positions in ``values`` that stand in some row, ascending."""
        if self.constant and len(self._indices):
            return np.zeros(1, np.int64)
        present = np.zeros(len(self.values) + 1, dtype=bool)
        present[self.codes] = True  # -1 marks the spare last place
        return np.flatnonzero(present[:-1])

    def rows_of(self, positions: Sequence[int] | npt.NDArray[np.int64]) -> Mask:
        """Rows whose value is one of those at ``positions``."""
        table = np.zeros(len(self.values) + 1, dtype=bool)
        table[np.asarray(positions, dtype=np.int64)] = True
        return cast(Mask, table[self.codes])

    def rows_where(self, test: Callable[[str], bool]) -> Mask | None:
        """Rows whose value passes ``test``; ``None`` when there are none."""
        positions = [i for i in self.used.tolist() if test(self.values[i])]
        return self.rows_of(positions) if positions else None

    def texts(self, rows: Rows) -> list[str | None]:
        """Values of some rows."""
        return [self.values[c] if c >= 0 else None for c in self.codes[rows].tolist()]


class View:
    """One block with its columns taken apart and the cells known to be bad."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.schema: DataSchema = block.schema
        self.action: Action = block.action
        self.batch = block.batch
        self.rows = block.batch.num_rows
        self.names = frozenset(block.batch.schema.names)
        self._columns: dict[str, Column | None] = {}
        self._numbers: dict[str, npt.NDArray[np.float64]] = {}
        #: Rows whose cell of a component is already reported; by component.
        self.bad: dict[str, Mask] = {}

    def array(self, component: str) -> Texts | None:
        """The Arrow column of a component, ``None`` when the block does not have it."""
        return self.batch.column(component) if component in self.names else None

    def column(self, component: str) -> Column | None:
        """The column of a coded or text component, ``None`` when the block does not have it."""
        if component not in self._columns:
            array = self.array(component)
            self._columns[component] = None if array is None else Column(array)
        return self._columns[component]

    def given(self, component: str) -> Mask:
        """Rows in which a component has a value; not to be changed."""
        array = self.array(component)
        if array is None:
            return np.zeros(self.rows, dtype=bool)
        if pa.types.is_dictionary(array.type):
            column = self.column(component)
            assert column is not None
            return column.given
        if array.null_count == 0:
            return np.ones(self.rows, dtype=bool)
        return cast(Mask, array.is_valid().to_numpy(zero_copy_only=False))

    def numbers(self, component: Component) -> npt.NDArray[np.float64]:
        """Values of a component as numbers; not a number where there is none, or a bad one.

        Raises ``pyarrow.ArrowInvalid`` when the text of a sound cell is none.
        """
        name = component.id
        if name not in self._numbers:
            array = self.array(name)
            if array is None:
                return np.full(self.rows, np.nan)
            texts = array.cast(pa.string())
            for out in (self.bad.get(name), self.missing(component)):
                if out is not None and out.any():
                    texts = pc.if_else(pa.array(out), None, texts)
            self._numbers[name] = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return self._numbers[name]

    def missing(self, component: Component) -> Mask | None:
        """Rows in which a value is missing on purpose, ``None`` when there are none."""
        array = self.array(component.id)
        if array is None:
            return None
        texts = array.dictionary if pa.types.is_dictionary(array.type) else array
        same = pc.equal(texts, pa.scalar(component.missing)).fill_null(False)
        if not pc.any(same).as_py():
            return None
        if texts is not array:
            same = same.take(array.indices).fill_null(False)
        return cast(Mask, same.to_numpy(zero_copy_only=False))

    def any_given(self, components: Sequence[Component]) -> Mask:
        """Rows in which at least one of some components has a value."""
        found = np.zeros(self.rows, dtype=bool)
        for component in components:
            if component.id in self.names:
                found |= self.given(component.id)
        return found

    @cached_property
    def observations(self) -> Mask:
        """Rows that are observations.

        The others stand for a whole series or part of the cube: no time, no measure, no attribute
        of an observation, but an attribute of the series or dataset (or they delete).
        """
        time = self.schema.time
        if time is None:
            return np.ones(self.rows, dtype=bool)
        timed = self.given(time.id)
        if timed.all():
            return timed
        above = [a for a in self.schema.attributes if a.level is not Level.OBSERVATION]
        own = self.schema.attributes_at(Level.OBSERVATION)
        series = ~timed & ~self.any_given((*self.schema.measures, *own))
        if self.action is not Action.DELETE:
            series &= self.any_given(above)
        return ~series

    def mark(self, component: str, rows: Mask) -> None:
        """Remember that the cells of a component are bad, so that nothing else judges them."""
        known = self.bad.get(component)
        self.bad[component] = rows if known is None else known | rows

    def sound(self, component: str) -> Mask:
        """Rows whose cell of a component is not known to be bad."""
        known = self.bad.get(component)
        return np.ones(self.rows, dtype=bool) if known is None else ~known

    def keys(self, rows: Rows) -> list[str]:
        """Series keys of some rows: dimension values joined by ``.``, time left out."""
        parts = []
        for dimension in self.schema.dimensions:
            column = self.column(dimension.id)
            parts.append(column.texts(rows) if column else [None] * len(rows))
        return [".".join(v or "" for v in row) for row in zip(*parts, strict=True)]

    def texts(self, component: str, rows: Rows) -> list[str | None]:
        """Values of some rows of any column."""
        array = self.array(component)
        if array is None:
            return [None] * len(rows)
        return cast("list[str | None]", array.take(rows).to_pylist())

"""What is worth judging: for each rule the rows in which it may find something.

Most messages are right in nearly all they say, and judging by queries costs the more the more rows
there are. So while a message streams by, each rule looks at the dictionaries of the columns and at
a few numbers of each row; only what is in doubt afterwards is loaded and judged. The doubt is
generous, the judgement exact: findings are the same as if all rows were judged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.periods import PeriodError, parse
from hub.model.schema import DataSchema
from hub.validation.field.catalogue import FieldRule
from hub.validation.field.context import FieldContext
from hub.validation.field.doubts import Doubts, Known, Picked
from hub.validation.field.kinds import (
    Accounts,
    Bands,
    Cells,
    Cumulative,
    Embargo,
    Future,
    Jump,
    Margins,
    Nil,
    Sender,
    Totals,
    Validity,
)
from hub.validation.field.records import Numbering, Records, code_column
from hub.validation.field.rows import ByRow, both, in_scope, of_codes
from hub.validation.hashing import Hashes
from hub.validation.view import Mask, View

__all__ = ["Sieve"]

_SINGLE = Accounts | Cells | Embargo | Future | Margins | Sender | Validity
_SUMMED = Bands | Totals
_IN_TIME = Cumulative | Jump | Nil
#: Rules that compare rows with one another.
_GROUPED = _SUMMED | _IN_TIME | Margins
#: Codes of OBS_STATUS that say that the value is missing.
_MISSING = ("O", "M", "L", "Q", "H")

Instants = npt.NDArray[np.int64]


class Sieve:
    """Looks at the blocks of one dataflow on behalf of some rules.

    Parameters
    ----------
    rules, schema, context:
        The rules, all of which apply to the dataflow, and what they may ask for.
    folder, name:
        Where to put aside what memory does not hold.

    """

    def __init__(
        self, rules: Sequence[FieldRule], schema: DataSchema, context: FieldContext,
        folder: Path, name: str,
    ) -> None:  # fmt: skip
        self._schema = schema
        self._context = context
        self._rules = rules
        #: The least scale of a value.
        self._scale = 1.0
        #: Whether values could not be read as numbers: then all rows are to be judged.
        self.blind = False
        summed = {r.kind.dimension for r in rules if isinstance(r.kind, _SUMMED)}
        others = {d for r in rules if isinstance(r.kind, Margins) for d in r.kind.breakdowns}
        if any(isinstance(r.kind, Totals) and "REF_AREA" in r.kind.components for r in rules):
            others.add("REF_AREA")
        places = {c.id: number for number, c in enumerate(schema.dimensions)}
        #: Dimensions that make up sums come first: their codes are set apart from the series.
        self._summed = sorted(summed)
        self._numbered = [*self._summed, *sorted(others - summed)]
        self._numberings = {d: Numbering(places[d]) for d in self._numbered}
        #: Rules that compare with what nobody published.
        self._idle = {r.id for r in rules if isinstance(r.kind, Accounts) and self._alone(r.kind)}
        self._times = Numbering(len(schema.dimensions))
        self._instants: dict[str, tuple[int, int]] = {}
        self._single: dict[str, ByRow] = {}
        self._found: dict[str, list[npt.NDArray[np.int64]]] = {}
        self._bit = {
            rule.id: np.uint64(1 << number)
            for number, rule in enumerate(r for r in rules if isinstance(r.kind, _GROUPED))
        }
        self._records = Records(folder, name, len(self._numbered), self._bit)

    def __call__(self, view: View, series: Hashes, start: int) -> None:
        """Look at a block; ``series`` are hashes of series keys, ``start`` its first row's number.

        Rows that are not sound may be looked at too; they are left out afterwards.
        """
        value = None if self.blind else self._values(view)
        if value is None:
            self.blind = True
            return
        begins = self._periods(view)
        for rule in self._rules:
            if isinstance(rule.kind, _SINGLE) and rule.id not in self._idle:
                self._look(rule, view, value, begins, start)
        if self._bit:
            columns = {
                code_column(number): self._numberings[d](view.column(d), view.rows)
                for number, d in enumerate(self._numbered)
            }
            time = self._schema.time
            self._records.append(
                {
                    "series": series,
                    "value": value,
                    "flags": self._flags(view),
                    "time": self._times(view.column(time.id) if time else None, view.rows),
                    **columns,
                }
            )

    def _alone(self, kind: Accounts) -> bool:
        """Whether some side of an account is neither of this dataflow nor published."""
        own = f"{self._schema.dataflow.agency}:{self._schema.dataflow.id}"
        beside = (
            self._context.beside(side.dataflow)
            for side in (kind.stock, kind.inflow, kind.outflow)
            if side.dataflow != own
        )
        return any(known is None or not known[1] for known in beside)

    def _look(
        self, rule: FieldRule, view: View, value: npt.NDArray[np.float64],
        begins: tuple[Instants, Instants] | None, start: int,
    ) -> None:  # fmt: skip
        if rule.id not in self._single:
            self._single[rule.id] = ByRow(rule.kind, rule.scope, self._context, view)
        found = self._single[rule.id](view, value, begins)
        if found is not False:
            rows = np.arange(view.rows) if found is True else np.flatnonzero(found)
            self._found.setdefault(rule.id, []).append(rows + start)

    def _flags(self, view: View) -> npt.NDArray[np.uint64]:
        """For each row the bits of the rules that are about it; not to be changed."""
        every = np.uint64(0)
        some: list[tuple[np.uint64, Mask]] = []
        for rule in self._rules:
            if rule.id not in self._bit:
                continue
            rows = in_scope(view, rule.scope)
            if isinstance(rule.kind, _IN_TIME):
                rows = both(rows, of_codes(view, "FREQ", rule.kind.frequencies))
            if rows is True:
                every |= self._bit[rule.id]
                continue
            self._records.partly.add(rule.id)
            if rows is not False:
                some.append((self._bit[rule.id], rows))
        if not some:
            return np.broadcast_to(every, view.rows)
        flags = np.full(view.rows, every)
        for bit, rows in some:
            flags[rows] |= bit
        return flags

    def _values(self, view: View) -> npt.NDArray[np.float64] | None:
        """Values as rules see them; ``None`` where a text is no number."""
        try:
            value = view.numbers(self._schema.primary_measure)
        except pa.ArrowInvalid:
            return None
        value = np.where(np.isfinite(value), value, np.nan)
        if "UNIT_MULT" in self._schema.by_id and (column := view.column("UNIT_MULT")) is not None:
            try:
                powers = [float(10 ** int(text)) for text in column.values]
            except (ValueError, OverflowError):
                return None
            self._scale = min([self._scale, *powers])
            value *= np.array([*powers, 1.0])[column.codes]
        if "OBS_STATUS" in self._schema.by_id:
            missing = of_codes(view, "OBS_STATUS", _MISSING)
            if missing is not False:
                value[missing] = np.nan
        return value

    def _periods(self, view: View) -> tuple[Instants, Instants] | None:
        """The instants that the period of each row of a block covers."""
        time = self._schema.time
        if time is None:
            return None
        column = view.column(time.id)
        if column is None:
            none = np.zeros(view.rows, np.int64)
            return none, none
        table = np.array([*map(self._instant, column.values), (0, 0)], np.int64)
        return table[column.codes, 0], table[column.codes, 1]

    def _instant(self, text: str) -> tuple[int, int]:
        if text not in self._instants:
            try:
                period = parse(text)
            except PeriodError:
                self._instants[text] = (0, 0)  # a fault of its own; the row is not judged
            else:
                ends = np.array([period.start, period.end], "datetime64[us]").astype(np.int64)
                self._instants[text] = (int(ends[0]), int(ends[1]))
        return self._instants[text]

    # -- afterwards ---------------------------------------------------------------------------

    def pick(self, sound: Mask, *, beside: bool, published: bool) -> dict[str, Picked | None]:
        """By rule the rows to be judged; ``None``: all. Rules that find nothing are left out.

        ``sound`` are the rows that may be judged. ``beside`` is whether something is published
        of the series of the message, ``published`` whether anything is of the dataflow.
        """
        if self.blind:
            return {rule.id: None for rule in self._rules}
        picked: dict[str, Picked | None] = {}
        grouped: list[FieldRule] = []
        for rule in self._rules:
            kind = rule.kind
            if isinstance(kind, _IN_TIME) and beside:
                picked[rule.id] = None
            elif isinstance(kind, Margins):
                codes = self._codes(kind.breakdowns, sound, rule.id)
                if published or all(kind.total in codes[d] for d in kind.breakdowns):
                    self._single_rows(rule, sound, picked, Known(codes))
            elif isinstance(kind, _SINGLE):
                self._single_rows(rule, sound, picked, Known())
            elif isinstance(kind, _GROUPED):
                grouped.append(rule)
            else:
                picked[rule.id] = None
        if self._records.rows and grouped:
            picked |= self._doubts(sound).pick(grouped, sound)
        return picked

    def _single_rows(
        self, rule: FieldRule, sound: Mask, picked: dict[str, Picked | None], known: Known
    ) -> None:
        rows = np.zeros(len(sound), dtype=bool)
        for found in self._found.get(rule.id, ()):
            rows[found] = True
        rows &= sound
        if rows.any():
            picked[rule.id] = Picked(rows, known)

    def _codes(
        self, dimensions: Collection[str], sound: Mask, rule: str | None
    ) -> dict[str, frozenset[str]]:
        """Codes of some dimensions that stand in some sound row, which a rule is about."""
        places = {d: number for number, d in enumerate(self._numbered) if d in dimensions}
        if sound.all() and rule not in self._records.partly:
            return {d: frozenset(self._numberings[d].texts) for d in places}
        sizes = {code_column(place): len(self._numberings[d].texts) for d, place in places.items()}
        there = self._records.present(sound, sizes, rule)
        return {
            d: frozenset(np.array(self._numberings[d].texts, object)[there[code_column(place)]])
            for d, place in places.items()
        }

    def _doubts(self, sound: Mask) -> Doubts:
        starts = [self._instant(text)[0] for text in self._times.texts]
        return Doubts(
            self._records,
            {d: self._numberings[d] for d in self._numbered},
            self._summed,
            self._codes(self._numbered, sound, None),
            np.array(starts, np.int64),
            self._scale,
        )

"""Rules that compare rows: which groups of rows they may find something in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hub.validation.field.ages import identities
from hub.validation.field.catalogue import FieldRule
from hub.validation.field.groups import Slice, Split, Sum
from hub.validation.field.kinds import AREA, Bands, Jump, Nil, Totals
from hub.validation.field.records import Numbering, Records, code_column
from hub.validation.view import Mask

__all__ = ["MOST_WAYS", "Doubts", "Known", "Picked", "open_parts"]

#: Ways of making up bands that one message may have; beyond that it is no table of ages.
MOST_WAYS = 500

Way = tuple[str, tuple[str, ...]]


@dataclass
class Known:
    """What a rule needs to know of all rows, though it judges some.

    ``codes`` of dimensions among the rows that the rule is about; ``ways`` in which bands make up
    wider ones.
    """

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ways: tuple[Way, ...] | None = None


@dataclass
class Picked:
    """The rows that a rule is to judge, shape ``(rows,)``, and what it needs to know of all."""

    rows: Mask
    known: Known = field(default_factory=Known)


def open_parts(kind: Totals, codes: frozenset[str]) -> list[str]:
    """Parts of a total of which any number may be there."""
    fits = re.compile(kind.all or "")
    parts = {c for c in codes if c != kind.total and fits.fullmatch(c)}
    # A code that stands under another one among them (_O_NAM under _O) is counted by that one.
    return sorted(parts - {c for c in parts if any(c.startswith(f"{p}_") for p in parts)})


class Doubts:
    """Finds them in what was put aside.

    Parameters
    ----------
    records:
        The rows.
    numberings:
        The numbers of codes of each dimension that has a column in the records, in their order.
    summed:
        Dimensions that rules sum over: the first of them.
    codes:
        The codes of these dimensions that stand in sound rows.
    starts:
        Where the periods begin, by their numbers.
    scale:
        The least scale of a value.

    """

    def __init__(
        self, records: Records, numberings: Mapping[str, Numbering], summed: Sequence[str],
        codes: Mapping[str, frozenset[str]], starts: npt.NDArray[np.int64],
        scale: float,
    ) -> None:  # fmt: skip
        self._records = records
        self._numberings = numberings
        self._columns = {d: code_column(number) for number, d in enumerate(numberings)}
        self._terms = {d: numberings[d].hashes() for d in summed}
        self._codes = codes
        self._starts = starts
        self._scale = scale
        self._only: Slice | None = None

    def pick(self, rules: Sequence[FieldRule], sound: Mask) -> dict[str, Picked]:
        """By rule the sound rows that it may find something in; none: it is left out."""
        ways: dict[str, dict[Way, None]] = {r.id: {} for r in rules if isinstance(r.kind, Bands)}
        if ways:
            for one in self._slices(sound):
                for rule in rules:
                    if isinstance(rule.kind, Bands):
                        ways[rule.id].update(self._ways(one, rule, rule.kind))
        found: dict[str, Picked] = {}
        for rule in rules:
            known = Known(self._codes)
            if rule.id in ways:
                known = Known(self._codes, tuple(ways[rule.id])[:MOST_WAYS])
            found[rule.id] = Picked(np.zeros(len(sound), dtype=bool), known)
        for one in self._slices(sound):
            for rule in rules:
                rows = self._rows(one, rule, found[rule.id].known)
                if rows is not None:
                    found[rule.id].rows[one.rows["row"][rows]] = True
        return {id_: picked for id_, picked in found.items() if picked.rows.any()}

    def _slices(self, sound: Mask) -> Iterator[Slice]:
        if self._only is not None:
            yield self._only
            return
        for rows in self._records.slices(sound, list(self._terms.values())):
            one = Slice(rows, self._starts, self._scale)
            self._only = one if self._records.in_memory else None
            yield one

    def _ways(self, one: Slice, rule: FieldRule, kind: Bands) -> dict[Way, None]:
        of = one.flagged(rule.id, self._records)
        found: dict[Way, None] = {}
        if not of.any():
            return found
        texts = self._numberings[kind.dimension].texts
        for pattern in one.patterns(of, self._split(one, kind.dimension)):
            codes = frozenset(texts[number] for number in pattern)
            found.update(dict.fromkeys(identities(codes, kind.total)))
        return found

    def _rows(self, one: Slice, rule: FieldRule, known: Known) -> Mask | None:
        """Rows of a slice that a rule may find something in."""
        kind = rule.kind
        of = one.flagged(rule.id, self._records)
        if not of.any():
            return None
        if isinstance(kind, Jump):
            return one.jumps(of, kind)
        if isinstance(kind, Nil):
            return one.nils(of, kind)
        if isinstance(kind, Bands | Totals):
            return self._off(one, of, kind, known)
        return of

    def _off(self, one: Slice, of: Mask, kind: Bands | Totals, known: Known) -> Mask | None:
        """Rows of the groups whose sum may be wrong."""
        area = False
        if isinstance(kind, Totals):
            total = self._total(kind)
            sums = [] if total is None else [total]
            area = AREA in (*kind.parts, *kind.optional)
        else:
            sums = [
                self._sum(kind, whole, parts, kind.optional if whole == kind.total else ())
                for whole, parts in known.ways or ()
            ]
        return one.off(of, self._split(one, kind.dimension, area=area), sums) if sums else None

    def _total(self, kind: Totals) -> Sum | None:
        codes = self._codes[kind.dimension]
        if kind.total not in codes:
            return None
        if kind.all is not None:
            parts = open_parts(kind, codes)
            return self._sum(kind, kind.total, parts, (), kind.residual) if parts else None
        if not codes.issuperset(c for c in kind.parts if c != AREA):
            return None
        return self._sum(kind, kind.total, kind.parts, kind.optional)

    def _sum(
        self, kind: Totals | Bands, total: str, parts: Sequence[str], optional: Sequence[str],
        residual: Sequence[str] | None = None,
    ) -> Sum:  # fmt: skip
        numbering = self._numberings[kind.dimension]

        def numbers(codes: Sequence[str]) -> list[int]:
            return [len(numbering.texts) if c == AREA else numbering.place(c) for c in codes]

        return Sum(
            numbering.place(total), numbers(parts), numbers(optional),
            needed=len(parts) if residual is None else None,
            residual=numbers(residual or ()), tolerance=kind.tolerance,
        )  # fmt: skip

    def _split(self, one: Slice, dimension: str, *, area: bool = False) -> Split:
        column = self._columns[dimension]
        codes = one.rows[column]
        numbering = self._numberings[dimension]
        if area:  # the code that the row has as its reference area counts as that
            areas = self._numberings["REF_AREA"]
            table = np.array([*(areas.place(text) for text in numbering.texts), -2], np.int32)
            own = table[codes] == one.rows[self._columns["REF_AREA"]]
            codes = np.where(own, np.int32(len(numbering.texts)), codes)
        return Split(column, self._terms[dimension], codes)

"""Representation maps as tables of codes: what each combination of source codes becomes.

Regular expressions and parts of values are worked out here, once, over the codes that the sources
can have, so that SQL compares whole codes only and the inverse of a map is a look-up. Source:
SDMX 3.0 Section 2, chapter 10 (representation map).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from hub.errors import NotImplementedByHub, SemanticError
from hub.model.periods import parse
from hub.structures.mappings import MappedValue, RepresentationMap, ValueMapping

__all__ = ["MOST_ROWS", "CodeTable", "Row", "expand"]

#: Combinations of codes that one map may stand for.
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """Codes of the sources and what they become, for periods that begin in ``[start, end)``.

    The instants are naive UTC; ``None`` is open.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None

    @property
    def dated(self) -> bool:
        """Whether it holds for a time only."""
        return self.start is not None or self.end is not None


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A representation map between components.

    At any instant a combination of source codes has at most one row.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def dated(self) -> bool:
        """Whether some row holds for a time only."""
        return any(row.dated for row in self.rows)

    def injective(self, cell: Collection[str]) -> bool:
        """Whether no two combinations become the same at the same instant.

        Only those targets count that are among the components ``cell``.
        """
        kept = [i for i, target in enumerate(self.targets) if target in cell]
        listed: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in self.rows:
            listed[tuple(row.targets[i] for i in kept)].append(row)
        return not any(
            one.sources != other.sources and _cut(one, other) != [one]
            for rows in listed.values()
            for i, one in enumerate(rows)
            for other in rows[i + 1 :]
        )

    def codes(self, source: str) -> frozenset[str]:
        """Codes of a source that become something, alone or with others."""
        place = self.sources.index(source)
        return frozenset(row.sources[place] for row in self.rows)

    def only(self, wanted: Mapping[str, frozenset[str]]) -> CodeTable:
        """The rows whose targets are among the ``wanted`` codes of the components named."""
        limits = [(i, wanted[t]) for i, t in enumerate(self.targets) if t in wanted]
        if not limits:
            return self
        rows = self.rows
        for i, codes in limits:
            rows = tuple(row for row in rows if row.targets[i] in codes)
        return replace(self, rows=rows)


def expand(
    map_: RepresentationMap,
    sources: Sequence[str],
    targets: Sequence[str],
    codes: Mapping[str, Sequence[str] | None],
) -> CodeTable:
    """The table of a representation map between the components named.

    ``codes`` are those that each source can have, ``None`` where it is not coded. Of several rows
    of the map that fit a combination the first one counts. Raises ``NotImplementedByHub`` for a
    regular expression or a part of a value over a component without codes, and for a map that
    stands for more than :data:`MOST_ROWS` combinations; ``SemanticError`` for a row with the wrong
    number of values or an expression that is none.
    """
    known: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    count = 0
    for mapping in map_.mappings:
        if len(mapping.sources) != len(sources) or len(mapping.targets) != len(targets):
            raise SemanticError(
                f"A row of the map of {', '.join(sources)} has another number of values."
            )
        for row in _rows(mapping, sources, codes):
            left = [row]
            for earlier in known[row.sources]:
                left = [piece for one in left for piece in _cut(one, earlier)]
            known[row.sources].extend(left)
            count += len(left)
            if count > MOST_ROWS:
                raise NotImplementedByHub(
                    f"The map of {', '.join(sources)} stands for more than {MOST_ROWS} rows."
                )
    rows = sorted((row for found in known.values() for row in found), key=_order)
    return CodeTable(tuple(sources), tuple(targets), tuple(rows))


def _order(row: Row) -> tuple[tuple[str, ...], datetime]:
    return row.sources, row.start or datetime.min


def _rows(
    mapping: ValueMapping, sources: Sequence[str], codes: Mapping[str, Sequence[str] | None]
) -> Iterator[Row]:
    start = parse(mapping.valid_from).start if mapping.valid_from else None
    end = parse(mapping.valid_to).end if mapping.valid_to else None
    found = [
        list(_fitting(value, codes.get(source), source))
        for value, source in zip(mapping.sources, sources, strict=True)
    ]
    for combination in product(*found):
        groups = [group for _, captured in combination for group in captured]
        targets = tuple(_filled(target, groups) for target in mapping.targets)
        yield Row(tuple(code for code, _ in combination), targets, start, end)


def _fitting(
    value: MappedValue, codes: Sequence[str] | None, source: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Codes that a value stands for, each with the groups its expression captured."""
    part = value.start is not None or value.end is not None
    if not value.is_regex and not part:
        yield value.value, ()
        return
    if codes is None:
        raise NotImplementedByHub(
            f"{source} has no codelist: the hub maps its values as a whole only."
        )
    try:
        pattern = re.compile(value.value if value.is_regex else re.escape(value.value))
    except re.error as error:
        raise SemanticError(f"{value.value!r} is no regular expression: {error}.") from None
    for code in codes:
        looked_at = code[(value.start or 1) - 1 : value.end] if part else code
        match = pattern.fullmatch(looked_at)
        if match is not None:
            yield code, tuple(group or "" for group in match.groups())


def _filled(target: str, groups: Sequence[str]) -> str:
    r"""A target value with ``\1``, ``\2`` ... in it replaced by what was captured."""

    def group(match: re.Match[str]) -> str:
        number = int(match[1])
        if not 1 <= number <= len(groups):
            raise SemanticError(f"{target!r} names group {number}; there are {len(groups)}.")
        return groups[number - 1]

    return re.sub(r"\\(\d+)", group, target)


def _cut(row: Row, earlier: Row) -> list[Row]:
    """What of a row's time another row leaves to it."""
    if _before(earlier.end, row.start) or _before(row.end, earlier.start):
        return [row]
    left = []
    if earlier.start is not None and (row.start is None or row.start < earlier.start):
        left.append(replace(row, end=earlier.start))
    if earlier.end is not None and (row.end is None or earlier.end < row.end):
        left.append(replace(row, start=earlier.end))
    return left


def _before(end: datetime | None, start: datetime | None) -> bool:
    """Whether a span that ends at ``end`` is over when one begins at ``start``."""
    return end is not None and start is not None and end <= start

"""What changed between two artefacts of one kind, and how far it goes.

Each difference is a plain row with its own verdict and the reason of it; the verdict of the whole
is the largest. *patch* is editorial, *minor* adds and takes nothing away, *major* breaks what
relies on the artefact. Where the standard leaves it open the stricter verdict is taken. Source:
SDMX 3.0 Section 6 (semantic versioning).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hub.errors import SemanticError
from hub.structures.diff_rules import fact_rule, part_rule
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.parts import Part, parts_of
from hub.structures.trees import tree_of
from hub.structures.versioning import Impact, Version, step

__all__ = ["Diff", "Row", "diff", "differs"]


@dataclass(frozen=True, slots=True)
class Row:
    """One difference.

    ``change`` is ``added``, ``removed``, ``changed`` or ``moved``; ``part`` and ``path`` say of
    what (``code`` ``MEX``), ``fact`` which of its properties (``name:es``; empty: the whole
    part), ``before`` and ``after`` are texts.
    """

    change: str
    part: str
    path: str
    fact: str
    before: str | None
    after: str | None
    impact: Impact
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON has it."""
        return {**asdict(self), "impact": self.impact.word}


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences from one artefact to another."""

    left: Key
    right: Key
    rows: tuple[Row, ...]

    @property
    def impact(self) -> Impact:
        """The largest impact of the rows."""
        return max((row.impact for row in self.rows), default=Impact.NONE)

    @property
    def suggested(self) -> str:
        """The version the right one needs at least, seen from the version of the left one."""
        return str(Version.parse(self.left.ref.version).next(self.impact))

    @property
    def respected(self) -> bool:
        """Whether the version of the right one is far enough from that of the left one."""
        return self.impact is Impact.NONE or self.impact <= step(
            self.left.ref.version, self.right.ref.version
        )

    def to_dict(self) -> dict[str, Any]:
        """The diff as JSON has it."""
        return {
            "left": f"{self.left.kind} {self.left.ref}",
            "right": f"{self.right.kind} {self.right.ref}",
            "verdict": self.impact.word,
            "suggested_version": self.suggested,
            "version_respected": self.respected,
            "changes": [row.to_dict() for row in self.rows],
        }


def diff(left: Artefact, right: Artefact) -> Diff:
    """Differences from ``left`` to ``right``; their ids and versions do not count as such.

    Raises ``SemanticError`` when they are of different kinds.
    """
    before, after = key_of(left), key_of(right)
    if before.kind != after.kind:
        raise SemanticError(
            f"A {before.kind} and a {after.kind} cannot be compared: they are of different kinds."
        )
    return Diff(before, after, tuple(_rows(tuple(parts_of(left)), tuple(parts_of(right)))))


def differs(left: Artefact, right: Artefact, *, but: Iterable[str] = ()) -> bool:
    """Whether two artefacts differ in anything; annotations, names and order count.

    ``but`` names properties of the artefacts (``isFinal``) that do not.
    """
    one, other = tree_of(left, codes=False), tree_of(right, codes=False)
    for name in but:
        one.pop(name, None)
        other.pop(name, None)
    if one != other or key_of(left).kind != "codelist":
        return one != other
    return ItemTable.of(left).columns != ItemTable.of(right).columns


_Place = tuple[str, str]


def _rows(left: tuple[Part, ...], right: tuple[Part, ...]) -> Iterator[Row]:
    before: dict[_Place, Part] = {(p.kind, p.path): p for p in left}
    after: dict[_Place, Part] = {(p.kind, p.path): p for p in right}
    for place, part in before.items():
        other = after.get(place)
        if other is not None:
            yield from _changed(part, other)
        elif not _within(part, after):
            yield _whole("removed", part)
    for place, part in after.items():
        if place not in before and not _within(part, before):
            yield _whole("added", part)
    yield from _moved(before, after)


def _within(part: Part, other: Mapping[_Place, Part]) -> bool:
    """Whether a value of a constraint comes or goes with the whole statement on its component."""
    return part.kind == "value" and ("region", part.path.partition("=")[0]) not in other


def _whole(change: str, part: Part) -> Row:
    impact, reason = part_rule(part, added=change == "added")
    told = _told(part.facts)
    gone = change == "removed"
    return Row(
        change, part.kind, part.path, "", told if gone else None, None if gone else told,
        impact, reason,
    )  # fmt: skip


def _told(facts: Mapping[str, str]) -> str:
    """The name of a part that appears or goes, else what it refers to, else nothing."""
    names = [text for name, text in facts.items() if name.startswith("name:")]
    english = facts.get("name:en") or (names[0] if names else None)
    return english or next((text for name, text in facts.items() if name.endswith(">")), "")


def _changed(left: Part, right: Part) -> Iterator[Row]:
    for name in dict.fromkeys((*left.facts, *right.facts)):
        old, new = left.facts.get(name), right.facts.get(name)
        if old == new:
            continue
        impact, reason = fact_rule(left, name, old, new)
        change = "added" if old is None else "removed" if new is None else "changed"
        yield Row(change, left.kind, left.path, name.rstrip(">"), old, new, impact, reason)


def _moved(before: Mapping[_Place, Part], after: Mapping[_Place, Part]) -> Iterator[Row]:
    """One row for each kind of part whose common members stand in another order."""
    for kind in dict.fromkeys(kind for kind, _ in before):
        old = [path for k, path in before if k == kind and (k, path) in after]
        new = [path for k, path in after if k == kind and (k, path) in before]
        if old == new or kind in {"attached", "value", "key"}:  # these are sets
            continue
        place = next(i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
        impact = Impact.MAJOR if kind == "dimension" else Impact.PATCH
        reason = (
            "keys of series are written in the order of the dimensions"
            if impact is Impact.MAJOR
            else "the order is for reading only"
        )
        yield Row("moved", kind, new[place], "", _listed(old), _listed(new), impact, reason)


_SHOWN = 20


def _listed(ids: Iterable[str]) -> str:
    listed = list(ids)
    rest = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + rest

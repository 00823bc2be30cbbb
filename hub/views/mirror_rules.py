"""The rules of pairing: which figures of two countries are laid beside each other.

They are data, ``dsd/mirror.yaml``; ``docs/mirror.md`` describes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import dsd
from codelists.text_yaml import DataFileError, read_yaml
from hub.model.findings import Severity
from hub.model.schema import StructureRef
from hub.views.rollup import Sum

__all__ = [
    "PARTNER",
    "REPORTER",
    "Alarm",
    "Comparison",
    "MirrorRules",
    "Side",
    "mirror_rules",
    "sums_of",
]

#: Stand in rules for the country at the other end, and for the one that reports.
PARTNER, REPORTER = "PARTNER", "REPORTER"


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a comparison: the figures of the country that reports, ``REF_AREA``.

    ``partner`` is the component that holds the other country. ``where`` gives the codes of other
    components, the one that is preferred first.
    """

    dataflow: StructureRef
    measure: str
    partner: str
    where: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ends of one flow. ``by_citizenship``: figures of the same citizenship are compared."""

    code: str
    from_: Side
    to: Side
    by_citizenship: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """From where on the intake tells of an asymmetry: both figures' mean, and the asymmetry."""

    asymmetry: Decimal
    mean: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class MirrorRules:
    """All rules of pairing."""

    comparisons: tuple[Comparison, ...]
    sums: tuple[Sum, ...]
    units: tuple[str, ...]
    alarm: Alarm

    @property
    def dataflows(self) -> tuple[StructureRef, ...]:
        """The dataflows that figures are taken from."""
        sides = [side for one in self.comparisons for side in (one.from_, one.to)]
        return tuple(dict.fromkeys(side.dataflow for side in sides))

    def measures(self, side: Side) -> tuple[str, ...]:
        """The measure of a side, and those that it may be added up of."""
        of_it = [s for s in self.sums if s.columns == ("MEASURE",) and s.total == (side.measure,)]
        return (side.measure, *(part[0] for one in of_it for part in one.parts))


@cache
def mirror_rules() -> MirrorRules:
    """The rules of the distribution. Raises ``DataFileError`` when their file is wrong."""
    path = Path(str(files(dsd).joinpath("mirror.yaml")))
    data = read_yaml(path, ("intake", "units", "sums", "comparisons"))
    given = data["intake"]
    return MirrorRules(
        comparisons=tuple(_comparison(code, one) for code, one in data["comparisons"].items()),
        sums=sums_of(data["sums"]),
        units=tuple(data["units"]),
        alarm=Alarm(
            Decimal(given["asymmetry"]), Decimal(given["mean"]), Severity(given["severity"])
        ),
    )


_SUM = {"columns", "total", "parts", "optional", "no_row_is_zero"}


def sums_of(given: Sequence[Mapping[str, Any]]) -> tuple[Sum, ...]:
    """Sums as a data file states them; ``DataFileError`` for a key that there is not."""
    found = []
    for one in given:
        if unknown := sorted(one.keys() - _SUM):
            raise DataFileError(f"a sum has no {', '.join(unknown)}")
        found.append(
            Sum(
                columns=tuple(one["columns"]),
                total=tuple(one["total"]),
                parts=tuple(map(tuple, one.get("parts", ()))),
                optional=tuple(map(tuple, one.get("optional", ()))),
                no_row_is_zero=tuple(one.get("no_row_is_zero", ())),
            )
        )
    return tuple(found)


def _comparison(code: str, given: Mapping[str, Any]) -> Comparison:
    return Comparison(
        code, _side(given["from"]), _side(given["to"]), given.get("by_citizenship", False)
    )


def _side(given: Mapping[str, Any]) -> Side:
    return Side(
        dataflow=StructureRef.parse(given["dataflow"]),
        measure=given["measure"],
        partner=given["partner"],
        where={c: tuple(codes) for c, codes in given.get("where", {}).items()},
    )

"""What the hub's list of areas says of a code: what it is, and when it existed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import codelists

__all__ = ["Area", "areas", "by_alpha2", "without_nationals"]

_LIST = "CL_AREA"
#: Kinds of codes that are countries or territories, present or past.
_COUNTRIES = ("area", "withdrawn")


@dataclass(frozen=True, slots=True)
class Area:
    """A country or territory; ``first`` and ``last`` day it existed as ISO 8601 dates or ``""``."""

    code: str
    name: str
    first: str
    last: str


@cache
def areas() -> Mapping[str, Area]:
    """Countries and territories by alpha-3 code, dissolved ones included; no groups or totals."""
    folder = next(path for path in codelists.folders() if path.name == _LIST)
    found = {}
    for code in codelists.read(folder):
        said = {note.id: str(note.title) for note in code.annotations}
        if said.get("KIND") in _COUNTRIES:
            name = code.name.localizations["en"]
            found[code.id] = Area(
                code.id, name, said.get("VALID_FROM", ""), said.get("VALID_TO", "")
            )
    return found


@cache
def by_alpha2() -> Mapping[str, str]:
    """Alpha-3 codes of the areas of today by their two-letter code of ISO 3166-1."""
    folder = next(path for path in codelists.folders() if path.name == _LIST)
    found = {}
    for code in codelists.read(folder):
        said = {note.id: str(note.title) for note in code.annotations}
        if said.get("KIND") == "area" and said.get("ISO2"):
            found[said["ISO2"]] = code.id
    return found


@cache
def without_nationals() -> Mapping[str, str]:
    """Areas that nobody can be a national of or come from, with the reason."""
    path = Path(__file__).with_name("areas_without_nationals.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["reason"] for row in csv.DictReader(file, strict=True)}

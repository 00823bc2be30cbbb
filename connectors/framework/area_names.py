"""Names of countries and territories in a language, for the label maps of all sources.

The names are those of the codelist of areas, and the spellings in ``spellings/<language>.csv``
that publishers write for them. Names of groups, and of areas that no longer exist, stand in no
shared list: what a publisher means by them is for the map of its source to say.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import codelists
from codelists.text_yaml import DataFileError
from connectors.framework.labels import LEAF, Entry, LabelKind, LabelMap
from connectors.framework.text import normalise

__all__ = ["area_names", "completed"]

_SPELLINGS = Path(__file__).with_name("spellings")


@cache
def area_names(language: str) -> Mapping[str, str]:
    """Alpha-3 codes of present countries and territories by their names in ``language``.

    Raises ``DataFileError`` when one name stands for two areas.
    """
    folder = next(path for path in codelists.folders() if path.name == "CL_AREA")
    found: dict[str, str] = {}
    codes = set()
    for code in codelists.read(folder):
        said = {note.id: str(note.title) for note in code.annotations}
        if said.get("KIND") == "area":
            codes.add(code.id)
            _add(found, code.name.localizations[language], code.id)
    path = _SPELLINGS / f"{language}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            if row["code"] not in codes:
                raise DataFileError(f"{path.name}: {row['code']} is no area")
            _add(found, row["label"], row["code"])
    return found


def _add(found: dict[str, str], name: str, code: str) -> None:
    if found.setdefault(normalise(name), code) != code:
        raise DataFileError(f"{name!r} is the name of {code} and of {found[normalise(name)]}")


def completed(own: LabelMap | None, name: str, given: Mapping[str, str], root: Path) -> LabelMap:
    """The map ``own`` with further labels that it says nothing about itself.

    ``given`` says which: ``from``, the source under ``root`` that has a map ``name``; or
    ``areas``, a language whose names of areas are codes of ``component``, with further codes that
    every area has (``MEASURE: STOCK_FB``).
    """
    kept = own.entries if own else ()
    said = {normalise(entry.label) for entry in kept}
    if "from" in given:
        other = LabelMap.read(root / given["from"] / f"{name}.csv")
        more, components = other.entries, other.components
    else:
        also = {key: code for key, code in given.items() if key.isupper()}
        components = (given["component"], *also)
        more = tuple(
            Entry(label, "", LEAF, LabelKind.AREA, {given["component"]: code, **also})
            for label, code in area_names(given["areas"]).items()
        )
    entries = (*kept, *(entry for entry in more if normalise(entry.label) not in said))
    names = dict.fromkeys((*(own.components if own else ()), *components))
    return LabelMap(f"{name}.csv", names, entries)

"""From the folders of this package to sdmx1 codelists.

``codes.csv`` is UTF-8, its first row names the columns:

``code`` (unique), ``parent`` (a code of the same list, or empty), ``name_<language>``,
``description_<language>``, ``valid_from`` and ``valid_to`` (ISO 8601 dates: first and last day on
which the thing the code stands for existed), and any column that ``codelist.yaml`` declares under
``annotations``. Cells are text and stay text: the alpha-2 code of Namibia is ``NA``.

Validity and the declared columns become annotations whose id and type is the declared name
(``VALID_FROM``, ``VALID_TO``, ``M49`` ...) and whose title is the value. SDMX 2.1 Section 2,
Codelist and Annotation.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import sdmx.urn
from sdmx.model import v21
from sdmx.model.common import Agency, Code, Codelist

from codelists.text_yaml import DataFileError, read_yaml

__all__ = ["LANGUAGES", "agency", "folders", "load", "read"]

#: Languages of names, in the order in which they are stated.
LANGUAGES = ("en", "es", "fr", "nl")

_ROOT = Path(__file__).resolve().parent
_REQUIRED = ("agency", "id", "version", "final", "names")
_OPTIONAL = ("descriptions", "annotations")
_PLAIN_COLUMNS = {
    "code",
    "parent",
    "valid_from",
    "valid_to",
    *(f"name_{language}" for language in LANGUAGES),
    *(f"description_{language}" for language in LANGUAGES),
}
#: SDMX 2.1 ``IDType``.
_ID = re.compile(r"^[A-Za-z0-9_@$\-]+$")


def folders() -> list[Path]:
    """Folders of the shipped codelists, sorted by name."""
    return sorted(path.parent for path in _ROOT.glob("*/codelist.yaml"))


def load() -> list[Codelist]:
    """All shipped codelists, as new objects.

    Raises ``DataFileError`` when a data file is wrong.
    """
    return [read(folder) for folder in folders()]


def read(folder: Path) -> Codelist:
    """The codelist that ``folder`` describes.

    Raises ``DataFileError`` naming file and row: an unknown column or key, a code that is empty,
    malformed or given twice, a parent that is not a code, a cycle of parents, a missing name in
    English or Spanish, a date that is none.
    """
    header = read_yaml(folder / "codelist.yaml", _REQUIRED, _OPTIONAL)
    annotations: Mapping[str, str] = header.get("annotations") or {}
    codelist = Codelist(
        id=header["id"],
        version=header["version"],
        name=header["names"],
        description=header.get("descriptions") or {},
        is_final=header["final"],
        is_external_reference=False,
        is_partial=False,
        maintainer=agency(header["agency"]),
    )
    codelist.urn = sdmx.urn.make(codelist)
    path = folder / "codes.csv"
    parents: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, restkey="", strict=True)
        _check_columns(path, rows.fieldnames or (), annotations)
        for row in rows:
            where = f"{path.parent.name}/{path.name}, row {rows.line_num}"
            code = _code(where, row, annotations)
            if code.id in codelist.items:
                raise DataFileError(f"{where}: the code {code.id!r} is given twice")
            codelist.items[code.id] = code
            if row.get("parent"):
                parents[code.id] = row["parent"]
    _attach(codelist, parents)
    return codelist


def _check_columns(path: Path, columns: Iterable[str], annotations: Mapping[str, str]) -> None:
    given = list(columns)
    unknown = set(given) - _PLAIN_COLUMNS - set(annotations)
    absent = ({"code", "name_en", "name_es"} | set(annotations)) - set(given)
    if unknown or absent or len(set(given)) != len(given):
        raise DataFileError(
            f"{path.parent.name}/{path.name}: columns nobody knows {sorted(unknown)}, "
            f"columns that are missing {sorted(absent)}; each column may stand once"
        )


def _code(where: str, row: Mapping[str, str], annotations: Mapping[str, str]) -> Code:
    if "" in row or None in row.values():
        raise DataFileError(f"{where}: the row has more or fewer cells than the header")
    if not _ID.match(row["code"]):
        raise DataFileError(f"{where}: {row['code']!r} is not an id")
    for name in ("name_en", "name_es"):
        if not row[name]:
            raise DataFileError(f"{where}: {row['code']} has no {name}")
    return Code(
        id=row["code"],
        name=_texts(row, "name"),
        description=_texts(row, "description"),
        annotations=[
            v21.Annotation(id=id_, type=id_, title=value)
            for id_, value in _annotated(where, row, annotations)
        ],
    )


def _texts(row: Mapping[str, str], field: str) -> dict[str, str]:
    return {
        language: text for language in LANGUAGES if (text := row.get(f"{field}_{language}", ""))
    }


def _annotated(
    where: str, row: Mapping[str, str], annotations: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    for column, id_ in (("valid_from", "VALID_FROM"), ("valid_to", "VALID_TO")):
        if value := row.get(column):
            try:
                date.fromisoformat(value)
            except ValueError:
                raise DataFileError(f"{where}: {column} {value!r} is not a date") from None
            yield id_, value
    for column, id_ in annotations.items():
        if value := row[column]:
            yield id_, value


def _attach(codelist: Codelist, parents: Mapping[str, str]) -> None:
    """Link codes with their parents; a code without one belongs to the list itself."""
    for id_, code in codelist.items.items():
        if id_ not in parents:
            code.parent = codelist
            continue
        parent = codelist.items.get(parents[id_])
        if parent is None:
            raise DataFileError(f"{codelist.id}: the parent {parents[id_]!r} of {id_} is no code")
        code.parent = parent
        parent.child.append(code)
    for id_ in parents:
        seen = {id_}
        while (id_ := parents.get(id_, "")) != "":
            if id_ in seen:
                raise DataFileError(f"{codelist.id}: the code {id_} is its own ancestor")
            seen.add(id_)


@cache
def agency(id: str) -> Agency:
    """The agency ``id`` as a maintainer (one shared object per id; do not change it)."""
    return Agency(id=id)

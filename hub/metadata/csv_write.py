"""Metadata messages of SDMX-CSV 2.0 and 2.1: a row for each set, a column for each attribute.

An attribute below another has a dotted path; ``[]`` behind an id says that it is there several
times, ``[en;es]`` in which languages. The format has no place for the names, descriptions and
annotations of a set. Source: SDMX-CSV, metadata message field guide.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.errors import NotImplementedByHub
from hub.metadata.model import MetadataSet
from hub.metadata.subfields import SEPARATOR, join, joined_texts, quoted
from hub.model.dataset import Header
from hub.structures.kinds import KINDS, parse_urn
from hub.structures.shapes import Tree

__all__ = ["ACTIONS", "CUSTOM", "write20", "write21"]

#: Columns of our own, as the format allows them: facts of a set that it has no column for.
CUSTOM = ("reportingBegin", "reportingEnd", "publicationYear", "publicationPeriod", "validFrom",
          "validTo")  # fmt: skip
#: Letters of the column ACTION.
ACTIONS = {"I": "Information", "A": "Append", "R": "Replace", "D": "Delete", "M": "Merge"}

_Path = tuple[str, ...]


@dataclass
class _Column:
    """An attribute: the level of its path that is there several times, and its languages."""

    repeated: int | None = None
    languages: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cell:
    """One reported value: which instance it is at each level of its path, and what it says."""

    instances: tuple[int, ...]
    attribute: Tree


def write20(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A metadata message of SDMX-CSV 2.0 with ``sets``.

    Raises ``NotImplementedByHub`` for targets that are items and for attributes that are there
    several times within others that are.
    """
    return _write(list(sets), actions=True)


def write21(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A metadata message of SDMX-CSV 2.1; errors as :func:`write20`."""
    return _write(list(sets), actions=False)


def _write(sets: list[MetadataSet], *, actions: bool) -> bytes:
    flat = [_flat(one) for one in sets]
    columns = _columns(flat)
    custom = [name for name in CUSTOM if any(name in one.tree for one in sets)]
    partial = any("isPartialLanguage" in one.tree for one in sets)
    several = any(len(one.targets) > 1 for one in sets) or any(
        c.repeated is not None or c.languages for c in columns.values()
    )
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([
        f"MDSTRUCTURE[{SEPARATOR}]" if several else "MDSTRUCTURE", "MDSTRUCTURE_ID",
        "METADATASET_ID", *(["ACTION"] if actions else []),
        *(["IS_PARTIAL_LANGUAGE"] if partial else []), "TARGET_TYPES", "TARGET_IDS",
        *(_title(path, column) for path, column in columns.items()), *custom,
    ])  # fmt: skip
    for one, cells in zip(sets, flat, strict=True):
        writer.writerow([
            *_identity(one), *([_letter(one)] if actions else []),
            *([str(bool(one.tree.get("isPartialLanguage"))).lower()] if partial else []),
            *_targets(one),
            *(_text(cells, path, column) for path, column in columns.items()),
            *(one.tree.get(name, "") for name in custom),
        ])  # fmt: skip
    return out.getvalue().encode()


def _letter(one: MetadataSet) -> str:
    action = one.tree.get("action", "Information")
    return next(letter for letter, name in ACTIONS.items() if name == action)


def _identity(one: MetadataSet) -> tuple[str, str, str]:
    agreement = one.agreement
    if agreement is not None:
        return "metadataprovision", str(agreement.ref), str(one.ref)
    return "metadataflow", str(one.flow), str(one.ref)


def _targets(one: MetadataSet) -> tuple[str, str]:
    types, ids = [], []
    for urn in one.targets:
        try:
            key, path = parse_urn(urn)
        except ValueError:
            key, path = None, ""
        if key is None or path:
            raise NotImplementedByHub(
                f"SDMX-CSV names whole artefacts only; {one.ref} is about {urn}: take SDMX-JSON or "
                "SDMX-ML."
            )
        types.append(KINDS[key.kind].v2 or key.kind)
        ids.append(str(key.ref))
    return SEPARATOR.join(types), SEPARATOR.join(ids)


def _flat(one: MetadataSet) -> dict[_Path, list[_Cell]]:
    """All reported attributes by path, in document order."""
    found: dict[_Path, list[_Cell]] = {}
    _collect(one.attributes, (), (), found)
    return found


def _collect(
    attributes: list[Tree],
    path: _Path,
    instances: tuple[int, ...],
    found: dict[_Path, list[_Cell]],
) -> None:
    seen: dict[str, int] = defaultdict(int)
    for one in attributes:
        here, place = (*path, one["id"]), (*instances, seen[one["id"]])
        seen[one["id"]] += 1
        found.setdefault(here, []).append(_Cell(place, one))
        _collect(one.get("attributes", []), here, place, found)


def _columns(flat: list[dict[_Path, list[_Cell]]]) -> dict[_Path, _Column]:
    order: list[_Path] = []
    for cells in flat:
        at = 0
        for path in cells:  # a path that is new goes behind the one before it
            if path in order:
                at = order.index(path) + 1
            else:
                order.insert(at, path)
                at += 1
    columns = {path: _column(path, flat) for path in order}
    return {
        path: column
        for path, column in columns.items()
        if any(_says(c.attribute) for cells in flat for c in cells.get(path, ()))
    }


def _says(attribute: Tree) -> bool:
    return "value" in attribute or "texts" in attribute


def _column(path: _Path, flat: list[dict[_Path, list[_Cell]]]) -> _Column:
    column = _Column()
    # Instances of a level count also where this attribute is not among what they report.
    levels = [
        level
        for level in range(len(path))
        if any(cell.instances[-1] for cells in flat for cell in cells.get(path[: level + 1], ()))
    ]
    if len(levels) > 1:
        raise NotImplementedByHub(
            f"The hub writes no SDMX-CSV of {'.'.join(path)}, of which there are several within "
            "several: take SDMX-JSON or SDMX-ML."
        )
    column.repeated = levels[0] if levels else None
    for cells in flat:
        for cell in cells.get(path, ()):
            column.languages.update(dict.fromkeys(cell.attribute.get("texts", ())))
    return column


def _title(path: _Path, column: _Column) -> str:
    ids = [f"{id_}[]" if level == column.repeated else id_ for level, id_ in enumerate(path)]
    languages = f"[{SEPARATOR.join(column.languages)}]" if column.languages else ""
    return ".".join(ids) + languages


def _text(cells: dict[_Path, list[_Cell]], path: _Path, column: _Column) -> str:
    given = cells.get(path, [])
    if column.repeated is None:
        return _value(given[0].attribute, column) if given else ""
    level = column.repeated
    instances = len(cells.get(path[: level + 1], ()))
    by_instance = {cell.instances[level]: cell.attribute for cell in given}
    return join(_instance(by_instance.get(n), column) for n in range(instances))


def _value(attribute: Tree, column: _Column) -> str:
    if "texts" in attribute:
        return joined_texts(attribute["texts"])
    if "value" not in attribute:
        return ""
    return quoted(attribute["value"]) if column.languages else str(attribute["value"])


def _instance(attribute: Tree | None, column: _Column) -> str:
    if attribute is None or not _says(attribute):
        return ""
    if "texts" in attribute:
        return quoted(joined_texts(attribute["texts"]), always=True)
    # Among texts a value is quoted twice, so that it is not taken for a list of them.
    value = quoted(attribute["value"])
    return (
        quoted(quoted(attribute["value"], always=True), always=True) if column.languages else value
    )

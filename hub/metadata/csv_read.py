"""Metadata sets out of the metadata messages of SDMX-CSV 2.0 and 2.1.

Columns with names (``labels=name``) are for people and are not read. The inverse of
:mod:`hub.metadata.csv_write`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.metadata.csv_write import ACTIONS, CUSTOM
from hub.metadata.model import MetadataSet
from hub.metadata.subfields import split
from hub.query.structure import V2_TYPES
from hub.structures.kinds import KINDS
from hub.structures.shapes import Tree

__all__ = ["read20", "read21"]

_FIRST = re.compile(r"^MDSTRUCTURE(?:\[(?P<sub>[^\]]+)\])?$")
_LABELS = {"MDSTRUCTURE_NAME", "METADATASET_NAME", "TARGET_NAMES"}
_NEEDED = ("MDSTRUCTURE_ID", "METADATASET_ID", "TARGET_TYPES", "TARGET_IDS")
_KNOWN = {*_NEEDED, "ACTION", "IS_PARTIAL_LANGUAGE"}
_PART = re.compile(r"(?P<id>[A-Za-z0-9_@$-]+)(?P<several>\[\])?")
_REF = re.compile(r"^(?P<agency>[A-Za-z][\w.-]*):(?P<id>[\w@$-]+)(?:\((?P<version>[\w.+-]+)\))?$")
_STRUCTURES = {
    "metadataflow": ("metadataflow", "metadatastructure.Metadataflow"),
    "metadataprovision": (
        "metadataProvisionAgreement",
        "registry.MetadataProvisionAgreement",
    ),
}
_URN = "urn:sdmx:org.sdmx.infomodel."
_DEEPEST = 50


@dataclass(frozen=True)
class _Column:
    """A column of an attribute: the ids of its path, which of them repeats, its languages."""

    path: tuple[str, ...]
    repeated: int | None
    languages: bool


def read20(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-CSV 2.0.

    Raises ``RequestSyntaxError``, with the row, when it is none.
    """
    return _read(source)


def read21(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-CSV 2.1; errors as :func:`read20`."""
    return _read(source)


def _read(source: bytes | Path) -> list[MetadataSet]:
    data = source.read_bytes() if isinstance(source, Path) else source
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestSyntaxError("The message is not in UTF-8. Save it as CSV UTF-8.") from None
    first = re.match(r'"?MDSTRUCTURE(?:\[[^\]]+\])?"?(?P<separator>[^A-Za-z0-9_\[])', text)
    if first is None:
        raise RequestSyntaxError("A metadata message of SDMX-CSV begins with MDSTRUCTURE.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=first["separator"], strict=True)
    try:
        header = next(rows)
        found = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise RequestSyntaxError(f"The message is not CSV: {error}.") from None
    match = _FIRST.match(header[0])
    if match is None:
        raise RequestSyntaxError(f"The first column is {header[0][:40]!r}, not MDSTRUCTURE.")
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise RequestSyntaxError(f"The message has no column {missing[0]}.")
    sub = match["sub"] or ";"
    columns = _columns(header, sub)
    return [_set(header, columns, row, n, sub) for n, (_, row) in enumerate(found, 2)]


def _columns(header: Sequence[str], sub: str) -> dict[int, _Column]:
    twice = next((name for name, number in Counter(header).items() if number > 1), None)
    if twice is not None:
        raise RequestSyntaxError(f"The column {twice} is there twice.")
    skip = _KNOWN | _LABELS | set(CUSTOM)
    return {
        place: _column(name, sub) for place, name in enumerate(header) if place and name not in skip
    }


def _column(name: str, sub: str) -> _Column:
    path, repeated, languages = [], [], False
    parts = name.split(".")
    if len(parts) > _DEEPEST:
        raise RequestSyntaxError(f"The path {name[:40]!r}... has more than {_DEEPEST} levels.")
    for level, part in enumerate(parts):
        found = _PART.match(part)
        if found is None:
            raise RequestSyntaxError(f"{name!r} is not the path of a metadata attribute.")
        rest = part[found.end() :]
        if rest and (level < len(parts) - 1 or not re.fullmatch(r"\[[^\]]+\]", rest)):
            raise RequestSyntaxError(f"{name!r} is not the path of a metadata attribute.")
        languages = bool(rest)
        path.append(found["id"])
        if found["several"]:
            repeated.append(level)
    if len(repeated) > 1:
        raise RequestSyntaxError(
            f"{name!r} is there several times within what is: send SDMX-JSON or SDMX-ML."
        )
    return _Column(tuple(path), repeated[0] if repeated else None, languages)


def _set(
    header: Sequence[str], columns: dict[int, _Column], row: Sequence[str], number: int, sub: str
) -> MetadataSet:
    if len(row) != len(header):
        raise RequestSyntaxError(
            f"row {number}: it has {len(row)} fields and the header {len(header)}."
        )
    given = dict(zip(header, row, strict=True))
    if row[0] not in _STRUCTURES:
        raise RequestSyntaxError(
            f"row {number}: MDSTRUCTURE is metadataflow or metadataprovision, not {row[0]!r}."
        )
    key, cls = _STRUCTURES[row[0]]
    agency, id_, version = _ref(given["METADATASET_ID"], "METADATASET_ID", number)
    tree: Tree = {
        "agencyID": agency,
        "id": id_,
        "version": version,
        key: _urn(cls, given["MDSTRUCTURE_ID"], "MDSTRUCTURE_ID", number),
        "targets": list(_targets(given, number, sub)),
        "isPartialLanguage": given.get("IS_PARTIAL_LANGUAGE", "").lower() == "true",
    }
    if given.get("ACTION"):
        if given["ACTION"] not in ACTIONS:
            raise RequestSyntaxError(f"row {number}: there is no action {given['ACTION']!r}.")
        if given["ACTION"] != "I":
            tree["action"] = ACTIONS[given["ACTION"]]
    tree |= {name: given[name] for name in CUSTOM if given.get(name)}
    attributes: list[Tree] = []
    for place, column in columns.items():
        if row[place]:
            _enter(attributes, column, row[place], sub)
    tree["attributes"] = attributes
    return MetadataSet.of(tree)


def _ref(text: str, column: str, number: int) -> tuple[str, str, str]:
    match = _REF.match(text.strip())
    if match is None:
        raise RequestSyntaxError(f"row {number}: {column} is AGENCY:ID(VERSION), and not {text!r}.")
    return match["agency"], match["id"], match["version"] or "1.0"


def _urn(cls: str, text: str, column: str, number: int) -> str:
    agency, id_, version = _ref(text, column, number)
    return f"{_URN}{cls}={agency}:{id_}({version})"


def _targets(given: dict[str, str], number: int, sub: str) -> Iterator[str]:
    types, ids = given["TARGET_TYPES"].split(sub), given["TARGET_IDS"].split(sub)
    if len(types) != len(ids):
        raise RequestSyntaxError(
            f"row {number}: there are {len(types)} types of targets and {len(ids)} targets."
        )
    for type_, id_ in zip(types, ids, strict=True):
        kinds = V2_TYPES.get(type_.strip().lower())
        if not kinds:
            raise RequestSyntaxError(f"row {number}: there is no artefact type {type_!r}.")
        kind = KINDS["codelist" if "codelist" in kinds else next(iter(kinds))]
        yield _urn(f"{kind.package}.{kind.type_in_urn3}", id_, "TARGET_IDS", number)


def _enter(attributes: list[Tree], column: _Column, cell: str, sub: str) -> None:
    if column.repeated is None:
        _say(_at(attributes, column.path, None, 0), cell, column, sub)
        return
    for number, (language, text, in_quotes) in enumerate(split(cell, sub)):
        whole = f"{language}:{text}" if language else text
        if whole or in_quotes:
            one = _at(attributes, column.path, column.repeated, number)
            _say(one, whole, column, sub)


def _at(attributes: list[Tree], path: tuple[str, ...], repeated: int | None, number: int) -> Tree:
    """The attribute at a path, instance ``number`` at the level that is repeated; made if new."""
    here, found = attributes, {}
    for level, id_ in enumerate(path):
        wanted = number if level == repeated else 0
        same = [one for one in here if one["id"] == id_]
        while len(same) <= wanted:
            last = max((n for n, one in enumerate(here) if one["id"] == id_), default=len(here) - 1)
            same.append({"id": id_})
            here.insert(last + 1, same[-1])
        found = same[wanted]
        if level < len(path) - 1:
            here = found.setdefault("attributes", [])
    return found


def _say(attribute: Tree, cell: str, column: _Column, sub: str) -> None:
    if not column.languages:
        attribute["value"] = cell
        return
    texts: dict[str, str] = {}
    for language, text, _ in split(cell, sub):
        if not language:
            attribute["value"] = text
        else:
            texts[language] = text
    if texts:
        attribute["texts"] = texts

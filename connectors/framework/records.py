"""``records.yaml``: a register of single crossings, and which counts of it may leave its office.

Such a source has a row for each crossing of a person. It is read where it lies, by
``mighub connectors records``; only a message of counts comes out, after the disclosure rule of the
record. It is no connector that a hub could be sent files of.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codelists.text_yaml import DataFileError, read_yaml
from connectors.framework.labels import LabelMap
from hub.disclosure import Rule
from hub.errors import HubError, NotFound
from hub.model.schema import StructureRef

__all__ = ["AgeBands", "Register", "Registers"]

_HEAD = 1 << 16
_ROOT = Path(__file__).resolve().parent.parent
_REQUIRED = (
    "title", "publisher", "provider", "dataflow", "provision_agreement", "licence", "layouts",
    "personal", "moment", "once", "columns", "fixed", "tables", "sample",
)  # fmt: skip
_OPTIONAL = ("ages", "disclosure", "csv", "ignored", "notes")


@dataclass(frozen=True, slots=True)
class AgeBands:
    """Ages at the crossing: the column of births and the codes of bands by their first age.

    The first band begins with 0. ``unknown`` is the code where no date of birth is given.
    """

    column: str
    starts: tuple[int, ...]
    codes: tuple[str, ...]
    unknown: str


@dataclass(frozen=True)
class Register:
    """What is known about a register without opening a file of it.

    ``personal`` are the columns that say who somebody is: they are not read, except those among
    ``once`` (what makes a crossing one and the same), of which a keyed hash is made in memory, and
    the dates of birth. ``moment`` is the column of date and time, ``columns`` gives for others the
    label map that codes them. ``ignored`` are columns that say nothing about the counts, with the
    reason. ``tables`` are the breakdowns that are published, each a list of components; what it
    does not name is ``_T``. ``disclosure`` is the rule for what leaves, ``None`` where the office
    answers for it otherwise.
    """

    id: str
    folder: Path
    title: Mapping[str, str]
    publisher: Mapping[str, str]
    provider: str
    dataflow: StructureRef
    provision_agreement: StructureRef
    licence: str
    layouts: tuple[str, ...]
    personal: tuple[str, ...]
    moment: str
    once: tuple[str, ...]
    columns: Mapping[str, str]
    fixed: Mapping[str, str]
    tables: tuple[tuple[str, ...], ...]
    sample: Mapping[str, str]
    ages: AgeBands | None = None
    disclosure: Rule | None = None
    delimiter: str = ","
    encoding: str = "utf-8"
    ignored: Mapping[str, str] | None = None
    notes: Mapping[str, str] | None = None

    @cached_property
    def maps(self) -> dict[str, LabelMap]:
        """The label map of each coded column. Raises ``DataFileError``."""
        return {
            column: LabelMap.read(self.folder / f"{name}.csv")
            for column, name in self.columns.items()
        }

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that are read."""
        born = (self.ages.column,) if self.ages else ()
        return tuple(dict.fromkeys((self.moment, *self.columns, *born, *self.once)))

    @property
    def known(self) -> frozenset[str]:
        """All columns that a file may have."""
        return frozenset({*self.used, *self.personal, *(self.ignored or ())})

    def samples(self) -> list[Path]:
        """The shipped extracts, sorted by name."""
        return sorted((self.folder / "sample").glob("*.csv"))


class Registers:
    """The registers under a folder: ``<iso3>/<source>/records.yaml``."""

    def __init__(self, root: Path = _ROOT) -> None:
        self.root = root

    @cached_property
    def _found(self) -> dict[str, Path]:
        folders = sorted(path.parent for path in self.root.glob("*/*/records.yaml"))
        return {f"{folder.parent.name}/{folder.name}": folder for folder in folders}

    def ids(self) -> tuple[str, ...]:
        """Ids, ``<iso3>/<source>``, sorted."""
        return tuple(self._found)

    def get(self, id: str) -> Register:
        """The register ``id``. Raises ``NotFound``, ``DataFileError`` when its record is wrong."""
        if id not in self._found:
            known = ", ".join(self._found)
            raise NotFound(f"There is no register {id!r}; there are: {known}")
        return _read(self._found[id], id)

    def match(self, path: Path) -> str | None:
        """The register of which a file (CSV, or Parquet) is an extract, by its columns."""
        head = path.open("rb").read(_HEAD)
        if head.startswith(b"PAR1"):
            try:
                names = set(pq.read_schema(path).names)
            except (pa.ArrowInvalid, OSError):  # only its beginning is there
                return None
            return next((id_ for id_ in self.ids() if names.issuperset(self.get(id_).used)), None)
        line = head.splitlines()[0] if head.splitlines() else b""
        for id_ in self.ids():
            record = self.get(id_)
            text = line.decode(record.encoding, "replace").removeprefix("\ufeff")
            if set(next(csv.reader([text], delimiter=record.delimiter), [])) >= set(record.used):
                return id_
        return None


def _read(folder: Path, id_: str) -> Register:
    given = read_yaml(folder / "records.yaml", _REQUIRED, _OPTIONAL)
    form = given.pop("csv", {})
    try:
        given |= {
            "dataflow": StructureRef.parse(given["dataflow"]),
            "provision_agreement": StructureRef.parse(given["provision_agreement"]),
            "ages": _ages(given["ages"]) if "ages" in given else None,
            "disclosure": Rule.parse(given["disclosure"]) if "disclosure" in given else None,
            "tables": tuple(tuple(table) for table in given["tables"]),
            **{name: tuple(given[name]) for name in ("layouts", "personal", "once")},
        }
        found = Register(id=id_, folder=folder, **given, **form)
        _check(found)
    except (KeyError, TypeError, ValueError, AttributeError, HubError) as error:
        raise DataFileError(f"{id_}/records.yaml: {error}") from error
    return found


def _ages(given: Mapping[str, Any]) -> AgeBands:
    bands: Mapping[str, str] = given["bands"]
    starts = tuple(int(first) for first in bands.values())
    if starts[0] != 0 or list(starts) != sorted(set(starts)):
        raise ValueError("ages: the bands begin with 0 and rise")
    return AgeBands(given["column"], starts, tuple(bands), given["unknown"])


def _check(record: Register) -> None:
    """The breakdowns are of components that columns or ages give."""
    made = {c for labels in record.maps.values() for c in labels.components}
    if record.ages:
        made.add("AGE")
    _subset("tables", [c for table in record.tables for c in table], made)
    counted = made & set(record.fixed)
    if counted:
        raise ValueError(f"given by columns and fixed: {sorted(counted)}")


def _subset(what: str, named: Sequence[str], known: set[str]) -> None:
    unknown = set(named) - known
    if unknown:
        raise ValueError(f"{what}: {sorted(unknown)} come from no column")

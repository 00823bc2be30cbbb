"""What a reader chose on a dataset's page, as its URL says it, and the same as SDMX queries.

A page's URL is its state: ``c[REF_AREA]=MEX,DOM`` or repeated ``c[REF_AREA]=MEX&c[REF_AREA]=DOM``
(what a form sends), ``from`` and ``to`` (years), ``by`` (the dimension a chart compares), ``page``
(of series) and ``span`` (of periods, the latest being 1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from werkzeug.datastructures import MultiDict

from hub.errors import RequestSyntaxError
from hub.messages.formats import Format, Kind, formats
from hub.model.schema import DataSchema, StructureRef

__all__ = ["Download", "Selection", "downloads", "page_path", "query_v1", "query_v2"]


@dataclass(frozen=True)
class Selection:
    """A reader's choice. ``choice`` has an entry only for restricted dimensions."""

    choice: Mapping[str, frozenset[str]]
    first_year: int | None = None
    last_year: int | None = None
    by: str | None = None
    page: int = 1
    span: int = 1

    @classmethod
    def read(cls, args: MultiDict[str, str], schema: DataSchema) -> Selection:
        """The choice in a URL.

        Raises ``RequestSyntaxError`` for a dimension the dataflow does not have or a number that
        is none. Codes are not checked: one that does not occur selects nothing, and the page
        says so.
        """
        choice: dict[str, frozenset[str]] = {}
        for name in args:
            if not (name.startswith("c[") and name.endswith("]")):
                continue
            dimension = name[2:-1]
            _known(dimension, schema)
            codes = frozenset(c for v in args.getlist(name) for c in v.split(",") if c)
            if codes:
                choice[dimension] = codes
        by = args.get("by") or None
        if by is not None:
            _known(by, schema)
        return cls(
            choice,
            _number(args, "from", 1),
            _number(args, "to", 1),
            by,
            _number(args, "page", 1) or 1,
            _number(args, "span", 1) or 1,
        )

    @property
    def start(self) -> datetime | None:
        """Instant the observations chosen begin at or after."""
        return None if self.first_year is None else datetime(self.first_year, 1, 1)

    @property
    def end(self) -> datetime | None:
        """Instant the observations chosen end at or before."""
        return None if self.last_year is None else datetime(self.last_year + 1, 1, 1)

    def arguments(self, **changed: object) -> dict[str, list[str]]:
        """The choice as URL arguments; ``changed`` replaces ``by``, ``page`` or ``span``.

        A changed choice starts on the first page: only a change of ``page`` or ``span`` keeps
        the other of the two.
        """
        args = {f"c[{d}]": sorted(codes) for d, codes in sorted(self.choice.items())}
        rest: dict[str, object] = {
            "from": self.first_year, "to": self.last_year, "by": self.by,
            "page": self.page if self.page > 1 else None,
            "span": self.span if self.span > 1 else None,
        }  # fmt: skip
        rest.update(changed)
        args.update({k: [str(v)] for k, v in rest.items() if v is not None})
        return args


def _known(dimension: str, schema: DataSchema) -> None:
    if dimension not in schema.series_key:
        raise RequestSyntaxError(
            f"{dimension!r} is not a dimension of {schema.dataflow}. "
            f"Its dimensions are {', '.join(schema.series_key)}."
        )


def _number(args: Mapping[str, str], name: str, least: int) -> int | None:
    text = args.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
        raise RequestSyntaxError(f"{name}={text!r} is not a whole number from {least} up.")
    if name in {"from", "to"} and int(text) > 9998:
        raise RequestSyntaxError(f"{name}={text!r} is not a year.")
    return int(text)


def page_path(ref: StructureRef) -> str:
    """Path of a dataset's page."""
    return f"/data/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}"


def query_v1(selection: Selection, schema: DataSchema) -> str:
    """The choice as a query of REST 1.5 (path and parameters under the service's root)."""
    ref = schema.dataflow
    parts = ["+".join(sorted(selection.choice.get(d, ()))) for d in schema.series_key]
    key = ".".join(parts) if selection.choice else "all"
    path = f"/sdmx/v1/data/{ref.agency},{ref.id},{ref.version}/{key}"
    bounds = [("startPeriod", selection.first_year), ("endPeriod", selection.last_year)]
    return _with(path, [f"{name}={year:04d}" for name, year in bounds if year is not None])


def query_v2(selection: Selection, schema: DataSchema) -> str:
    """The choice as a query of REST 2.2."""
    ref = schema.dataflow
    path = f"/sdmx/v2/data/dataflow/{ref.agency}/{ref.id}/{ref.version}/*"
    given = [
        f"c[{d}]={','.join(sorted(selection.choice[d]))}"
        for d in schema.series_key
        if d in selection.choice
    ]
    bounds = [("ge", selection.first_year), ("le", selection.last_year)]
    times = [f"{operator}:{year:04d}" for operator, year in bounds if year is not None]
    if times and schema.time is not None:
        given.append(f"c[{schema.time.id}]={'+'.join(times)}")
    return _with(path, given)


def _with(path: str, given: list[str]) -> str:
    return path + ("?" + "&".join(given) if given else "")


@dataclass(frozen=True, slots=True)
class Download:
    """A link to the chosen data in one format."""

    format: Format
    path: str


#: What readers ask for first.
_FAMILIES = ("xlsx", "sdmx-csv", "sdmx-json", "sdmx-ml", "parquet", "arrow")


def downloads(selection: Selection, schema: DataSchema) -> list[Download]:
    """One link per format the hub writes, on the interface that the format belongs to."""
    found = []
    for chosen in sorted(formats(Kind.DATA), key=_family):
        if chosen.writer is None:
            continue
        is_v1 = re.search(r";version=(1\.|2\.1$)", chosen.media_type) is not None
        base = (query_v1 if is_v1 else query_v2)(selection, schema)
        path = f"{base}{'&' if '?' in base else '?'}format={chosen.name}&file=true"
        found.append(Download(chosen, path))
    return found


def _family(chosen: Format) -> int:
    return next((n for n, f in enumerate(_FAMILIES) if chosen.name.startswith(f)), len(_FAMILIES))

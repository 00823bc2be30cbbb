"""A new connector from a file of the publisher: everything but what only a person can say.

The skeleton reads the file. What the file cannot tell is not guessed: its maps are empty, so that
each label is a finding until somebody says what it means, and the texts of the record that
somebody has to write begin with :data:`TO_SAY`.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import yaml

from connectors.framework.archive import Limits
from connectors.framework.listing import PERIODS
from connectors.framework.sheet import Kind as Cell
from connectors.framework.sheet import Sheet, open_workbook
from connectors.framework.snapshot import Snapshot
from connectors.framework.text import normalise, split_marks
from hub.errors import Conflict, RequestSyntaxError
from hub.model.schema import Component, DataSchema, Role, StructureRef

__all__ = ["TO_SAY", "Kind", "Plan", "make"]

#: How a text begins that a person has to write.
TO_SAY = "TO SAY:"
_FORMATS = frozenset({"xls", "xlsx", "ods", "csv"})
_UNIT = "UNIT_MEASURE"


class Kind(StrEnum):
    """The shape of a publisher's table.

    ``LISTING`` has a record a line; ``CROSSTAB`` labels down the side and over the columns.
    """

    LISTING = "listing"
    CROSSTAB = "crosstab"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a new source. ``file`` is one of the publisher's.

    ``fixed`` are codes that all figures have, as a person said them.
    """

    id: str
    kind: Kind
    provider: str
    agreement: StructureRef
    schema: DataSchema
    file: Path
    fixed: Mapping[str, str]
    encoding: str = "utf-8-sig"
    delimiter: str = ","

    @property
    def area(self) -> str:
        """The country the source is of: the beginning of its id."""
        return self.id.split("/", maxsplit=1)[0].upper()


@dataclass
class _Made:
    """What was found in the file: the layout, columns of maps, labels, components it decides."""

    layout: dict[str, object]
    maps: dict[str, tuple[str, ...]]
    left: dict[str, list[str]]
    decided: set[str]
    figures: list[str]


def make(plan: Plan, root: Path) -> list[Path]:
    """Write the connector under ``root``, and its test; the files written.

    Raises ``Conflict`` when it is there already; ``RequestSyntaxError`` when no table is found, or
    when codes are needed that neither the file nor ``plan.fixed`` gives, naming them all.
    """
    folder = root / plan.id
    test = root / f"test_{plan.id.replace('/', '_')}.py"
    if folder.exists() or test.exists():
        raise Conflict(f"There is a connector {plan.id} already; nothing was written.")
    if plan.file.suffix[1:].lower() not in _FORMATS:
        raise RequestSyntaxError(f"{plan.file.name} is none of {', '.join(sorted(_FORMATS))}.")
    sheet = _sheet(plan)
    made = _listing(plan, sheet) if plan.kind is Kind.LISTING else _crosstab(plan, sheet)
    fixed = _fixed(plan, made)
    files = {"source.yaml": _record(plan, made, fixed), "connector.py": _CUT[plan.kind]}
    for name, components in made.maps.items():
        files[f"{name}.csv"] = _csv([("label", "kind", *components, "note")])
    if plan.kind is Kind.LISTING:
        rows = [(figure, "area", plan.fixed[_UNIT], "") for figure in made.figures]
        files["figures.csv"] = _csv([("label", "kind", _UNIT, "note"), *rows])
    files["sample/README.md"] = (
        f"{TO_SAY} publisher, address and licence of {plan.file.name}, and what was cut from it.\n"
    )
    (folder / "sample").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
    shutil.copyfile(plan.file, folder / "sample" / plan.file.name)
    test.write_text(_TEST.format(id=plan.id), "utf-8", newline="\n")
    return [*(folder / name for name in files), folder / "sample" / plan.file.name, test]


def _sheet(plan: Plan) -> Sheet:
    """The sheet with the most cells."""
    book = open_workbook(
        Snapshot.take(plan.file), encoding=plan.encoding, delimiter=plan.delimiter, limits=Limits()
    )
    sheet = max(book, key=lambda each: int((each.kind != Cell.EMPTY).sum()), default=None)
    if sheet is None or not (sheet.kind != Cell.EMPTY).any():
        raise RequestSyntaxError(f"{plan.file.name} is blank.")
    return sheet


def _listing(plan: Plan, sheet: Sheet) -> _Made:
    """A file of records: what each column is, by what stands in it."""
    row = _header(sheet)
    made = _Made({}, {}, {}, set(), [])
    keys: dict[str, object] = {}
    for column in np.flatnonzero(sheet.kind[row] != Cell.EMPTY):
        header = str(sheet.text[row, column]).strip()
        said = [str(cell).strip() for cell in sheet.text[row + 1 :, column]]
        given = list(dict.fromkeys(filter(None, said)))
        period = _period(given)
        component = plan.schema.by_id.get(header.upper())
        if period is not None:
            keys[header] = {"period": period}
            made.decided |= {"FREQ", "TIME_PERIOD"}
        elif component is not None and component.codes and set(given) <= set(component.codes):
            keys[header] = {"component": component.id, "pattern": ".+"}
            made.decided.add(component.id)
        elif _are_numbers(given):
            made.figures.append(header)
        else:
            name, id_ = _map_name(header, made.maps), _guess(header, plan.schema, made.decided)
            keys[header] = {"map": name}
            made.maps[name], made.left[name] = (id_,), given
            made.decided.add(id_)
    if not made.figures or "TIME_PERIOD" not in made.decided:
        raise RequestSyntaxError(
            f"{plan.file.name} has no column of figures or none of periods under one row of"
            " headers; is it a crosstab?"
        )
    made.layout["tables"] = {"data": {"keys": keys, "figures": "figures"}}
    made.decided.add(_UNIT)
    return made


def _crosstab(plan: Plan, sheet: Sheet) -> _Made:
    """Labels down a column, figures beside them, periods or labels over the columns."""
    row = _header(sheet)
    first, *columns = np.flatnonzero(sheet.kind[row] != Cell.EMPTY)
    if not columns:
        raise RequestSyntaxError(f"{plan.file.name} has no row of headers over several columns.")
    heads = [str(sheet.text[row, column]).strip() for column in columns]
    lines = [
        line
        for line in range(row + 1, sheet.height)
        if any(_are_numbers([str(sheet.text[line, column]).strip()]) for column in columns)
    ]
    labels = [split_marks(str(sheet.text[line, first]))[0].strip() for line in lines]
    id_ = _guess("", plan.schema, set())
    made = _Made({"corner": str(sheet.text[row, first]).strip()}, {"rows": (id_,)}, {}, {id_}, [])
    made.left["rows"] = list(dict.fromkeys(filter(None, labels)))
    if (form := _period(heads)) is not None:
        made.layout["columns"] = form
        made.decided |= {"FREQ", "TIME_PERIOD"}
        return made
    other = _guess("sex", plan.schema, made.decided)
    made.maps["columns"], made.left["columns"] = (other,), heads
    made.decided.add(other)
    return made


def _fixed(plan: Plan, made: _Made) -> dict[str, str]:
    """Codes for all that the file does not say; ``_T`` where it makes no difference."""
    country = {"REF_AREA": plan.area} if plan.area != "INT" else {}
    given = {**country, **plan.fixed}
    fixed: dict[str, str] = {}
    lacking: list[str] = []
    schema = plan.schema
    needed = [*schema.dimensions, *([schema.time] if schema.time else []), *schema.attributes]
    for component in needed:
        id_ = component.id
        if id_ in made.decided or id_ == "OBS_STATUS":
            continue
        if id_ in given:
            fixed[id_] = given[id_]
        elif component.role is Role.ATTRIBUTE and not component.mandatory:
            continue
        elif component.codes and "_T" in component.codes:
            fixed[id_] = "_T"
        else:
            lacking.append(f"--fix {id_}={_example(component)}")
    if plan.kind is Kind.LISTING and _UNIT not in plan.fixed:
        lacking.append(f"--fix {_UNIT}={_example(schema.by_id[_UNIT])}")
    wrong = [
        f"{id_}={code}"
        for id_, code in plan.fixed.items()
        if id_ not in schema.by_id
        or ((codes := schema.by_id[id_].codes) is not None and code not in codes)
    ]
    if wrong:
        raise RequestSyntaxError(f"{schema.dataflow} has no {', '.join(wrong)}.")
    if lacking:
        raise RequestSyntaxError(f"The file does not say all: add {' '.join(lacking)}.")
    return fixed


def _example(component: Component) -> str:
    codes = sorted(component.codes or ())
    return "|".join(codes[:6]) + ("|..." if len(codes) > 6 else "") or "..."


def _guess(header: str, schema: DataSchema, taken: Collection[str]) -> str:
    """The component that a column of labels most likely decides; a person corrects the map."""
    words = normalise(header)
    for beginnings, id_ in (
        (("sex", "geslacht"), "SEX"),
        (("age", "edad", "leeftijd"), "AGE"),
        (("birth", "nacimiento", "born", "geboorte"), "COUNTRY_BIRTH"),
    ):
        if words.startswith(beginnings) and id_ in schema.by_id and id_ not in taken:
            return id_
    order = ("CITIZENSHIP", "COUNTRY_BIRTH", "COUNTRY_ORIGIN", "SEX", "AGE", *schema.series_key)
    return next(id_ for id_ in order if id_ in schema.by_id and id_ not in taken)


def _header(sheet: Sheet) -> int:
    """The fullest row of texts above the first row of figures."""
    text, kind = sheet.text, sheet.kind
    figures = [
        line
        for line in range(sheet.height)
        if sum(_are_numbers([str(cell).strip()]) for cell in text[line]) > 0
        and (kind[line] == Cell.TEXT).any()
        and _period([str(c).strip() for c in text[line, 1:] if str(c).strip()]) is None
    ]
    above = range(figures[0]) if figures and figures[0] else range(1)
    return max(above, key=lambda line: int((kind[line] != Cell.EMPTY).sum()))


def _period(cells: Sequence[str]) -> str | None:
    """The form of period that all cells have."""
    for name, (form, _, _) in PERIODS.items():
        if cells and all(form.fullmatch(cell) for cell in cells):
            return name
    return None


def _are_numbers(cells: Sequence[str]) -> bool:
    plain = (cell.replace(",", "").replace(".", "", 1).removeprefix("-") for cell in cells)
    return bool(cells) and all(cell.isdigit() for cell in plain)


def _map_name(header: str, taken: Collection[str]) -> str:
    name = "".join(c if c.isalnum() else "_" for c in normalise(header)).strip("_") or "labels"
    while name in taken or name == "figures":
        name += "_"
    return name


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _record(plan: Plan, made: _Made, fixed: Mapping[str, str]) -> str:
    say = f"{TO_SAY} "
    given: dict[str, object] = {
        "title": {"en": f"{say}title of the table", "es": f"{say}título del cuadro"},
        "publisher": {
            "name": f"{say}who publishes it", "acronym": plan.provider.partition("_")[2],
            "country": plan.area, "official": "yes",
        },
        "provider": plan.provider,
        "dataflow": str(plan.schema.dataflow),
        "provision_agreement": str(plan.agreement),
        "licence": f"{say}terms of use",
        "url": f"{say}page of the publisher",
        "coverage": {"area": plan.area, "what": f"{say}who is counted", "period": f"{say}since"},
        "schedule": f"{say}how often, and when",
        "language": "es",
        "formats": [plan.file.suffix[1:].lower()],
        "layouts": [f"{say}what the file looks like"],
        "fixed": dict(fixed),
        "status": {"default": "A"},
        "tolerance": "0",
        "layout": made.layout,
        "expectations": {"observations": ["1", "10000000"]},
        "sample": {"note": {"en": f"{say}what was cut", "es": f"{say}qué se recortó"}},
    }  # fmt: skip
    if plan.file.suffix.lower() == ".csv":
        given["csv"] = {"encoding": plan.encoding, "delimiter": plan.delimiter}
    text = yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=100)
    lead = f"# docs/connectors.md explains each key. What begins with {TO_SAY!r} is yours to write."
    return f"{lead}\n{text}"


_CUT = {
    Kind.LISTING: f'''"""{TO_SAY} which table of whom."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
''',
    Kind.CROSSTAB: f'''"""{TO_SAY} which table of whom."""

from __future__ import annotations

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut
from connectors.framework.cutting import (
    Region,
    Source,
    column_heads,
    header_missing,
    only_sheet,
    read_notes,
    row_heads,
)
from connectors.framework.listing import PERIODS
from connectors.framework.sheet import Workbook


def cut(book: Workbook, source: Source) -> Cut:
    """The table below the cell that says ``layout.corner``."""
    sheet = only_sheet(book, source)
    corner = source.record.text("corner")
    places = sheet.find(corner) if sheet is not None else []
    if sheet is None or not places:
        if sheet is not None:
            header_missing(sheet, corner, source)
        return Cut([])
    (row, column), *_ = places
    columns = column_heads(sheet, row, column + 1)
    at = [head.column for head in columns]
    region = Region(sheet, range(row + 1, sheet.height), column, at)
    rows = row_heads(region, source, source.maps["rows"])
    codes = {{}}
    if "columns" not in source.maps:
        form, freq, period = PERIODS[source.record.text("columns")]
        matches = [form.fullmatch(str(sheet.text[row, j]).strip()) for j in at]
        if not all(matches):
            header_missing(sheet, source.record.text("columns"), source, row=row)
            return Cut([])
        codes = {{
            "FREQ": [freq] * len(at),
            "TIME_PERIOD": [match.expand(period) for match in matches],
        }}
    table = Crosstab(
        sheet=sheet,
        rows=rows,
        columns=columns,
        columns_at=np.array([at] * len(rows), dtype=np.intp).reshape(len(rows), len(columns)),
        row_header=corner,
        row_map=source.maps["rows"],
        column_map=source.maps.get("columns"),
        column_codes=codes,
        notes=read_notes(sheet, range(sheet.height), column),
    )
    return Cut([table])
''',
}

_TEST = '''"""The connector {id}: what is left to do, and that it stays done."""

from __future__ import annotations

from pathlib import Path

from connectors.framework.suite import left_to_do


def test_nothing_is_left_to_do() -> None:
    left = left_to_do(Path(__file__).resolve().parent, "{id}")
    assert not left, "\\n".join(["", *left])
'''

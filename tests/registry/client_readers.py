"""How clients read an answer, written down from their behaviour and not with the hub's readers.

Each function takes the body of an answer and gives the observations in it: the codes of the
dimensions in the order of the structure and the period, to the number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import openpyxl
from lxml import etree
from released import Row

KEY_ORDER = (
    "FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART",
    "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY", "TRAVEL_CONDITION", "SEX", "AGE",
    "UNIT_MEASURE",
)  # fmt: skip

_NAMES = (*KEY_ORDER, "TIME_PERIOD")

Cells = dict[tuple[str, ...], Decimal]
Reader = Callable[[bytes], Cells]


def cells(rows: Iterable[Mapping[str, Any]]) -> Cells:
    """Observations of rows by component id; the same one twice is an error."""
    found: Cells = {}
    for row in rows:
        key = tuple(str(row[n]) for n in _NAMES)
        assert key not in found, f"{key} is there twice"
        found[key] = Decimal(str(row["OBS_VALUE"]))
    return found


def expected(rows: Iterable[Row], **wanted: str) -> Cells:
    """Observations of the rows that were released, with some codes only."""
    return cells(r for r in rows if all(r[k] == v for k, v in wanted.items()))


def _root(body: bytes) -> tuple[str, etree._Element]:
    root = etree.fromstring(body)
    return etree.QName(root).localname, root


def generic(body: bytes) -> Cells:
    """GenericData 2.1, by series or flat."""
    name, root = _root(body)
    assert name in ("GenericData", "GenericTimeSeriesData")

    def values(parent: etree._Element | None) -> dict[str, str]:
        found = () if parent is None else parent.iterfind("{*}Value")
        return {v.get("id", ""): v.get("value", "") for v in found}

    def rows() -> Iterable[dict[str, str]]:
        for obs in root.iter("{*}Obs"):
            value = obs.find("{*}ObsValue")
            assert value is not None
            row = {"OBS_VALUE": value.get("value", "")}
            parent = obs.getparent()
            if parent is not None and etree.QName(parent).localname == "Series":
                row |= values(parent.find("{*}SeriesKey"))
            row |= values(obs.find("{*}ObsKey"))
            dimension = obs.find("{*}ObsDimension")
            if dimension is not None:
                row[dimension.get("id", "TIME_PERIOD")] = dimension.get("value", "")
            yield row

    return cells(rows())


def specific(body: bytes) -> Cells:
    """StructureSpecificData of any version: everything is an attribute of Series and Obs."""
    name, root = _root(body)
    assert name in ("StructureSpecificData", "StructureSpecificTimeSeriesData")
    found = []
    for obs in root.iter("{*}Obs", "Obs"):
        parent = obs.getparent()
        assert parent is not None
        found.append(dict(parent.attrib) | dict(obs.attrib))
    return cells(found)


def xml(body: bytes) -> Cells:
    """A reader that looks at the root element, as rsdmx does."""
    return generic(body) if _root(body)[0].startswith("Generic") else specific(body)


def json1(body: bytes) -> Cells:
    """SDMX-JSON 1.0: one structure; positions in the key are ``keyPosition``."""
    data = json.loads(body)["data"]
    return cells(_cube(data["structure"], data["dataSets"]))


def json2(body: bytes) -> Cells:
    """SDMX-JSON 2.x: each dataset names its structure by number."""
    data = json.loads(body)["data"]
    return cells(
        row
        for one in data["dataSets"]
        for row in _cube(data["structures"][one["structure"]], [one])
    )


def _cube(structure: dict[str, Any], datasets: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    dimensions = structure["dimensions"]
    fixed = {d["id"]: d["values"][0]["id"] for d in dimensions.get("dataSet", ())}

    def named(part: str, key: str) -> dict[str, str]:
        given = dimensions.get(part, ())
        places = key.split(":")
        assert len(places) == len(given)
        return {
            d["id"]: d["values"][int(i)].get("id") or d["values"][int(i)]["value"]
            for d, i in zip(given, places, strict=True)
        }

    for dataset in datasets:
        for key, series in dataset.get("series", {}).items():
            head = fixed | named("series", key)
            for at, obs in series.get("observations", {}).items():
                yield head | named("observation", at) | {"OBS_VALUE": obs[0]}
        for key, obs in dataset.get("observations", {}).items():
            yield fixed | named("observation", key) | {"OBS_VALUE": obs[0]}


def table(body: bytes) -> Cells:
    """CSV by column names; what stands after ``: `` in a name or a cell is a label."""
    lines = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    return cells({k.split(": ")[0]: v.split(": ")[0] for k, v in line.items()} for line in lines)


def workbook(body: bytes) -> Cells:
    """The sheet with the column of the values, as a person opens it."""
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True)
    for sheet in book.worksheets:
        head, *rows = sheet.iter_rows(values_only=True)
        if "OBS_VALUE" in head:
            return cells(dict(zip(map(str, head), row, strict=True)) for row in rows)
    raise AssertionError("no sheet has the column OBS_VALUE")

"""A workbook as somebody opens it, and the rows that hubs of its tests hold."""

from __future__ import annotations

import io
import random
from typing import Any

import openpyxl
from naive_yearbook import SHEETS, Key, key_of
from random_store import BORDER, FLOW, RESIDENCE, STOCK, random_rows

from hub.delivery.workbook import make
from hub.errors import NoResults
from hub.model.schema import StructureRef
from hub.query import data_v2
from hub.store.home import Hub
from hub.store.select import select

FLOWS = (FLOW, RESIDENCE, STOCK, BORDER)
SEXES = ("_T", "M", "F")


Rows = dict[str, list[dict[str, Any]]]


class Book:
    """A workbook as somebody opens it: figures and notes by key."""

    def __init__(self, content: bytes, area: str, hub: Hub) -> None:
        self.file = openpyxl.load_workbook(io.BytesIO(content))
        self.sheets = {int(s.title.split()[0]): s for s in self.file if s.title[0].isdigit()}
        self._area = area
        self._codes: dict[str, dict[str, str]] = {}
        schema = hub.structures.dataflow("MIGHUB", "DF_UN_DYB_FLOW", "1.0.0")
        for component in ("CITIZENSHIP", "COUNTRY_PREV_NEXT", "COUNTRY_BIRTH", "AGE", "REASON"):
            codelist = schema.by_id[component].codelist
            assert codelist is not None
            labels = hub.structures.labels(codelist, "en")
            assert len(set(labels.values())) == len(labels)  # a label tells its code
            self._codes[component] = {label: code for code, label in labels.items()}
        own = {"All": "_T", "Citizens of the country": area, "Foreigners": "_FOR"}
        self._codes["CITIZENSHIP"] |= own

    def notes(self, number: int) -> dict[int, str]:
        texts = [row[0].value for row in self.sheets[number].iter_rows(min_row=6)]
        after = texts[texts.index("Notes") + 1 :]
        split = (str(text).partition(") ") for text in after if text)
        return {int(mark[1:]): text for mark, _, text in split}

    def cells(self, number: int) -> dict[Key, tuple[Any, list[str]]]:
        """Value and notes by key, of a sheet."""
        component, measures, fixed = SHEETS[number]
        told, found = self.notes(number), {}
        for row in self.sheets[number].iter_rows(min_row=6, values_only=True):
            if row[0] is None:
                return found
            code = self._codes[component][str(row[0])]
            columns = [(m, s) for m in measures for s in SEXES]
            for place, (measure, sex) in enumerate(columns):
                value, marks = row[1 + 2 * place], row[2 + 2 * place]
                texts = [told[int(mark)] for mark in str(marks).split(", ")] if marks else []
                codes = {**fixed, "MEASURE": measure, "SEX": sex, component: code}
                key = key_of(codes)
                assert key not in found
                found[key] = (value, texts)
        raise AssertionError("a table ends with its notes")


def book(hub: Hub, area: str, year: str) -> Book:
    return Book(make(hub, "un_dyb", area, year)[1], area, hub)


def stored(hub: Hub) -> Rows:
    """Every row of every dataflow that tables could be about, by plain queries."""
    found: Rows = {}
    for ref in FLOWS:
        listed = found.setdefault(ref.id, [])
        try:
            blocks = select(hub, data_v2.parse(f"dataflow/MIGHUB/{ref.id}/1.0.0/*", "")).blocks()
        except NoResults:
            continue
        for block in blocks:
            listed.extend(block.batch.to_pylist())
    return found


def more_of(ref: StructureRef, seed: int) -> list[dict[str, Any]]:
    """Random rows with more of what the tables are about."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    key = [*random_rows(ref, seed, 1)[0]]
    key = key[: key.index("OBS_VALUE")]
    for place, row in enumerate(random_rows(ref, seed, 2500)):
        of_series = random.Random(str([row[c] for c in key if c != "TIME_PERIOD"]))
        own = random.Random(f"{seed} {place}")
        if ref == FLOW:
            row["MEASURE"] = of_series.choice([row["MEASURE"], "IMMIGRATION", "EMIGRATION"])
            row["COUNTRY_PREV_NEXT"] = of_series.choice(["_T"] * 4 + ["GTM", "USA", "_U"])
            row["REASON"] = of_series.choice(["_T"] * 4 + ["WORK", "CLIMATE"])
            row["AGE"] = of_series.choice(["_T"] * 4 + ["Y15T19", "Y0T17", "_U"])
            row["DEFINITION"] = of_series.choice(
                ["RES_12M", "RES_12M", None, "RES_6M", "PASSENGER"]
            )
        if ref == STOCK:
            row["MEASURE"] = of_series.choice(["STOCK_FB", "STOCK_FC", "STOCK_MIG", "STOCK_POP"])
            row["COUNTRY_BIRTH"] = of_series.choice(["_T", "_T", "_FOR", "GTM", "MEX"])
            row["CITIZENSHIP"] = of_series.choice(["_T", "_T", "_FOR", "GTM", "MEX"])
            row["FREQ"] = of_series.choice(["A", "A", "A", "A5"])
        if own.random() < 0.03:
            row["CONF_STATUS"] = own.choice(["F", "C", "N"])
        found.setdefault(tuple(row[c] for c in key), row)
    return list(found.values())


def flow_row(measure: str, value: str | None, time: str = "2022", **more: str | None) -> Any:
    totals = dict.fromkeys(
        ("CITIZENSHIP", "COUNTRY_BIRTH", "COUNTRY_PREV_NEXT", "SEX", "AGE", "REASON"), "_T"
    )
    return {
        "FREQ": "A" if len(time) == 4 else "M", "REF_AREA": "MEX", "MEASURE": measure, **totals,
        "UNIT_MEASURE": "PS", "TIME_PERIOD": time, "OBS_VALUE": value, "OBS_STATUS": "A",
        "DEFINITION": "RES_12M", **more,
    }  # fmt: skip


def border_row(time: str, value: str, **more: str | None) -> Any:
    totals = dict.fromkeys(
        ("CITIZENSHIP", "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART", "BORDER_POINT",
         "TRANSPORT_MODE", "PERMIT_CATEGORY", "TRAVEL_CONDITION", "SEX", "AGE"), "_T"
    )  # fmt: skip
    return {
        "FREQ": "A" if len(time) == 4 else "M", "REF_AREA": "MEX", "MEASURE": "ENTRIES", **totals,
        "UNIT_MEASURE": "EV", "TIME_PERIOD": time, "OBS_VALUE": value, "OBS_STATUS": "A", **more,
    }  # fmt: skip


def stock_row(measure: str, value: str, **more: str | None) -> Any:
    totals = dict.fromkeys(
        ("CITIZENSHIP", "COUNTRY_BIRTH", "SEX", "AGE", "EDUCATION_LEV", "LABOUR_STATUS",
         "DISABILITY_STATUS"), "_T"
    )  # fmt: skip
    return {
        "FREQ": "A", "REF_AREA": "MEX", "MEASURE": measure, **totals, "UNIT_MEASURE": "PS",
        "TIME_PERIOD": "2022", "OBS_VALUE": value, "OBS_STATUS": "A", **more,
    }  # fmt: skip

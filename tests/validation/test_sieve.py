"""What is judged after the sieve is what would be found if every row were judged."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from hub.model.dataset import Action, Block, DataMessage, Location
from hub.model.findings import Report
from hub.model.schema import DataSchema, Role
from hub.structures.repository import StructureSet
from hub.validation import FieldContext, validate
from hub.validation.field import records
from hub.validation.field.sieve import Sieve

STRUCTURES = StructureSet.shipped()
#: Few codes of each dimension, so that sums, margins and series meet; the rest is the first code.
CODES = {
    "REF_AREA": ["MEX", "SRB"],
    "CITIZENSHIP": ["_T", "MEX", "_FOR", "GTM", "SCG", "_O", "_O_NAM", "ATA"],
    "COUNTRY_RESIDENCE": ["_T", "MEX", "_FOR", "SCG"],
    "COUNTRY_BIRTH": ["_T", "MEX", "_FOR", "HND"],
    "COUNTRY_COUNTERPART": ["_T", "SCG", "GTM"],
    "COUNTRY_PREV_NEXT": ["_T", "GTM", "SSD"],
    "BORDER_POINT": ["_T", "MEX_CUN", "MEX_MEX", "_O", "_O_AIR"],
    "TRANSPORT_MODE": ["_T", "AIR", "LAND"],
    "SEX": ["_T", "F", "M", "_U"],
    "AGE": ["_T", "Y0T14", "Y15T64", "Y_GE65", "Y_LT18", "Y_GE18", "_U"],
    "UNIT_MEASURE": ["PS"],
    "FREQ": ["A"],
    "OBS_STATUS": ["A", "A", "A", "A", "A", "E", "L"],
    "CONF_STATUS": ["F", "F", "N"],
}
MEASURES = {
    "DF_MIG_IRREGULAR": ["IRREGULAR_EVENTS"], "DF_MIG_BORDER": ["ENTRIES"],
    "DF_MIG_FLOW": ["IMMIGRATION", "EMIGRATION"], "DF_MIG_STOCK": ["STOCK_FB"],
    "DF_MIG_RETURNS": ["RETURNS_RECEIVED"],
}  # fmt: skip


def cube(flow: str, chance: random.Random) -> list[dict[str, str | None]]:
    """Rows of a table broken down by a few dimensions, most sums right, then spoilt a little."""
    schema = STRUCTURES.dataflow("MIGHUB", flow, "1.0.0")
    varied = chance.sample([d.id for d in schema.dimensions if len(CODES.get(d.id, ())) > 1], 3)
    years = [str(y) for y in range(2000, 2000 + chance.choice([3, 12]))] + ["2060"]
    if chance.random() < 0.3:
        years = [f"2001-{m:02d}" for m in range(1, 13)]
    base = {d.id: _plain(schema, d.id) for d in schema.dimensions}
    base["MEASURE"] = chance.choice(MEASURES[flow])
    base["FREQ"] = "A" if len(years[0]) == 4 else "M"
    rows: list[dict[str, str | None]] = []
    keys: list[dict[str, str]] = [{}]
    for dimension in varied:
        some = chance.sample(CODES[dimension], chance.randint(2, len(CODES[dimension])))
        keys = [{**key, dimension: code} for key in keys for code in some]
    for key in keys:
        level = 1
        for dimension in varied:
            level *= len(CODES[dimension]) if key[dimension] == "_T" else 1
        level *= chance.choice([1, 1, 1, 100])
        for year in years:
            if chance.random() < 0.05:
                continue
            value = level if chance.random() < 0.9 else chance.choice([0, level * 30, -1, 2.5])
            rows.append(
                {
                    **base, **key, "TIME_PERIOD": year, "OBS_VALUE": str(value),
                    "OBS_STATUS": chance.choice(CODES["OBS_STATUS"]),
                    "CONF_STATUS": chance.choice(CODES["CONF_STATUS"]),
                    "UNIT_MULT": chance.choice(["0", "0", "0", "3"]) if level > 50 else None,
                }
            )  # fmt: skip
    if chance.random() < 0.3:
        chance.shuffle(rows)
    if chance.random() < 0.3:
        rows += [dict(row) for row in chance.sample(rows, 2)]
        rows[-1]["OBS_VALUE"] = "77"
    return rows


def _plain(schema: DataSchema, dimension: str) -> str:
    codes = schema.by_id[dimension].codes or ()
    return "_T" if "_T" in codes else CODES.get(dimension, ["?"])[0]


def report(flow: str, rows: Sequence[dict[str, str | None]], rows_in_block: int) -> Report:
    schema = STRUCTURES.dataflow("MIGHUB", flow, "1.0.0")
    names = [c.id for c in schema.components if any(row.get(c.id) for row in rows)]
    blocks = []
    for start in range(0, len(rows), rows_in_block):
        some = rows[start : start + rows_in_block]
        columns = []
        for name in names:
            texts = pa.array([row.get(name) for row in some], pa.string())
            plain = schema.by_id[name].role is Role.MEASURE
            columns.append(texts if plain else texts.dictionary_encode())
        batch = pa.record_batch(columns, names=names)
        blocks.append(Block(schema, Action.REPLACE, batch, start))

    def locate(ordinals: Sequence[int], component: str | None) -> list[Location]:
        return [Location(row=o + 2) for o in ordinals]

    context = FieldContext(
        now=datetime(2026, 1, 1, tzinfo=UTC),
        areas=lambda _, dimension: frozenset({"MEX"}) if dimension == "REF_AREA" else None,
        embargo=lambda _: None,
        provider="P",
        beside=lambda _: None,
    )
    return validate(DataMessage(None, iter(blocks), locate), field=context)


def findings(found: Report) -> list[tuple[object, ...]]:
    return sorted(
        ((f.rule, f.row, f.key, f.component, f.found, f.expected) for f in found), key=repr
    )


@pytest.mark.parametrize("flow", MEASURES)
@pytest.mark.parametrize("small", [False, True])
def test_the_sieve_loses_nothing(flow: str, small: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if small:  # put aside on disk, and judged in many slices
        monkeypatch.setattr(records, "_IN_MEMORY", 40)
        monkeypatch.setattr(records, "_SLICE", 40)
        monkeypatch.setattr(records, "_READ", 17)
    told: set[object] = set()
    for seed in range(4):
        rows = cube(flow, random.Random(f"{flow} {seed}"))
        sieved = report(flow, rows, 64)
        with monkeypatch.context() as patch:
            patch.setattr(Sieve, "pick", lambda self, *_, **__: {r.id: None for r in self._rules})
            whole = report(flow, rows, 64)
        assert findings(sieved) == findings(whole), f"seed {seed}"
        assert sieved.counts == whole.counts
        told |= {f.rule for f in whole}
    assert len(told) > 3, told  # the tables are wrong in several ways


def test_a_right_table_is_not_loaded_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, str | None]] = [
        {
            "FREQ": "A", "REF_AREA": "MEX", "MEASURE": "IMMIGRATION", "CITIZENSHIP": "GTM",
            "COUNTRY_BIRTH": "_T", "COUNTRY_PREV_NEXT": "_T", "SEX": sex, "AGE": age,
            "REASON": "_T", "UNIT_MEASURE": "PS", "TIME_PERIOD": str(year),
            "OBS_VALUE": str(value * (2 if sex == "_T" else 1)), "OBS_STATUS": "A",
        }
        for sex in ("F", "M", "_T")
        for age, value in (("Y0T14", 10), ("Y_GE15", 30), ("_T", 40))
        for year in range(2000, 2010)
    ]  # fmt: skip
    monkeypatch.setattr(
        "hub.validation.field.table.Table.load", lambda *_, **__: pytest.fail("rows were loaded")
    )
    assert not list(report("DF_MIG_FLOW", rows, 50))

"""Rules of the field that ask what is published, in this dataflow and in others, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus import SCHEMA, clean, message
from field_data import NOW, Row, judged, only, parts, rows

from hub.model.periods import spans
from hub.model.schema import StructureRef
from hub.structures.repository import StructureSet
from hub.validation import FieldContext, render, validate

BORDER, STOCK, FLOW = "DF_MIG_BORDER", "DF_MIG_STOCK", "DF_MIG_FLOW"

#: Rules whose faults are planted here.
BESIDE = {
    "CODE_NOT_VALID",
    "OTHER_PROVIDER",
    "STOCK_FLOWS_BORN",
    "STOCK_FLOWS_CITIZENS",
    "TABLES_DIFFER",
}


def published(folder: Path, flow: str, given: Iterable[Row], provider: str = "INM") -> str:
    """Rows as the store keeps them: text columns, the periods' spans, whose they are."""
    schema = StructureSet.shipped().dataflow("MIGHUB", flow, None)
    made = list(given)
    columns = {c: pa.array([row.get(c) for row in made], pa.string()) for c in schema.columns}
    columns["_start"], columns["_end"] = spans(columns["TIME_PERIOD"])
    columns["_provider"] = pa.array([provider] * len(made), pa.string())
    path = folder / f"{flow}.parquet"
    pq.write_table(pa.table(columns), path)
    return str(path)


def context(folder: Path, provider: str | None = None, **flows: list[Row]) -> FieldContext:
    """What rules may ask for, with some rows of dataflows published by INM."""
    files = {flow: published(folder, flow, given) for flow, given in flows.items()}

    def beside(name: str):  # type: ignore[no-untyped-def]
        flow = name.partition(":")[2]
        if flow not in files:
            return None
        return StructureSet.shipped().dataflow("MIGHUB", flow, None), [files[flow]]

    return FieldContext(
        published=lambda ref: [files[ref.id]] if ref.id in files else [],
        beside=beside,
        provider=provider,
        now=NOW,
    )


def test_a_cell_of_another_provider_is_told_with_its_value_and_owner(tmp_path: Path) -> None:
    theirs = rows(BORDER, {"OBS_VALUE": "36558"}, {"OBS_VALUE": "7", "TIME_PERIOD": "2025-04"})
    ours = rows(BORDER, {"OBS_VALUE": "43757"}, {"OBS_VALUE": "7.0", "TIME_PERIOD": "2025-04"})
    finding = only(judged(BORDER, ours, context(tmp_path, "CONMIGHO", DF_MIG_BORDER=theirs)))
    assert (finding.rule, finding.row, finding.found) == ("OTHER_PROVIDER", 2, "43757")
    assert finding.expected == "36558, as INM has published"
    assert "como ha publicado INM" in render(finding, "es")
    assert not judged(BORDER, ours, context(tmp_path, "INM", DF_MIG_BORDER=theirs)).findings
    assert not judged(BORDER, ours, context(tmp_path, None, DF_MIG_BORDER=theirs)).findings


def test_a_table_is_compared_with_one_published_before(tmp_path: Path) -> None:
    """By nationality and by sex and age: Mexico's of 2024 differ by 1194."""
    by_nationality = rows(BORDER, *parts("CITIZENSHIP", {"GTM": 1_000_000, "_O": 231_320}))
    beside = context(tmp_path, DF_MIG_BORDER=by_nationality)
    same = rows(BORDER, *parts("SEX", {"F": 231_320, "M": 1_000_000}))
    assert not judged(BORDER, same, beside).findings
    differ = rows(BORDER, *parts("SEX", {"F": 230_126, "M": 1_000_000}))
    finding = only(judged(BORDER, differ, beside))
    assert (finding.rule, finding.row, finding.found) == ("TABLES_DIFFER", 2, "1230126")
    assert finding.expected == "1231320, which the table by CITIZENSHIP adds up to"
    # without the residual the nationalities may be a part only
    some = context(tmp_path, DF_MIG_BORDER=by_nationality[:1])
    assert not judged(BORDER, differ, some).findings
    total = context(tmp_path, DF_MIG_BORDER=rows(BORDER, {"OBS_VALUE": "1231320"}))
    finding = only(judged(BORDER, differ, total))
    assert (finding.rule, finding.expected) == ("TABLES_DIFFER", "1231320, which is the total")


def accounts(stock: str, year_before: str, came: str, went: str) -> dict[str, list[Row]]:
    of = {"SEX": "_T", "CITIZENSHIP": "_FOR", "FREQ": "A", "UNIT_MEASURE": "PS"}
    return {
        STOCK: rows(
            STOCK,
            {**of, "MEASURE": "STOCK_FC", "TIME_PERIOD": "2023", "OBS_VALUE": year_before},
            {**of, "MEASURE": "STOCK_FC", "TIME_PERIOD": "2024", "OBS_VALUE": stock},
        ),
        FLOW: rows(
            FLOW,
            {**of, "MEASURE": "IMMIGRATION", "TIME_PERIOD": "2024", "OBS_VALUE": came},
            {**of, "MEASURE": "EMIGRATION", "TIME_PERIOD": "2024", "OBS_VALUE": went},
        ),
    }


def test_a_stock_is_compared_with_the_flows_published(tmp_path: Path) -> None:
    fits = accounts("52000", "50000", "4000", "1500")
    assert not judged(STOCK, fits[STOCK], context(tmp_path, DF_MIG_FLOW=fits[FLOW])).findings
    off = accounts("59000", "50000", "4000", "1500")
    finding = only(judged(STOCK, off[STOCK], context(tmp_path, DF_MIG_FLOW=off[FLOW])))
    assert (finding.rule, finding.row, finding.found) == ("STOCK_FLOWS_CITIZENS", 3, "59000")
    assert "9000, near what came less what went, 4000 - 1500" in (finding.expected or "")
    assert not judged(STOCK, off[STOCK]).findings  # nothing is known of the flows


def test_a_flow_is_compared_with_the_stocks_published(tmp_path: Path) -> None:
    off = accounts("59000", "50000", "4000", "1500")
    finding = only(judged(FLOW, off[FLOW], context(tmp_path, DF_MIG_STOCK=off[STOCK])))
    assert (finding.rule, finding.row, finding.found) == ("STOCK_FLOWS_CITIZENS", 2, "4000")
    # half of the stock published, half in the message
    last, now = off[STOCK]
    both = context(tmp_path, DF_MIG_STOCK=[last], DF_MIG_FLOW=off[FLOW])
    assert only(judged(STOCK, [now], both)).row == 2


def test_the_foreign_born_have_accounts_of_their_own(tmp_path: Path) -> None:
    off = accounts("59000", "50000", "4000", "1500")
    for row in (*off[STOCK], *off[FLOW]):
        row |= {"CITIZENSHIP": "_T", "COUNTRY_BIRTH": "_FOR"}
    for row in off[STOCK]:
        row["MEASURE"] = "STOCK_FB"
    finding = only(judged(STOCK, off[STOCK], context(tmp_path, DF_MIG_FLOW=off[FLOW])))
    assert finding.rule == "STOCK_FLOWS_BORN"


def test_a_zero_is_doubtful_beside_what_is_published_only(tmp_path: Path) -> None:
    before = rows(BORDER, *(
        {"TIME_PERIOD": f"2024-{n + 1:02}", "OBS_VALUE": str(800 + n)} for n in range(12)
    ))  # fmt: skip
    zero = rows(BORDER, {"TIME_PERIOD": "2025-01", "OBS_VALUE": "0"})
    assert not judged(BORDER, zero).findings
    finding = only(judged(BORDER, zero, context(tmp_path, DF_MIG_BORDER=before)))
    assert (finding.rule, finding.row, finding.found) == ("ZERO_DOUBTFUL", 2, "0")
    before[3]["OBS_VALUE"] = "2"  # a series that comes near zero
    assert not judged(BORDER, zero, context(tmp_path, DF_MIG_BORDER=before)).findings


def test_a_code_that_does_not_hold_in_the_period_in_any_structure() -> None:
    """TEST:BORDER is no structure of the hub; its lists say when a code holds."""

    def validity(codelist: StructureRef):  # type: ignore[no-untyped-def]
        first, last = datetime(2011, 7, 9).date(), datetime(2020, 12, 31).date()
        return {"HND": (first, None), "PS": (None, last)} if codelist.id == "CL_AREA" else {}

    columns = clean()
    at = [i for i, c in enumerate(columns["CITIZENSHIP"]) if c == "HND"]
    for row in at:
        columns["FREQ"][row], columns["SEX"][row] = "A", "_T"
        columns["TIME_PERIOD"][row] = str(2012 + row - at[0])
    for name in columns:
        columns[name] = [columns[name][row] for row in at[:5]]
    columns["SOURCE"] = [None] * 5
    columns["REF_AREA"] = ["MEX"] * 5
    context = FieldContext(validity=validity, now=NOW)
    assert [f.rule for f in validate(message(columns), field=context)] == []
    columns["TIME_PERIOD"][2] = "2009"
    finding = only(validate(message(columns), field=context))
    assert (finding.rule, finding.component, finding.row) == ("CODE_NOT_VALID", "CITIZENSHIP", 4)
    assert finding.expected == "an area of 2009; this one began on 2011-07-09"


@pytest.mark.parametrize(
    ("flag", "until", "held", "found"),
    [
        ("E", None, False, True),
        ("E", None, True, False),
        ("E", "2027-01-01T00:00:00Z", False, False),
        ("F", "2027-01-01T00:00:00Z", False, True),
        ("F", "2026-01-01T00:00:00Z", False, False),
        (None, "2027-01-01", False, True),
    ],
)
def test_confidentiality_goes_with_the_embargo(
    flag: str | None, until: str | None, held: bool, found: bool
) -> None:
    from dataclasses import replace

    from hub.model.schema import Component, Level, Role

    conf = StructureSet.shipped().dataflow("MIGHUB", BORDER, None).by_id["CONF_STATUS"]
    time = Component("EMBARGO_TIME", Role.ATTRIBUTE, "EMBARGO_TIME", level=Level.OBSERVATION)
    schema = replace(SCHEMA, attributes=(*SCHEMA.attributes, conf, time))
    columns = {name: cells[:1] for name, cells in clean().items()}
    columns |= {"OBS_VALUE": ["5"], "OBS_STATUS": ["A"]}
    columns |= {"CONF_STATUS": [flag], "EMBARGO_TIME": [until]}
    context = FieldContext(
        now=datetime(2026, 6, 1, tzinfo=UTC),
        embargo=lambda _: datetime(2026, 9, 1, tzinfo=UTC) if held else None,
    )
    report = validate(message(columns, schema=schema), field=context)
    assert [f.rule for f in report] == (["CONF_STATUS_EMBARGO"] if found else [])

"""Small schemas, and random data for them: what the tests of every message format share.

``CUBE`` looks like the hub's own structures. ``SURVEY`` has what SDMX 3.0 adds (two measures, one
of them text, no time). ``cubes()`` draws blocks as a writer expects them: series contiguous,
attributes of a series and of a dataset constant over the rows they cover.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from hub.errors import NotFound
from hub.model.dataset import CODED, Action, Block, Header
from hub.model.schema import Component, DataSchema, Facets, Level, Role, StructureRef

Row = tuple[str | None, ...]


def _list(id: str, agency: str = "MIGHUB") -> StructureRef:
    return StructureRef(agency, id, "1.0.0")


def _coded(id: str, role: Role, codes: Iterable[str], **more: Any) -> Component:
    return Component(id, role, id, codelist=_list(f"CL_{id}"), codes=tuple(codes), **more)


def _text(id: str, role: Role, type_: str, **more: Any) -> Component:
    return Component(id, role, id, text_type=type_, **more)


#: "NA" is Namibia and must survive; "_T" and "Y_GE65" are ids that are no numbers or names.
AREAS = ("DOM", "MEX", "NA", "NAM", "XXA", "_T", "001")

CUBE = DataSchema(
    dataflow=StructureRef("MIGHUB", "DF_CUBE", "1.0.0"),
    structure=StructureRef("MIGHUB", "DSD_CUBE", "1.0.0"),
    dimensions=(
        _coded("FREQ", Role.DIMENSION, ("A", "M", "_U")),
        _coded("REF_AREA", Role.DIMENSION, AREAS),
        _coded("CITIZENSHIP", Role.DIMENSION, AREAS),
        _coded("SEX", Role.DIMENSION, ("F", "M", "_T")),
    ),
    time=_text("TIME_PERIOD", Role.TIME, "ObservationalTimePeriod"),
    measures=(_text("OBS_VALUE", Role.MEASURE, "Decimal"),),
    attributes=(
        _text("PUBLISHER_NOTE", Role.ATTRIBUTE, "String", level=Level.DATASET),
        _coded("DEFINITION", Role.ATTRIBUTE, ("D12", "D03", "_U"), level=Level.SERIES),
        _text("SOURCE", Role.ATTRIBUTE, "String", level=Level.SERIES),
        _coded("OBS_STATUS", Role.ATTRIBUTE, ("A", "E", "M", "P"), mandatory=True),
        _coded("DECIMALS", Role.ATTRIBUTE, ("0", "1", "2")),
        _text("COMMENT_OBS", Role.ATTRIBUTE, "String"),
    ),
)

SURVEY = DataSchema(
    dataflow=StructureRef("MIGHUB.SUB", "DF_SURVEY", "2.1.0"),
    structure=StructureRef("MIGHUB.SUB", "DSD_SURVEY", "2.1.0"),
    dimensions=(
        _coded("REF_AREA", Role.DIMENSION, AREAS),
        _text("RESPONDENT", Role.DIMENSION, "String", facets=Facets(max_length=40)),
    ),
    time=None,
    measures=(
        _text("PERSONS", Role.MEASURE, "Integer"),
        _text("ANSWER", Role.MEASURE, "String"),
    ),
    attributes=(
        _text("NOTE", Role.ATTRIBUTE, "String"),
        _coded("REASON", Role.ATTRIBUTE, ("WORK", "STUDY"), level=Level.SERIES),
    ),
)

HEADER = Header(
    id="IREF000001",
    sender="MIGHUB",
    prepared=datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC),
    receiver="UNSD",
)


@dataclass
class Resolver:
    """A ``SchemaResolver`` over a few schemas."""

    schemas: tuple[DataSchema, ...] = (CUBE, SURVEY)

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        return self._find("dataflow", agency, id, version)

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        return self._find("structure", agency, id, version)

    def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        raise NotFound(f"There is no provision agreement {agency}:{id}({version}).")

    def _find(self, kind: str, agency: str | None, id: str, version: str | None) -> DataSchema:
        for schema in self.schemas:
            ref = getattr(schema, kind)
            if ref.id == id and agency in (None, ref.agency) and version in (None, ref.version):
                return schema
        raise NotFound(f"There is no {kind} {agency}:{id}({version}).")


@dataclass
class Labels:
    """A ``LabelSource`` whose names hold the characters that formats must escape."""

    names: Mapping[str, str] = field(
        default_factory=lambda: {"MEX": 'México, "Estados" <Unidos> & más', "F": "Female: women"}
    )

    def codes(self, codelist: StructureRef) -> Mapping[str, str]:
        return self.names

    def values(self, component: Component) -> Mapping[str, str]:
        return {}

    def component(self, schema: DataSchema, id: str) -> str:
        return f"Name of {id}"

    def dataflow(self, schema: DataSchema) -> str:
        return f"Flow {schema.dataflow.id}, named"


def batch(schema: DataSchema, rows: Iterable[Mapping[str, str | None]]) -> pa.RecordBatch:
    """Rows by component id as a record batch; only columns that some row gives."""
    rows = list(rows)
    given = [c for c in schema.columns if any(c in row for row in rows)]
    measures = {m.id for m in schema.measures}
    arrays = [
        pa.array([row.get(c) for row in rows], pa.string() if c in measures else CODED)
        for c in given
    ]
    return pa.record_batch(arrays, names=given)


def block(
    schema: DataSchema,
    rows: Iterable[Mapping[str, str | None]],
    action: Action = Action.MERGE,
    ordinal: int = 0,
) -> Block:
    """One block of ``rows``."""
    return Block(schema, action, batch(schema, rows), ordinal)


def flat(blocks: Iterable[Block], *, empty_is_null: bool = False) -> list[tuple[str, str, Row]]:
    """Blocks as (dataflow, action, row) with every column of the schema, in message order.

    What a message gives must be compared, not how it was batched; a missing column is nulls.
    ``empty_is_null`` for formats that cannot tell the two apart.
    """
    found = []
    for b in blocks:
        columns = {n: b.batch.column(n).to_pylist() for n in b.batch.schema.names}
        extra = sorted(set(columns) - set(b.schema.columns))
        assert not extra, f"columns of no component: {extra}"
        none: list[str | None] = [None] * b.batch.num_rows
        for values in zip(*(columns.get(c, none) for c in b.schema.columns), strict=True):
            row = tuple(v or None for v in values) if empty_is_null else tuple(values)
            found.append((str(b.schema.dataflow), str(b.action), row))
    return found


# -- random data ---------------------------------------------------------------------------------

#: Text with what XML, CSV and JSON must escape; no characters that XML 1.0 cannot hold.
TRICKY = ("NA", "null", "NaN", " lead", "trail ", "a,b;c|d", 'say "x"', "<a b='c'>&amp;]]>",
          "é–🙂", "two\nlines", "tab\there", "\\u0041\\n", "0012", "1e5", "-", "#N/A", "\u2028",
          "'", "{}[]")  # fmt: skip

#: Lexical forms every format keeps as they are.
NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.integers(-(10**12), 10**12).map(lambda n: f"{n / 1000!r}").filter(lambda s: "e" not in s),
    st.sampled_from(["0", "13169132", "884.389", "0.1", "-0.5"]),
)

#: Lexical forms of xs:decimal / xs:double that JSON cannot write as they are.
ODD_NUMBERS = st.sampled_from(
    ["+5", "05", ".5", "5.", "-.25", "1.50", "0.0", "1E3", "1e-7", "NaN", "INF", "-0",
     "12345678901234567890.123456789", "0.1000000000000000055511151231257827"]
)  # fmt: skip


def texts(*, carriage_returns: bool = False) -> st.SearchStrategy[str]:
    """Free text, never empty."""
    kept = ["\n", "\t", "\r"] if carriage_returns else ["\n", "\t"]
    characters = st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff"),
        st.sampled_from(kept),
    )
    return st.one_of(st.sampled_from(TRICKY), st.text(characters, min_size=1, max_size=12))


def periods() -> st.SearchStrategy[str]:
    """Values of TIME_PERIOD."""
    return st.one_of(
        st.integers(1990, 2030).map(str),
        st.builds("{}-{:02d}".format, st.integers(1990, 2030), st.integers(1, 12)),
        st.sampled_from(["2026-Q1", "2026-W05", "2026-01-01/P5M", "2026-M03", "2020-07-01"]),
    )


@st.composite
def cubes(
    draw: st.DrawFn,
    schema: DataSchema = CUBE,
    *,
    numbers: st.SearchStrategy[str] = NUMBERS,
    text: st.SearchStrategy[str] | None = None,
    max_series: int = 4,
    max_periods: int = 4,
    max_blocks: int = 3,
    actions: tuple[Action, ...] = (Action.MERGE,),
    null_measures: bool = True,
) -> list[Block]:
    """Blocks of one schema; one dataset per action, cut into blocks at random places."""
    text = texts() if text is None else text
    blocks: list[Block] = []
    for action in actions:
        rows = draw(_dataset(schema, numbers, text, max_series, max_periods, null_measures))
        hidden = draw(st.sets(st.sampled_from([a.id for a in schema.attributes])))
        rows = [{k: v for k, v in row.items() if k not in hidden} for row in rows]
        cuts = sorted(draw(st.sets(st.integers(1, len(rows)), max_size=max_blocks - 1)))
        for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            if start < end:
                ordinal = sum(b.batch.num_rows for b in blocks)
                blocks.append(block(schema, rows[start:end], action, ordinal))
    return blocks


@st.composite
def _dataset(
    draw: st.DrawFn,
    schema: DataSchema,
    numbers: st.SearchStrategy[str],
    text: st.SearchStrategy[str],
    max_series: int,
    max_periods: int,
    null_measures: bool,
) -> list[dict[str, str | None]]:
    def value(component: Component) -> st.SearchStrategy[str]:
        if component.codes is not None:
            return st.sampled_from(component.codes)
        if component.role is Role.TIME:
            return periods()
        if component.text_type == "Integer":
            return st.integers(-(10**15), 10**15).map(str)
        return numbers if component.is_numeric else text

    def given(components: Iterable[Component]) -> dict[str, str | None]:
        return {c.id: draw(st.none() | value(c)) for c in components}

    def of_series(series: tuple[str, ...]) -> list[dict[str, str | None]]:
        head = dict(zip(schema.series_key, series, strict=True)) | whole
        head |= given(schema.attributes_at(Level.SERIES))
        if schema.time is None:
            return [head]
        times = st.lists(periods(), min_size=1, max_size=max_periods, unique=True)
        return [head | {schema.time.id: time} for time in sorted(draw(times))]

    key = st.tuples(*(value(c) for c in schema.dimensions))
    keys = draw(st.lists(key, min_size=1, max_size=max_series, unique=True))
    whole = given(schema.attributes_at(Level.DATASET))
    rows = []
    for row in (row for series in sorted(keys) for row in of_series(series)):
        for measure in schema.measures:
            kept = value(measure)
            row[measure.id] = draw(st.none() | kept if null_measures else kept)
        rows.append(row | given(schema.attributes_at(Level.OBSERVATION)))
    return rows

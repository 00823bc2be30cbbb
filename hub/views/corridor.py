"""The same nationality counted at successive borders of a route (``DF_MIG_CORRIDOR``).

A stage is a figure of a stored dataflow; which one, ``dsd/corridor.yaml`` says. Each figure keeps
its unit, definition and source: one stage counts crossings, another procedures, a third encounters,
and a person may be counted several times at each or at none. So no stage is a share of another, and
nothing is divided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import dsd
from codelists.text_yaml import read_yaml
from hub.model.schema import DataSchema, StructureRef
from hub.query.model import DataQuery
from hub.structures.repository import StructureSet
from hub.views.api import Relation
from hub.views.mirror_rules import sums_of
from hub.views.narrowing import wanted
from hub.views.rollup import TOLD, Sum, literal, made, nothing, one_of, rolled, start, told

__all__ = ["DATAFLOW", "Corridor", "Stage", "stages"]

DATAFLOW = StructureRef("MIGHUB", "DF_MIG_CORRIDOR", "1.0.0")


@dataclass(frozen=True, slots=True)
class Stage:
    """A place of the route: the code of each dimension of a dataflow that its figure has.

    ``where`` leaves out FREQ, CITIZENSHIP and UNIT_MEASURE, which are those of the source.
    """

    code: str
    dataflow: StructureRef
    where: Mapping[str, str]
    sums: tuple[Sum, ...]
    units: tuple[str, ...]

    def cell(self, schema: DataSchema) -> dict[str, str]:
        """The code of each dimension that the stage fixes; the total where it names none."""
        free = {"FREQ", "CITIZENSHIP", "UNIT_MEASURE"}
        return {c: self.where.get(c, "_T") for c in schema.series_key if c not in free}

    def stored(self, schema: DataSchema) -> dict[str, tuple[str, ...]]:
        """The codes of stored observations by dimension, their parts included; those with any
        code are left out.
        """
        found = {c: {code} for c, code in self.cell(schema).items()}
        for one in self.sums:
            for place, column in enumerate(one.columns):
                if not one.parts:
                    found.pop(column, None)
                elif column in found:
                    found[column] |= {part[place] for part in (*one.parts, *one.optional)}
        found["UNIT_MEASURE"] = set(self.units)
        return {c: tuple(sorted(codes)) for c, codes in found.items()}


@cache
def stages() -> tuple[Stage, ...]:
    """The stages of the distribution, in their order. Raises ``DataFileError``."""
    data = read_yaml(Path(str(files(dsd).joinpath("corridor.yaml"))), ("units", "stages"))
    return tuple(_stage(code, given, data["units"]) for code, given in data["stages"].items())


def _stage(code: str, given: Mapping[str, Any], units: list[str]) -> Stage:
    return Stage(
        code,
        StructureRef.parse(given["dataflow"]),
        dict(given["where"]),
        sums_of(given.get("sums", ())),
        tuple(units),
    )


class Corridor:
    """The view of :data:`DATAFLOW`."""

    @property
    def dataflow(self) -> StructureRef:
        """The dataflow that it computes."""
        return DATAFLOW

    @property
    def inputs(self) -> tuple[StructureRef, ...]:
        """The stored dataflows that the stages are figures of."""
        return tuple(dict.fromkeys(stage.dataflow for stage in stages()))

    def relation(
        self,
        structures: StructureSet,
        query: DataQuery,
        inputs: Mapping[StructureRef, Relation],
    ) -> Relation:
        """A row for each figure of a stage."""
        schema = structures.dataflow(DATAFLOW.agency, DATAFLOW.id, DATAFLOW.version)
        asked = wanted(query, schema, "STAGE")
        kept = [s for s in stages() if asked is None or s.code in asked]
        found = [_figures(structures, schema, query, stage, inputs) for stage in kept]
        if not found:
            return nothing(schema)
        every = " UNION ALL ".join(one.sql for one in found)
        return Relation(f"({_rows(schema, every)})", tuple(v for r in found for v in r.values))


_KEY = {
    "freq": "FREQ", "citizenship": "CITIZENSHIP", "provider": "coalesce(_provider, '_U')",
    "unit": "UNIT_MEASURE", "period": "TIME_PERIOD", "_start": "_start", "_end": "_end",
}  # fmt: skip


def _figures(
    structures: StructureSet,
    schema: DataSchema,
    query: DataQuery,
    stage: Stage,
    inputs: Mapping[StructureRef, Relation],
) -> Relation:
    """The figures of one stage, stated or added up."""
    ref = stage.dataflow
    stored = structures.dataflow(ref.agency, ref.id, ref.version)
    summed = sorted({c for one in stage.sums for c in one.columns})
    terms = [one_of(c, codes) for c, codes in stage.stored(stored).items()]
    values: list[object] = []
    for column in ("FREQ", "CITIZENSHIP"):
        codes = wanted(query, schema, column)
        if codes is not None:
            terms.append(f"{column} IN ({', '.join('?' * len(codes))})" if codes else "false")
            values.extend(codes)
    key = {**_KEY, **{c.lower(): c for c in summed}}
    source = (
        f"SELECT {start(stored.primary_measure.id, key)} FROM {inputs[ref].sql} AS stored "
        f"WHERE {' AND '.join(terms)}"
    )
    lower = [replace(one, columns=tuple(c.lower() for c in one.columns)) for one in stage.sums]
    cell = stage.cell(stored)
    totals = [f"{c.lower()} = {literal(cell[c])}" for c in summed]
    carried = ", ".join(c for c in (*_KEY, "value", "parts", "status", "conf"))
    ends = ", ".join(f"{name.lower()}_{end}" for name in TOLD for end in ("lo", "hi"))
    sql = (
        f"SELECT {literal(stage.code)} AS stage, {literal(cell['REF_AREA'])} AS area, {carried}, "
        f"{ends} FROM ({rolled(source, tuple(key), lower, years=False)}) AS r "
        f"WHERE {' AND '.join(['value IS NOT NULL', *totals])}"
    )
    return Relation(sql, (*inputs[ref].values, *values))


_SERIES = {
    "FREQ": "freq", "CITIZENSHIP": "citizenship", "STAGE": "stage", "REF_AREA": "area",
    "PROVIDER": "provider", "UNIT_MEASURE": "unit",
}  # fmt: skip


def _rows(schema: DataSchema, figures: str) -> str:
    """The rows of the dataflow; a period that is written in two ways is one period."""
    series = ", ".join(_SERIES.values())
    given = {
        **_SERIES,
        "TIME_PERIOD": "period",
        "OBS_VALUE": "shown(value)",
        "OBS_STATUS": "coalesce(status, 'A')",
        "CONF_STATUS": "conf",
        "OBS_PARTS": "parts",
        **{name: f"told_{name.lower()}" for name in TOLD},
    }
    attributes = ", ".join(f"{told(name, '', 'series')} AS told_{name.lower()}" for name in TOLD)
    return (
        f"SELECT {made(schema, given)} FROM (SELECT *, {attributes}, "
        f"row_number() OVER (PARTITION BY {series}, _start, _end ORDER BY period) AS place "
        f"FROM ({figures}) AS f WINDOW series AS (PARTITION BY {series})) AS t WHERE place = 1"
    )

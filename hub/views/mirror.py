"""What both ends of a flow report, and how far the two figures are apart (``DF_MIG_MIRROR``).

Each end is brought to the figures that the other end has too: what is published in parts is added
up (:mod:`hub.views.rollup`), nothing is estimated or shared out. Two figures are compared where
comparison, countries, citizenship, sex, age, frequency and period agree. Units and definitions need
not: they are told with the figures, and where they differ the measures of distance have the status
D (definition differs) and a note that says in what.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.model.schema import DataSchema, StructureRef
from hub.query.model import DataQuery
from hub.structures.repository import StructureSet
from hub.views.api import Relation
from hub.views.mirror_rules import Comparison, mirror_rules
from hub.views.mirror_side import figures
from hub.views.narrowing import wanted
from hub.views.rollup import CARRIED, TOLD, literal, made, nothing, rounded, told

__all__ = ["DATAFLOW", "INDICATORS", "Mirror"]

DATAFLOW = StructureRef("MIGHUB", "DF_MIG_MIRROR", "1.0.0")

#: The figures of a comparison, in the order of their codelist; the last ones tell the distance.
INDICATORS = ("REPORTED_FROM", "REPORTED_TO", "DIFFERENCE", "RATIO", "ASYMMETRY")

#: Where two figures have to agree, besides the two countries.
_COMMON = ("freq", "citizenship", "sex", "age", "_start", "_end")

#: Columns of the dataflow by column of a pair: the key of its series, without the indicator.
_SERIES = {
    "FREQ": "freq", "COMPARISON": "comparison", "AREA_FROM": "area_from", "AREA_TO": "area_to",
    "CITIZENSHIP": "citizenship", "SEX": "sex", "AGE": "age", "PROVIDER_FROM": "a_provider",
    "UNIT_FROM": "a_unit", "PROVIDER_TO": "b_provider", "UNIT_TO": "b_unit",
}  # fmt: skip


class Mirror:
    """The view of :data:`DATAFLOW`."""

    @property
    def dataflow(self) -> StructureRef:
        """The dataflow that it computes."""
        return DATAFLOW

    @property
    def inputs(self) -> tuple[StructureRef, ...]:
        """The stored dataflows that figures are taken from."""
        return mirror_rules().dataflows

    def relation(
        self,
        structures: StructureSet,
        query: DataQuery,
        inputs: Mapping[StructureRef, Relation],
    ) -> Relation:
        """Five rows for each pair of figures: either figure, and their three distances."""
        schema = structures.dataflow(DATAFLOW.agency, DATAFLOW.id, DATAFLOW.version)
        asked = wanted(query, schema, "COMPARISON")
        compared = [
            _pairs(structures, schema, query, one, inputs)
            for one in mirror_rules().comparisons
            if asked is None or one.code in asked
        ]
        if not compared:
            return nothing(schema)
        pairs = " UNION ALL ".join(one.sql for one in compared)
        return Relation(f"({_rows(schema, pairs)})", tuple(v for r in compared for v in r.values))


def _pairs(
    structures: StructureSet,
    schema: DataSchema,
    query: DataQuery,
    one: Comparison,
    inputs: Mapping[StructureRef, Relation],
) -> Relation:
    """A row for each pair of figures that both ends have."""
    rules = mirror_rules()
    from_, to = wanted(query, schema, "AREA_FROM"), wanted(query, schema, "AREA_TO")
    common = {c: wanted(query, schema, c) for c in ("FREQ", "CITIZENSHIP")}
    left = figures(
        structures, rules, one.from_, inputs, {**common, "REPORTER": from_, "PARTNER": to}
    )
    right = figures(structures, rules, one.to, inputs, {**common, "REPORTER": to, "PARTNER": from_})
    columns = [
        f"{literal(one.code)} AS comparison",
        "a.reporter AS area_from",
        "a.partner AS area_to",
        *(f"a.{c} AS {c}" for c in _COMMON),
        "a.period AS period",
        *(
            f"{side}.{c} AS {side}_{c}"
            for side in ("a", "b")
            for c in ("provider", "unit", "recorded", *CARRIED)
        ),
    ]
    same = " AND ".join(f"a.{c} = b.{c}" for c in _COMMON)
    total = "" if one.by_citizenship else " AND a.citizenship = a.partner"
    return Relation(
        f"SELECT {', '.join(columns)} FROM ({left.sql}) AS a JOIN ({right.sql}) AS b "
        f"ON a.reporter = b.partner AND a.partner = b.reporter AND {same}{total}",
        (*left.values, *right.values),
    )


def _rows(schema: DataSchema, pairs: str) -> str:
    """The rows of the dataflow, from rows that hold a pair of figures each."""
    attributes = ", ".join(
        f"{told(name, f'{side}_', 'series')} AS {side}_{name.lower()}"
        for name in TOLD
        for side in ("a", "b")
    )
    series = f"WINDOW series AS (PARTITION BY {', '.join(_SERIES.values())})"
    indicators = " UNION ALL ".join(f"SELECT {literal(i)} AS indicator" for i in INDICATORS)
    given = {
        **_SERIES,
        "INDICATOR": "indicator",
        "TIME_PERIOD": "period",
        "OBS_VALUE": _by("shown(a_value)", "shown(b_value)", _VALUES),
        "OBS_STATUS": f"coalesce({_by('a_status', 'b_status', dict.fromkeys(_FAR, _STATUS))}, 'A')",
        "CONF_STATUS": _by("a_conf", "b_conf"),
        "COMMENT_OBS": _by("NULL", "NULL", dict.fromkeys(_FAR, "nullif(differs, '')")),
        "OBS_PARTS": _by("CAST(a_parts AS VARCHAR)", "CAST(b_parts AS VARCHAR)"),
        "UNIT_MEASURE": _by("a_unit", "b_unit", _UNITS),
        **{name: _by(f"a_{name.lower()}", f"b_{name.lower()}") for name in TOLD},
    }
    more = ", ".join(
        f"{sql} AS {name}" for name, sql in {"differs": _DIFFERS, **_QUOTIENTS}.items()
    )
    return (
        f"SELECT {made(schema, given)} FROM ("
        f"SELECT *, {more} FROM (SELECT *, {attributes} FROM ({pairs}) AS p {series}"
        f") AS q) AS t CROSS JOIN ({indicators}) AS i "
        "WHERE NOT (indicator = 'RATIO' AND b_value = 0)"
    )


def _by(from_: str, to: str, far: Mapping[str, str] | None = None) -> str:
    """What a column holds, by indicator; null for one that is not named."""
    given = {"REPORTED_FROM": from_, "REPORTED_TO": to, **(far or {})}
    cases = "".join(f" WHEN {literal(i)} THEN {sql}" for i, sql in given.items())
    return f"CASE indicator{cases} END"


#: Indicators that tell how far two figures are apart.
_FAR = INDICATORS[2:]

_A, _B = "CAST(a_value AS DOUBLE)", "CAST(b_value AS DOUBLE)"
#: Doubles by name; the branches keep the engine from dividing by zero.
_QUOTIENTS = {
    "ratio": f"CASE WHEN b_value <> 0 THEN {_A} / {_B} END",
    "asymmetry": f"CASE WHEN a_value = b_value THEN 0.0 "
    f"ELSE 2.0 * abs({_A} - {_B}) / (abs({_A}) + abs({_B})) END",
}
_VALUES = {
    "DIFFERENCE": "shown(a_value - b_value)",
    "RATIO": rounded("ratio"),
    "ASYMMETRY": rounded("asymmetry"),
}
_UNITS = {
    "DIFFERENCE": "CASE WHEN a_unit = b_unit THEN a_unit ELSE '_Z' END",
    "RATIO": "'RATIO'",
    "ASYMMETRY": "'RATIO'",
}
_STATUS = "CASE WHEN differs = '' THEN 'A' ELSE 'D' END"


def _differing(name: str, a: str, b: str) -> str:
    """``'; NAME x / y'`` where the two ends do not say the same, else an empty text."""
    x, y = f"coalesce({a}, '_U')", f"coalesce({b}, '_U')"
    return f"CASE WHEN {x} <> {y} THEN '; {name} ' || {x} || ' / ' || {y} ELSE '' END"


#: In what the figures of the two ends are not the same thing, in codes.
_DIFFERS = "substr({}, 3)".format(
    " || ".join(
        (
            _differing("UNIT_MEASURE", "a_unit", "b_unit"),
            _differing("DEFINITION", "a_definition", "b_definition"),
            # A country that returns people need not say to where.
            _differing("COUNTRY_COUNTERPART", "a_recorded", "area_to"),
            _differing("COUNTRY_COUNTERPART", "area_from", "b_recorded"),
        )
    )
)

"""Both ends of a flow compared: which pairs of countries are how far apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template, request, url_for
from markupsafe import Markup

from hub.errors import RequestSyntaxError
from hub.model.periods import PeriodError, parse
from hub.views.mirror import DATAFLOW
from hub.views.mirror_rules import mirror_rules
from registry.context import current_hub
from registry.pages.compared import Row, Table, bar, choice_of, distances, rows
from registry.pages.figures import Figure, period_name
from registry.pages.names import Names, collation, format_name
from registry.pages.selection import Selection, downloads, page_path, query_v1, query_v2
from registry.pages.site import blueprint, query_string, say

__all__ = ["mirror", "pair_key"]

TOTAL = {"SEX": ["_T"], "AGE": ["_T"]}
#: What tells the comparisons of one pair of countries apart.
VARIANT = ("CITIZENSHIP", "SEX", "AGE", "PROVIDER_FROM", "UNIT_FROM", "PROVIDER_TO", "UNIT_TO")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pair of figures in one period. ``figures`` are in the order of the indicators."""

    from_: str
    to: str
    units: tuple[str, str]
    page: str
    figures: tuple[Figure | None, ...]
    asymmetry: float
    bar: Markup
    differs: bool

    @property
    def step(self) -> int:
        """How dark the matrix shows it: 1 to 4, by halves of the unit."""
        return min(int(self.asymmetry * 2), 3) + 1


@blueprint.get("/mirror")
def mirror() -> str:
    """The pairs of countries of a comparison and a period, the farthest apart first."""
    hub, t = current_hub(), say()
    schema = hub.structures.dataflow(DATAFLOW.agency, DATAFLOW.id, DATAFLOW.version)
    names = Names(hub.structures, schema, t.language)
    known = _of_all(rows(hub, DATAFLOW, {"INDICATOR": ["ASYMMETRY"], **TOTAL}))
    there = set(known["COMPARISON"])
    comparisons = [one.code for one in mirror_rules().comparisons if one.code in there]
    chosen = request.args.get("comparison", "")
    if chosen not in comparisons:
        chosen = comparisons[0] if comparisons else ""
    periods = _periods(known[known["COMPARISON"] == chosen])
    asked = _period_asked()
    period = asked if asked in periods else next(iter(periods), "")
    choice = {
        "COMPARISON": [chosen],
        "FREQ": [periods.get(period, "")],
        **TOTAL,
        "TIME_PERIOD": [period],
    }
    found = _of_all(rows(hub, DATAFLOW, choice)) if period else known.iloc[:0]
    ranked = _ranked(found, names, t.locale)
    whole = Selection(choice_of({c: codes for c, codes in choice.items() if c != "TIME_PERIOD"}))
    root = request.host_url.rstrip("/")
    return render_template(
        "pages/mirror.html",
        name=names.dataflow,
        path=page_path(DATAFLOW),
        comparisons=[(code, names.code("COMPARISON", code)) for code in comparisons],
        chosen=chosen,
        comparison=names.code("COMPARISON", chosen),
        periods=[(text, period_name(text, t.locale)) for text in periods],
        period_chosen=period,
        period_lacking=asked if asked != period else "",
        ranked=ranked,
        matrix=_matrix(ranked),
        query_v1=root + query_v1(whole, schema),
        query_v2=root + query_v2(whole, schema),
        downloads=[(format_name(d.format.name, t), d.path) for d in downloads(whole, schema)],
    )


def _period_asked() -> str:
    """The period of the address; raises ``RequestSyntaxError`` for what is none."""
    text = request.args.get("period", "")
    try:
        if text:
            parse(text)
    except PeriodError:
        raise RequestSyntaxError(
            f"period={text!r} is no period: write it as 2022, 2022-05 or 2022-Q2."
        ) from None
    return text


def pair_key(row: Row) -> str:
    """What tells a comparison from others of its pair of countries, as an address says it."""
    return ".".join(str(row[c]) for c in VARIANT)


def _of_all(found: Table) -> Table:
    """Comparisons of people of all citizenships, or of the only one that there is."""
    every = found["CITIZENSHIP"] == "_T"
    own = ~found["COMPARISON"].isin(
        [c.code for c in mirror_rules().comparisons if c.by_citizenship]
    )
    return found[every | own]


def _periods(found: Table) -> dict[str, str]:
    """Periods with their frequency: years first, each kind from the latest on."""
    pairs = found[["FREQ", "TIME_PERIOD"]].drop_duplicates()
    years = pairs["FREQ"] == "A"
    ordered = [*_latest(pairs[years]), *_latest(pairs[~years])]
    return {period: freq for freq, period in ordered}


def _latest(pairs: Table) -> Iterable[tuple[str, str]]:
    listed = pairs.sort_values("TIME_PERIOD", ascending=False)
    return zip(listed["FREQ"], listed["TIME_PERIOD"], strict=True)


def _ranked(found: Table, names: Names, locale: str) -> list[Ranked]:
    """One line for each pair of figures, the largest asymmetry first; of equals the larger flow."""
    lines = []
    for _, group in found.groupby(["COMPARISON", "AREA_FROM", "AREA_TO", *VARIANT]):
        by = group.set_index("INDICATOR")
        first = group.iloc[0]
        values = by["OBS_VALUE"]
        page = url_for(
            "pages.mirror_pair",
            comparison=first["COMPARISON"], from_=first["AREA_FROM"], to=first["AREA_TO"],
        )  # fmt: skip
        asymmetry = float(values["ASYMMETRY"])
        line = Ranked(
            from_=names.code("AREA_FROM", first["AREA_FROM"]),
            to=names.code("AREA_TO", first["AREA_TO"]),
            units=(
                names.code("UNIT_FROM", first["UNIT_FROM"]),
                names.code("UNIT_TO", first["UNIT_TO"]),
            ),
            page=page + query_string({"of": pair_key(first)}),
            figures=distances(values.to_dict(), locale),
            asymmetry=asymmetry,
            bar=bar(asymmetry / 2),
            differs=by.loc["ASYMMETRY", "OBS_STATUS"] == "D",
        )
        size = float(values["REPORTED_FROM"]) + float(values["REPORTED_TO"])
        lines.append((-asymmetry, -size, line))
    return [line for *_, line in sorted(lines, key=lambda one: one[:2])]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Asymmetry by country left (rows) and country reached; ``None`` where nothing is compared."""

    columns: list[str]
    rows: list[tuple[str, list[Ranked | None]]]


def _matrix(ranked: list[Ranked]) -> Matrix:
    left = sorted({one.from_ for one in ranked}, key=collation)
    reached = sorted({one.to for one in ranked}, key=collation)
    # Several providers may tell of one pair: the matrix has the farthest apart.
    first: dict[tuple[str, str], Ranked] = {}
    for one in ranked:
        first.setdefault((one.from_, one.to), one)
    return Matrix(reached, [(a, [first.get((a, b)) for b in reached]) for a in left])

"""The published observations that a figure of a comparison is made of, each with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from flask import render_template, request, url_for

from hub.errors import NotFound
from hub.model.schema import DataSchema, StructureRef
from hub.store.home import Hub
from hub.views import corridor
from hub.views.mirror import DATAFLOW
from hub.views.mirror_rules import Side, mirror_rules
from hub.views.mirror_side import stored_cells
from registry.context import current_hub
from registry.pages.compared import Row, rows
from registry.pages.figures import Figure, figure, period_name
from registry.pages.mirror import VARIANT, pair_key
from registry.pages.mirror_pair import ends, known_pair
from registry.pages.names import Names
from registry.pages.selection import page_path
from registry.pages.site import blueprint, query_string, say
from registry.provenance import page_of

__all__ = ["Made", "corridor_observations", "made_of", "mirror_observations"]


@dataclass(frozen=True, slots=True)
class Made:
    """A figure and its observations.

    ``columns`` are the dimensions in which these differ; ``parts`` have a name for each of them,
    the value and the page about it. ``whole`` is whether they are all that the figure is made of.
    """

    title: str
    figure: Figure
    dataflow: str
    path: str
    columns: list[str]
    parts: list[tuple[list[str], Figure | None, str]]
    count: int
    whole: bool


def made_of(schema: DataSchema, series: str, time: str | None) -> str | None:
    """The page about what an observation is made of; ``None`` where it is a stored one."""
    codes = dict(zip(schema.series_key, series.split("."), strict=False))
    if len(codes) != len(schema.series_key):
        return None
    if schema.dataflow == DATAFLOW:
        page = url_for(
            "pages.mirror_observations", comparison=codes["COMPARISON"],
            from_=codes["AREA_FROM"], to=codes["AREA_TO"],
        )  # fmt: skip
        return page + query_string({"time": time, "of": pair_key(codes)})
    if schema.dataflow == corridor.DATAFLOW:
        page = url_for(
            "pages.corridor_observations", stage=codes["STAGE"], citizenship=codes["CITIZENSHIP"]
        )
        asked = {"time": time, "provider": codes["PROVIDER"], "unit": codes["UNIT_MEASURE"]}
        return page + query_string(asked)
    return None


@blueprint.get("/mirror/<comparison>/<from_>/<to>/observations")
def mirror_observations(comparison: str, from_: str, to: str) -> str:
    """What both figures of a pair are made of in one period."""
    hub, t = current_hub(), say()
    rule, found = known_pair(hub, comparison, from_, to)
    time, of = request.args.get("time", ""), request.args.get("of", "")
    shown = found[(found["TIME_PERIOD"] == time) & (found.apply(pair_key, axis=1) == of)]
    if shown.empty:
        raise NotFound(t("mirror.no_pair"))
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_MIRROR", None)
    names = Names(hub.structures, schema, t.language)
    left, right = ends(hub, names, rule, shown, t)
    by = shown.set_index("INDICATOR")
    variant = dict(zip(VARIANT, of.split("."), strict=True))
    made = []
    for end, indicator, which, here, there in (
        (left, "REPORTED_FROM", "FROM", from_, to),
        (right, "REPORTED_TO", "TO", to, from_),
    ):
        row = by.loc[indicator]
        ref = end.side.dataflow
        stored = hub.structures.dataflow(ref.agency, ref.id, ref.version)
        cells, totals = stored_cells(stored, mirror_rules(), end.side, here, there)
        cells["UNIT_MEASURE"] = (variant[f"UNIT_{which}"],)
        cells |= {
            c: (variant[c],) for c in ("CITIZENSHIP", "SEX", "AGE")
            if variant[c] != "_T" and c not in cells
        }  # fmt: skip
        totals |= {c: "_T" for c in ("SEX", "AGE") if c not in cells}
        title = t("mirror.reports", area=end.area)
        made.append(_made(hub, title, row, ref, cells, totals, _preferred(end.side, here, there)))
    back = url_for("pages.mirror_pair", comparison=comparison, from_=from_, to=to)
    return render_template(
        "pages/contributions.html",
        title=f"{left.area} → {right.area}: {names.code('COMPARISON', comparison)}",
        back=back + query_string({"of": of}),
        section=(url_for("pages.mirror"), t("mirror.title")),
        period=period_name(time, t.locale),
        made=made,
    )


@blueprint.get("/corridor/<stage>/<citizenship>/observations")
def corridor_observations(stage: str, citizenship: str) -> str:
    """What a figure of a stage is made of in one period."""
    hub, t = current_hub(), say()
    rule = next((one for one in corridor.stages() if one.code == stage), None)
    time, provider = request.args.get("time", ""), request.args.get("provider", "")
    choice = {"STAGE": [stage], "CITIZENSHIP": [citizenship], "TIME_PERIOD": [time],
              "PROVIDER": [provider], "UNIT_MEASURE": [request.args.get("unit", "")]}  # fmt: skip
    found = rows(hub, corridor.DATAFLOW, choice) if rule is not None else pd.DataFrame()
    if rule is None or found.empty:
        raise NotFound(t("corridor.no_figure"))
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_CORRIDOR", None)
    names = Names(hub.structures, schema, t.language)
    stored = hub.structures.dataflow(rule.dataflow.agency, rule.dataflow.id, rule.dataflow.version)
    row = found.iloc[0]
    cells = {**rule.stored(stored), "CITIZENSHIP": (citizenship,)}
    cells["UNIT_MEASURE"] = (row["UNIT_MEASURE"],)
    totals = {c: code for c, code in rule.cell(stored).items() if len(cells.get(c, ())) != 1}
    made = _made(hub, names.code("STAGE", stage), row, rule.dataflow, cells, totals, None)
    return render_template(
        "pages/contributions.html",
        title=f"{names.code('CITIZENSHIP', citizenship)}: {names.code('STAGE', stage)}",
        back=url_for("pages.corridor") + query_string({"nationality": citizenship}),
        section=(url_for("pages.corridor"), t("corridor.title")),
        period=period_name(time, t.locale),
        made=[made],
    )


def _preferred(side: Side, reporter: str, partner: str) -> tuple[str, Sequence[str]] | None:
    """The component of which a side takes the first code that there is."""
    stand = {"PARTNER": partner, "REPORTER": reporter}
    for component, codes in side.where.items():
        if len(codes) > 1:
            return component, [stand.get(code, code) for code in codes]
    return None


def _made(
    hub: Hub, title: str, row: Row, ref: StructureRef,
    cells: Mapping[str, Sequence[str]], totals: Mapping[str, str],
    preferred: tuple[str, Sequence[str]] | None,
) -> Made:  # fmt: skip
    """The observations of one figure: the total where it is stated, else its parts."""
    t = say()
    schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
    assert schema.time is not None
    names = Names(hub.structures, schema, t.language)
    time = str(row["TIME_PERIOD"])
    choice = {**cells, "FREQ": [str(row["FREQ"])], schema.time.id: [time]}
    found = rows(hub, ref, choice)
    if found.empty and row["FREQ"] == "A":  # a year that was added up from its months
        months = [f"{time}-{month:02d}" for month in range(1, 13)]
        found = rows(hub, ref, {**cells, "FREQ": ["M"], schema.time.id: months})
    if preferred is not None:
        component, codes = preferred
        there = next((code for code in codes if (found[component] == code).any()), None)
        found = found[found[component] == there]
    stated = found
    for component, code in totals.items():
        stated = stated[stated[component] == code]
    if not stated.empty and len(stated) == int(row["OBS_PARTS"]):
        found = stated
    varying = [c for c in schema.key if found[c].nunique() > 1]
    parts = [
        (
            [names.code(c, one[c]) if c != schema.time.id else period_name(one[c], t.locale)
             for c in varying],
            None if one["OBS_VALUE"] is None else figure(one["OBS_VALUE"], t.locale),
            page_of(schema, {c: str(one[c]) for c in schema.key}),
        )
        for one in found.sort_values([*schema.key]).to_dict("records")
    ]  # fmt: skip
    return Made(
        title=title,
        figure=figure(row["OBS_VALUE"], t.locale),
        dataflow=names.dataflow,
        path=page_path(ref),
        columns=[names.component(c) for c in varying],
        parts=parts,
        count=int(row["OBS_PARTS"]),
        whole=len(parts) == int(row["OBS_PARTS"]),
    )

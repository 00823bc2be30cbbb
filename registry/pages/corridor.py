"""One nationality at the successive borders of a route, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from markupsafe import Markup

from hub.errors import RequestSyntaxError
from hub.model.periods import parse
from hub.store.home import Hub
from hub.views.corridor import DATAFLOW, stages
from registry.context import current_hub
from registry.pages.chart import ChartData, ChartPoint, draw
from registry.pages.compared import Table, choice_of, rows
from registry.pages.figures import Figure, figure, period_name
from registry.pages.i18n import Words
from registry.pages.names import Names, collation, format_name, is_member, providers
from registry.pages.selection import Selection, downloads, page_path, query_v1, query_v2
from registry.pages.site import blueprint, query_string, say

__all__ = ["Panel", "corridor"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A stage as the page shows it: who counts what there, its sum, and its own picture.

    Each stage has an axis of its own, as the stages do not count the same thing.
    """

    code: str
    name: str
    institution: str
    unit: str
    definition: str | None
    collection: str | None
    source: str | None
    months: int
    picture: Markup | None


@dataclass(frozen=True, slots=True)
class Month:
    """A period with a figure for each panel, and where each comes from."""

    name: str
    figures: list[tuple[Figure, str, str] | None]


@blueprint.get("/corridor")
def corridor() -> str:
    """The stages that counted a nationality in a span of years."""
    hub, t = current_hub(), say()
    schema = hub.structures.dataflow(DATAFLOW.agency, DATAFLOW.id, DATAFLOW.version)
    names = Names(hub.structures, schema, t.language)
    known = rows(hub, DATAFLOW, {"FREQ": ["M"]})
    nationalities = _nationalities(known, names)
    chosen = request.args.get("nationality", "")
    if chosen not in nationalities:
        chosen = _most_counted(known, nationalities)
    of_chosen = known[known["CITIZENSHIP"] == chosen]
    years = sorted(of_chosen["TIME_PERIOD"].str[:4].unique())
    first, last = _year("from"), _year("to")
    if not years:
        first = last = None
    elif first is None and last is None:
        first, last = _common_years(of_chosen)
    shown = of_chosen
    if first is not None:
        shown = shown[shown["TIME_PERIOD"].str[:4] >= f"{first:04d}"]
    if last is not None:
        shown = shown[shown["TIME_PERIOD"].str[:4] <= f"{last:04d}"]
    panels, keys = _panels(hub, shown, names, t)
    choice = Selection(
        choice_of({"FREQ": ["M"], "CITIZENSHIP": [chosen]} if chosen else {}), first, last
    )
    root = request.host_url.rstrip("/")
    return render_template(
        "pages/corridor.html",
        name=names.dataflow,
        path=page_path(DATAFLOW),
        nationalities=[(code, names.code("CITIZENSHIP", code)) for code in nationalities],
        chosen=chosen,
        nationality=names.code("CITIZENSHIP", chosen),
        years=years,
        first=first,
        last=last,
        panels=panels,
        absent=[
            names.code("STAGE", s.code) for s in stages() if s.code not in {k[0] for k in keys}
        ],
        months=_months(shown, keys, chosen, t.locale),
        query_v1=root + query_v1(choice, schema),
        query_v2=root + query_v2(choice, schema),
        downloads=[(format_name(d.format.name, t), d.path) for d in downloads(choice, schema)],
    )


def _year(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise RequestSyntaxError(f"{name}={text!r} is not a year.")
    return int(text)


def _nationalities(known: Table, names: Names) -> list[str]:
    """Nationalities that some stage counted, by name."""
    component = names.component_of("CITIZENSHIP")
    codes = [c for c in known["CITIZENSHIP"].unique() if is_member(component, c)]
    return sorted(codes, key=lambda code: collation(names.code("CITIZENSHIP", code)))


def _most_counted(known: Table, nationalities: Sequence[str]) -> str:
    """The nationality that most stages counted in most months."""
    kept = known[known["CITIZENSHIP"].isin(nationalities)]
    if kept.empty:
        return ""
    by = kept.groupby("CITIZENSHIP").agg(stages=("STAGE", "nunique"), figures=("STAGE", "size"))
    return str(by.sort_values(["stages", "figures"]).index[-1])


def _common_years(shown: Table) -> tuple[int | None, int | None]:
    """The years in which most stages have figures."""
    by_year = shown.assign(year=shown["TIME_PERIOD"].str[:4]).groupby("year")["STAGE"].nunique()
    best = by_year[by_year == by_year.max()].index
    return int(best.min()), int(best.max())


def _panels(
    hub: Hub, shown: Table, names: Names, words: Words
) -> tuple[list[Panel], list[tuple[str, str, str]]]:
    """The panels in the order of the route, and the stage, provider and unit of each."""
    order = {stage.code: place for place, stage in enumerate(stages())}
    dataflows = {stage.code: stage.dataflow for stage in stages()}
    groups = sorted(
        shown.groupby(["STAGE", "PROVIDER", "UNIT_MEASURE"]),
        key=lambda one: (order[str(one[0][0])], one[0]),
    )
    times = sorted(shown["TIME_PERIOD"].unique(), key=lambda text: parse(text).start)
    span = (parse(times[0]).start, parse(times[-1]).start) if times else None
    panels = []
    for (stage, provider, unit), group in groups:
        last = group.sort_values("TIME_PERIOD").iloc[-1]
        found = providers(hub.structures, dataflows[stage], words.language)
        institutions = {p.id: p.name for p in found}
        panels.append(
            Panel(
                code=stage,
                name=names.code("STAGE", stage),
                institution=institutions.get(
                    provider, words("mirror.unknown_provider") if provider == "_U" else provider
                ),
                unit=names.code("UNIT_MEASURE", unit),
                definition=_coded(names, "DEFINITION", last["DEFINITION"]),
                collection=_coded(names, "COLLECTION", last["COLLECTION"]),
                source=last["SOURCE"],
                months=len(group),
                picture=_picture(group, names, span, words),
            )
        )
    return panels, [key for key, _ in groups]


def _coded(names: Names, component: str, code: str | None) -> str | None:
    return None if code is None else names.code(component, code)


def _picture(
    group: Table, names: Names, span: tuple[datetime, datetime] | None, words: Words
) -> Markup | None:
    """The figures of one stage over time, on the time axis that all stages share."""
    if len(group) < 2:
        return None
    name = names.code("STAGE", group["STAGE"].iloc[0])
    times = sorted(group["TIME_PERIOD"], key=lambda text: parse(text).start)
    first, last = (period_name(text, words.locale) for text in (times[0], times[-1]))
    top = group.loc[group["OBS_VALUE"].astype(float).idxmax()]
    data = ChartData(
        "line",
        tuple(
            ChartPoint(name, parse(row.TIME_PERIOD).start, float(row.OBS_VALUE))
            for row in sorted(group.itertuples(), key=lambda row: parse(row.TIME_PERIOD).start)
        ),
        (name,),
        names.code("UNIT_MEASURE", group["UNIT_MEASURE"].iloc[0]),
        "",
        "%b %Y",
        name,
        words(
            "corridor.chart_say", first=first, last=last,
            most=figure(top["OBS_VALUE"], words.locale).shown,
            when=period_name(top["TIME_PERIOD"], words.locale),
        ),
        span,
    )  # fmt: skip
    return draw(data, words.language, narrow=True)


def _months(
    shown: Table, keys: Sequence[tuple[str, str, str]], chosen: str, locale: str
) -> list[Month]:
    """A line for each period, the latest first."""
    cells = {
        (row.TIME_PERIOD, (row.STAGE, row.PROVIDER, row.UNIT_MEASURE)): row
        for row in shown.itertuples()
    }
    lines = []
    for time in sorted(shown["TIME_PERIOD"].unique(), reverse=True):
        line: list[tuple[Figure, str, str] | None] = []
        for key in keys:
            row = cells.get((time, key))
            if row is None:
                line.append(None)
                continue
            stage, provider, unit = key
            page = url_for("pages.corridor_observations", stage=stage, citizenship=chosen)
            page += query_string({"time": time, "provider": provider, "unit": unit})
            status = "" if row.OBS_STATUS == "A" else str(row.OBS_STATUS)
            line.append((figure(row.OBS_VALUE, locale), page, status))
        lines.append(Month(period_name(time, locale), line))
    return lines

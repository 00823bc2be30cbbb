"""One pair of countries: what each end reports, by which definition, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from flask import render_template, request, url_for
from markupsafe import Markup

from hub.errors import NotFound
from hub.model.periods import parse
from hub.store.home import Hub
from hub.views.mirror import DATAFLOW
from hub.views.mirror_rules import Comparison, Side, mirror_rules
from registry.context import current_hub
from registry.pages.chart import ChartData, ChartPoint, draw, keys
from registry.pages.compared import Row, Table, bar, choice_of, distances, rows
from registry.pages.figures import Figure, period_name
from registry.pages.i18n import Words
from registry.pages.mirror import VARIANT, pair_key
from registry.pages.names import Names, format_name, providers
from registry.pages.selection import Selection, downloads, page_path, query_v1, query_v2
from registry.pages.site import blueprint, query_string, say

__all__ = ["End", "ends", "known_pair", "mirror_pair"]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a pair, in the reader's words: who counts what, and how."""

    side: Side
    area: str
    institution: str
    measure: str
    unit: str
    definition: str | None
    collection: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One period. ``figures`` go by indicator; ``page`` is about what they are made of."""

    period: str
    figures: tuple[Figure | None, ...]
    bar: Markup
    differs: bool
    page: str


@blueprint.get("/mirror/<comparison>/<from_>/<to>")
def mirror_pair(comparison: str, from_: str, to: str) -> str:
    """Both figures of a pair of countries over time, with the definitions of each."""
    hub, t = current_hub(), say()
    schema = hub.structures.dataflow(DATAFLOW.agency, DATAFLOW.id, DATAFLOW.version)
    names = Names(hub.structures, schema, t.language)
    rule, found = known_pair(hub, comparison, from_, to)
    variants = found[list(VARIANT)].drop_duplicates()
    variants = variants.assign(key=variants.apply(pair_key, axis=1)).sort_values("key")
    asked = request.args.get("of", "")
    if asked not in set(variants["key"]):
        asked = _most_general(variants)
    shown = found[found.apply(pair_key, axis=1) == asked]
    left, right = ends(hub, names, rule, shown, t)
    here = url_for("pages.mirror_pair", comparison=comparison, from_=from_, to=to)
    tables = [
        (names.code("FREQ", freq), _lines(group, here, asked, t.locale))
        for freq, group in sorted(shown.groupby("FREQ"))
    ]
    choice: dict[str, list[str]] = {
        "COMPARISON": [comparison], "AREA_FROM": [from_], "AREA_TO": [to],
        **{c: [code] for c, code in zip(VARIANT, asked.split("."), strict=True)},
    }  # fmt: skip
    chosen = Selection(choice_of(choice))
    root = request.host_url.rstrip("/")
    return render_template(
        "pages/mirror_pair.html",
        comparison=names.code("COMPARISON", comparison),
        from_=names.code("AREA_FROM", from_),
        to=names.code("AREA_TO", to),
        left=left,
        right=right,
        differing=_differing(hub, shown, rule, t.language),
        variants=[
            (_variant(names, row), here + query_string({"of": row["key"]}), row["key"] == asked)
            for _, row in variants.iterrows()
        ],
        tables=tables,
        picture=_picture(shown, left, right, names, t),
        query_v1=root + query_v1(chosen, schema),
        query_v2=root + query_v2(chosen, schema),
        downloads=[(format_name(d.format.name, t), d.path) for d in downloads(chosen, schema)],
        path=page_path(DATAFLOW),
    )


def known_pair(hub: Hub, comparison: str, from_: str, to: str) -> tuple[Comparison, Table]:
    """The rule and all rows of a pair; raises ``NotFound`` when nothing of it is compared."""
    rule = next((one for one in mirror_rules().comparisons if one.code == comparison), None)
    choice = {"COMPARISON": [comparison], "AREA_FROM": [from_], "AREA_TO": [to]}
    found = rows(hub, DATAFLOW, choice) if rule is not None else pd.DataFrame()
    if rule is None or found.empty:
        raise NotFound(say()("mirror.no_pair"))
    return rule, found


def ends(hub: Hub, names: Names, rule: Comparison, shown: Table, words: Words) -> tuple[End, End]:
    """The two ends of one comparison, as the series of either figure tell of themselves."""
    return (
        _end(hub, names, rule.from_, shown[shown["INDICATOR"] == "REPORTED_FROM"], "FROM", words),
        _end(hub, names, rule.to, shown[shown["INDICATOR"] == "REPORTED_TO"], "TO", words),
    )


def _end(hub: Hub, names: Names, side: Side, reported: Table, which: str, words: Words) -> End:
    ref = side.dataflow
    stored = hub.structures.dataflow(ref.agency, ref.id, ref.version)
    of_stored = Names(hub.structures, stored, words.language)
    last = reported.sort_values("TIME_PERIOD").iloc[-1]
    institutions = {p.id: p.name for p in providers(hub.structures, ref, words.language)}
    provider = last[f"PROVIDER_{which}"]
    return End(
        side=side,
        area=names.code(f"AREA_{which}", last[f"AREA_{which}"]),
        institution=institutions.get(
            provider, words("mirror.unknown_provider") if provider == "_U" else provider
        ),
        measure=of_stored.code("MEASURE", side.measure),
        unit=names.code(f"UNIT_{which}", last[f"UNIT_{which}"]),
        definition=_coded(names, "DEFINITION", last["DEFINITION"]),
        collection=_coded(names, "COLLECTION", last["COLLECTION"]),
        source=last["SOURCE"],
    )


def _coded(names: Names, component: str, code: str | None) -> str | None:
    return None if code is None else names.code(component, code)


def _most_general(variants: Table) -> str:
    """The comparison with the most totals: all sexes, ages and citizenships where there are."""
    totals = (variants[["CITIZENSHIP", "SEX", "AGE"]] == "_T").sum(axis=1)
    return str(variants.loc[totals.idxmax(), "key"])


def _variant(names: Names, row: Row) -> str:
    """What is special of one comparison of a pair, in words."""
    said = [names.code(c, row[c]) for c in ("CITIZENSHIP", "SEX", "AGE")]
    return " · ".join([*said, f"{row['PROVIDER_FROM']} / {row['PROVIDER_TO']}"])


def _differing(
    hub: Hub, shown: Table, rule: Comparison, language: str
) -> list[tuple[str, str, str]]:
    """In what the two ends differ: the component, and what either end says."""
    comments = shown.loc[shown["INDICATOR"] == "ASYMMETRY", "COMMENT_OBS"].dropna()
    if comments.empty:
        return []
    ref = rule.to.dataflow
    stored = hub.structures.dataflow(ref.agency, ref.id, ref.version)
    names = Names(hub.structures, stored, language)
    found = []
    for part in str(comments.iloc[-1]).split("; "):
        component, _, said = part.partition(" ")
        left, _, right = said.partition(" / ")
        found.append((names.component(component), names.code(component, left),
                      names.code(component, right)))  # fmt: skip
    return found


def _lines(group: Table, here: str, of: str, locale: str) -> list[Line]:
    table = group.pivot(index="TIME_PERIOD", columns="INDICATOR", values="OBS_VALUE")
    of_asymmetry = group[group["INDICATOR"] == "ASYMMETRY"]
    differing = set(of_asymmetry.loc[of_asymmetry["OBS_STATUS"] == "D", "TIME_PERIOD"])
    lines = []
    for period, values in table.sort_index(ascending=False).iterrows():
        given: Mapping[str, str] = values.dropna().to_dict()
        lines.append(
            Line(
                period_name(str(period), locale),
                distances(given, locale),
                bar(float(given["ASYMMETRY"]) / 2),
                period in differing,
                f"{here}/observations{query_string({'time': period, 'of': of})}",
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart in both widths with its words."""

    title: str
    subtitle: str
    wide: Markup
    narrow: Markup
    legend: list[tuple[str, Markup]]


def _picture(shown: Table, left: End, right: End, names: Names, words: Words) -> Picture | None:
    """Both figures over the periods of the finest frequency; ``None`` for a single period."""
    of_freq = max((group for _, group in shown.groupby("FREQ")), key=len)
    times = sorted(of_freq["TIME_PERIOD"].unique(), key=lambda text: parse(text).start)
    if len(times) < 2:
        return None
    labels = {
        "REPORTED_FROM": f"{left.area} ({left.unit.lower()})",
        "REPORTED_TO": f"{right.area} ({right.unit.lower()})",
    }
    points = [
        ChartPoint(labels[row.INDICATOR], _when(row.TIME_PERIOD), float(row.OBS_VALUE))
        for row in of_freq.itertuples()
        if row.INDICATOR in labels
    ]
    title = words("mirror.chart", from_=left.area, to=right.area)
    first, last = (period_name(text, words.locale) for text in (times[0], times[-1]))
    unit = left.unit if left.unit == right.unit else f"{left.unit} / {right.unit.lower()}"
    data = ChartData(
        "line", tuple(sorted(points, key=lambda p: (p.name, p.when))), tuple(labels.values()), unit,
        names.component("TIME_PERIOD"), "%Y" if times[0].isdigit() else "%b %Y", title,
        words("mirror.chart_say", first=first, last=last),
    )  # fmt: skip
    return Picture(
        title,
        f"{words('chart.span', first=first, last=last)} · {unit}",
        draw(data, words.language, narrow=False),
        draw(data, words.language, narrow=True),
        keys(data),
    )


def _when(period: str) -> datetime:
    return parse(period).start

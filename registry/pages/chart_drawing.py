"""Drawing charts: from their data to SVG, by Vega-Lite (see :mod:`registry.pages.chart`)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import altair as alt
import vl_convert

from registry.pages.chart import COLOURS, INK, SHAPES, ChartData

__all__ = ["drawn"]

_D3: Mapping[str, Literal["en-GB", "es-MX"]] = {"en": "en-GB", "es": "es-MX"}


def drawn(data: ChartData, language: str, narrow: bool) -> str:
    """The chart as SVG, as it comes from the library."""
    chart = (_bars if data.kind == "bar" else _lines)(data, narrow)
    spec: dict[str, Any] = _styled(chart, narrow).to_dict()
    svg: str = vl_convert.vegalite_to_svg(
        spec,
        allowed_base_urls=[],
        format_locale=_D3[language],
        time_format_locale=_D3[language],
    )
    return svg


def _lines(data: ChartData, narrow: bool) -> alt.Chart:
    rows = [{"n": p.name, "t": p.when.isoformat() + "Z", "v": p.value} for p in data.points]
    times = sorted({*(p.when for p in data.points), *(data.span or ())})
    scale = alt.Scale(domain=list(data.names), range=list(COLOURS[: len(data.names)]))
    shapes = alt.Scale(domain=list(data.names), range=list(SHAPES[: len(data.names)]))
    time_axis = alt.Axis(
        format=data.step, values=_ticks(times, 3 if narrow else 8), labelOverlap=True,
        grid=False, title=data.axis,
    )  # fmt: skip
    chart: alt.Chart = (
        alt.Chart(_inline_data(rows))
        .mark_line(point=alt.OverlayMarkDef(size=42, filled=True), strokeWidth=2.2)
        .encode(
            x=alt.X("t:T", scale=_time_scale(data), axis=time_axis),
            y=alt.Y("v:Q", axis=_value_axis(data.unit, narrow), scale=alt.Scale(zero=True)),
            color=alt.Color("n:N", scale=scale, legend=None, sort=list(data.names)),
            shape=alt.Shape("n:N", scale=shapes, legend=None, sort=list(data.names)),
        )
        .properties(width=290 if narrow else 800, height=260 if narrow else 320)
    )
    return chart


def _time_scale(data: ChartData) -> alt.Scale:
    if data.span is None:
        return alt.Scale(type="utc")
    return alt.Scale(type="utc", domain=[when.isoformat() + "Z" for when in data.span])


def _bars(data: ChartData, narrow: bool) -> alt.Chart:
    lines = _wrapped(data.names, 18 if narrow else 34)
    rows = [{"n": lines[p.name], "v": p.value} for p in data.points]
    longest = max(len(line) for name in lines.values() for line in name.split(_BREAK))
    room = longest * (7 if narrow else 7.6) + 12
    names = alt.Axis(
        title=None, labelExpr=f"split(datum.label, '{_BREAK}')", labelLimit=0, minExtent=room,
        maxExtent=room, ticks=False, domain=False, labelPadding=6, labelBaseline="middle",
    )  # fmt: skip
    # Room for the figure at the end of the longest bar.
    room_for_figure = 1.3 if narrow else 1.14
    top = max((p.value for p in data.points), default=0.0) * room_for_figure
    low = min(0.0, *(p.value for p in data.points)) * room_for_figure
    base = alt.Chart(_inline_data(rows)).encode(
        y=alt.Y("n:N", sort=[lines[name] for name in data.names], axis=names),
        x=alt.X(
            "v:Q",
            axis=_value_axis(data.unit, narrow),
            scale=alt.Scale(domain=[low, max(top, 0.0) or 1.0], nice=False),
        ),
    )
    bars = base.mark_bar(color=COLOURS[0], cornerRadiusEnd=2)
    figures = base.mark_text(align="left", dx=4, fontSize=11 if narrow else 12, color=INK).encode(
        text=alt.Text("v:Q", format=".3~s" if narrow else ",.0f")
    )
    chart: alt.Chart = (bars + figures).properties(
        width=(340 if narrow else 880) - room, height=alt.Step(30 if narrow else 24)
    )
    return chart


#: Stands for a line break inside a name.
_BREAK = "|"


def _wrapped(names: Sequence[str], width: int) -> dict[str, str]:
    """Names in at most two lines of ``width`` characters; two never become the same."""
    lines: dict[str, str] = {}
    for name in names:
        parts = textwrap.wrap(name.replace(_BREAK, " "), width, max_lines=2, placeholder="…")
        text = _BREAK.join(parts)
        lines[name] = text if text not in lines.values() else f"{text} ({len(lines) + 1})"
    return lines


def _inline_data(rows: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def _value_axis(unit: str, narrow: bool) -> alt.Axis:
    return alt.Axis(
        title=unit,
        labelExpr="datum.value === 0 ? '0' : format(datum.value, '~s')",
        tickCount=4 if narrow else 6,
        domain=False,
        ticks=False,
    )


def _ticks(times: Sequence[datetime], most: int) -> list[str]:
    """Instants that really occur, for at most so many labels that do not touch each other.

    Periods may be missing, so it is the distance on the axis that counts.
    """
    if not times:
        return []
    apart = (times[-1] - times[0]) / most
    kept = [times[0]]
    for when in times[1:]:
        if when - kept[-1] >= apart and len(kept) < most:
            kept.append(when)
    return [t.isoformat() + "Z" for t in kept]


def _styled(chart: alt.Chart, narrow: bool) -> alt.Chart:
    size = 12 if narrow else 13
    styled: alt.Chart = chart.configure(
        background="transparent", padding={"left": 4, "top": 6, "right": 14, "bottom": 4},
        font="Liberation Sans",
    ).configure_axis(
        labelColor=INK, titleColor=INK, labelFontSize=size, titleFontSize=size,
        titleFontWeight="normal", gridColor=INK, gridOpacity=0.14, domainColor=INK,
        domainOpacity=0.4, tickColor=INK, tickOpacity=0.4, titlePadding=8,
    ).configure_view(stroke=None)  # fmt: skip
    return styled

"""Charts, drawn on the server as SVG by Vega-Lite: no script, they print, they resize.

A :class:`ChartData` is plain values; :func:`draw` makes the picture. Colours are the page's: text
and lines take ``currentColor`` so that a dark page has a light chart; the series colours have a
contrast of 3:1 or more on both backgrounds and are doubled by point shapes. The legend is HTML
(:func:`keys`), so that it wraps and is read out. The server measures text with other fonts than
the reader's browser has, so every place for text is made with room to spare.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import vl_convert
from lxml import etree
from markupsafe import Markup

from hub.xml_safe import parser

__all__ = ["COLOURS", "ChartData", "ChartPoint", "draw", "keys"]

#: Okabe and Ito's order of hues, in tones that hold on white and on near-black.
COLOURS = ("#2a7fba", "#c4602a", "#2c9a6b", "#b0578d", "#8f7d1f", "#6a6fc9")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")

#: Stands for "the colour of the page's text" until the SVG is made.
INK = "#010203"

FONTS = "Arial, 'Liberation Sans', Helvetica, sans-serif"

_D3: Mapping[str, Literal["en-GB", "es-MX"]] = {"en": "en-GB", "es": "es-MX"}
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One observation of a chart: the name of its line or bar, its instant, its value."""

    name: str
    when: datetime
    value: float


@dataclass(frozen=True, slots=True)
class ChartData:
    """What a chart draws. ``kind`` is a line per name over time, or a bar per name.

    ``names`` gives the order. ``unit`` names the axis of values, ``axis`` the other one. ``step``
    is the d3 format of the time axis. ``title`` and ``description`` go into the SVG. ``span`` is
    the first and the last instant of the time axis, where charts stand side by side.
    """

    kind: Literal["line", "bar"]
    points: tuple[ChartPoint, ...]
    names: tuple[str, ...]
    unit: str
    axis: str
    step: str
    title: str
    description: str
    span: tuple[datetime, datetime] | None = None


@lru_cache(maxsize=128)
def draw(data: ChartData, language: str, narrow: bool) -> Markup:
    """The chart as inline SVG; ``narrow`` is the form for a phone."""
    chart = (_bars if data.kind == "bar" else _lines)(data, narrow)
    spec: dict[str, Any] = _styled(chart, narrow).to_dict()
    svg = vl_convert.vegalite_to_svg(
        spec,
        allowed_base_urls=[],
        format_locale=_D3[language],
        time_format_locale=_D3[language],
    )
    return _inline(svg, data)


#: The shapes as SVG paths around (0, 0), as the legend shows them.
_PATHS = {
    "circle": "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z",
    "square": "M-4.5,-4.5h9v9h-9Z",
    "triangle-up": "M0,-5.5L5.5,4.5H-5.5Z",
    "diamond": "M0,-6L5,0L0,6L-5,0Z",
    "cross": "M-5,-2h3v-3h4v3h3v4h-3v3h-4v-3h-3Z",
    "triangle-down": "M0,5.5L5.5,-4.5H-5.5Z",
}


def keys(data: ChartData) -> list[tuple[str, Markup]]:
    """The legend of a line chart: each name and its mark; none for one line or bars."""
    if data.kind == "bar" or len(data.names) < 2:
        return []
    mark = Markup(
        '<svg class="key" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">'
        '<path d="{}" fill="{}"/></svg>'
    )
    return [
        (name, mark.format(_PATHS[shape], colour))
        for name, shape, colour in zip(data.names, SHAPES, COLOURS, strict=False)
    ]


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
    """Instants that really occur, thinned evenly, as the axis' labels."""
    every = -(-len(times) // most)
    return [t.isoformat() + "Z" for t in times[:: max(1, every)]]


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


def _inline(svg: str, data: ChartData) -> Markup:
    """Make the SVG part of the page: scalable, named and described, with the page's ink."""
    root = etree.fromstring(svg.encode(), parser())
    del root.attrib["width"], root.attrib["height"]  # the viewBox stays: the picture scales
    root.set("role", "img")
    root.set("aria-label", f"{data.title}. {data.description}")
    root.set("class", "chart-svg")
    for node in root.iter():
        for name in ("style", "role", "aria-roledescription", "aria-label", "aria-hidden"):
            if name in node.attrib and (node is not root or name == "style"):
                del node.attrib[name]
        lines = node.findall(_SVG + "tspan")
        if len(lines) > 1:  # a name of two lines is centred on its bar
            lines[0].set("dy", "-0.5em")
        if node.get("font-family"):
            node.set("font-family", FONTS)
        for name in ("fill", "stroke"):
            if node.get(name) in {INK, "rgb(1, 2, 3)"}:
                node.set(name, "currentColor")
    for tag, text in (("desc", data.description), ("title", data.title)):
        child = etree.Element(_SVG + tag)
        child.text = text
        root.insert(0, child)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - our own, just parsed

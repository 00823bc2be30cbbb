"""Charts, drawn on the server as SVG by Vega-Lite: no script, they print, they resize.

A :class:`ChartData` is plain values; :func:`draw` makes the picture. Colours are the page's: text
and lines take ``currentColor`` so that a dark page has a light chart; the series colours have a
contrast of 3:1 or more on both backgrounds and are doubled by point shapes. The legend is HTML
(:func:`keys`), so that it wraps and is read out. The server measures text with other fonts than
the reader's browser has, so every place for text is made with room to spare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

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
    # A hub whose charts nobody looks at does without the library for them, which is large.
    from registry.pages.chart_drawing import drawn  # noqa: PLC0415

    return _inline(drawn(data, language, narrow), data)


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

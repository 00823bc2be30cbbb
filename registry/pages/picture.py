"""The chart of a dataset's page: from the headline of a choice to what is drawn and said of it.

A chart draws at most :data:`MOST_LINES` lines or :data:`MOST_BARS` bars, the largest; its caption
says how many there are and what is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from hub.store.availability import PeriodCount
from registry.pages.chart import COLOURS, ChartData, ChartPoint, draw, keys
from registry.pages.figures import period_name
from registry.pages.headline import NEVER, Headline, headline
from registry.pages.i18n import Words
from registry.pages.names import Names
from registry.pages.view import View

__all__ = ["Picture", "picture"]

MOST_LINES = len(COLOURS)
MOST_BARS = 15

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A chart ready to be shown. ``by`` is what it compares, ``choices`` what it could."""

    title: str
    subtitle: str
    wide: Markup
    narrow: Markup
    legend: list[tuple[str, Markup]]
    caption: str
    by: str | None
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class _Scene:
    """A view and the slice of it that is drawn."""

    view: View
    head: Headline

    @property
    def names(self) -> Names:
        return self.view.names

    @property
    def words(self) -> Words:
        return self.view.words

    def name(self, key: Keys) -> str:
        by = self.head.by
        if by is None:
            return self.names.dataflow
        return self.names.code(by, key[self.view.index.schema.series_key.index(by)])

    def fixed(self, dimension: str) -> str:
        return self.names.code(dimension, self.head.fixed[dimension])


def picture(view: View) -> Picture | None:
    """The chart of a choice; ``None`` when the choice has no value to draw."""
    index, holdings, selection, names = view.index, view.holdings, view.selection, view.names
    head = headline(index, selection.choice, selection.by)
    if head is None:
        return None
    scene = _Scene(view, head)
    candidates = list(head.members.values()) or ([head.total] if head.total else [])
    choice = {d: frozenset({code}) for d, code in head.fixed.items()}
    times = holdings.periods(choice, selection.start, selection.end)
    is_line = _follow(times)
    asked = [p.text for p in (times if is_line else times[-1:])]
    latest = holdings.latest_values(candidates, asked)
    ranked = sorted(latest, key=lambda k: (-latest[k], scene.name(k)))
    drawn = ranked[: MOST_LINES if is_line else MOST_BARS]
    if not drawn:
        return None
    title, subtitle = _title(scene, times, is_line)
    data = ChartData(
        "line" if is_line else "bar",
        _points(scene, drawn, asked, times),
        tuple(scene.name(k) for k in drawn),
        _unit(scene),
        names.component(index.schema.time.id) if index.schema.time else "",
        _step(times),
        title,
        _description(scene, drawn, latest, times),
    )
    language = view.words.language
    return Picture(
        title,
        subtitle,
        draw(data, language, narrow=False),
        draw(data, language, narrow=True),
        keys(data),
        _caption(scene, len(drawn), len(ranked)),
        head.by,
        [(d, names.component(d)) for d in view.varying if d not in NEVER],
    )


def _follow(times: Sequence[PeriodCount]) -> bool:
    """Whether periods come one after the other, so that a line may join them."""
    return len(times) > 1 and all(a.end <= b.start for a, b in pairwise(times))


def _step(times: Sequence[PeriodCount]) -> str:
    """The d3 format of the time axis: years, months or days."""
    if all(t.text.isdigit() for t in times):
        return "%Y"
    return "%d %b %Y" if any((t.end - t.start).days < 27 for t in times) else "%b %Y"


def _points(
    scene: _Scene, drawn: list[Keys], asked: list[str], times: Sequence[PeriodCount]
) -> tuple[ChartPoint, ...]:
    schema = scene.view.index.schema
    starts = {p.text: p.start for p in times}
    rows: list[dict[str, Any]] = scene.view.holdings.observations(drawn, asked).to_pylist()
    points = []
    for row in rows:
        value = _number(row.get(schema.primary_measure.id), row.get("UNIT_MULT"))
        if value is not None:
            key = tuple(row[d] for d in schema.series_key)
            when = starts[row[schema.time.id]] if schema.time else times[0].start
            points.append(ChartPoint(scene.name(key), when, value))
    return tuple(sorted(points, key=lambda p: (p.name, p.when)))


def _number(value: str | None, multiplier: str | None) -> float | None:
    try:
        return None if value is None else float(value) * 10.0 ** int(multiplier or "0")
    except ValueError:
        return None


def _unit(scene: _Scene) -> str:
    fixed = scene.head.fixed
    return scene.fixed("UNIT_MEASURE") if "UNIT_MEASURE" in fixed else scene.words("chart.value")


def _subject(scene: _Scene) -> str:
    for dimension in ("MEASURE", "SERIES", "INDICATOR"):
        if dimension in scene.head.fixed:
            return scene.fixed(dimension)
    return scene.names.dataflow


def _title(scene: _Scene, times: Sequence[PeriodCount], is_line: bool) -> tuple[str, str]:
    """The title (what, of whom, by what) and the line below it (when, unit, what is fixed)."""
    fixed, by, words = scene.head.fixed, scene.head.by, scene.words
    title = _subject(scene)
    if "REF_AREA" in fixed:
        title = words("chart.of", what=title, where=scene.fixed("REF_AREA"))
    if by is not None:
        title = words("chart.by", what=title, by=scene.names.component(by).lower())
    said = {"MEASURE", "SERIES", "INDICATOR", "REF_AREA", "FREQ", "UNIT_MEASURE"}
    parts = [
        f"{scene.names.component(d)}: {scene.fixed(d)}"
        for d, code in fixed.items()
        if d not in said and not code.startswith("_T") and code != "_Z"
    ]
    first, last = (period_name(t.text, words.locale) for t in (times[0], times[-1]))
    when = words("chart.span", first=first, last=last) if is_line else last
    return title, " · ".join([when, _unit(scene), *parts])


def _caption(scene: _Scene, drawn: int, members: int) -> str:
    words, head = scene.words, scene.head
    if head.by is None or not head.members:
        return words("chart.caption.one")
    n, total = words.number(drawn), words.number(members)
    text = words(
        "chart.caption.some" if drawn < members else "chart.caption.all",
        n=n, total=total, by=scene.names.component(head.by).lower(),
    )  # fmt: skip
    return f"{text} {words('chart.caption.total')}" if head.others else text


def _description(
    scene: _Scene, drawn: list[Keys], latest: dict[Keys, float], times: Sequence[PeriodCount]
) -> str:
    words = scene.words
    when = period_name(times[-1].text, words.locale) if times else ""
    said = "; ".join(f"{scene.name(k)} {words.number(round(latest[k]))}" for k in drawn[:5])
    return words("chart.description", when=when, figures=said)

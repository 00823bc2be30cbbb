"""The small parts SDMX-JSON 2.0 structure messages are made of."""

from __future__ import annotations

from typing import Any

from hub.structures.kinds import text_in

__all__ = ["Json", "bound", "given", "localised", "nameable", "self_link"]

#: An object of JSON.
Json = dict[str, Any]


def given(found: Json) -> Json:
    """``found`` without what is absent: nulls, empty arrays, empty objects."""
    return {k: v for k, v in found.items() if v not in (None, [], {})}


def localised(name: str, text: Any, lang: str) -> Json:
    """A text in the best matching language, and in all."""
    best = text_in(text, lang)
    return {} if best is None else {name: best, f"{name}s": dict(text.localizations)}


def self_link(urn: str, href: str | None = None) -> Json:
    """The link by which an object says what it is, and a stub where its whole is."""
    return given({"rel": "self", "urn": urn, "href": href})


def nameable(source: Any, lang: str) -> Json:
    """Id, annotations, names and descriptions; a name is required, so the id stands in for one."""
    return {
        "id": source.id,
        "annotations": [_annotation(a, lang) for a in source.annotations],
        "name": source.id,
        **localised("name", source.name, lang),
        **localised("description", source.description, lang),
    }


def _annotation(annotation: Any, lang: str) -> Json:
    links = [{"rel": "self", "href": annotation.url}] if annotation.url else []
    return given(
        {
            "id": annotation.id,
            "title": annotation.title,
            "type": annotation.type,
            **localised("text", annotation.text, lang),
            "links": links,
        }
    )


def bound(value: Any) -> Json:
    """A time range of a constraint."""

    def period(one: Any) -> Json:
        return {"period": one.period.isoformat(), "isInclusive": bool(one.is_inclusive)}

    if hasattr(value, "start"):
        return {"startPeriod": period(value.start), "endPeriod": period(value.end)}
    name = type(value).__name__
    return {name[0].lower() + name[1:]: period(value)}

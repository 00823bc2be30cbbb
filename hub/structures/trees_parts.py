"""The small parts of trees: names, annotations, and leaving out what is absent."""

from __future__ import annotations

from typing import Any

from hub.structures.shapes import Tree

__all__ = ["annotations_of", "given", "nameable"]


def given(found: Tree) -> Tree:
    """``found`` without what is absent: nulls, empty arrays, empty objects."""
    return {k: v for k, v in found.items() if v is not None and v not in ([], {})}


def nameable(source: Any) -> Tree:
    """Id, annotations, names and descriptions."""
    return {
        "id": source.id,
        "annotations": [_annotation(a) for a in source.annotations],
        "names": dict(source.name.localizations),
        "descriptions": dict(source.description.localizations),
    }


def annotations_of(source: Any) -> list[Tree]:
    """The annotations of what has no names."""
    return [_annotation(a) for a in source.annotations]


def _annotation(annotation: Any) -> Tree:
    return given(
        {
            "id": annotation.id,
            "title": annotation.title,
            "type": annotation.type,
            "urls": [{"href": annotation.url}] if annotation.url else [],
            "texts": dict(annotation.text.localizations),
            "value": annotation.value,
        }
    )

"""The choices a dataset's page offers: per dimension the codes that occur, by name, counted.

A code is offered when the choices on the *other* dimensions leave it observations, so that no
combination leads to an empty page; a code that is chosen stays in the list in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.pages.view import View

__all__ = ["Active", "Facet", "Option", "active", "facets", "years"]


@dataclass(frozen=True, slots=True)
class Option:
    """A code that may be chosen and how many observations it has then."""

    code: str
    name: str
    observations: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A dimension and its codes."""

    id: str
    name: str
    options: list[Option]
    chosen: int


@dataclass(frozen=True, slots=True)
class Active:
    """A code that is chosen now, and the URL arguments without it."""

    dimension: str
    name: str
    arguments: dict[str, list[str]]


def facets(view: View) -> list[Facet]:
    """Dimensions that leave a choice, in the order of the structure."""
    found = []
    for dimension in view.index.schema.series_key:
        chosen = view.selection.choice.get(dimension, frozenset())
        counts = view.index.facet(dimension, view.selection.choice)
        if len(counts) < 2 and not chosen:
            continue
        codes = sorted({*counts, *chosen}, key=lambda c, d=dimension: view.names.rank(d, c))  # type: ignore[misc]
        options = [
            Option(c, view.names.code(dimension, c), counts.get(c, 0), c in chosen) for c in codes
        ]
        found.append(Facet(dimension, view.names.component(dimension), options, len(chosen)))
    return found


def active(view: View) -> list[Active]:
    """The codes chosen now, each with the way to take it back."""
    found = []
    for dimension, codes in view.selection.choice.items():
        for code in sorted(codes, key=lambda c, d=dimension: view.names.rank(d, c)):  # type: ignore[misc]
            arguments = view.selection.arguments(page=None, span=None)
            left = [c for c in arguments[f"c[{dimension}]"] if c != code]
            arguments[f"c[{dimension}]"] = left
            name = f"{view.names.component(dimension)}: {view.names.code(dimension, code)}"
            found.append(Active(dimension, name, arguments))
    return found


def years(start: int | None, end: int | None) -> list[int]:
    """The years to choose from, where data begin in ``start`` and end in ``end``."""
    return [] if start is None or end is None else list(range(start, end + 1))

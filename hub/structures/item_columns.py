"""Items in columns: ids, parents, a text column for each language, and what few items need.

Readers of messages make them; :class:`hub.structures.items.ItemTable` stands on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import RequestSyntaxError
from hub.structures.shapes import Tree

__all__ = ["Columns", "Rows", "TextColumns"]

#: Text columns by language; ``None`` where an item has no text in it.
TextColumns = dict[str, list[str | None]]

_TEXTS = ("names", "descriptions")
_ID: frozenset[type] = frozenset({str})
_TEXT: frozenset[type] = frozenset({str, type(None)})
_COLUMNS = frozenset({"id", "parent", *_TEXTS})


@dataclass(frozen=True, slots=True)
class Columns:
    """What is said of items, row by row; all columns are of one length.

    ``parents`` are ids, ``None`` at the top. ``more`` has, for the few rows that need it, what
    the other columns have no place for, as trees have it (annotations, links, ``uri``).
    """

    ids: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    names: TextColumns = field(default_factory=dict)
    descriptions: TextColumns = field(default_factory=dict)
    more: dict[int, Tree] = field(default_factory=dict)


class Rows:
    """Columns in the making."""

    def __init__(self) -> None:
        self._columns = Columns()

    def add(
        self,
        id_: str,
        parent: str | None,
        names: Mapping[str, str],
        descriptions: Mapping[str, str],
        more: Tree | None = None,
    ) -> None:
        """Add an item after the others."""
        columns = self._columns
        row = len(columns.ids)
        columns.ids.append(id_)
        columns.parents.append(parent)
        for texts, given in ((columns.names, names), (columns.descriptions, descriptions)):
            for language, text in given.items():
                column = texts.setdefault(language, [])
                if len(column) < row:
                    column.extend([None] * (row - len(column)))
                column.append(text)
        if more:
            columns.more[row] = more

    def add_tree(self, tree: Mapping[str, Any]) -> None:
        """Add the item of a tree."""
        more = None
        if not tree.keys() <= _COLUMNS:
            more = {k: v for k, v in tree.items() if k not in _COLUMNS and v not in (None, [], {})}
        self.add(
            tree["id"],
            tree.get("parent"),
            tree.get("names") or {},
            tree.get("descriptions") or {},
            more,
        )

    def columns(self) -> Columns:
        """The columns, with all rows; nothing is to be added afterwards.

        Raises ``RequestSyntaxError`` for an id or a text that is none.
        """
        found = self._columns
        for texts in (found.names, found.descriptions):
            for column in texts.values():
                column.extend([None] * (len(found.ids) - len(column)))
        _check_types(found.ids, _ID)
        for column in (*found.names.values(), *found.descriptions.values(), found.parents):
            _check_types(column, _TEXT)
        return found


def _check_types(values: Iterable[Any], allowed: frozenset[type]) -> None:
    wrong = next((value for value in values if type(value) not in allowed), None)
    if wrong is not None:
        raise RequestSyntaxError(f"{wrong!r} is no text; ids and names of codes are.")

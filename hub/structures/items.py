"""The items of a flat scheme as columns.

A codelist may have a hundred thousand codes. Readers put them into columns (ids, parents, a text
column for each language), writers and queries take them from there; an object of sdmx1 is made
only for the item that somebody asks for. An :class:`ItemTable` is never changed: what selects,
renames or adds makes a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any, Self
from weakref import WeakValueDictionary

from sdmx.model import common

from hub.errors import RequestSyntaxError
from hub.structures.artefact_parts import annotate
from hub.structures.item_columns import Columns, Rows, TextColumns
from hub.structures.shapes import Tree
from hub.structures.trees_parts import nameable

__all__ = ["ItemTable", "TableCode"]


class TableCode(common.Code):
    """A code made from a row. It is for reading: a change would be lost and raises ``TypeError``.

    A copy is an ordinary code.
    """

    table: ItemTable
    row: int

    def __init__(self, table: ItemTable, row: int) -> None:
        tree = table.tree(row)
        super().__init__(
            id=tree["id"],
            uri=tree.get("uri"),
            name=tree.get("names", {}),
            description=tree.get("descriptions", {}),
        )
        annotate(self, tree)
        del self.__dict__["parent"], self.__dict__["child"]
        self.__dict__["table"], self.__dict__["row"] = table, row

    @cached_property
    def parent(self) -> Any:  # type: ignore[override]  # made when asked for
        """The code above, or the codelist."""
        above = self.table.columns.parents[self.row]
        return self.table.get(above, self.table.scheme) if above else self.table.scheme

    @cached_property
    def child(self) -> list[TableCode]:  # type: ignore[override]
        """The codes right below."""
        return [self.table.at(row) for row in self.table.children.get(self.id, ())]

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse changes once the code is made."""
        if "table" in self.__dict__:
            raise TypeError(f"The code {self.id} is a view of a table and cannot be changed.")
        super().__setattr__(name, value)

    def __copy__(self) -> common.Code:
        """An ordinary code that says the same."""
        return self._ordinary(self.parent, list(self.child))

    def __deepcopy__(self, memo: dict[int, Any]) -> common.Code:
        """An ordinary code that says the same, and stands alone."""
        return self._ordinary(None, [])

    def _ordinary(self, parent: Any, child: list[Any]) -> common.Code:
        made = common.Code(
            id=self.id,
            uri=self.uri,
            name=dict(self.name.localizations),
            description=dict(self.description.localizations),
        )
        made.annotations = list(self.annotations)
        made.parent, made.child = parent, child
        return made


class ItemTable(Mapping[str, TableCode]):
    """The codes of ``scheme`` by id, in their order, held as columns.

    Raises ``RequestSyntaxError`` when an id comes twice.
    """

    def __init__(self, columns: Columns, scheme: Any) -> None:
        self.columns = columns
        self.scheme = scheme
        self._rows = {id_: row for row, id_ in enumerate(columns.ids)}
        self._made: WeakValueDictionary[int, TableCode] = WeakValueDictionary()
        if len(self._rows) < len(columns.ids):
            seen: set[str] = set()
            twice = next(id_ for id_ in columns.ids if id_ in seen or seen.add(id_))  # type: ignore[func-returns-value]
            raise RequestSyntaxError(f"{scheme.id} has the item {twice} twice.")

    @classmethod
    def of_trees(cls, trees: Iterable[Mapping[str, Any]], scheme: Any) -> Self:
        """The table of items given as trees."""
        rows = Rows()
        for tree in trees:
            rows.add_tree(tree)
        return cls(rows.columns(), scheme)

    @classmethod
    def of(cls, scheme: Any) -> ItemTable:
        """The items of a flat scheme as a table, whatever they are held as."""
        if isinstance(scheme.items, ItemTable):
            return scheme.items
        return cls.of_trees((_tree(item) for item in scheme.items.values()), scheme)

    # A mapping from id to code

    def __len__(self) -> int:
        return len(self.columns.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns.ids)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._rows

    def __getitem__(self, id_: str) -> TableCode:
        return self.at(self._rows[id_])

    def at(self, row: int) -> TableCode:
        """The code of a row."""
        made = self._made.get(row)
        if made is None:
            made = self._made[row] = TableCode(self, row)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> ItemTable:
        """The same columns under the copy of the scheme."""
        return ItemTable(self.columns, memo.get(id(self.scheme), self.scheme))

    # Rows

    @cached_property
    def children(self) -> Mapping[str, list[int]]:
        """Rows of the codes right below each code."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, parent in enumerate(self.columns.parents):
            if parent is not None:
                found[parent].append(row)
        return dict(found)

    def tree(self, row: int) -> Tree:
        """The tree of one item; it shares nothing with the table."""
        columns = self.columns
        found: Tree = {"id": columns.ids[row]}
        for name, texts in (("names", columns.names), ("descriptions", columns.descriptions)):
            given = {
                language: text
                for language, column in texts.items()
                if (text := column[row]) is not None
            }
            if given:
                found[name] = given
        if columns.parents[row] is not None:
            found["parent"] = columns.parents[row]
        if row in columns.more:
            found |= deepcopy(columns.more[row])
        return found

    def trees(self) -> list[Tree]:
        """The trees of all items."""
        return [self.tree(row) for row in range(len(self))]

    def texts(self, lang: str) -> dict[str, str]:
        """Code to name: in a language, else its base language, English, any, else the code."""
        columns = self.columns.names
        asked = (lang, lang.partition("-")[0], "en")
        order = [columns[one] for one in dict.fromkeys((*asked, *columns)) if one in columns]
        found = dict(zip(self.columns.ids, self.columns.ids, strict=True))
        for column in reversed(order):
            found.update((i, text) for i, text in zip(found, column, strict=True) if text)
        return found

    # Fewer items

    def with_ancestors(self, ids: Iterable[str]) -> set[str]:
        """Those of ``ids`` that are here, with the ids of all items above them."""
        found: set[str] = set()
        for id_ in ids:
            here: str | None = id_
            while here is not None and here in self._rows and here not in found:
                found.add(here)
                here = self.columns.parents[self._rows[here]]
        return found

    def below(self, id_: str) -> set[str]:
        """Ids of all items below one."""
        found: set[str] = set()
        front = [id_]
        while front:
            for row in self.children.get(front.pop(), ()):
                child = self.columns.ids[row]
                if child not in found:
                    found.add(child)
                    front.append(child)
        return found

    def taken(self, ids: Container[str], scheme: Any, *, loose: bool = False) -> ItemTable:
        """The items among ``ids``, in ``scheme``.

        ``loose``: an item whose parent is not among them has none.
        """
        columns = self.columns
        kept = [row for row, id_ in enumerate(columns.ids) if id_ in ids]
        parents = [columns.parents[row] for row in kept]
        if loose:
            parents = [one if one is not None and one in ids else None for one in parents]
        taken = Columns(
            [columns.ids[row] for row in kept],
            parents,
            _at(columns.names, kept),
            _at(columns.descriptions, kept),
            {n: columns.more[row] for n, row in enumerate(kept) if row in columns.more},
        )
        return ItemTable(taken, scheme)


def _at(texts: TextColumns, rows: Collection[int]) -> TextColumns:
    found = {lang: [column[row] for row in rows] for lang, column in texts.items()}
    return {lang: column for lang, column in found.items() if any(t is not None for t in column)}


def _tree(item: Any) -> Tree:
    """The tree of a code, which may be an object of sdmx1 or a view of a table."""
    if isinstance(item, TableCode):
        return item.table.tree(item.row)
    tree = nameable(item)
    if item.parent is not None and not hasattr(item.parent, "maintainer"):
        tree["parent"] = item.parent.id
    if getattr(item, "uri", None):
        tree["uri"] = item.uri
    return tree

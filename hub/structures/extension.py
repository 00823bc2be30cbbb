"""Codelists that extend others (SDMX 3.0): the codes they inherit.

A code of the list itself wins over an inherited one with the same id, and a later extension over an
earlier one. Own codes come first, then inherited ones in the order of the extensions. A parent
that is not inherited leaves its children without one. Source: SDMX 3.0 Section 2, chapter 4.3
(Codelist extension).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy

from hub.errors import SemanticError
from hub.structures.beyond import kept_beside, set_beside
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, Key, key_of, parse_urn
from hub.structures.shapes import Tree

__all__ = ["extensions_of", "resolved", "with_prefix"]

_PATH = ("codelistExtensions",)
#: Where a resolved codelist holds what its inherited codes are without their prefix.
_SHORT = "_without_prefix"


def extensions_of(codelist: Artefact) -> list[Tree]:
    """The extensions of a codelist as the grammar has them; empty for what has none."""
    found: list[Tree] = kept_beside(codelist).get(_PATH, [])
    return found


def resolved(
    codelist: Artefact, find: Callable[[Key], Artefact], above: tuple[Key, ...] = ()
) -> Artefact:
    """The codelist with all codes it inherits, and without its extensions.

    ``find`` gives the codelist with a key (whose version may have a wildcard) as it was submitted.
    Raises what ``find`` raises, and ``SemanticError`` for lists that extend each other in a circle.
    """
    extensions = extensions_of(codelist)
    if not extensions:
        return codelist
    key = key_of(codelist)
    if key in above:
        raise SemanticError(f"The codelist {key.ref} extends itself.")
    inherited: dict[str, Tree] = {}
    short: dict[str, str] = {}
    for extension in extensions:
        base = resolved(find(parse_urn(extension["codelist"])[0]), find, (*above, key))
        for code in _inherited(ItemTable.of(base), extension):
            inherited.pop(code["id"], None)  # the later extension wins, and its place counts
            inherited[code["id"]] = code
            short[code["id"]] = code["id"].removeprefix(extension.get("prefix", ""))
    view = _joined(codelist, inherited)
    view.__dict__[_SHORT] = {id_: text for id_, text in short.items() if id_ in view.items}
    return view


def with_prefix(codelist: Artefact, code: str) -> set[str]:
    """Ids in a codelist of the codes it inherits from lists that have them as ``code``.

    A code that is not inherited is meant as it is.
    """
    short: dict[str, str] = codelist.__dict__.get(_SHORT, {})
    return {id_ for id_, text in short.items() if text == code} or {code}


def _joined(codelist: Artefact, inherited: dict[str, Tree]) -> Artefact:
    """A new codelist: own codes, then the inherited ones that no own one stands for."""
    view = copy(codelist)
    own = ItemTable.of(codelist)
    added = {id_: code for id_, code in inherited.items() if id_ not in own}
    for code in added.values():
        if code.get("parent") not in own and code.get("parent") not in added:
            code.pop("parent", None)
    view.items = ItemTable.of_trees((*own.trees(), *added.values()), view)
    set_beside(view, {p: value for p, value in kept_beside(codelist).items() if p != _PATH})
    return view


def _inherited(base: ItemTable, extension: Tree) -> Iterator[Tree]:
    """The codes that an extension takes over, under their new ids."""
    prefix = extension.get("prefix", "")
    taken = _selected(base, extension)
    for code in base.taken(taken, base.scheme, loose=True).trees():
        code["id"] = prefix + code["id"]
        if "parent" in code:
            code["parent"] = prefix + code["parent"]
        yield code


def _selected(base: ItemTable, extension: Tree) -> set[str]:
    if "inclusiveCodeSelection" in extension:
        return _members(base, extension["inclusiveCodeSelection"])
    everything = set(base)
    if "exclusiveCodeSelection" in extension:
        return everything - _members(base, extension["exclusiveCodeSelection"])
    return everything


def _members(base: ItemTable, selection: Tree) -> set[str]:
    """Ids that a selection names: wildcards and, where asked for, all codes below included."""
    found: set[str] = set()
    for member in selection.get("memberValues", ()):
        value: str = member["value"]
        start, wild, rest = value.partition("%")
        roots = [
            id_
            for id_ in base
            if id_ == value or (wild and id_.startswith(start) and id_.endswith(rest))
        ]
        cascade = member.get("cascadeValues", False)
        if cascade != "excluderoot":
            found.update(roots)
        if cascade:
            for root in roots:
                found |= base.below(root)
    return found

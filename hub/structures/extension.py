"""Codelists that extend others (SDMX 3.0): the codes they inherit.

A code of the list itself wins over an inherited one with the same id, and a later extension over an
earlier one. Own codes come first, then inherited ones in the order of the extensions. A parent
that is not inherited leaves its children without one. Source: SDMX 3.0 Section 2, chapter 4.3
(Codelist extension).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from hub.errors import SemanticError
from hub.structures.beyond import Beyond, kept_beside, set_beside
from hub.structures.kinds import Artefact, Key, key_of, parse_urn
from hub.structures.shapes import Tree

__all__ = ["extensions_of", "resolved"]

_PATH = ("codelistExtensions",)


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
    inherited: dict[str, tuple[Any, str | None, Beyond]] = {}
    for extension in extensions:
        base = resolved(find(parse_urn(extension["codelist"])[0]), find, (*above, key))
        for id_, code, parent, more in _inherited(base, extension):
            inherited.pop(id_, None)  # the later extension wins, and its place counts
            inherited[id_] = (code, parent, more)
    return _joined(codelist, inherited)


def _joined(codelist: Artefact, inherited: dict[str, tuple[Any, str | None, Beyond]]) -> Artefact:
    """A new codelist: own codes, then the inherited ones that no own one stands for."""
    view = copy(codelist)
    view.items = {}
    beyond = {path: value for path, value in kept_beside(codelist).items() if path != _PATH}
    parents = {c.id: c.parent.id for c in codelist.items.values() if _is_code(c.parent)}
    for code in codelist.items.values():
        _add(view, code, code.id)
    for id_, (code, parent, more) in inherited.items():
        if id_ not in view.items:
            _add(view, code, id_)
            beyond |= more
            if parent is not None:
                parents[id_] = parent
    for id_, parent in parents.items():
        if parent in view.items:
            view.items[id_].parent = view.items[parent]
            view.items[parent].child.append(view.items[id_])
    set_beside(view, beyond)
    return view


def _is_code(parent: Any) -> bool:
    return parent is not None and not hasattr(parent, "maintainer")


def _add(view: Artefact, code: Any, id_: str) -> None:
    own = copy(code)
    own.id, own.urn = id_, None
    own.parent, own.child = view, []
    view.items[id_] = own


def _inherited(base: Artefact, extension: Tree) -> Iterator[tuple[str, Any, str | None, Beyond]]:
    """New id, code, new id of the parent, and what is beyond, of each inherited code."""
    prefix = extension.get("prefix", "")
    taken = _selected(base, extension)
    beyond = kept_beside(base)
    for code in base.items.values():
        if code.id not in taken:
            continue
        parent = code.parent.id if _is_code(code.parent) and code.parent.id in taken else None
        more: Beyond = {
            ("codes", (prefix + code.id,), *path[2:]): value
            for path, value in beyond.items()
            if path[:2] == ("codes", (code.id,))
        }
        yield prefix + code.id, code, None if parent is None else prefix + parent, more


def _selected(base: Artefact, extension: Tree) -> set[str]:
    if "inclusiveCodeSelection" in extension:
        return _members(base, extension["inclusiveCodeSelection"])
    everything = set(base.items)
    if "exclusiveCodeSelection" in extension:
        return everything - _members(base, extension["exclusiveCodeSelection"])
    return everything


def _members(base: Artefact, selection: Tree) -> set[str]:
    """Ids that a selection names: wildcards and, where asked for, all codes below included."""
    found: set[str] = set()
    for member in selection.get("memberValues", ()):
        value: str = member["value"]
        start, wild, rest = value.partition("%")
        roots = [
            id_
            for id_ in base.items
            if id_ == value or (wild and id_.startswith(start) and id_.endswith(rest))
        ]
        cascade = member.get("cascadeValues", False)
        if cascade != "excluderoot":
            found.update(roots)
        if cascade:
            for root in roots:
                found |= {code.id for code in _below(base.items[root])}
    return found


def _below(code: Any) -> Iterator[Any]:
    for child in code.child:
        yield child
        yield from _below(child)

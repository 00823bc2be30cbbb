"""Whatever is submitted in whatever order: references hold, and what is stable stays."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from structure_samples import artefacts

from hub.structures.integrity import Shelf
from hub.structures.items import ItemTable
from hub.structures.kinds import Key, key_of
from hub.structures.maintain import apply
from hub.structures.merge import has_items
from hub.structures.repository import StructureSet
from hub.structures.submission import Change, StructureAction
from hub.structures.trees import tree_of
from hub.structures.versioning import is_stable

A = StructureAction
SAMPLES = [a for a in artefacts() if a.version != "1.9.0"]
#: Mostly the version that is there, so that most changes meet something.
VERSIONS = ["1.0"] * 8 + ["0.1.0", "1.0.0", "1.0.0-draft", "1.0.1", "1.1.0", "2.0.0"]


def _renamed(old: str, version: str, tree: Any) -> Any:
    """A tree in which every reference to a sample has another version."""
    if isinstance(tree, dict):
        return {k: _renamed(old, version, v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_renamed(old, version, v) for v in tree]
    if isinstance(tree, str) and tree.startswith("urn:sdmx:"):
        for known in (f"({old})", "(1.10.0)"):
            tree = tree.replace(known, f"({version})")
    return tree


@st.composite
def submitted(draw: st.DrawFn) -> Any:
    """A sample in some version, with references to some version, and with items left out."""
    from hub.structures.artefacts import artefacts_of

    sample = draw(st.sampled_from(SAMPLES))
    tree = tree_of(sample)
    version, other = draw(st.sampled_from(VERSIONS)), draw(st.sampled_from(VERSIONS))
    tree = _renamed("1.0.0", other, tree)
    tree["version"] = version
    tree.pop("isFinal", None)
    kind = key_of(sample).kind
    if draw(st.booleans()):
        tree["names"] = {"en": draw(st.sampled_from(["One name", "Another name"]))}
    (made,) = artefacts_of([(kind, tree)])
    if has_items(made) and kind != "categoryscheme":
        kept = {id_ for id_ in made.items if draw(st.integers(0, 5))}
        if kind == "codelist":
            made.items = ItemTable.of(made).taken(kept, made, loose=True)
        else:
            made.items = {k: v for k, v in made.items.items() if k in kept}
        for item in made.items.values() if kind != "codelist" else ():
            if item.parent is not None and getattr(item.parent, "id", None) not in made.items:
                item.parent = made
        made.is_partial = draw(st.booleans())
    return made


changes = st.one_of(
    st.tuples(st.sampled_from([A.APPEND, A.REPLACE, A.MERGE]), submitted()).map(
        lambda t: Change.of(t[1], t[0])
    ),
    submitted().map(lambda a: Change(A.DELETE, key_of(a))),
    submitted()
    .filter(lambda a: has_items(a) and len(a.items) > 0)
    .map(lambda a: Change(A.DELETE, key_of(a), item=next(iter(a.items)))),
)


def _start() -> StructureSet:
    """All samples in version 1.0: they may change."""
    from hub.structures.artefacts import artefacts_of

    trees = []
    for sample in SAMPLES:
        tree = _renamed("1.0.0", "1.0", tree_of(sample))
        tree["version"] = "1.0"
        tree["isFinal"] = False
        trees.append((key_of(sample).kind, tree))
    return StructureSet(artefacts_of(trees))


START = _start()


def _holds(structures: StructureSet) -> None:
    shelf = Shelf(structures.by_key)
    for artefact in structures:
        assert not shelf.missing(artefact), key_of(artefact)
        assert not shelf.unstable(artefact), key_of(artefact)


def test_the_start_is_sound() -> None:
    assert len(START) == len(SAMPLES)
    _holds(START)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(changes, min_size=1, max_size=4), min_size=3, max_size=10))
def test_references_hold_and_stable_artefacts_stay(sequence: list[list[Change]]) -> None:
    structures = START
    stable: dict[Key, Any] = {}
    for batch in sequence:
        before = {key: deepcopy(tree_of(a)) for key, a in structures.by_key.items()}
        outcome = apply(structures, batch)
        assert len(outcome.results) == len(batch)
        for key, tree in before.items():  # the set that was given is as it was
            assert tree_of(structures.by_key[key]) == tree
        touched = {r.key for r in outcome.results if r.ok}
        for key in outcome.structures.by_key.keys() ^ structures.by_key.keys():
            assert key in touched
        structures = outcome.structures
        _holds(structures)
        for key, tree in stable.items():
            assert tree_of(structures.by_key[key]) == tree
        stable.update(
            (key, deepcopy(tree_of(a))) for key, a in structures.by_key.items() if is_stable(a)
        )

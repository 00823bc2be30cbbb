"""Partial updates and deleted items, as ``maintenance.md`` has them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sdmx.model import common
from structure_samples import codelist, made

from hub.errors import Conflict, NotFound
from hub.structures.kinds import item_path
from hub.structures.merge import added, merged, placed, without_item


def names(scheme: Any) -> dict[str, str]:
    return {id_: item.name.localizations["en"] for id_, item in scheme.items.items()}


def partial(codes: dict[str, str], **more: Any) -> Any:
    found = made(common.Codelist, "CL", "1.0", is_final=False, is_partial=True, **more)
    for code, name in codes.items():
        found.append(common.Code(id=code, name={"en": name}))
    return found


@pytest.mark.conformance("v2.maintenance.partial")
def test_items_are_replaced_in_place_and_others_stay() -> None:
    """The example of ``maintenance.md``, annex V."""
    stored = partial({"0": "Zero", "1": "One", "2": "Two"})
    given_ = partial({"0": "No decimal", "1": "One"})
    assert names(merged(stored, given_)) == {"0": "No decimal", "1": "One", "2": "Two"}
    assert names(stored) == {"0": "Zero", "1": "One", "2": "Two"}  # nothing given is changed


def test_an_item_is_replaced_whole() -> None:
    stored = partial({"A": "a"})
    stored["A"].description = {"en": "old"}
    stored["A"].name.localizations["es"] = "a es"
    found = merged(stored, partial({"A": "new"}))
    assert found["A"].name.localizations == {"en": "new"}
    assert not found["A"].description.localizations


@pytest.mark.conformance("v2.maintenance.partial")
def test_texts_of_the_scheme_are_replaced_by_language_and_annotations_whole() -> None:
    from sdmx.model.v21 import Annotation

    stored = partial({"A": "a"}, name={"en": "old", "es": "viejo"})
    stored.annotations.append(Annotation(id="ONE", text={"en": "1"}))
    given_ = partial({"A": "a"}, name={"en": "new", "fr": "nouveau"})
    kept = merged(stored, given_)
    assert kept.name.localizations == {"en": "new", "es": "viejo", "fr": "nouveau"}
    assert [a.id for a in kept.annotations] == ["ONE"]  # none were given
    given_.annotations.append(Annotation(id="TWO", text={"en": "2"}))
    assert [a.id for a in merged(stored, given_).annotations] == ["TWO"]


@pytest.mark.conformance("v2.maintenance.partial_position")
@pytest.mark.parametrize(
    ("given_", "order"),
    [
        ("X", "ABCX"),  # no relation: at the end
        ("BX", "ABCX"),  # after the last stored one that is given: at the end
        ("AXB", "AXBC"),  # between two
        ("AXC", "AXBC"),  # right after the one before it
        ("XA", "XABC"),  # before the first
        ("XYB", "AXYBC"),
        ("AXBYZ", "AXBCYZ"),
        ("CA", "ABC"),  # stored ones keep their place
    ],
)
def test_where_new_items_go(given_: str, order: str) -> None:
    assert "".join(placed("ABC", given_)) == order


@pytest.mark.conformance("v2.maintenance.partial_position")
@example(list("ABE"), list("BCADE"))  # stored ones in another order: new ones go with them
@given(
    st.lists(st.sampled_from("ABCDEF"), unique=True),
    st.lists(st.sampled_from("ABCDEFXYZ"), unique=True),
)
def test_placing_loses_nothing_and_keeps_the_stored_order(
    stored: list[str], listed: list[str]
) -> None:
    order = placed(stored, listed)
    assert sorted(order) == sorted(set(stored) | set(listed))
    assert [i for i in order if i in stored] == stored
    if [i for i in listed if i in stored] == [i for i in stored if i in listed]:
        # the message has them in the stored order, so that of the new ones can hold too
        assert [i for i in order if i not in stored] == [i for i in listed if i not in stored]


def test_parents_may_be_stored_or_given_but_must_be_there() -> None:
    stored = codelist("CL", {"A": None, "B": "A"})
    child = partial({})
    child.append(common.Code(id="C", name={"en": "C"}))
    child["C"].parent = common.Code(id="A")  # not among the items given
    found = merged(stored, child)
    assert found["C"].parent is found["A"]
    assert {c.id for c in found["A"].child} == {"B", "C"}
    child["C"].parent = common.Code(id="NO")
    with pytest.raises(Conflict, match="C under NO"):
        merged(stored, child)


def _categories() -> Any:
    scheme = made(common.CategoryScheme, "CAT", "1.0", is_final=False)
    for root, below in (("DEMO", ()), ("ECO", ("MACRO", "SECTOR")), ("ENV", ())):
        top = common.Category(id=root, name={"en": root})
        top.parent = scheme
        scheme.items[root] = top
        for id_ in below:
            child = common.Category(id=id_, name={"en": id_})
            top.append_child(child)
            scheme.items[id_] = child
    leaf = common.Category(id="ENERGY", name={"en": "ENERGY"})
    scheme["SECTOR"].append_child(leaf)
    scheme.items["ENERGY"] = leaf
    return scheme


def paths(scheme: Any) -> list[str]:
    return [item_path(item) for item in scheme.items.values()]


@pytest.mark.conformance("v2.maintenance.partial_nested")
def test_a_root_category_replaces_the_stored_one_with_all_below_it() -> None:
    """The example of ``maintenance.md``, annex III."""
    given_ = made(common.CategoryScheme, "CAT", "1.0", is_partial=True)
    eco = common.Category(id="ECO", name={"en": "Economy"})
    eco.parent = given_
    given_.items["ECO"] = eco
    macro = common.Category(id="MACRO", name={"en": "Macro"})
    eco.append_child(macro)
    given_.items["MACRO"] = macro
    assert paths(merged(_categories(), given_)) == ["DEMO", "ECO", "ECO.MACRO", "ENV"]


@pytest.mark.conformance("v2.maintenance.delete_flat")
def test_deleting_an_item_of_a_flat_scheme_makes_orphans() -> None:
    stored = codelist("CL", {"A": None, "B": "A", "C": "B"})
    found = without_item(stored, "A")
    assert list(found.items) == ["B", "C"]
    assert hasattr(found["B"].parent, "maintainer")  # the scheme itself: no parent item
    assert found["C"].parent is found["B"]
    with pytest.raises(NotFound, match="no item NO"):
        without_item(stored, "NO")


@pytest.mark.conformance("v2.maintenance.delete_nested")
def test_deleting_an_item_of_a_nested_scheme_takes_what_is_below() -> None:
    stored = _categories()
    assert paths(without_item(stored, "ECO.SECTOR")) == ["DEMO", "ECO", "ECO.MACRO", "ENV"]
    assert paths(without_item(stored, "ECO")) == ["DEMO", "ENV"]
    for wrong in ("SECTOR", "ECO.NO", "ECO.SECTOR.NO"):
        with pytest.raises(NotFound):
            without_item(stored, wrong)
    assert len(paths(stored)) == 6


def test_append_adds_and_changes_nothing() -> None:
    stored = partial({"A": "a", "B": "b"})
    found = added(stored, partial({"A": "other", "C": "c"}))
    assert names(found) == {"A": "a", "B": "b", "C": "c"}

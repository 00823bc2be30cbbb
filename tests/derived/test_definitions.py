"""Definitions: what ships fits the structures, and what would add up by accident is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

import dsd.derived
from codelists import DataFileError
from hub.derived.definitions import Definition, check, shipped
from hub.structures.repository import StructureSet


@pytest.fixture
def document() -> dict[str, Any]:
    """The definition of 10.7.4, to be changed."""
    (found,) = (one for one in dsd.derived.documents() if one["id"] == "SDG_10_7_4")
    return deepcopy(found)


def test_what_ships_fits_the_structures() -> None:
    assert {one.id for one in shipped()} >= {"SDG_10_7_3", "SDG_10_7_4", "MIGRANT_SHARE"}
    for one in shipped():
        check(one, StructureSet.shipped())
        assert {"en", "es"} <= one.names.keys()
        assert {"en", "es"} <= one.definition.keys()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("inputs", "refugees", "over"), {}, "REF_AREA"),
        (("inputs", "refugees", "where", "SEX"), None, "SEX"),
        (("inputs", "refugees", "where", "SEX"), "T", "T is no code of SEX"),
        (("inputs", "refugees", "over"), {"REF_AREA": ["MEXICO"]}, "MEXICO"),
        (("inputs", "refugees", "providers"), ["INT_MIGHUB"], "the hub's own"),
        (("output", "SEX"), None, "SEX"),
        (("output", "TIME_PERIOD"), "2015", "TIME_PERIOD"),
        (("attributes", "COLLECTION"), "GUESS", "GUESS"),
        (("attributes", "REMARK"), "text", "REMARK"),
    ],
)
def test_a_definition_that_does_not_fit(
    document: dict[str, Any], path: tuple[str, ...], value: Any, said: str
) -> None:
    *way, last = path
    at = document
    for step in way:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    with pytest.raises(DataFileError, match=said):
        check(Definition.read(document), StructureSet.shipped())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("formula", "100 * refugees / population", "name different things"),
        ("formula", "refugees +", "no formula"),
        ("areas", "some", "areas"),
    ],
)
def test_a_definition_that_contradicts_itself(
    document: dict[str, Any], key: str, value: str, said: str
) -> None:
    document[key] = value
    with pytest.raises(DataFileError, match=said):
        Definition.read(document)


def test_an_unknown_option_is_refused(document: dict[str, Any]) -> None:
    document["inputs"]["refugees"]["weights"] = "x"
    with pytest.raises(DataFileError, match="weights"):
        Definition.read(document)

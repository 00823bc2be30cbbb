"""Versions: what they promise, how far they are apart, what references mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_samples import codelist

from hub.query.versions import version_key
from hub.structures.versioning import Impact, Version, is_stable, neighbours, resolve, step


@pytest.mark.parametrize(
    ("text", "semantic", "stable", "draft"),
    [
        ("1", False, False, False),
        ("1.0", False, False, False),
        ("1.0.0", True, True, False),
        ("1.0.0-draft", True, False, True),
        ("0.9.0", True, False, False),
        ("10.20.30", True, True, False),
    ],
)
def test_the_form_says_the_promise(text: str, semantic: bool, stable: bool, draft: bool) -> None:
    version = Version.parse(text)
    assert (version.semantic, version.stable, version.draft) == (semantic, stable, draft)
    assert str(version) == text


@pytest.mark.parametrize("text", ["", "1.", "a", "1.0-draft", "1.0.0.0", "1+.0.0", "*", "-1.0.0"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        Version.parse(text)


def test_final_artefacts_of_sdmx_2_1_are_stable_in_any_version() -> None:
    legacy = codelist("CL", {"A": None}, "1.0")
    legacy.is_final = True
    assert is_stable(legacy)
    legacy.is_final = False
    assert not is_stable(legacy)
    semantic = codelist("CL", {"A": None}, "1.0.0")
    semantic.is_final = False
    assert is_stable(semantic)  # the version says so


@pytest.mark.parametrize(
    ("old", "new", "impact"),
    [
        ("1.0.0", "1.0.0", Impact.NONE),
        ("1.0.0", "1.0.1", Impact.PATCH),
        ("1.9.0", "1.10.0", Impact.MINOR),
        ("1.9.9", "2.0.0", Impact.MAJOR),
        ("2.0.0", "1.0.0", Impact.MAJOR),
        ("1.0", "1.1", Impact.MINOR),
        ("1.0.0-draft", "1.0.0", Impact.PATCH),
    ],
)
def test_how_far_a_number_says_a_version_is(old: str, new: str, impact: Impact) -> None:
    assert step(old, new) is impact


@pytest.mark.parametrize(
    ("version", "impact", "after"),
    [
        ("1.2.3", Impact.PATCH, "1.2.4"),
        ("1.2.3", Impact.MINOR, "1.3.0"),
        ("1.2.3", Impact.MAJOR, "2.0.0"),
        ("1.2.3", Impact.NONE, "1.2.3"),
        ("1.2", Impact.PATCH, "1.3"),
        ("1.2", Impact.MINOR, "1.3"),
        ("1.2", Impact.MAJOR, "2.0"),
        ("2.0.0-rc1", Impact.MAJOR, "2.0.0"),
    ],
)
def test_the_next_version(version: str, impact: Impact, after: str) -> None:
    assert str(Version.parse(version).next(impact)) == after


numbers = st.tuples(*[st.integers(0, 12)] * 3).map(lambda n: ".".join(map(str, n)))


@given(numbers, st.sampled_from([Impact.PATCH, Impact.MINOR, Impact.MAJOR]))
def test_the_next_version_is_later_by_just_that_much(version: str, impact: Impact) -> None:
    after = str(Version.parse(version).next(impact))
    assert version_key(after) > version_key(version)
    assert step(version, after) is impact


@given(numbers, st.lists(numbers, max_size=8))
def test_neighbours_enclose_a_version(version: str, known: list[str]) -> None:
    before, after = neighbours(version, known)
    same = [
        v for v in known if v.split(".")[0] == version.split(".")[0] and Version.parse(v).stable
    ]
    assert before is None or version_key(before) < version_key(version)
    assert after is None or version_key(after) > version_key(version)
    for other in same:
        if before is not None and version_key(other) < version_key(version):
            assert version_key(other) <= version_key(before)
        if before is None:
            assert version_key(other) >= version_key(version)


def test_references_may_leave_a_choice() -> None:
    known = ["1.0", "1.0.0", "1.2.0", "2.0.0", "2.1.0-draft"]
    assert resolve("1.0.0", known) == ["1.0.0"]
    assert resolve("1.0", known) == ["1.0"]
    assert resolve("1+.0.0", known) == ["2.0.0"]
    assert resolve("1.0+.0", known) == ["1.2.0"]
    assert resolve("3+.0.0", known) == []
    assert resolve("+.+.+", known) == []  # what cannot be read means nothing

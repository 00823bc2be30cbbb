"""The table of rights: what it decides, and that the documentation says so."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hub.store.rights import RIGHTS, Grant, Principal, Right, Role, Subject, may, scopes
from registry.describe import operations
from registry.describe.roles import document

NAMES = ("MEX_INM", "DOM_BCRD", "MIGHUB", "MIGHUB.SUB", "MIGHUBX", "A:PA(1.0)", "A:PB(1.0)")

grants = st.lists(st.builds(Grant, st.sampled_from(Role), st.none() | st.sampled_from(NAMES)))
subjects = st.builds(
    Subject,
    st.none() | st.sampled_from(("me", "other")),
    st.frozensets(st.sampled_from(NAMES[:2]), max_size=1),
    st.frozensets(st.sampled_from(NAMES[5:])),
    st.none() | st.sampled_from(NAMES[2:5]),
)


def holder(*texts: str) -> Principal:
    return Principal("me", "Me", tuple(Grant.parse(text) for text in texts))


@given(grants, st.sampled_from(Right), subjects)
def test_more_grants_never_allow_less(held: list[Grant], right: Right, subject: Subject) -> None:
    whole = may(Principal("me", "Me", tuple(held)), right, subject)
    for number in range(len(held)):
        less = Principal("me", "Me", tuple(held[:number] + held[number + 1 :]))
        assert not may(less, right, subject) or whole


@given(grants, st.sampled_from(Right), subjects)
def test_what_is_asked_first_never_refuses_what_is_allowed_then(
    held: list[Grant], right: Right, subject: Subject
) -> None:
    who = Principal("me", "Me", tuple(held))
    if may(who, right, subject) and subject.owner != "me":
        assert may(who, right)
        assert scopes(who, right) != frozenset()


@given(grants, st.sampled_from(Right), subjects)
def test_roles_outside_the_table_give_nothing(
    held: list[Grant], right: Right, subject: Subject
) -> None:
    others = tuple(grant for grant in held if grant.role not in RIGHTS[right])
    if subject.owner != "me":
        assert not may(Principal("me", "Me", others), right, subject)


def test_an_agency_covers_those_below_it_and_no_namesake() -> None:
    who = holder("agency:MIGHUB")
    assert may(who, Right.MAINTAIN, Subject(agency="MIGHUB"))
    assert may(who, Right.MAINTAIN, Subject(agency="MIGHUB.SUB"))
    assert not may(who, Right.MAINTAIN, Subject(agency="MIGHUBX"))
    assert not may(who, Right.MAINTAIN, Subject())


def test_several_agreements_take_a_grant_for_each() -> None:
    both = Subject(agreements=frozenset({"A:PA(1.0)", "A:PB(1.0)"}))
    assert not may(holder("reviewer:A:PA(1.0)"), Right.REVIEW, both)
    assert may(holder("reviewer:A:PA(1.0)", "reviewer:A:PB(1.0)"), Right.REVIEW, both)
    assert not may(holder("reviewer:A:PA(1.0)", "reader:A:PB(1.0)"), Right.REVIEW, both)


def test_nobody_reviews_their_own() -> None:
    assert not may(holder("admin", "reviewer"), Right.REVIEW, Subject(owner="me"))
    assert may(holder("admin"), Right.REVIEW, Subject(owner="other"))
    assert may(holder(), Right.FOLLOW, Subject(owner="me"))


def test_the_documentation_is_that_of_the_table() -> None:
    kept = Path(__file__).parents[2] / "docs" / "roles.md"
    assert kept.read_text("utf-8") == document(), (
        "python -m registry.describe.roles > docs/roles.md"
    )
    assert all(set(operation.roles) <= set(Role) for operation in operations())

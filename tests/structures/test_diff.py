"""What changed, and how far it goes: each rule, and what holds for any change."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sdmx.model import common, v21
from structure_samples import artefacts, codelist, made

from hub.errors import SemanticError
from hub.structures.diff import diff, differs
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet
from hub.structures.versioning import Impact

KNOWN = StructureSet(artefacts())


def one(kind: str, id_: str) -> Any:
    return deepcopy(KNOWN.find(kind, "TST", id_))


def _facets(dsd: Any, **facets: Any) -> None:
    dsd.attributes.get("COMMENT").local_representation.non_enumerated[0].type = common.FacetType(
        **facets
    )


def _drop(descriptor: Any, id_: str) -> None:
    descriptor.components = [c for c in descriptor.components if c.id != id_]


def _attribute(dsd: Any, usage: common.UsageStatus) -> None:
    scheme = dsd.attributes.get("COMMENT").concept_identity.parent
    dsd.attributes.append(
        common.DataAttribute(
            id="UNUSED", concept_identity=scheme["UNUSED"], usage_status=usage,
            related_to=v21.PrimaryMeasureRelationship(),
        )
    )  # fmt: skip


def _swap(dsd: Any) -> None:
    first, second = dsd.dimensions.components[:2]
    first.order, second.order = second.order, first.order


RULES: list[tuple[str, str, str, Callable[[Any], Any], Impact]] = [
    ("a name", "codelist", "CL_AREA", lambda c: c["MEX"].name.localizations.update(es="México"),
     Impact.PATCH),
    ("a name in one more language", "codelist", "CL_AREA",
     lambda c: c["MEX"].name.localizations.update(fr="Mexique"), Impact.PATCH),
    ("a description", "codelist", "CL_AREA", lambda c: c["NA"].description.localizations.clear(),
     Impact.PATCH),
    ("an annotation", "codelist", "CL_AREA", lambda c: c["MEX"].annotations.clear(), Impact.PATCH),
    ("a code more", "codelist", "CL_AREA",
     lambda c: c.append(common.Code(id="HTI", name={"en": "Haiti"})), Impact.MINOR),
    ("a code less", "codelist", "CL_AREA", lambda c: c.items.pop("NA"), Impact.MAJOR),
    ("a code under another", "codelist", "CL_AREA",
     lambda c: c["013"].append_child(c["DOM"]), Impact.MINOR),
    ("a code under none", "codelist", "CL_AREA", lambda c: setattr(c["MEX"], "parent", c),
     Impact.MAJOR),
    ("the order of codes", "codelist", "CL_AREA",
     lambda c: setattr(c, "items", dict(reversed(c.items.items()))), Impact.PATCH),
    ("the validity", "codelist", "CL_AREA", lambda c: setattr(c, "valid_to", "2030-01-01"),
     Impact.MINOR),
    ("a core representation", "conceptscheme", "CS_TST",
     lambda s: setattr(s["OBS_STATUS"], "core_representation", None), Impact.MAJOR),
    ("a dimension less", "datastructure", "DSD_TST", lambda d: _drop(d.dimensions, "CITIZENSHIP"),
     Impact.MAJOR),
    ("the order of dimensions", "datastructure", "DSD_TST", _swap, Impact.MAJOR),
    ("an attribute less", "datastructure", "DSD_TST", lambda d: _drop(d.attributes, "COMMENT"),
     Impact.MAJOR),
    ("an optional attribute more", "datastructure", "DSD_TST",
     lambda d: _attribute(d, common.UsageStatus.conditional), Impact.MINOR),
    ("a mandatory attribute more", "datastructure", "DSD_TST",
     lambda d: _attribute(d, common.UsageStatus.mandatory), Impact.MAJOR),
    ("an attribute that may be left out now", "datastructure", "DSD_TST",
     lambda d: setattr(d.attributes.get("OBS_STATUS"), "usage_status",
                       common.UsageStatus.conditional), Impact.MINOR),
    ("an attribute that must be given now", "datastructure", "DSD_TST",
     lambda d: setattr(d.attributes.get("COMMENT"), "usage_status", common.UsageStatus.mandatory),
     Impact.MAJOR),
    ("an attribute attached elsewhere", "datastructure", "DSD_TST",
     lambda d: setattr(d.attributes.get("SOURCE"), "related_to", v21.NoSpecifiedRelationship()),
     Impact.MAJOR),
    ("longer texts", "datastructure", "DSD_TST", lambda d: _facets(d, max_length=200),
     Impact.MINOR),
    ("shorter texts", "datastructure", "DSD_TST", lambda d: _facets(d, max_length=50),
     Impact.MAJOR),
    ("no limit", "datastructure", "DSD_TST", lambda d: _facets(d), Impact.MINOR),
    ("a new limit", "datastructure", "DSD_TST",
     lambda d: _facets(d, max_length=100, pattern="[a-z]+"), Impact.MAJOR),
    ("the codelist in a later minor version", "datastructure", "DSD_TST",
     lambda d: setattr(d.dimensions.get("FREQ").local_representation, "enumerated",
                       codelist("CL_FREQ", {}, "1.3.0")), Impact.MINOR),
    ("the codelist in a later major version", "datastructure", "DSD_TST",
     lambda d: setattr(d.dimensions.get("FREQ").local_representation, "enumerated",
                       codelist("CL_FREQ", {}, "2.0.0")), Impact.MAJOR),
    ("another codelist", "datastructure", "DSD_TST",
     lambda d: setattr(d.dimensions.get("FREQ").local_representation, "enumerated",
                       codelist("CL_OTHER", {})), Impact.MAJOR),
    ("the structure of a dataflow", "dataflow", "DF_ALL",
     lambda f: setattr(f, "structure", made(v21.DataStructureDefinition, "DSD_OTHER")),
     Impact.MAJOR),
    ("more is allowed", "contentconstraint", "CON_DSD",
     lambda c: next(iter(c.data_content_region[0].member.values())).values.append(
         v21.MemberValue(value="Q")), Impact.MINOR),
    ("less is allowed", "contentconstraint", "CON_DSD",
     lambda c: next(iter(c.data_content_region[0].member.values())).values.pop(), Impact.MAJOR),
    ("a restriction lifted", "contentconstraint", "CON_DSD",
     lambda c: c.data_content_region[0].member.clear(), Impact.MINOR),
    ("a category less", "categoryscheme", "CAT_TST", lambda s: s.items.pop("ECONOMY"),
     Impact.MAJOR),
    ("a categorisation under another category", "categorisation", "CAT_DF_ALL",
     lambda c: setattr(c, "category", one("categoryscheme", "CAT_TST")["PEOPLE"]), Impact.MAJOR),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "id_", "change", "impact"), [r[1:] for r in RULES], ids=[r[0] for r in RULES]
)
def test_each_rule(kind: str, id_: str, change: Callable[[Any], Any], impact: Impact) -> None:
    left, right = one(kind, id_), one(kind, id_)
    assert not diff(left, right).rows
    change(right)
    found = diff(left, right)
    assert found.rows, "the change was not seen"
    assert differs(left, right)
    assert found.impact is impact
    assert all(row.reason for row in found.rows)


def test_rows_say_what_where_and_why() -> None:
    left, right = one("codelist", "CL_AREA"), one("codelist", "CL_AREA")
    right["MEX"].name.localizations["es"] = "México"
    del right.items["NA"]
    rows = {(r.change, r.part, r.path, r.fact, r.before, r.after) for r in diff(left, right).rows}
    assert rows == {
        ("changed", "code", "MEX", "name:es", "MEX en español", "México"),
        ("removed", "code", "NA", "", "NA in English", None),
    }


def test_the_version_has_to_be_as_far_as_the_change() -> None:
    left = codelist("CL", {"A": None}, "1.0.0")
    more = {"A": None, "B": None}
    assert not diff(left, codelist("CL", more, "1.0.1")).respected
    assert diff(left, codelist("CL", more, "1.1.0")).respected
    assert diff(left, codelist("CL", more, "2.0.0")).respected
    assert diff(left, codelist("CL", more, "1.0.1")).suggested == "1.1.0"


def test_kinds_are_not_compared_with_each_other() -> None:
    with pytest.raises(SemanticError, match="different kinds"):
        diff(one("codelist", "CL_AREA"), one("dataflow", "DF_ALL"))


def test_artefacts_of_all_kinds_equal_themselves() -> None:
    for artefact in (*KNOWN, *StructureSet.shipped()):
        assert not diff(artefact, artefact).rows, key_of(artefact)


codes = st.dictionaries(
    st.sampled_from("ABCDEFG"), st.sampled_from(["x", "y"]), min_size=1, max_size=7
)


@settings(deadline=None, max_examples=60)
@given(codes, codes)
def test_a_codelist_is_never_less_than_what_its_verdict_says(
    before: dict[str, str], after: dict[str, str]
) -> None:
    """An independent rule: codes gone is major, else codes new is minor, else texts are patch."""

    def make(texts: dict[str, str]) -> Any:
        found = codelist("CL", dict.fromkeys(texts))
        for code, text in texts.items():
            found[code].name = {"en": text}
        return found

    wanted = (
        Impact.MAJOR if set(before) - set(after)
        else Impact.MINOR if set(after) - set(before)
        else Impact.PATCH if list(before.items()) != list(after.items())
        else Impact.NONE
    )  # fmt: skip
    assert diff(make(before), make(after)).impact is wanted

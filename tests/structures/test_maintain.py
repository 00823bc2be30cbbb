"""Every rule of maintenance: what is done, what is refused, with which code and why."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from sdmx.model import common
from structure_samples import artefacts, codelist, constraint, made

from hub.model.schema import StructureRef
from hub.structures.diff import differs
from hub.structures.kinds import Key, key_of
from hub.structures.maintain import apply
from hub.structures.repository import StructureSet
from hub.structures.submission import (
    Change,
    Outcome,
    Status,
    StructureAction,
    SubmissionResult,
    http_status,
)

A = StructureAction


def legacy(*, final: bool = False) -> list[Any]:
    """The sample artefacts in version 1.0, so that they may change."""
    found = deepcopy(artefacts())
    for artefact in found:
        if artefact.version == "1.0.0":
            artefact.version = "1.0"
        artefact.is_final = final
    return [a for a in found if a.version != "1.9.0"]


def submit(
    known: StructureSet, artefacts_: Sequence[Any], action: StructureAction = A.REPLACE, **more: Any
) -> Outcome:
    return apply(known, [Change.of(a, action) for a in artefacts_], **more)


def only(outcome: Outcome) -> SubmissionResult:
    (result,) = outcome.results
    return result


@pytest.fixture
def known() -> StructureSet:
    return StructureSet(legacy())


def of(known: StructureSet, kind: str, id_: str) -> Any:
    return deepcopy(known.find(kind, "TST", id_))


def delete(known: StructureSet, kind: str, id_: str, item: str = "", **more: Any) -> Outcome:
    key = key_of(known.find(kind, "TST", id_))
    return apply(known, [Change(A.DELETE, key, item=item)], **more)


# What the table of maintenance.md, annex IV, says


def test_new_artefacts_are_created_in_any_order() -> None:
    outcome = submit(StructureSet([]), list(reversed(artefacts())))
    assert {(r.status, r.code) for r in outcome.results} == {(Status.SUCCESS, 201)}
    assert http_status(outcome.results) == 201
    assert len(outcome.structures) == len(artefacts())


def test_missing_references_are_409_and_take_along_who_rests_on_them() -> None:
    outcome = submit(StructureSet([]), [a for a in artefacts() if a.id != "CL_FREQ"])
    refused = {r.key.ref.id: r for r in outcome.results if not r.ok}
    assert refused["DSD_TST"].code == 409
    assert "codelist TST:CL_FREQ(1.0.0), which is not there" in refused["DSD_TST"].texts[0]
    assert set(refused) == {
        "DSD_TST", "DF_ALL", "DF_MEX", "PA_UPM_MEX", "CAT_DF_MEX", "CAT_DF_ALL", "CON_DSD",
        "CON_MEX", "CON_PA",
    }  # fmt: skip
    assert http_status(outcome.results) == 207
    assert not list(outcome.structures.graph.missing())


def test_only_failures_have_their_own_status(known: StructureSet) -> None:
    flow = of(known, "dataflow", "DF_ALL")
    flow.structure = made(type(flow.structure), "DSD_NO")
    outcome = submit(known, [flow])
    assert http_status(outcome.results) == 409
    assert not outcome.changed


def test_an_update_is_200_and_replaces_whole(known: StructureSet) -> None:
    status = of(known, "codelist", "CL_OBS_STATUS")
    del status.items["E"]
    outcome = submit(known, [status])
    assert (only(outcome).status, only(outcome).code) == (Status.SUCCESS, 200)
    assert set(outcome.structures.find("codelist", "TST", "CL_OBS_STATUS").items) == {"A"}
    assert set(known.find("codelist", "TST", "CL_OBS_STATUS").items) == {"A", "E"}


def test_the_same_again_changes_nothing(known: StructureSet) -> None:
    outcome = submit(known, legacy())
    assert not outcome.changed
    assert outcome.structures is known
    assert {r.code for r in outcome.results} == {200}


def test_delete(known: StructureSet) -> None:
    categorisation = delete(known, "categorisation", "CAT_DF_ALL")
    assert only(categorisation).code == 200
    assert categorisation.removed[0].ref.id == "CAT_DF_ALL"
    gone = apply(known, [Change(A.DELETE, Key("codelist", StructureRef("TST", "NO", "1.0")))])
    assert only(gone).code == 404
    assert http_status(gone.results) == 404


@pytest.mark.conformance("v2.maintenance.409_in_use")
def test_what_is_referred_to_is_not_deleted(known: StructureSet) -> None:
    outcome = delete(known, "codelist", "CL_FREQ")
    assert only(outcome).code == 409
    assert "is referred to by datastructure TST:DSD_TST(1.0)" in only(outcome).texts[0]


def test_referrers_may_go_together(known: StructureSet) -> None:
    keys = [key_of(a) for a in known if key_of(a).kind != "codelist"]
    outcome = apply(known, [Change(A.DELETE, key) for key in keys])
    assert {r.code for r in outcome.results} == {200}
    assert len(outcome.structures) == 3


def test_a_refused_delete_holds_what_it_rests_on(known: StructureSet) -> None:
    """The structure stays as its dataflow has observations; so must the codelist."""
    keys = [key_of(a) for a in known]
    flow = key_of(known.find("dataflow", "TST", "DF_ALL"))
    outcome = apply(
        known, [Change(A.DELETE, key) for key in keys], protected={flow: "it has observations"}
    )
    assert not list(outcome.structures.graph.missing())
    assert {"DF_ALL", "DSD_TST", "CL_FREQ"} <= {key.ref.id for key in outcome.structures.by_key}
    assert {key.ref.id for key in outcome.removed} >= {"DF_MEX", "CAT_DF_MEX"}


def test_protected_artefacts_stay(known: StructureSet) -> None:
    key = key_of(known.find("categorisation", "TST", "CAT_DF_ALL"))
    outcome = delete(known, "categorisation", "CAT_DF_ALL", protected={key: "it is needed"})
    assert only(outcome).texts == ("categorisation TST:CAT_DF_ALL(1.0) stays: it is needed.",)


# Stable artefacts


@pytest.mark.conformance("v2.maintenance.409_delete_stable", "v2.maintenance.409_stable")
def test_stable_artefacts_do_not_change() -> None:
    stable = StructureSet(artefacts())
    changed = of(stable, "codelist", "CL_FREQ")
    changed["A"].name.localizations["en"] = "Yearly"
    outcome = submit(stable, [changed])
    assert only(outcome).code == 409
    assert "Submit the change as version 1.0.1 (patch)" in only(outcome).texts[0]
    assert only(delete(stable, "codelist", "CL_FREQ")).code == 409
    assert only(delete(stable, "codelist", "CL_FREQ", "A")).code == 409


def test_final_artefacts_of_2_1_do_not_change() -> None:
    final = StructureSet(legacy(final=True))
    changed = of(final, "codelist", "CL_FREQ")
    changed.append(common.Code(id="W", name={"en": "W"}))
    changed.is_final = False
    assert only(submit(final, [changed])).code == 409


def test_a_stable_artefact_said_in_other_words_is_the_same() -> None:
    stable = StructureSet(artefacts())
    same = of(stable, "codelist", "CL_FREQ")
    same.is_final = None
    same.is_partial = True
    assert only(submit(stable, [same])).code == 200
    assert not submit(stable, [same]).changed


def test_an_artefact_may_be_made_final(known: StructureSet) -> None:
    final = of(known, "codelist", "CL_FREQ")
    final.is_final = True
    outcome = submit(known, [final])
    assert outcome.put[0].is_final
    assert only(submit(outcome.structures, [of(known, "codelist", "CL_FREQ")])).code == 200
    more = deepcopy(final)
    more.append(common.Code(id="W", name={"en": "W"}))
    assert only(submit(outcome.structures, [more])).code == 409


def test_drafts_change_until_they_are_released() -> None:
    draft = codelist("CL", {"A": None}, "1.0.0-draft")
    draft.is_final = False
    first = submit(StructureSet([]), [draft])
    draft = deepcopy(draft)
    del draft.items["A"]
    draft.append(common.Code(id="B", name={"en": "B"}))
    second = submit(first.structures, [draft])
    assert (only(second).code, only(second).ok) == (200, True)
    assert only(submit(second.structures, [codelist("CL", {"B": None}, "1.0.0")])).code == 201


def test_the_stable_does_not_rest_on_drafts() -> None:
    status = codelist("CL_OBS_STATUS", {"A": None}, "1.0.0-draft")
    status.is_final = False
    scheme = made(common.ConceptScheme, "CS")
    concept = common.Concept(id="OBS_STATUS", name={"en": "Status"})
    concept.core_representation = common.Representation(enumerated=status)
    scheme.append(concept)
    outcome = submit(StructureSet([]), [status, scheme])
    assert [r.code for r in outcome.results] == [201, 409]
    assert (
        "refers to the draft codelist TST:CL_OBS_STATUS(1.0.0-draft)"
        in (outcome.results[1].texts[0])
    )


# Version rules


@pytest.mark.conformance("v2.maintenance.409_version")
@pytest.mark.parametrize(
    ("codes", "version", "code"),
    [
        ("AB", "1.0.1", 201),  # nothing new
        ("ABC", "1.0.1", 409),
        ("ABC", "1.1.0", 201),
        ("A", "1.1.0", 409),
        ("A", "2.0.0", 201),
        ("A", "1.0.0-draft", 201),  # drafts promise nothing
        ("A", "0.9.0", 201),
        ("A", "1.1", 201),  # legacy versions promise nothing
    ],
)
def test_a_version_is_as_far_as_its_content(codes: str, version: str, code: int) -> None:
    known = StructureSet([codelist("CL", dict.fromkeys("AB"), "1.0.0")])
    assert only(submit(known, [codelist("CL", dict.fromkeys(codes), version)])).code == code


def test_a_version_put_between_two_fits_both() -> None:
    known = StructureSet([
        codelist("CL", dict.fromkeys("A"), "1.0.0"),
        codelist("CL", dict.fromkeys("AC"), "1.2.0"),
    ])  # fmt: skip
    assert only(submit(known, [codelist("CL", dict.fromkeys("AB"), "1.1.0")])).code == 409
    assert only(submit(known, [codelist("CL", dict.fromkeys("AC"), "1.1.0")])).code == 201


def test_two_versions_in_one_submission_are_compared_too() -> None:
    both = [
        codelist("CL", dict.fromkeys("AB"), "1.0.0"),
        codelist("CL", dict.fromkeys("A"), "1.1.0"),
    ]
    outcome = submit(StructureSet([]), both)
    assert [r.code for r in outcome.results] == [201, 409]


def test_a_version_that_is_none_is_422() -> None:
    assert only(submit(StructureSet([]), [codelist("CL", {}, "1.x")])).code == 422


# Actions


def test_append_adds_items_and_changes_nothing(known: StructureSet) -> None:
    more = of(known, "codelist", "CL_FREQ")
    del more.items["A"]
    more.append(common.Code(id="W", name={"en": "Weekly"}))
    outcome = submit(known, [more], A.APPEND)
    assert list(outcome.put[0].items) == ["A", "M", "Q", "W"]
    more["M"].name.localizations["en"] = "Month"
    refused = only(submit(known, [more], A.APPEND))
    assert refused.code == 409
    assert "has the code M differently" in refused.texts[0]


def test_append_of_what_is_there_is_refused_only_when_it_differs(known: StructureSet) -> None:
    flow = of(known, "dataflow", "DF_ALL")
    assert only(submit(known, [flow], A.APPEND)).code == 200
    flow.name.localizations["en"] = "Other"
    assert only(submit(known, [flow], A.APPEND)).code == 409


def test_merge_merges_schemes_that_do_not_say_they_are_partial(known: StructureSet) -> None:
    more = of(known, "codelist", "CL_FREQ")
    more.items = {"Q": more["Q"]}
    more["Q"].name.localizations["en"] = "Quarter"
    replaced = submit(known, [more], A.MERGE)
    assert list(replaced.put[0].items) == ["A", "M", "Q"]
    more.is_partial = True
    assert not differs(submit(known, [more], A.REPLACE).put[0], replaced.put[0])


def test_information_asks_for_nothing(known: StructureSet) -> None:
    outcome = submit(known, [codelist("CL_NEW", {"A": None}, "1.0")], A.INFORMATION)
    assert (only(outcome).ok, outcome.changed) == (True, False)


def test_external_references_are_named_and_not_stored() -> None:
    stub = codelist("CL", {}, "1.0")
    stub.is_external_reference = True
    outcome = submit(StructureSet([]), [stub])
    assert (only(outcome).status, outcome.changed) == (Status.WARNING, False)


def test_an_artefact_comes_once(known: StructureSet) -> None:
    outcome = submit(known, [of(known, "codelist", "CL_FREQ")] * 2)
    assert [r.code for r in outcome.results] == [200, 422]


# Items that are referred to


@pytest.mark.parametrize(
    ("kind", "id_", "item", "by"),
    [
        ("conceptscheme", "CS_TST", "REF_AREA", "datastructure TST:DSD_TST(1.0)"),
        ("dataproviderscheme", "DATA_PROVIDERS", "UPM", "provisionagreement TST:PA_UPM_MEX(1.0)"),
        ("categoryscheme", "CAT_TST", "PEOPLE.BORDER", "categorisation TST:CAT_DF_MEX(1.0)"),
        ("categoryscheme", "CAT_TST", "PEOPLE", "categorisation TST:CAT_DF_MEX(1.0)"),
    ],
)
def test_items_that_are_referred_to_stay(
    known: StructureSet, kind: str, id_: str, item: str, by: str
) -> None:
    refused = only(delete(known, kind, id_, item))
    assert refused.code == 409
    assert by in refused.texts[0]


def test_items_nobody_refers_to_go(known: StructureSet) -> None:
    assert only(delete(known, "conceptscheme", "CS_TST", "UNUSED")).code == 200
    assert only(delete(known, "conceptscheme", "CS_TST", "NO")).code == 404
    assert only(delete(known, "categoryscheme", "CAT_TST", "PEOPLE.BORDER.AIR")).code == 200


def test_replacing_a_scheme_does_not_lose_items_in_use(known: StructureSet) -> None:
    scheme = of(known, "conceptscheme", "CS_TST")
    del scheme.items["SOURCE"]
    assert only(submit(known, [scheme])).code == 409


def test_a_reference_to_an_item_that_is_not_there(known: StructureSet) -> None:
    categorisation = of(known, "categorisation", "CAT_DF_ALL")
    scheme = categorisation.category.parent
    categorisation.category = common.Category(id="NO")
    categorisation.category.parent = scheme
    refused = only(submit(known, [categorisation]))
    assert refused.code == 409
    assert "CAT_TST(1.0).NO" in refused.texts[0]


# Observations


def test_the_structure_under_observations_keeps_its_columns(known: StructureSet) -> None:
    in_use = [StructureRef("TST", "DF_ALL", "1.0")]
    dsd = of(known, "datastructure", "DSD_TST")
    dsd.attributes.components = [a for a in dsd.attributes if a.id != "COMMENT"]
    assert only(submit(known, [dsd])).code == 200  # without observations
    refused = only(submit(known, [dsd], in_use=in_use))
    assert refused.code == 409
    assert "has observations: it would lose COMMENT" in refused.texts[0]
    dsd = of(known, "datastructure", "DSD_TST")
    first, second = dsd.dimensions.components[:2]
    first.order, second.order = second.order, first.order
    assert only(submit(known, [dsd], in_use=in_use)).code == 409


def test_a_constraint_the_hub_cannot_apply_is_stored_with_a_warning(known: StructureSet) -> None:
    dsd = known.find("datastructure", "TST", "DSD_TST")
    odd = constraint("CON_ODD", dsd, {common.Dimension(id="NO", order=9): ["A"]})
    odd.version = "1.0"
    outcome = submit(known, [odd])
    assert only(outcome).status is Status.WARNING
    assert "restricts NO" in only(outcome).texts[1]
    assert outcome.changed


def test_geographic_codelists_are_referred_to_as_codelists(known: StructureSet) -> None:
    """Their URNs have the class of codelists, so they cannot stand beside one of the same name."""
    from hub.structures.artefacts import artefacts_of

    head = {"agencyID": "TST", "version": "1.0", "names": {"en": "Geo"}}
    (geo,) = artefacts_of(
        [("geographiccodelist", {"id": "CL_GEO", "geoFeatureSetCodes": [], **head})]
    )
    urn = "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=TST:CL_GEO(1.0)"
    concept = {"id": "C", "names": {"en": "C"}, "coreRepresentation": {"enumeration": urn}}
    (scheme,) = artefacts_of([("conceptscheme", {"id": "CS_GEO", "concepts": [concept], **head})])
    outcome = submit(known, [geo, scheme])
    assert [r.code for r in outcome.results] == [201, 201]
    gone = apply(outcome.structures, [Change(A.DELETE, key_of(geo))])
    assert only(gone).code == 409
    assert "conceptscheme TST:CS_GEO(1.0)" in only(gone).texts[0]
    twin = codelist("CL_GEO", {"A": None}, "1.0")
    assert only(submit(outcome.structures, [twin])).texts == (
        "An artefact of another kind has the same URN.",
    )

"""Faults of metadata sets: each is found, at its place, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from metadata_samples import shipped

from hub.metadata.model import MetadataSet, placed
from hub.metadata.targets import matches, matches_pattern
from hub.model.schema import StructureRef
from hub.structures.kinds import Key
from hub.structures.repository import StructureSet
from hub.validation import render
from hub.validation.metadata import check_set, in_order
from hub.validation.metadata_submission import judge

STRUCTURES = StructureSet.shipped()
FLOW = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow="
BORDER = next(s for s in shipped() if str(s.ref) == "MEX_UPM:QUALITY_MIG_BORDER(1.0.0)")


def _changed(change: Callable[[dict[str, Any]], object]) -> MetadataSet:
    tree = deepcopy(BORDER.tree)
    change(tree)
    return placed(MetadataSet.of(tree), STRUCTURES)


def _part(tree: dict[str, Any], id_: str) -> dict[str, Any]:
    return next(a for a in tree["attributes"] if a["id"] == id_)


def _below(tree: dict[str, Any], above: str, id_: str) -> dict[str, Any]:
    return next(a for a in _part(tree, above)["attributes"] if a["id"] == id_)


@pytest.mark.conformance("v2.metadata.shipped")
def test_what_is_shipped_has_no_faults_and_is_in_order() -> None:
    for one in shipped():
        assert check_set(one, STRUCTURES) == []
        assert in_order(one, STRUCTURES).tree == one.tree


FAULTS: list[tuple[Callable[[dict[str, Any]], object], str, str | None]] = [
    (lambda t: t["attributes"].append({"id": "NOPE", "value": "x"}),
     "METADATA_ATTRIBUTE_UNKNOWN", "NOPE"),
    (lambda t: _part(t, "RELEASE")["attributes"].append({"id": "LICENCE", "texts": {"en": "x"}}),
     "METADATA_ATTRIBUTE_UNKNOWN", "RELEASE.LICENCE"),
    (lambda t: t["attributes"].remove(_part(t, "SOURCE_METHOD")),
     "METADATA_ATTRIBUTE_MISSING", "SOURCE_METHOD"),
    (lambda t: _part(t, "SOURCE_METHOD")["attributes"].pop(0),
     "METADATA_ATTRIBUTE_MISSING", "SOURCE_METHOD.SOURCE_KIND"),
    (lambda t: t["attributes"].append(deepcopy(_part(t, "ACCESS"))),
     "METADATA_OCCURRENCES", "ACCESS"),
    (lambda t: _below(t, "RELEASE", "PERIODICITY").update(value="monthly"),
     "METADATA_VALUE", "RELEASE.PERIODICITY"),
    (lambda t: _part(t, "RELEASE").update(value="a title"), "METADATA_VALUE", "RELEASE"),
    (lambda t: (_below(t, "ACCESS", "LICENCE").pop("texts"),
                _below(t, "ACCESS", "LICENCE").update(value="MIT")),
     "METADATA_VALUE", "ACCESS.LICENCE"),
    (lambda t: _below(t, "ACCESS", "SOURCE_ADDRESS").update(value="see the web"),
     "METADATA_VALUE", "ACCESS.SOURCE_ADDRESS"),
    (lambda t: t.update(targets=[f"{FLOW}MIGHUB:DF_MIG_STOCK(1.0.0)"]), "METADATA_TARGET", None),
    (lambda t: t.update(targets=[f"{FLOW}MIGHUB:DF_MIG_BORDER(9.0.0)"]), "METADATA_TARGET", None),
    (lambda t: t.update(agencyID="MEX_INM"), "METADATA_PROVIDER", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "component"), FAULTS, ids=[f"{r}-{c}" for _, r, c in FAULTS]
)
def test_each_fault_is_one_finding_at_its_place(
    change: Callable[[dict[str, Any]], object], rule: str, component: str | None
) -> None:
    found = check_set(_changed(change), STRUCTURES)
    assert [(f.rule, f.component) for f in found] == [(rule, component)]
    assert render(found[0], "es") != found[0].message
    assert "{" not in found[0].message + render(found[0], "es")


def test_all_faults_are_found_not_the_first() -> None:
    def spoil(tree: dict[str, Any]) -> None:
        for change, _, _ in FAULTS[:2]:
            change(tree)

    assert len(check_set(_changed(spoil), STRUCTURES)) == 2


def test_attributes_are_put_in_the_order_of_the_structure() -> None:
    mixed = _changed(lambda t: t["attributes"].reverse())
    assert in_order(mixed, STRUCTURES).tree == BORDER.tree


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("MIGHUB:*(*)", True), ("MIGHUB:DF_A(*)", True), ("*:*(*)", True),
        ("MIGHUB:DF_A(1.0+.0)", True), ("MIGHUB:DF_A(1.3+.0)", False), ("MIGHUB:DF_B(*)", False),
        ("OTHER:*(*)", False),
    ],
)  # fmt: skip
def test_wildcards_of_targets(pattern: str, fits: bool) -> None:
    target = f"{FLOW}MIGHUB:DF_A(1.2.0)"
    assert matches_pattern(f"{FLOW}{pattern}", target) is fits
    key = Key("dataflow", StructureRef("MIGHUB", "DF_A", "1.2.0"))
    assert matches(f"{FLOW}{pattern}", key) is fits
    assert not matches(f"{FLOW}{pattern}", key._replace(kind="codelist"))


def test_a_final_set_does_not_change_and_a_draft_does() -> None:
    changed = _changed(lambda t: _below(t, "ACCESS", "LICENCE").update(texts={"en": "Other"}))
    (verdict,) = judge([changed], STRUCTURES, lambda ref: BORDER)
    assert verdict.code == 409
    (same,) = judge([BORDER], STRUCTURES, lambda ref: BORDER)
    assert (same.code, same.ok) == (200, True)
    draft = MetadataSet.of({**changed.tree, "version": "1.1.0-draft"})
    (new,) = judge([draft], STRUCTURES, lambda ref: None)
    assert new.code == 201
    (again,) = judge([draft], STRUCTURES, lambda ref: MetadataSet.of({**draft.tree, "names": {}}))
    assert again.code == 200


def test_a_set_against_nothing_known_is_a_conflict() -> None:
    tree = {k: v for k, v in BORDER.tree.items() if k != "metadataProvisionAgreement"}
    flow = "urn:sdmx:org.sdmx.infomodel.metadatastructure.Metadataflow=X:NOPE(1.0.0)"
    (lost,) = judge([MetadataSet.of({**tree, "metadataflow": flow})], STRUCTURES, lambda r: None)
    assert lost.code == 409
    (bare,) = judge([MetadataSet.of(tree)], STRUCTURES, lambda r: None)
    assert bare.code == 422

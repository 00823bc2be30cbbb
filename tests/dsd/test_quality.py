"""The shipped reference metadata: structure, agreements and sets hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import connectors
from codelists import DataFileError
from dsd import quality

STRUCTURES = quality.structures()
SETS = quality.sets()


def _attributes(listed: list[dict[str, Any]], key: str) -> Iterator[dict[str, Any]]:
    for one in listed:
        yield one
        yield from _attributes(one.get(key, []), key)


def _declared() -> list[dict[str, Any]]:
    (structure,) = (tree for kind, tree in STRUCTURES if kind == "metadatastructure")
    parts = structure["metadataStructureComponents"]["metadataAttributeList"]
    return list(_attributes(parts["metadataAttributes"], "metadataAttributes"))


def test_each_concept_is_an_attribute_once() -> None:
    concepts = yaml.safe_load(quality.CONCEPTS.read_text("utf-8"))["concepts"]
    assert sorted(a["id"] for a in _declared()) == sorted(concepts)


def test_everything_is_named_in_four_languages() -> None:
    concepts = yaml.safe_load(quality.CONCEPTS.read_text("utf-8"))["concepts"]
    for kind, tree in STRUCTURES:
        if kind in ("metadatastructure", "metadataflow", "metadataproviderscheme"):
            assert set(tree["names"]) == {"en", "es", "fr", "nl"}
    assert all(set(one["names"]) == {"en", "es", "fr", "nl"} for one in concepts.values())


@pytest.mark.parametrize("tree", SETS, ids=lambda t: f"{t['agencyID']}-{t['id']}")
def test_each_text_is_in_english_and_spanish(tree: dict[str, Any]) -> None:
    for one in _attributes(tree["attributes"], "attributes"):
        if "texts" in one:
            assert set(one["texts"]) == {"en", "es"}, one["id"]
            assert all(text.strip() for text in one["texts"].values())


def test_each_source_of_a_connector_has_a_set() -> None:
    """A dataflow and provider that the hub has data of say what their quality is."""
    there = {(t["agencyID"], t["id"].removeprefix("QUALITY_")) for t in SETS}
    records = Path(connectors.__file__).parent.glob("*/*/source.yaml")
    agreement = re.compile(r"MIGHUB:PA_([A-Z]+_[A-Z]+)_(MIG_[A-Z]+)\(")
    wanted = set()
    for path in records:
        named = set(agreement.findall(path.read_text("utf-8")))
        # Where national agreements stand beside the compiler's, the data are theirs.
        wanted |= {n for n in named if not n[0].startswith("INT_")} or named
    assert len(wanted) > 8
    assert wanted <= there


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1.0.0\nsets: {DF_MIG_STOCK: {}}\n", "no agreement for DF_MIG_STOCK"),
        ("version: 1.0.0\nsets: {DF_MIG_RETURNS: {NOPE: x}}\n", "not of the structure"),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "GTM_IGM.yaml").write_text(text)
    for name in ("structure.yaml", "concepts.yaml"):
        (tmp_path / name).write_bytes((quality.CONCEPTS.parent / name).read_bytes())
    (tmp_path.parent / "organisations.yaml").write_bytes(quality._ORGANISATIONS.read_bytes())
    (tmp_path.parent / "dataflows.yaml").write_bytes(
        (quality._ORGANISATIONS.parent / "dataflows.yaml").read_bytes()
    )
    monkeypatch.setattr(quality, "_ROOT", tmp_path)
    with pytest.raises(DataFileError, match=said):
        quality.sets()

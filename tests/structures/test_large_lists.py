"""Codelists held as columns, and a catalogue of two thousand artefacts with a very long one."""

from __future__ import annotations

import tracemalloc
from copy import copy, deepcopy
from importlib import import_module
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import FORMATS, faults, functions
from sdmx.model import common

from bench import catalogue
from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.query.structure import parse_structure_v2
from hub.settings import Settings
from hub.store.home import Hub
from hub.structures import ml21_write
from hub.structures.artefacts import artefacts_of
from hub.structures.graph import references_of
from hub.structures.items import ItemTable
from hub.structures.kinds import Key, key_of
from hub.structures.repository import StructureSet
from hub.structures.stored import Stored, dump, load
from hub.structures.trees import tree_of

#: More than two blocks of a writer, and no multiple of one.
CODES = 4_321


def codelist(codes: list[dict[str, Any]]) -> Any:
    return artefacts_of([("codelist", {**catalogue.head("CL_X"), "codes": codes})])[0]


def said(artefact: Any) -> dict[str, Any]:
    """The tree without what the version says too."""
    return {k: v for k, v in tree_of(artefact).items() if k != "isFinal"}


@pytest.fixture(scope="module")
def long_list() -> Any:
    return codelist([catalogue.code(n) for n in range(CODES)])


@pytest.mark.parametrize("name", FORMATS)
def test_every_code_in_every_format(name: str, long_list: Any, header: Header) -> None:
    """Block borders, annotations, parents and special characters included."""
    write, read = functions(FORMATS[name])
    message = write([long_list], header)
    (again,) = read(message)
    assert said(again) == said(long_list)
    if FORMATS[name].extension == "xml":  # json schemas take too long for thousands of codes
        assert faults(FORMATS[name], message) == []


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r&<>\"'\x85"),
    min_size=1,
    max_size=12,
).filter(lambda text: not set(text) & {"\ufffe", "\uffff"})
IDS = st.lists(
    st.text("abcXYZ019_$@-", min_size=1, max_size=6), unique=True, min_size=1, max_size=8
)


@st.composite
def lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Codes with any texts, some with a parent before them, some with more than that."""
    ids = draw(IDS)
    codes: list[dict[str, Any]] = []
    for n, id_ in enumerate(ids):
        one: dict[str, Any] = {
            "id": id_,
            "names": {draw(st.sampled_from(["en", "es"])): draw(TEXT)},
        }
        if draw(st.booleans()):
            one["names"]["fr"] = draw(TEXT)
        if draw(st.booleans()):
            one["descriptions"] = {"en": draw(TEXT)}
        if n and draw(st.booleans()):
            one["parent"] = ids[draw(st.integers(0, n - 1))]
        if draw(st.integers(0, 3)) == 0:
            one["annotations"] = [{"type": "NOTE", "texts": {"en": draw(TEXT)}}]
        codes.append(one)
    return codes


@pytest.mark.parametrize("name", FORMATS)
@given(codes=lists())
@settings(max_examples=15, deadline=None)
def test_any_codes_come_back(name: str, codes: list[dict[str, Any]], header: Header) -> None:
    write, read = functions(FORMATS[name])
    message = write([codelist(codes)], header)
    assert faults(FORMATS[name], message) == []
    assert tree_of(read(message)[0])["codes"] == codes


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_list_is_streamed(name: str, header: Header) -> None:
    """Memory stays far below the message, and the first block comes before most codes are made."""
    big = codelist([catalogue.code(n) for n in range(12_000)])
    chosen = FORMATS[name]
    stream = import_module(f"hub.structures.{str(chosen.writer).partition(':')[0]}").stream
    ItemTable.of(big)
    tracemalloc.start()
    try:
        body = stream([big], header)
        first = next(body)
        size = len(first) + sum(map(len, body))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 1_500_000
    assert len(first) < size / 5
    assert peak < size / 2


def test_what_a_format_cannot_say_is_refused_before_the_first_byte(header: Header) -> None:
    codes = [catalogue.code(n) for n in range(3_000)]
    codes[2_999]["annotations"] = [{"type": "T", "value": "only 3.x has values"}]
    with pytest.raises(NotImplementedByHub, match="value"):
        ml21_write.stream([codelist(codes)], header)


def test_text_that_xml_cannot_carry_is_refused(header: Header) -> None:
    with pytest.raises(NotImplementedByHub, match="control character"):
        ml21_write.write([codelist([{"id": "A", "names": {"en": "bell \x07"}}])], header)


def test_a_code_twice_and_names_that_are_none() -> None:
    with pytest.raises(RequestSyntaxError, match="item A twice"):
        codelist([{"id": "A"}, {"id": "B"}, {"id": "A"}])
    with pytest.raises(RequestSyntaxError, match="5 is no text"):
        codelist([{"id": "A", "names": {"en": 5}}])


def test_a_code_is_an_object_of_sdmx1_that_cannot_be_changed(long_list: Any) -> None:
    one = long_list.items["K000123"]
    assert isinstance(one, common.Code)
    assert one.parent is long_list.items["K000012"]
    assert one.parent.parent.parent is long_list
    assert "K000123" in [child.id for child in long_list["K000012"].child]
    assert str(one.name) == "Code <123> & more"
    with pytest.raises(TypeError, match="view"):
        one.name = "Other"
    with pytest.raises(TypeError):
        long_list.append(common.Code(id="NEW"))
    free = copy(one)
    free.name = "Other"
    assert (str(free.name), str(one.name)) == ("Other", "Code <123> & more")
    assert deepcopy(long_list).items["K000123"].parent.id == "K000012"


def test_ordinary_objects_make_the_same_table(long_list: Any) -> None:
    plain = common.Codelist(id="CL_X", version="1.0.0", maintainer=common.Agency(id="BENCH"))
    plain.items = {id_: copy(code) for id_, code in long_list.items.items()}
    assert ItemTable.of(plain).trees() == ItemTable.of(long_list).trees()


def test_names_of_a_list_in_a_language() -> None:
    table = ItemTable.of(
        codelist([
            {"id": "A", "names": {"en": "a", "es": "á"}}, {"id": "B", "names": {"en": "b"}},
            {"id": "C", "names": {"fr": "ç"}}, {"id": "D"},
        ])
    )  # fmt: skip
    assert table.texts("es-DO") == {"A": "á", "B": "b", "C": "ç", "D": "D"}
    assert table.texts("en") == {"A": "a", "B": "b", "C": "ç", "D": "D"}


def test_payloads_with_the_codes_in_the_tree_are_still_read(long_list: Any) -> None:
    old = orjson.dumps({"form": 1, "kind": "codelist", "tree": tree_of(long_list)})
    assert tree_of(load(old)[0]) == tree_of(load(dump(long_list))[0]) == tree_of(long_list)
    assert Stored(key_of(long_list), old).tree == tree_of(long_list, codes=False)


# A catalogue of 2 000 artefacts


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A hub with the catalogue of the benchmarks, its long list shorter."""
    home = tmp_path_factory.mktemp("large")
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        hub.artefacts.put(catalogue.artefacts(CODES))
        yield hub


def made(structures: StructureSet) -> list[Key]:
    """Keys of the artefacts of the catalogue that have been made."""
    return [k for k, a in structures.by_key.held.items()
            if isinstance(a, Stored) and "artefact" in a.__dict__]  # fmt: skip


def test_only_what_is_asked_for_is_made(large: Hub) -> None:
    structures = large.artefacts.read()
    assert sum(k.ref.agency == catalogue.AGENCY for k in structures.by_key) == 2_000
    assert made(structures) == []
    assert structures.graph.children.keys() >= set(structures.by_key)
    assert made(structures) == []  # references are told from the trees
    query = parse_structure_v2("dataflow/BENCH/DF_0000/1.0.0", "references=descendants")
    found = structures.answer(query)
    assert {key_of(a) for a in found} >= set(made(structures))
    assert Key("codelist", StructureRef("BENCH", "CL_BIG", "1.0.0")) in made(structures)


def test_the_graph_is_that_of_the_artefacts(large: Hub) -> None:
    structures = large.structures
    for key, artefact in structures.by_key.items():
        found = list(structures.graph.children[key])
        assert found == references_of(artefact, inherited=False)


def test_what_did_not_change_is_not_made_again(large: Hub) -> None:
    key = Key("codelist", StructureRef("BENCH", "CL_BIG", "1.0.0"))
    before = large.artefacts.read().by_key[key]
    large.artefacts.put([codelist([{"id": "A"}])])
    after = large.artefacts.read()
    assert after.by_key[key] is before
    assert list(after.get("codelist", StructureRef("BENCH", "CL_X", "1.0.0")).items) == ["A"]
    large.artefacts.remove([Key("codelist", StructureRef("BENCH", "CL_X", "1.0.0"))])


def test_all_references_of_the_long_list(large: Hub) -> None:
    """Parents and their siblings: structures by tens, and all that these refer to."""
    query = parse_structure_v2("codelist/BENCH/CL_BIG/1.0.0", "references=all")
    found = [key_of(a) for a in large.structures.answer(query)]
    using = {k for k, children in large.structures.graph.children.items() if found[0] in children}
    assert len(using) == 30
    assert using <= set(found)
    assert {c for k in using for c in large.structures.graph.children[k]} == set(found) - using


def test_one_code_of_the_long_list(large: Hub) -> None:
    query = parse_structure_v2("codelist/BENCH/CL_BIG/1.0.0/K001000,K000007", "")
    (part,) = large.structures.answer(query)
    assert part.is_partial
    assert [c["id"] for c in tree_of(part)["codes"]] == ["K000007", "K001000"]

"""What SDMX 2.1 and 3.x have in place of each other's kinds: hierarchies, and maps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import FORMATS, faults, functions, trees
from samples30 import CODES, MAPS
from samples30 import message as message30
from structure_samples import artefacts
from test_ml21_kept import HIERARCHICAL, STRUCTURE_SET, message

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.query.structure import parse_structure_v1, parse_structure_v2
from hub.structures.artefacts import artefacts_of
from hub.structures.kinds import Key, key_of, parse_urn
from hub.structures.ml21_read import read as read21
from hub.structures.ml21_write import write as write21
from hub.structures.ml30_read import read as read30
from hub.structures.repository import StructureSet

_URN = "urn:sdmx:org.sdmx.infomodel."
_OF_3 = sorted(name for name in FORMATS if name not in {
    "sdmx-ml-2.1-structure", "sdmx-json-1.0-structure"
})  # fmt: skip
_HEAD = {"agencyID": "TST", "version": "1.0"}


def _local(id_: str) -> str:
    return (
        f'<Ref id="{id_}" containerID="DimensionDescriptor" package="datastructure" '
        'class="Dimension"/>'
    )


TWO_MAPS = STRUCTURE_SET.replace(
    "</str:StructureSet>",
    f"""<str:StructureMap id="SM"><com:Name xml:lang="en">S</com:Name>
 <str:Source><Ref id="DF_MEX" agencyID="TST" version="1.0.0" package="datastructure"
  class="Dataflow"/></str:Source><str:Target><Ref id="DSD_TST" agencyID="TST" version="1.0.0"
  package="datastructure" class="DataStructure"/></str:Target>
 <str:ComponentMap><str:Source>{_local("FREQ")}</str:Source><str:Target>
  {_local("REF_AREA")}</str:Target><str:RepresentationMapping>
  <str:CodelistMap><Ref id="M"/></str:CodelistMap></str:RepresentationMapping></str:ComponentMap>
 <str:ComponentMap><str:Source>{_local("CITIZENSHIP")}</str:Source><str:Target>
  {_local("CITIZENSHIP")}</str:Target><str:RepresentationMapping><str:ValueMap>
   <str:ValueMapping source="1" target="M"/><str:ValueMapping source="2" target="F"/>
  </str:ValueMap></str:RepresentationMapping></str:ComponentMap></str:StructureMap>
</str:StructureSet>""",
)


def counterparts(known: StructureSet) -> dict[Key, Any]:
    return {k: a for k, a in known.with_counterparts.items() if k not in known.by_key}


def one_of(known: StructureSet, kind: str, id_: str, version: str = "1.0") -> Any:
    return known.with_counterparts[Key(kind, StructureRef("TST", id_, version))]


@pytest.mark.conformance("v1.structure.counterparts", "v2.structure.counterparts")
def test_one_store_answers_both_interfaces() -> None:
    known = StructureSet(read21(message(HIERARCHICAL)) + read30(message30(CODES)))

    def asked(parse: Any, path: str) -> set[tuple[str, str]]:
        return {(key_of(a).kind, a.id) for a in known.answer(parse(path))}

    v1 = {("hierarchicalcodelist", "HCL"), ("hierarchicalcodelist", "H_AREA")}
    assert asked(parse_structure_v1, "hierarchicalcodelist/TST") == v1
    v2 = {("hierarchy", "HCL_H"), ("hierarchy", "H_AREA")}
    assert asked(parse_structure_v2, "hierarchy/TST") == v2
    assert asked(parse_structure_v2, "hierarchy/TST/H_AREA/1.0.0") == {("hierarchy", "H_AREA")}
    assert len(list(known)) == len(known) == len(known.by_key)  # what is stored is not more


def test_what_refers_to_a_counterpart_finds_it() -> None:
    known = StructureSet(read30(message30(CODES)))
    answer = known.answer(parse_structure_v1("codelist/TST/CL_BASE", "references=parents"))
    assert ("hierarchicalcodelist", "H_AREA") in {(key_of(a).kind, a.id) for a in answer}


@pytest.mark.conformance("v2.structure.counterparts")
@pytest.mark.parametrize("name", _OF_3)
@pytest.mark.parametrize("body", [HIERARCHICAL, TWO_MAPS])
def test_what_21_has_is_written_in_3(header: Header, name: str, body: str) -> None:
    write, read = functions(FORMATS[name])
    written = write(read21(message(body)), header)
    assert not faults(FORMATS[name], written)
    expected = counterparts(StructureSet(read21(message(body))))
    found = trees(read(written))
    assert found.keys() == expected.keys()
    for key, tree in trees(expected.values()).items():
        assert found[key].items() >= {k: v for k, v in tree.items() if k != "isFinal"}.items()


def test_maps_keep_what_they_say(header: Header) -> None:
    known = StructureSet(read21(message(TWO_MAPS)))
    codes = one_of(known, "representationmap", "SS_M").content
    assert codes["source"] == [{"codelist": f"{_URN}codelist.Codelist=TST:CL_AREA(1.0)"}]
    assert codes["representationMappings"] == [
        {"sourceValues": [{"value": "MEX"}], "targetValues": ["MX"]}
    ]
    area, sex = one_of(known, "structuremap", "SS_SM").content["componentMaps"]
    assert (area["source"], area["target"]) == (["FREQ"], ["REF_AREA"])
    assert area["representationMap"].endswith("RepresentationMap=TST:SS_M(1.0)")
    own = parse_urn(sex["representationMap"])[0]
    values = known.with_counterparts[own].content
    assert [row["targetValues"] for row in values["representationMappings"]] == [["M"], ["F"]]
    # And back: the set that 2.1 would have of it holds both maps again, once the structures that
    # say what a component is are there.
    maps = list(counterparts(known).values())
    with pytest.raises(NotImplementedByHub, match="does not hold"):
        write21(maps, header)
    again = read21(write21([*maps, *artefacts()], header))
    both = next(a for a in again if a.id == "SS_SM")
    assert "CodelistMap" in both.content["xml"]
    assert "ValueMapping" in both.content["xml"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<str:ValueMap>", "<str:ToTextFormat/><str:ToValueType>Name</str:ToValueType>", "text"),
        ('<str:StructureMap id="SM">', '<str:StructureMap id="SM" isExtension="true">', "extends"),
    ],
)
def test_what_3_cannot_say_is_refused(header: Header, old: str, new: str, why: str) -> None:
    body = TWO_MAPS.replace(old, new)
    if "ToTextFormat" in new:
        start, end = body.index("<str:ValueMapping"), body.index("</str:ValueMap>")
        body = body[:start] + body[end + len("</str:ValueMap>") :]
    given_ = read21(message(body))
    write = functions(FORMATS["sdmx-ml-3.0-structure"])[0]
    with pytest.raises(NotImplementedByHub, match=why):
        write(given_, header)
    with pytest.raises(NotImplementedByHub, match=why):  # the map of the store, by its own name
        write([one_of(StructureSet(given_), "structuremap", "SS_SM")], header)


@pytest.mark.conformance("v1.structure.counterparts")
@pytest.mark.parametrize("id_", ["SM", "RM"])
def test_what_21_cannot_say_is_refused(header: Header, id_: str) -> None:
    known = StructureSet(read30(message30(MAPS)))
    with pytest.raises(NotImplementedByHub, match=r"SDMX 2\.1 cannot say"):
        write21([one_of(known, "structureset", id_, "1.0.0")], header)
    write21([one_of(known, "structureset", "CM", "1.0.0")], header)


_IDS = st.text("ABCDEFGHIJ_0123456789", min_size=1, max_size=5)
_NAMES = st.dictionaries(
    st.sampled_from(["en", "es"]), st.text("abñ &<", min_size=1, max_size=8), min_size=1
)


@st.composite
def _codes(draw: st.DrawFn, deep: int = 2) -> list[dict[str, Any]]:
    """Codes of a hierarchy, with unique ids among siblings."""
    found = []
    for id_ in draw(st.lists(_IDS, min_size=1, max_size=3, unique=True)):
        list_ = draw(st.sampled_from(["A(1.0)", "B(2.1)"]))
        code: dict[str, Any] = {"id": id_, "code": f"{_URN}codelist.Code=TST:{list_}.{id_}"}
        if deep and draw(st.booleans()):
            code["hierarchicalCodes"] = draw(_codes(deep - 1))
        if draw(st.booleans()):
            code["level"] = draw(st.sampled_from(["L1", "L2"]))
        found.append(code)
    return found


@settings(max_examples=40, deadline=None)
@given(_codes(), _NAMES, st.booleans())
def test_any_hierarchy_goes_through_21_and_back(
    codes: list[dict[str, Any]], names: dict[str, str], leveled: bool
) -> None:
    tree = {"id": "H", **_HEAD, "names": names, "hasFormalLevels": leveled, "isFinal": False,
            "hierarchicalCodes": codes}  # fmt: skip
    (hierarchy,) = artefacts_of([("hierarchy", tree)])
    _through(hierarchy)


def _through(artefact: Any, *more: Any) -> None:
    """Written in 2.1 (which checks it against the schema), read, and taken from the store."""
    header = Header("S", "TST", datetime(2026, 6, 1, tzinfo=UTC))
    known = StructureSet(read21(write21([artefact, *more], header)))
    key = key_of(artefact)
    found = known.with_counterparts[key]
    assert trees([found]) == trees([artefact])


_ROWS = st.lists(st.tuples(_IDS, _IDS), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


_COMPONENTS = st.sampled_from(["FREQ", "REF_AREA", "CITIZENSHIP", "TIME_PERIOD", "OBS_STATUS"])
_PAIRS = st.lists(
    st.tuples(_COMPONENTS, _COMPONENTS, st.booleans()), min_size=1, max_size=3
)  # fmt: skip
_STRUCTURES = artefacts()


@settings(max_examples=40, deadline=None)
@given(_ROWS, _NAMES, _PAIRS)
def test_any_map_that_21_has_goes_through_it_and_back(
    rows: list[tuple[str, str]], names: dict[str, str], pairs: list[tuple[str, str, bool]]
) -> None:
    head = {**_HEAD, "names": names, "isFinal": False}
    codes = {
        "id": "RM", **head,
        "source": [{"codelist": f"{_URN}codelist.Codelist=TST:A(1.0)"}],
        "target": [{"codelist": f"{_URN}codelist.Codelist=TST:B(2.1)"}],
        "representationMappings": [
            {"sourceValues": [{"value": a}], "targetValues": [b]} for a, b in rows
        ],
    }  # fmt: skip
    urn = f"{_URN}structuremapping.RepresentationMap=TST:RM(1.0)"
    structures = {
        "id": "SM", **head,
        "source": f"{_URN}datastructure.Dataflow=TST:DF_MEX(1.0.0)",
        "target": f"{_URN}datastructure.DataStructure=TST:DSD_TST(1.0.0)",
        "componentMaps": [
            {"source": [a], "target": [b], **({"representationMap": urn} if mapped else {})}
            for a, b, mapped in pairs
        ],
    }  # fmt: skip
    scheme = {
        "id": "CM", **head,
        "source": f"{_URN}conceptscheme.ConceptScheme=TST:A(1.0)",
        "target": f"{_URN}conceptscheme.ConceptScheme=TST:B(2.1)",
        "itemMaps": [{"sourceValue": {"value": a}, "targetValue": b} for a, b in rows],
    }  # fmt: skip
    made = artefacts_of([
        ("representationmap", codes), ("structuremap", structures), ("conceptschememap", scheme),
    ])  # fmt: skip
    _through(made[0])
    _through(made[1], made[0], *_STRUCTURES)
    _through(made[2])

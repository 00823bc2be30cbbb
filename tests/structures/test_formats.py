"""Every structure format, both ways: valid by the official schema, and read back equal."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
import sdmx
from messages import FORMATS, faults, functions, trees
from samples30 import CODES, CONSTRAINTS, DSD, MAPS, ORGANISATIONS, PARTS, VTL, message
from structure_samples import artefacts

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.dataset import Header
from hub.structures.kinds import KINDS, kind_of
from hub.structures.ml21_write import write as write21
from hub.structures.ml30_read import read as read30
from hub.structures.ml30_write import write as write30
from hub.structures.repository import StructureSet
from hub.structures.stored import dump, load

ALL = sorted(FORMATS)
THREE = [name for name in ALL if "2.1-structure" not in name or "json" in name]
THREE.remove("sdmx-json-1.0-structure")

#: Shipped kinds that SDMX 2.1 has not.
ONLY_3 = {
    "metadataproviderscheme", "metadataprovisionagreement", "representationmap", "structuremap",
}  # fmt: skip


def test_the_formats() -> None:
    assert {f.media_type.partition("structure+")[2] for f in FORMATS.values()} == {
        "xml;version=2.1", "xml;version=3.0.0", "xml;version=3.1.0",
        "json;version=1.0.0", "json;version=2.0.0", "json;version=2.1.0",
    }  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_small_structures(header: Header, name: str) -> None:
    write, read = functions(FORMATS[name])
    given = artefacts()
    sent = write(given, header)
    assert faults(FORMATS[name], sent) == []
    assert trees(read(sent)) == trees(given)


@pytest.mark.conformance("format.ml.is_final", "format.ml.ref_and_urn")
@pytest.mark.parametrize("name", ALL)
def test_the_shipped_structures(header: Header, name: str) -> None:
    write, read = functions(FORMATS[name])
    shipped = [a for a in StructureSet.shipped() if name in THREE or kind_of(a).name not in ONLY_3]
    sent = write(shipped, header)
    # Schemas of JSON are slow: small lists are enough to see every shape.
    small = [a for a in shipped if len(getattr(a, "items", ())) < 40]
    assert faults(FORMATS[name], sent if "ml" in name else write(small, header)) == []
    again, given = trees(read(sent)), trees(shipped)
    if name in THREE:  # SDMX 3.x says by the version what isFinal says
        again, given = (
            {k: t | {"isFinal": None} for k, t in one.items()} for one in (again, given)
        )
    assert again == given


@pytest.mark.parametrize("name", THREE)
@pytest.mark.parametrize("part", PARTS)
def test_what_only_3_has(header: Header, name: str, part: str) -> None:
    write, read = functions(FORMATS[name])
    given = read30(message(part))
    sent = write(given, header)
    assert faults(FORMATS[name], sent) == []
    assert trees(read(sent)) == trees(given)


def test_the_samples_have_every_kind_of_3() -> None:
    kinds = {kind_of(a).name for a in [*read30(message()), *artefacts()]}
    assert kinds == {k.name for k in KINDS.values() if k.element3} - {"dataconsumerscheme"} - {
        "categoryschememap",
        "organisationschememap",
        "reportingtaxonomymap",
    }  # fmt: skip (which are concept scheme maps in all but name)


@pytest.mark.parametrize("part", PARTS)
def test_the_catalogue_keeps_all(part: str) -> None:
    given = read30(message(part))
    kept = [one for artefact in given for one in load(dump(artefact))]
    assert trees(kept) == trees(given)
    assert [dump(a) for a in kept] == [dump(a) for a in given]


@pytest.mark.parametrize("part", [ORGANISATIONS, VTL])
def test_what_2_1_has_too_is_written_in_it(header: Header, part: str) -> None:
    given = [a for a in read30(message(part)) if KINDS[kind_of(a).name].element]
    given = [a for a in given if "MultiLingual" not in str(a.tree)]
    write, read = functions(FORMATS["sdmx-ml-2.1-structure"])
    sent = write(given, header)
    assert faults(FORMATS["sdmx-ml-2.1-structure"], sent) == []
    again = trees(read(sent))
    assert set(again) == set(trees(given))
    for key, tree in trees(given).items():
        assert again[key] == tree | {"isFinal": tree["isFinal"]}


@pytest.mark.parametrize(
    ("part", "id_", "said"),
    [
        (CODES, "VL_CUR", "has no ValueList"),
        (CODES, "CL_MORE", "cannot express codelistExtensions|cannot express codes.C"),
        (DSD, "DSD30", "cannot express|measures"),
        (MAPS, "SM", "it has fixed values"),
        (CONSTRAINTS, "DC", "cannot express cubeRegions"),
    ],
)
def test_what_2_1_cannot_say_is_refused(header: Header, part: str, id_: str, said: str) -> None:
    (one,) = (a for a in read30(message(part)) if a.id == id_)
    with pytest.raises(NotImplementedByHub, match=said):
        write21([one], header)
    write, _ = functions(FORMATS["sdmx-json-1.0-structure"])
    with pytest.raises(NotImplementedByHub):
        write([one], header)


@pytest.mark.parametrize("name", ["sdmx-ml-2.1-structure", "sdmx-json-1.0-structure"])
def test_metadata_structures_of_3_are_said_in_2_1(header: Header, name: str) -> None:
    given = [a for a in read30(message(DSD)) if a.id == "MSD"]
    assert {kind_of(a).name for a in given} == {"metadatastructure"}
    write, read = functions(FORMATS[name])
    sent = write(given, header)
    assert faults(FORMATS[name], sent) == []
    assert trees(read(sent)) == trees(given)


def test_actual_constraints_are_not_said_to_be_allowed(header: Header) -> None:
    actual = next(a for a in artefacts() if a.id == "CON_DSD")
    actual.role.role = type(actual.role.role)["actual"]
    for name in ("sdmx-ml-3.1-structure", "sdmx-json-2.1-structure"):
        with pytest.raises(NotImplementedByHub, match="no actual constraints"):
            functions(FORMATS[name])[0]([actual], header)
    for name in set(ALL) - {"sdmx-ml-3.1-structure", "sdmx-json-2.1-structure"}:
        write, read = functions(FORMATS[name])
        assert read(write([actual], header))[0].role.role.name == "actual"


def test_sdmx1_reads_3_0(header: Header) -> None:
    # sdmx1 does not know organisation schemes of 3.0, nor provision agreements without them.
    known = [a for a in artefacts() if kind_of(a).name in {
        "codelist", "conceptscheme", "datastructure", "categoryscheme",
    }]  # fmt: skip
    sent = write30(known, header)
    found = sdmx.read_sdmx(BytesIO(sent))
    codes = {(c.id, str(c.version)): set(c.items) for c in found.codelist.values()}
    assert codes["CL_FREQ", "1.0.0"] == {"A", "M", "Q"}
    (dsd,) = found.structure.values()
    assert [d.id for d in dsd.dimensions] == [
        "FREQ", "REF_AREA", "CITIZENSHIP", "TIME_PERIOD",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [n for n in ALL if "json" in n])
def test_what_is_no_message_of_the_format(name: str) -> None:
    _, read = functions(FORMATS[name])
    with pytest.raises(RequestSyntaxError, match="not JSON: line 2"):
        read(b'{"data":\n}')
    with pytest.raises(RequestSyntaxError, match="an object"):
        read(b"[]")
    with pytest.raises(RequestSyntaxError, match="has no agencyID"):
        read(json.dumps({"data": {"codelists": [{"id": "A"}]}}).encode())
    with pytest.raises(RequestSyntaxError, match="codelist A is not as the schema"):
        broken = {"id": "A", "agencyID": "T", "codes": 3}
        read(json.dumps({"data": {"codelists": [broken]}}).encode())
    with pytest.raises(NotImplementedByHub, match="property colour"):
        strange = {"id": "A", "agencyID": "T", "colour": "red"}
        read(json.dumps({"data": {"codelists": [strange]}}).encode())


def test_not_valid_3_0_has_the_line() -> None:
    bad = message(CODES).replace(b'hasFormalLevels="true"', b'hasFormalLevels="maybe"')
    with pytest.raises(RequestSyntaxError, match=r"not valid SDMX-ML 3.0: line \d+: Hierarchy"):
        read30(bad)

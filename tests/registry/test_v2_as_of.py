"""``asOf`` of structures and schemas: what the hub had at an instant, whatever came after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sdmx.model import common, v21

from hub.store.home import Hub
from hub.structures.kinds import key_of
from hub.structures.ml21_read import read
from hub.structures.submission import Change, StructureAction
from registry.app import create_app

STR21 = {"Accept": "application/vnd.sdmx.structure+xml;version=2.1"}
XSD = {"Accept": "application/vnd.sdmx.schema+xml;version=3.0.0"}
AGENCY = common.Agency(id="TST")


def made(cls: type, id_: str, **more: object) -> object:
    return cls(id=id_, version="1.0", maintainer=AGENCY, name={"en": id_}, is_final=False,
               is_external_reference=False, **more)  # fmt: skip


def codelist(codes: str) -> common.Codelist:
    found = made(common.Codelist, "CL_TEST")
    for code in codes:
        found.append(common.Code(id=code, name={"en": f"Code {code}"}))  # type: ignore[attr-defined]
    return found  # type: ignore[return-value]


def submit(hub: Hub, action: StructureAction, *artefacts: object) -> datetime:
    """Change structures; an instant after it."""
    outcome = hub.maintain([Change.of(one, action) for one in artefacts], actor="test")
    assert all(r.ok for r in outcome.results), outcome.results
    return datetime.now(UTC)


def delete(hub: Hub, artefact: object) -> datetime:
    """Delete a structure; an instant after it."""
    outcome = hub.maintain([Change(StructureAction.DELETE, key_of(artefact))], actor="test")
    assert all(r.ok for r in outcome.results), outcome.results
    return datetime.now(UTC)


@pytest.fixture
def history(new_hub: Callable[[], Hub]) -> tuple[FlaskClient, list[datetime]]:
    """A codelist made, changed and deleted, and an instant before and after each."""
    hub = new_hub()
    instants = [datetime.now(UTC)]
    for codes in ("A", "AB", "ABC"):
        instants.append(submit(hub, StructureAction.REPLACE, codelist(codes)))
    instants.append(delete(hub, codelist("")))
    return create_app(hub).test_client(), instants


@pytest.mark.conformance("v2.structure.as_of")
def test_structures_are_those_of_the_instant(history: tuple[FlaskClient, list[datetime]]) -> None:
    client, instants = history
    for instant, codes in zip(instants, ("", "A", "AB", "ABC", ""), strict=True):
        url = f"/sdmx/v2/structure/codelist/TST/CL_TEST?asOf={instant.isoformat()}"
        answer = client.get(url, headers=STR21)
        assert answer.status_code == (200 if codes else 404)
        if codes:
            (found,) = read(answer.data)
            assert "".join(found.items) == codes


@pytest.mark.conformance("v2.structure.as_of")
def test_before_there_was_a_hub_there_was_nothing(client: FlaskClient) -> None:
    for query, status in (("", 200), ("?asOf=2999-01-01T00:00:00Z", 200), ("?asOf=2000-01-01", 404),
                          ("?asOf=once", 400)):  # fmt: skip
        assert client.get(f"/sdmx/v2/structure/codelist/SDMX/CL_SEX{query}").status_code == status


@pytest.mark.conformance("v2.schema.as_of")
def test_a_schema_is_that_of_the_instant(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    scheme = made(common.ConceptScheme, "CS_TEST")
    for id_ in ("AREA", "OBS_VALUE"):
        scheme.append(common.Concept(id=id_, name={"en": id_}))  # type: ignore[attr-defined]
    area = v21.Dimension(
        id="AREA", concept_identity=scheme["AREA"],  # type: ignore[index]
        local_representation=common.Representation(enumerated=codelist("A")),
    )  # fmt: skip
    measure = v21.PrimaryMeasure(
        id="OBS_VALUE",
        concept_identity=scheme["OBS_VALUE"],  # type: ignore[index]
    )
    dsd = made(
        v21.DataStructureDefinition, "DSD_TEST",
        dimensions=v21.DimensionDescriptor(components=[area]),
        measures=v21.MeasureDescriptor(components=[measure]),
    )  # fmt: skip
    first = submit(hub, StructureAction.APPEND, codelist("A"), scheme, dsd)
    submit(hub, StructureAction.REPLACE, codelist("AB"))
    client = create_app(hub).test_client()
    url = "/sdmx/v2/schema/datastructure/TST/DSD_TEST"
    then = client.get(f"{url}?asOf={first.isoformat()}", headers=XSD)
    now = client.get(url, headers=XSD)
    assert (then.status_code, now.status_code) == (200, 200), then.text
    assert 'enumeration value="A"' in then.text
    assert 'enumeration value="B"' not in then.text
    assert 'enumeration value="B"' in now.text

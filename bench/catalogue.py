"""A generated catalogue: two thousand artefacts, one of them a list of a hundred thousand codes.

The artefacts refer to each other as those of a statistical office do: dataflows share structures,
structures share lists and concepts, and every tenth structure uses the long list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.structures.artefacts import artefacts_of
from hub.structures.kinds import Artefact

AGENCY = "BENCH"
CODES, LISTS, SCHEMES, STRUCTURES, FLOWS, AGREEMENTS = 100_000, 698, 200, 300, 500, 299
_URN = "urn:sdmx:org.sdmx.infomodel."


def artefacts(codes: int = CODES) -> list[Artefact]:
    """All artefacts; 2 000 together."""
    return [artefacts_of([(kind, tree)])[0] for kind, tree in trees(codes)]


def trees(codes: int = CODES) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind and the tree of each artefact."""
    yield "codelist", {**head("CL_BIG"), "codes": [code(n) for n in range(codes)]}
    for n in range(LISTS):
        yield "codelist", {**head(f"CL_{n:04}"), "codes": [code(i) for i in range(20)]}
    for n in range(SCHEMES):
        concepts = [{"id": f"C{i:02}", "names": {"en": f"Concept {i}"}} for i in range(15)]
        yield "conceptscheme", {**head(f"CS_{n:04}"), "concepts": concepts}
    for n in range(STRUCTURES):
        yield "datastructure", {**head(f"DSD_{n:04}"), "dataStructureComponents": components(n)}
    for n in range(FLOWS):
        urn = f"{_URN}datastructure.DataStructure={AGENCY}:DSD_{n % STRUCTURES:04}(1.0.0)"
        yield "dataflow", {**head(f"DF_{n:04}"), "structure": urn}
    providers = [{"id": f"P{i:02}", "names": {"en": f"Provider {i}"}} for i in range(30)]
    scheme = {**head("DATA_PROVIDERS"), "version": "1.0", "dataProviders": providers}
    yield "dataproviderscheme", scheme
    provider = f"{_URN}base.DataProvider={AGENCY}:DATA_PROVIDERS(1.0)"
    for n in range(AGREEMENTS):
        yield (
            "provisionagreement",
            {
                **head(f"PA_{n:04}"),
                "dataflow": f"{_URN}datastructure.Dataflow={AGENCY}:DF_{n:04}(1.0.0)",
                "dataProvider": f"{provider}.P{n % 30:02}",
            },
        )
    yield "agencyscheme", {
        **head("AGENCIES"), "version": "1.0",
        "agencies": [{"id": AGENCY, "names": {"en": "Bench"}}],
    }  # fmt: skip


def head(id_: str) -> dict[str, Any]:
    """What identifies an artefact, and its names."""
    names = {"en": f"{id_} in English", "es": f"{id_} en español"}
    return {"id": id_, "agencyID": AGENCY, "version": "1.0.0", "names": names}


def code(n: int) -> dict[str, Any]:
    """A code: two names, often a parent, sometimes a description or an annotation."""
    found: dict[str, Any] = {
        "id": f"K{n:06}",
        "names": {"en": f"Code <{n}> & more", "es": f"Código «{n}» y más"},
    }
    if n >= 10:
        found["parent"] = f"K{n // 10:06}"
    if n % 7 == 0:
        found["descriptions"] = {"en": f"What code {n} stands for"}
    if n % 100 == 0:
        found["annotations"] = [{"id": "ORDER", "type": "ORDER", "texts": {"en": str(n)}}]
    return found


def components(n: int) -> dict[str, Any]:
    """Eight dimensions, time, a measure and three attributes."""

    def one(i: int, coded: str | None) -> dict[str, Any]:
        concept = f"{_URN}conceptscheme.Concept={AGENCY}:CS_{n % SCHEMES:04}(1.0.0).C{i:02}"
        found: dict[str, Any] = {"id": f"C{i:02}", "conceptIdentity": concept}
        if coded:
            urn = f"{_URN}codelist.Codelist={AGENCY}:{coded}(1.0.0)"
            found["localRepresentation"] = {"enumeration": urn}
        return found

    dimensions = [one(i, f"CL_{(n * 2 + i) % LISTS:04}") for i in range(8)]
    if n % 10 == 0:
        dimensions[0] = one(0, "CL_BIG")
    attributes = [
        {**one(i, None), "usage": "optional", "attributeRelationship": {"observation": {}}}
        for i in range(10, 13)
    ]
    time = {**one(8, None), "id": "TIME_PERIOD",
            "localRepresentation": {"format": {"dataType": "ObservationalTimePeriod"}}}  # fmt: skip
    return {
        "dimensionList": {"dimensions": dimensions, "timeDimension": time},
        "attributeList": {"attributes": attributes},
        "measureList": {"measures": [{**one(9, None), "id": "OBS_VALUE"}]},
    }

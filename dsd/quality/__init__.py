"""The hub's own reference metadata: their structure, who reports them, and the reports shipped.

:func:`structures` gives the artefacts of SDMX 3.x, :func:`sets` the metadata sets, all as trees in
the terms of SDMX-JSON 2.1 (``names`` and ``texts`` in all languages); ``hub`` makes artefacts of
them. SDMX 3.0 Section 2, Metadata Structure Definition and Metadata Set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codelists.text_yaml import DataFileError, read_yaml

__all__ = ["CONCEPTS", "Tree", "sets", "structures"]

#: One object of a tree.
Tree = dict[str, Any]

_ROOT = Path(__file__).resolve().parent
_ORGANISATIONS = _ROOT.parent / "organisations.yaml"

#: The data file of the concept scheme that the attributes are of.
CONCEPTS = _ROOT / "concepts.yaml"

_URN = "urn:sdmx:org.sdmx.infomodel."
_ATTRIBUTE = {"occurs", "title", "type", "pattern", "attributes"}


def structures() -> list[tuple[str, Tree]]:
    """Kind and tree of the metadata structure, its flow, the providers and their agreements.

    Raises ``DataFileError`` when a data file is wrong.
    """
    data = read_yaml(_ROOT / "structure.yaml", ("agency", "version", "structure", "flow"))
    people = _organisations()
    structure, flow = data["structure"], data["flow"]
    head = {"agencyID": data["agency"], "version": data["version"]}
    attributes = list(_attributes(structure["attributes"], _concepts()))
    return [
        (
            "metadatastructure",
            {
                **head,
                **_named(structure),
                "metadataStructureComponents": {
                    "metadataAttributeList": {
                        "id": "MetadataAttributeDescriptor",
                        "metadataAttributes": attributes,
                    }
                },
            },
        ),
        (
            "metadataflow",
            {
                **head,
                **_named(flow),
                "structure": _of("metadatastructure.MetadataStructure", head, structure["id"]),
                "targets": [f"{_URN}datastructure.Dataflow={data['agency']}:*(*)"],
            },
        ),
        ("metadataproviderscheme", _scheme(data["agency"], people)),
        *(
            ("metadataprovisionagreement", _agreement(head, flow, id_, given))
            for id_, given in people.items()
        ),
    ]


def sets() -> list[Tree]:
    """The metadata sets shipped, one for each provider and dataflow that has one.

    Raises ``DataFileError`` when one is of an unknown provider, or of a dataflow that the provider
    has no agreement for, or reports an attribute that the structure does not have.
    """
    data = read_yaml(_ROOT / "structure.yaml", ("agency", "version", "structure", "flow"))
    flows = read_yaml(_ROOT.parent / "dataflows.yaml", ("agency", "version", "final", "dataflows"))
    people = _organisations()
    found = []
    for path in sorted((_ROOT / "sets").glob("*.yaml")):
        given = read_yaml(path, ("version", "sets"))
        provider = path.stem
        for flow, attributes in given["sets"].items():
            if flow not in people.get(provider, {}).get("dataflows", ()):
                raise DataFileError(f"{path.name}: {provider} has no agreement for {flow}")
            names = people[provider]["names"]
            found.append(
                {
                    "agencyID": provider,
                    "id": f"QUALITY_{flow.removeprefix('DF_')}",
                    "version": given["version"],
                    "names": {
                        lang: f"{text}: {names[lang]}"
                        for lang, text in flows["dataflows"][flow]["names"].items()
                        if lang in names
                    },
                    "metadataProvisionAgreement": _of(
                        "registry.MetadataProvisionAgreement", _head_of(data), f"MPA_{provider}"
                    ),
                    "targets": [
                        f"{_URN}datastructure.Dataflow={flows['agency']}:{flow}({flows['version']})"
                    ],
                    "attributes": list(
                        _reported(attributes, data["structure"]["attributes"], path.name)
                    ),
                }
            )
    return found


def _organisations() -> Mapping[str, Any]:
    data = read_yaml(_ORGANISATIONS, ("agencies", "agency", "version", "final", "providers"))
    providers: Mapping[str, Any] = data["providers"]
    return providers


def _concepts() -> Mapping[str, Any]:
    keys = ("agency", "id", "version", "final", "names", "concepts")
    concepts: Mapping[str, Any] = read_yaml(CONCEPTS, keys)
    return concepts


def _named(given: Mapping[str, Any]) -> Tree:
    named = {"id": given["id"], "names": given["names"]}
    return named | ({"descriptions": given["descriptions"]} if "descriptions" in given else {})


def _head_of(data: Mapping[str, Any]) -> Tree:
    return {"agencyID": data["agency"], "version": data["version"]}


def _of(cls: str, head: Mapping[str, str], id_: str) -> str:
    return f"{_URN}{cls}={head['agencyID']}:{id_}({head['version']})"


def _attributes(given: Mapping[str, Any], concepts: Mapping[str, Any]) -> Iterator[Tree]:
    scheme = f"{concepts['agency']}:{concepts['id']}({concepts['version']})"
    for id_, one in given.items():
        if one.keys() - _ATTRIBUTE or id_ not in concepts["concepts"]:
            raise DataFileError(f"structure.yaml: {id_} is no concept, or has keys nobody knows")
        least, _, most = one.get("occurs", "0..1").partition("..")
        tree: Tree = {
            "id": id_,
            "conceptIdentity": f"{_URN}conceptscheme.Concept={scheme}.{id_}",
            "minOccurs": int(least),
            "maxOccurs": "unbounded" if most == "n" else int(most),
        }
        coded = concepts["concepts"][id_].get("codelist")
        if one.get("title") is True:
            tree["isPresentational"] = True
        elif coded is not None:
            tree["localRepresentation"] = {"enumeration": f"{_URN}codelist.Codelist={coded}"}
        elif "type" in one:
            text = {"dataType": one["type"]} | (
                {"pattern": one["pattern"]} if "pattern" in one else {}
            )
            tree["localRepresentation"] = {"format": text}
        else:
            text = {"dataType": "String", "isMultiLingual": True}
            tree["localRepresentation"] = {"format": text}
        if "attributes" in one:
            tree["metadataAttributes"] = list(_attributes(one["attributes"], concepts))
        yield tree


def _scheme(agency: str, people: Mapping[str, Any]) -> Tree:
    """SDMX fixes id and version of the scheme."""
    return {
        "agencyID": agency,
        "id": "METADATA_PROVIDERS",
        "version": "1.0",
        "names": {
            "en": "Metadata providers",
            "es": "Proveedores de metadatos",
            "fr": "Fournisseurs de métadonnées",
            "nl": "Metagegevensleveranciers",
        },
        "metadataProviders": [{"id": i, "names": given["names"]} for i, given in people.items()],
    }


def _agreement(
    head: Mapping[str, str], flow: Mapping[str, Any], id_: str, given: Mapping[str, Any]
) -> Tree:
    agency = head["agencyID"]
    names = {
        language: f"{name}: {flow['names'][language]}" for language, name in given["names"].items()
    }
    return {
        **head,
        "id": f"MPA_{id_}",
        "names": names,
        "metadataflow": _of("metadatastructure.Metadataflow", head, flow["id"]),
        "metadataProvider": f"{_URN}base.MetadataProvider={agency}:METADATA_PROVIDERS(1.0).{id_}",
        "targets": [
            f"{_URN}datastructure.Dataflow={agency}:{dataflow}(*)"
            for dataflow in given["dataflows"]
        ],
    }


def _reported(given: Mapping[str, Any], known: Mapping[str, Any], where: str) -> Iterator[Tree]:
    """Reported attributes in the order of the structure."""
    unknown = given.keys() - known.keys()
    if unknown:
        raise DataFileError(f"{where}: attributes that are not of the structure {sorted(unknown)}")
    for id_, declared in known.items():
        if id_ not in given:
            continue
        instances = given[id_] if isinstance(given[id_], list) else [given[id_]]
        for one in instances:
            yield {"id": id_} | _instance(one, declared.get("attributes", {}), where)


def _instance(one: Any, below: Mapping[str, Any], where: str) -> Tree:
    if isinstance(one, str):
        return {"value": one}
    if one and all(key.islower() and key != "value" for key in one):
        return {"texts": dict(one)}
    own = {"texts": dict(one["value"])} if "value" in one else {}
    rest = {key: value for key, value in one.items() if key != "value"}
    return own | {"attributes": list(_reported(rest, below, where))}

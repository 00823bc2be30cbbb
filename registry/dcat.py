"""Datasets as DCAT-AP 3.0 describes them, for the harvesters of data portals.

Sources: W3C DCAT 3, DCAT-AP 3.0; the controlled vocabularies of the EU Publications Office for
frequencies, countries, languages, file types and themes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from hub.model.rdf import Iri, Node, Text, Typed
from hub.settings import Settings
from registry.pages.described import Area, Described, Distribution

__all__ = ["FREQUENCIES", "PREFIXES", "catalogue"]

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_EU = "http://publications.europa.eu/resource/authority/"

#: Codes of CL_FREQ, the most frequent first, as the vocabulary names them. Others have no word.
FREQUENCIES = {
    "H": "HOURLY", "D": "DAILY", "B": "DAILY", "W": "WEEKLY", "W2": "BIWEEKLY", "M": "MONTHLY",
    "M2": "BIMONTHLY", "Q": "QUARTERLY", "A_3": "ANNUAL_3", "S": "ANNUAL_2", "A": "ANNUAL",
    "A2": "BIENNIAL", "A3": "TRIENNIAL", "A4": "QUADRENNIAL", "A5": "QUINQUENNIAL",
    "A10": "DECENNIAL",
}  # fmt: skip
_LANGUAGES = {"en": "ENG", "es": "SPA", "fr": "FRA", "nl": "NLD"}
_FILES = {"csv": "CSV", "json": "JSON", "xml": "XML", "xlsx": "XLSX", "parquet": "PARQUET"}


def catalogue(
    settings: Settings, root: str, title: Mapping[str, str], datasets: Iterable[Described]
) -> Iterator[Node]:
    """The catalogue, the service, and each dataset with its distributions.

    ``root`` is the address of the hub, without a slash at its end.
    """
    listed = list(datasets)
    publisher = f"{root}/#publisher"
    service = f"{root}/sdmx/v2#service"
    newest = max((d.modified for d in listed), default=None)
    made = Node("dcat:Catalog", f"{root}/#catalogue")
    made.say("dct:title", *_texts(title)).say("dct:description", *_texts(title))
    made.say("dct:publisher", Iri(publisher)).say("foaf:homepage", Iri(f"{root}/"))
    made.say("dct:language", *(Iri(f"{_EU}language/{code}") for code in _LANGUAGES.values()))
    made.say("dcat:themeTaxonomy", Iri(f"{_EU}data-theme"))
    made.say("dct:modified", None if newest is None else _instant(newest))
    made.say("dct:license", _licence(settings))
    made.say("dcat:service", Iri(service))
    made.say("dcat:dataset", *(Iri(_dataset_id(root, d)) for d in listed))
    yield made
    yield Node("foaf:Organization", publisher).say("foaf:name", Text(settings.sender))
    yield (
        Node("dcat:DataService", service)
        .say("dct:title", Text("SDMX REST 2.2", "en"))
        .say("dcat:endpointURL", Iri(f"{root}/sdmx/v2"))
        .say("dcat:endpointDescription", Iri(f"{root}/openapi.json"))
        .say("dct:conformsTo", Iri("https://sdmx.org/"))
        .say("dct:publisher", Iri(publisher))
        .say("dcat:servesDataset", *(Iri(_dataset_id(root, d)) for d in listed))
    )
    for one in listed:
        yield _dataset(settings, root, one)
        for distribution in one.distributions:
            yield _distribution(settings, root, one, distribution)


def _dataset_id(root: str, one: Described) -> str:
    return f"{root}{one.page}#dataset"


def _distribution_id(root: str, one: Described, of: Distribution) -> str:
    return f"{root}{one.page}#{of.format.name}"


def _dataset(settings: Settings, root: str, one: Described) -> Node:
    made = Node("dcat:Dataset", _dataset_id(root, one))
    made.say("dct:title", *_texts(one.names))
    made.say("dct:description", *_texts(one.descriptions or one.names))
    made.say("dct:identifier", Text(str(one.ref)))
    made.say("dct:publisher", Iri(f"{root}/#publisher"))
    made.say("dct:creator", *(_institution(id_, name) for id_, name in one.providers))
    made.say("dcat:theme", Iri(f"{_EU}data-theme/SOCI"))
    made.say("dcat:keyword", *_texts(one.category))
    made.say("dct:accessRights", Iri(f"{_EU}access-right/PUBLIC"))
    made.say("dcat:landingPage", Iri(root + one.page))
    made.say("dct:language", *(Iri(f"{_EU}language/{_LANGUAGES[c]}") for c in one.names
                               if c in _LANGUAGES))  # fmt: skip
    made.say("dct:accrualPeriodicity", *_frequency(one.frequencies))
    made.say("dct:spatial", *(_place(area) for area in one.areas))
    made.say(
        "dct:temporal",
        Node("dct:PeriodOfTime")
        .say("dcat:startDate", _day(one.start))
        .say("dcat:endDate", _day(one.end)),
    )
    made.say("dct:issued", None if one.issued is None else _instant(one.issued))
    made.say("dct:modified", _instant(one.modified))
    made.say("dct:conformsTo", Iri(_structure(root, one)))
    made.say("dcat:distribution", *(Iri(_distribution_id(root, one, d)) for d in one.distributions))
    return made


def _distribution(settings: Settings, root: str, one: Described, of: Distribution) -> Node:
    base = of.format.base_type
    made = Node("dcat:Distribution", _distribution_id(root, one, of))
    made.say("dct:title", Text(of.format.name))
    made.say("dcat:accessURL", Iri(root + one.page)).say("dcat:downloadURL", Iri(root + of.path))
    made.say("dcat:mediaType", Iri(f"http://www.iana.org/assignments/media-types/{base}"))
    name = _FILES.get(of.format.extension)
    made.say("dct:format", None if name is None else Iri(f"{_EU}file-type/{name}"))
    made.say("dct:license", _licence(settings))
    made.say("dcat:accessService", Iri(f"{root}/sdmx/v2#service"))
    made.say("dct:modified", _instant(one.modified))
    return made


def _structure(root: str, one: Described) -> str:
    ref = one.structure
    return f"{root}/sdmx/v2/structure/datastructure/{ref.agency}/{ref.id}/{ref.version}"


def _institution(id_: str, name: str) -> Node:
    return Node("foaf:Organization").say("foaf:name", Text(name)).say("dct:identifier", Text(id_))


def _place(area: Area) -> Iri | Node:
    """A country of the vocabulary; other areas (groups, residuals) by code and name."""
    if area.alpha3:
        return Iri(f"{_EU}country/{area.code}")
    return (
        Node("dct:Location")
        .say("dct:identifier", Text(area.code))
        .say("skos:prefLabel", Text(area.name, "en"))
    )


def _frequency(codes: frozenset[str]) -> Iterator[Iri]:
    """The highest frequency that the data have."""
    found = next((name for code, name in FREQUENCIES.items() if code in codes), None)
    if found is not None:
        yield Iri(f"{_EU}frequency/{found}")


def _licence(settings: Settings) -> Iri | None:
    return Iri(settings.data_licence) if settings.data_licence else None


def _texts(texts: Mapping[str, str]) -> Iterator[Text]:
    return (Text(text, language) for language, text in texts.items())


def _day(when: datetime) -> Typed:
    return Typed(f"{when:%Y-%m-%d}", "xsd:date")


def _instant(when: datetime) -> Typed:
    return Typed(f"{when:%Y-%m-%dT%H:%M:%SZ}", "xsd:dateTime")

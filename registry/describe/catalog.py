"""Descriptions of all datasets for portals."""

from __future__ import annotations

from registry.describe.common import PLAIN_UNEXPECTED
from registry.describe.model import Answer, Operation

__all__ = ["OPERATIONS"]

_HEADERS = {"ETag": "Changes with the catalogue.", "Last-Modified": "When data were released last."}


def _catalog(id_: str, path: str, media: str, name: str) -> Operation:
    return Operation(
        id_,
        path,
        f"All datasets, described for portals, as {name}",
        "DCAT-AP 3.0: titles and descriptions in all languages, institutions, theme, countries and "
        "years of the data, frequency, first and last release, and the data in each format.",
        {
            200: Answer("The catalogue.", {media: None}, _HEADERS),
            304: Answer("The client has this catalogue already."),
            **PLAIN_UNEXPECTED,
        },
    )


OPERATIONS = (
    _catalog("catalogJsonLd", "/catalog.jsonld", "application/ld+json", "JSON-LD"),
    _catalog("catalogTurtle", "/catalog.ttl", "text/turtle", "Turtle"),
)

"""A dataset as schema.org describes it: the JSON-LD that search engines read in its page."""

from __future__ import annotations

from typing import Any

import orjson
from markupsafe import Markup

from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub
from registry.pages.described import Described, describe, root_of

__all__ = ["dataset", "described_for_search"]


def described_for_search(hub: Hub, ref: StructureRef, language: str) -> Markup:
    """The object as it stands in a page; empty for a dataset without observations.

    No ``<`` is left in it, so nothing in a name can end the element it stands in.
    """
    one = describe(hub, ref)
    if one is None:
        return Markup()
    found = dataset(hub.settings, root_of(hub.settings.public_url), one, language)
    return Markup(orjson.dumps(found).decode().replace("<", "\\u003c"))  # noqa: S704 - is JSON


def dataset(settings: Settings, root: str, one: Described, language: str) -> dict[str, Any]:
    """The object for ``<script type="application/ld+json">``, in the language of the page."""
    name = one.names.get(language) or next(iter(one.names.values()))
    about = one.descriptions.get(language) or next(iter(one.descriptions.values()), name)
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{root}{one.page}#dataset",
        "name": name,
        "description": about,
        "url": root + one.page,
        "identifier": str(one.ref),
        "inLanguage": language,
        "isAccessibleForFree": True,
        "keywords": list(dict.fromkeys(one.category.values())),
        "creator": [
            {"@type": "Organization", "name": name, "identifier": id_}
            for id_, name in one.providers
        ],
        "publisher": {"@type": "Organization", "name": settings.sender, "url": f"{root}/"},
        "temporalCoverage": f"{one.start:%Y-%m-%d}/{one.end:%Y-%m-%d}",
        "spatialCoverage": [
            {"@type": "Place", "name": area.name, "identifier": area.code} for area in one.areas
        ],
        "dateModified": f"{one.modified:%Y-%m-%dT%H:%M:%SZ}",
        "includedInDataCatalog": {"@type": "DataCatalog", "url": f"{root}/"},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": of.format.base_type,
                "contentUrl": root + of.path,
                "name": of.format.name,
            }
            for of in one.distributions
        ],
    }
    if one.issued is not None:
        found["datePublished"] = f"{one.issued:%Y-%m-%dT%H:%M:%SZ}"
    if settings.data_licence:
        found["license"] = settings.data_licence
    return found

"""Pages for people: the catalogue, a dataset, submitting, structures, documentation.

Rendered on the server and complete without JavaScript; the one small script only adds comfort.
Nothing is loaded from another host. Every page exists in all languages of
:data:`registry.pages.i18n.LANGUAGES`.
"""

from __future__ import annotations

from registry.pages.site import blueprint

# Each module adds its views to the blueprint.
from registry.pages import (  # noqa: F401  # isort: skip
    admin,
    calendar,
    catalogue,
    consumers,
    contributions,
    corridor,
    decide,
    deliveries,
    explorer,
    mirror,
    mirror_pair,
    oidc,
    provenance,
    sign_in,
    structures,
    subscriptions,
    upload,
)

__all__ = ["blueprint"]

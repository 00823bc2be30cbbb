"""Resources of the standard that this hub does not offer: each answers 501, none is missing.

REST 1.5 section 4.7: "services should implement every interface, at least as not implemented".
"""

from __future__ import annotations

from flask import Blueprint, Response

from hub.errors import NotImplementedByHub

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_not_offered", __name__)

_V1: tuple[str, ...] = ()
_V2 = ("subscription",)


def _not_offered(tail: str = "") -> Response:
    raise NotImplementedByHub("This resource of the standard is not offered by this hub.")


for _version, _resources in (("v1", _V1), ("v2", _V2)):
    for _resource in _resources:
        for _rule in (_resource, f"{_resource}/<rest:tail>"):
            blueprint.add_url_rule(
                f"/sdmx/{_version}/{_rule}", f"{_version}_{_resource}", _not_offered
            )

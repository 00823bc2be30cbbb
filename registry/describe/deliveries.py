"""Packs that were made for consumers."""

from __future__ import annotations

from registry.describe.common import UNEXPECTED, error, ref
from registry.describe.model import Answer, Operation, Parameter, number, text

__all__ = ["OPERATIONS"]

_ID = Parameter(
    "id", "Id of the pack.", {"type": "string", "minLength": 1}, "999999", place="path",
    required=True,
)  # fmt: skip
_NONE = {404: error("There is no such pack.")}

OPERATIONS = (
    Operation(
        "deliveries",
        "/api/deliveries",
        "Packs for consumers",
        "Newest first. A pack holds the messages of a consumer's dataflows in its own structure, "
        "the structures, a manifest with the SHA-256 of each file and the releases it was read "
        "from, the report of the check of each message, and what changed since the pack before.",
        {
            200: Answer("The packs.", ref("Deliveries")),
            400: error("A parameter cannot be read."),
            **UNEXPECTED,
        },
        tag="data",
        parameters=(
            text("consumer", "Only packs for this consumer.", "oecd"),
            number("limit", "Most of them, up to 1000.", 0, default="100"),
        ),
    ),
    Operation(
        "delivery",
        "/api/deliveries",
        "A pack and its manifest",
        "What `manifest.json` in the pack says.",
        {200: Answer("The pack.", ref("Delivery")), **_NONE, **UNEXPECTED},
        tag="data",
        parts=(_ID,),
        least=1,
    ),
    Operation(
        "deliveryPack",
        "/api/deliveries",
        "Download a pack",
        "A zip file. The same releases give the same bytes.",
        {
            200: Answer("The pack.", {"application/zip": None}, {"ETag": "Its SHA-256."}),
            206: Answer("A part of the pack.", {"application/zip": None}),
            304: Answer("The client has this pack already."),
            416: error("The pack has no such part."),
            **_NONE, **UNEXPECTED,
        },
        tag="data",
        parts=(_ID,),
        least=1,
        suffix="/pack.zip",
    ),
)  # fmt: skip

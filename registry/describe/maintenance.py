"""Maintenance of structures and the registry interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.messages.formats import Kind, formats
from registry.describe.model import Answer, Json, Operation, Parameter, flag, header
from registry.describe.sdmx import ERROR, part

__all__ = ["OPERATIONS"]

_REGISTRY: Mapping[str, Json | None] = {f.media_type: None for f in formats(Kind.REGISTRY)}
_STRUCTURES: Mapping[str, Json] = {
    f.media_type: {} for f in formats(Kind.STRUCTURE) if f.reader is not None
}
_MESSAGES: Mapping[str, Json] = {media: {} for media in _REGISTRY}

#: What went wrong with an artefact stands in the answer; what went wrong before is an error.
_EITHER = {**_REGISTRY, **ERROR}

_SHARED = {
    400: Answer("The request or the message cannot be read (SDMX 140).", ERROR),
    401: Answer("The request carries no API key, or one that is not known.", ERROR),
    403: Answer("The API key may not do this.", _EITHER),
    406: Answer("None of the formats asked for can be produced.", ERROR),
    413: Answer("The body is larger than this hub takes.", ERROR),
    415: Answer("The body is in a format that the hub does not read.", ERROR),
    500: Answer("Something went wrong in the service; it was logged.", ERROR),
    501: Answer("Optional in the standard and not offered here.", _EITHER),
    503: Answer("The service cannot answer now; try again later.", ERROR),
}
_DONE = {
    200: Answer("Everything was done.", _REGISTRY),
    201: Answer("Everything was made.", _REGISTRY),
    207: Answer("Some of it was done; each part has its own status.", _REGISTRY),
    404: Answer("There is no such artefact.", _EITHER),
    409: Answer("References, versions or use forbid it.", _EITHER),
    422: Answer("The message does not fit the address, or is not consistent.", _EITHER),
}
_DRY = flag("dryRun", "Answer as if, and change nothing.")
_ACCEPT = header("Accept", "Version of the answer.", "application/vnd.sdmx.registry+xml")
_ROLES = ("admin", "agency")
_EVERYBODY = ("admin", "agency", "provider", "reviewer")
_TYPE = Parameter(
    "artefactType",
    "Type of artefact, as in structure queries.",
    {"type": "string", "minLength": 1},
    "codelist",
    place="path",
    required=True,
)
_ONE = (
    _TYPE,
    part("agencyID", "Agency of the artefact.", None, "MIGHUB"),
    part("resourceID", "Id of the artefact.", None, "CL_NOT_THERE"),
    part("version", "Version of the artefact.", None, "1.0.0"),
)


def _also_plain(answer: Answer) -> Answer:
    """Outside of ``/sdmx`` an error is a line of text."""
    return replace(answer, content={**answer.content, "text/plain": None})


OPERATIONS = (
    Operation(
        "submitStructures",
        "/sdmx/v2/structure",
        "Add and replace structures",
        "The body is a structure message, or a SubmitStructureRequest. Partial item schemes are "
        "merged, everything else is replaced.",
        {**_DONE, **_SHARED},
        method="post",
        tag="maintenance",
        parts=(_TYPE,),
        parameters=(_DRY, _ACCEPT),
        body={**_STRUCTURES, **_MESSAGES},
        roles=_ROLES,
    ),
    Operation(
        "replaceStructure",
        "/sdmx/v2/structure",
        "Replace a structure",
        "The body is a structure message with this one artefact.",
        {**_DONE, **_SHARED},
        method="put",
        tag="maintenance",
        parts=_ONE,
        least=4,
        parameters=(_DRY, _ACCEPT),
        body=_STRUCTURES,
        roles=_ROLES,
    ),
    Operation(
        "deleteStructure",
        "/sdmx/v2/structure",
        "Delete a structure, or an item of it",
        "What is referred to, is stable or has data stays.",
        {**_DONE, **_SHARED},
        method="delete",
        tag="maintenance",
        parts=(*_ONE, part("itemID", "Item of the scheme.", None, "NOT_THERE")),
        least=4,
        parameters=(_DRY, _ACCEPT),
        roles=_ROLES,
    ),
    *(
        Operation(
            f"registry{name}",
            path,
            summary,
            "The body is a RegistryInterface message; the answer is its response message.",
            {**_DONE, **_SHARED},
            method="post",
            tag="registration" if name.startswith("Own") else "maintenance",
            parameters=(_DRY, _ACCEPT),
            body=_MESSAGES,
            roles=_EVERYBODY,
        )
        for name, path, summary in (
            ("V1", "/sdmx/v1/registry", "Messages to the registry (SDMX 2.1)"),
            ("Root", "/sdmx/v2", "Messages to the registry"),
            ("V2", "/sdmx/v2/registry", "Messages to the registry"),
            ("OwnRegistrations", "/sdmx/v2/registration", "Submit or query registrations"),
            ("OwnSubscriptions", "/sdmx/v2/subscription", "Submit or query subscriptions"),
        )
    ),
    Operation(
        "ownSubscriptions",
        "/sdmx/v2/subscription",
        "One's own subscriptions",
        "Those that the owner of the API key made; an administrator sees all.",
        {200: Answer("The subscriptions.", _REGISTRY)}
        | {status: _SHARED[status] for status in (401, 500, 503)},
        tag="registration",
        parameters=(_ACCEPT,),
        roles=_EVERYBODY,
    ),
    Operation(
        "fusion",
        "/ws/secure/sdmxapi/rest",
        "Structures as Fusion clients send them",
        "As `POST /sdmx/v2/structure`; the header `Action` says what to do.",
        {status: _also_plain(answer) for status, answer in (_DONE | _SHARED).items()},
        method="post",
        tag="maintenance",
        parameters=(
            _DRY,
            header("Action", "Append, Merge, Replace or Delete.", "Replace"),
            _ACCEPT,
        ),
        body={**_STRUCTURES, **_MESSAGES},
        roles=_ROLES,
    ),
)

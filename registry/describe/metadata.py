"""Queries of reference metadata, and metadata sets from their providers."""

from __future__ import annotations

from collections.abc import Mapping

from hub.messages.formats import Kind, formats
from hub.query.model import Api
from hub.query.structure import V2_TYPES
from registry.describe.model import Answer, Json, Operation, Parameter, choice, flag, header, text
from registry.describe.sdmx import ERROR, answers, found, negotiation, part

__all__ = ["OPERATIONS"]

_METADATA = (Kind.METADATA,)
_DETAIL = "How much of each set: a stub has the ids of what it reports, not what is said."

_SUBMITTED: Json = {
    "type": "object",
    "required": ["dryRun", "results"],
    "properties": {
        "dryRun": {"type": "boolean"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["urn", "code", "action", "text", "findings"],
                "properties": {
                    "urn": {"type": "string"},
                    "code": {"type": "integer"},
                    "action": {"type": "string", "enum": ["replace", "delete"]},
                    "text": {"type": "string"},
                    "findings": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}
_RESULT: Mapping[str, Json | None] = {"application/json": _SUBMITTED}
_EITHER: Mapping[str, Json | None] = {**ERROR, "application/json": None}

_DONE = {
    200: Answer("Every set was replaced, deleted, or is stored just as it is.", _RESULT),
    201: Answer("Every set was stored, and at least one is new.", _RESULT),
    207: Answer("Some sets were stored; each has its own code.", _RESULT),
    400: Answer("The request or the message cannot be read (SDMX 140).", ERROR),
    401: Answer("The request carries no API key, or one that is not known.", ERROR),
    403: Answer("The API key is not of this provider.", ERROR),
    404: Answer("There is no such metadata set.", _EITHER),
    409: Answer("The set is final, or its metadataflow or agreement is not there.", _EITHER),
    413: Answer("The body is larger than this hub takes.", ERROR),
    415: Answer("The body is in a format that the hub does not read.", ERROR),
    422: Answer("The sets have faults: the findings say which.", _EITHER),
    500: Answer("Something went wrong in the service; it was logged.", ERROR),
    501: Answer("Optional in the standard and not offered here.", ERROR),
    503: Answer("The service cannot answer now; try again later.", ERROR),
}
_BODY: Mapping[str, Json] = {f.media_type: {} for f in formats(Kind.METADATA)}
_DRY = flag("dryRun", "Answer as if, and change nothing.")
_LANGUAGE = header("Accept-Language", "Language of the findings: en or es.", "es")
_ROLES = ("admin", "provider")
_SET = (
    part("providerID", "Metadata provider.", None, "MEX_UPM"),
    part("metadatasetID", "Id of the set.", None, "QUALITY_MIG_BORDER"),
    part("version", "Version of the set.", None, "1.0.1-draft"),
)


def _enum(name: str, description: str, values: tuple[str, ...], example: str) -> Parameter:
    return Parameter(
        name, description, {"type": "string", "enum": list(values)}, example, None, "path", True
    )


OPERATIONS = (
    Operation(
        "metadataV1",
        "/sdmx/v1/metadata",
        "Reference metadata (REST 1.5)",
        "Metadata sets of a metadataflow. They are about structures: a key matches none.",
        answers(Api.V1, found(Api.V1, _METADATA, "The metadata sets.")),
        tag="metadata",
        parts=(
            part("flowRef", "Metadataflow: `AGENCY,ID,VERSION`.", None, "MIGHUB,MDF_QUALITY,1.0.0"),
            part("key", "As in data queries.", "all", "all"),
            part("providerRef", "Metadata providers joined by `+`.", "all", "MEX_UPM"),
        ),
        least=1,
        parameters=negotiation(Api.V1, _METADATA),
        page="metadata",
    ),
    *(
        Operation(
            f"metadataV2By{by}",
            f"/sdmx/v2/metadata/{by.lower()}",
            f"Reference metadata by {by.lower()} (REST 2.2)",
            description,
            answers(Api.V2, found(Api.V2, _METADATA, "The metadata sets.")),
            tag="metadata",
            parts=parts,
            parameters=(
                choice("detail", _DETAIL, ("full", "allstubs"), default="full"),
                text("asOf", "Answer as at this instant.", "2999-01-01T00:00:00Z"),
                *negotiation(Api.V2, _METADATA),
            ),
            page="metadata",
        )
        for by, description, parts in (
            (
                "MetadataSet",
                "Metadata sets by provider, id and version.",
                (
                    part("providerID", "Metadata providers joined by `,`.", "*", "MEX_UPM"),
                    part("metadatasetID", "Ids joined by `,`.", "*", "QUALITY_MIG_BORDER"),
                    part("version", "Versions joined by `,`, with wildcards.", "~", "~"),
                ),
            ),
            (
                "Metadataflow",
                "The latest version of each set that is reported against a metadataflow.",
                (
                    part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
                    part("resourceID", "Ids joined by `,`.", "*", "MDF_QUALITY"),
                    part("version", "Versions joined by `,`, with wildcards.", "~", "+"),
                    part(
                        "providerRef",
                        "`PROVIDER` or `AGENCY.PROVIDER`, joined by `,`.",
                        "*",
                        "MIGHUB.MEX_UPM",
                    ),
                ),
            ),
            (
                "Structure",
                "The latest version of each set that is about a structure, or an item of it.",
                (
                    _enum("artefactType", "Type of artefact.", tuple(sorted(V2_TYPES)), "dataflow"),
                    part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
                    part("resourceID", "Ids joined by `,`.", "*", "DF_MIG_BORDER"),
                    part("version", "Versions joined by `,`, with wildcards.", "~", "~"),
                ),
            ),
        )
    ),
    Operation(
        "submitMetadata",
        "/sdmx/v2/metadata",
        "Hand in metadata sets",
        "The body is a metadata message. A set in a version such as 1.0.0 is final.",
        _DONE,
        method="post",
        tag="metadata",
        parameters=(_DRY, _LANGUAGE),
        body=_BODY,
        roles=_ROLES,
        page="metadata",
    ),
    Operation(
        "replaceMetadata",
        "/sdmx/v2/metadata/metadataset",
        "Hand in one metadata set",
        "The body is a metadata message with this one set.",
        _DONE,
        method="put",
        tag="metadata",
        parts=_SET,
        least=3,
        parameters=(_DRY, _LANGUAGE),
        body=_BODY,
        roles=_ROLES,
        page="metadata",
    ),
    Operation(
        "deleteMetadata",
        "/sdmx/v2/metadata/metadataset",
        "Delete a metadata set",
        "Only a set that is not final can be deleted.",
        _DONE,
        method="delete",
        tag="metadata",
        parts=_SET,
        least=3,
        parameters=(_DRY, _LANGUAGE),
        roles=_ROLES,
        page="metadata",
    ),
)

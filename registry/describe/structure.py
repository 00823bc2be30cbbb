"""Structure, schema and registration queries."""

from __future__ import annotations

from hub.messages.formats import Kind
from hub.query import registration, schema
from hub.query.model import Api
from hub.query.structure import V1_RESOURCES, V2_TYPES, Detail
from registry.describe.model import Operation, Parameter, choice, flag, text
from registry.describe.sdmx import answers, found, negotiation, part

__all__ = ["OPERATIONS"]

_STRUCTURE = (Kind.STRUCTURE,)
_SCHEMA = (Kind.SCHEMA, Kind.STRUCTURE)


def _enum(name: str, description: str, values: tuple[str, ...], example: str) -> Parameter:
    return Parameter(
        name, description, {"type": "string", "enum": list(values)}, example, None, "path", True
    )


_DETAIL = "How much of each artefact. Stubs have an id, a name and where the whole is."
_DIRECTIONS = "none, parents, parentsandsiblings, children, descendants, all"

OPERATIONS = (
    Operation(
        "structureV1",
        "/sdmx/v1",
        "Structural metadata (REST 1.5)",
        "Artefacts of a type, with what they refer to or are referred to by.",
        answers(Api.V1, found(Api.V1, _STRUCTURE, "The artefacts.")),
        tag="structure",
        parts=(
            _enum("resource", "Type of artefact.", tuple(sorted(V1_RESOURCES)), "codelist"),
            part("agencyID", "Agencies joined by `+`.", "all", "MIGHUB"),
            part("resourceID", "Ids joined by `+`.", "all", "CL_AREA"),
            part("version", "Versions joined by `+`.", "latest", "latest"),
            part("itemID", "Items joined by `+` (item schemes only).", "all", "MEX+DOM"),
        ),
        least=1,
        parameters=(
            choice("detail", _DETAIL, [d for d in Detail if d is not Detail.RAW], default="full"),
            text(
                "references",
                f"{_DIRECTIONS} or a type; joined by `,`.",
                "children",
                default="none",
            ),
            *negotiation(Api.V1, _STRUCTURE),
        ),
        page="structure",
    ),
    Operation(
        "structureV2",
        "/sdmx/v2/structure",
        "Structural metadata (REST 2.2)",
        "Artefacts of a type, with what they refer to or are referred to by.",
        answers(Api.V2, found(Api.V2, _STRUCTURE, "The artefacts.")),
        tag="structure",
        parts=(
            _enum("artefactType", "Type of artefact.", tuple(sorted(V2_TYPES)), "dataflow"),
            part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
            part("resourceID", "Ids joined by `,`.", "*", "DF_MIG_BORDER"),
            part("version", "Versions joined by `,`, with wildcards.", "~", "+"),
            part("itemID", "Items joined by `,` (item schemes only).", "*", "*"),
        ),
        parameters=(
            choice("detail", _DETAIL, list(Detail), default="full"),
            text(
                "references",
                f"{_DIRECTIONS}, ancestors or types; joined by `,`.",
                "descendants",
                default="none",
            ),
            text("asOf", "Answer as at this instant.", "2999-01-01T00:00:00Z"),
            *negotiation(Api.V2, _STRUCTURE),
        ),
        page="structure",
    ),
    *(
        Operation(
            f"schemaV{api.value}",
            f"/sdmx/v{api.value}/schema",
            f"What is valid ({name})",
            "A schema, or the structures with the codes that the constraints leave.",
            answers(api, found(api, _SCHEMA, "The schema, or the structures.")),
            tag="schema",
            parts=(
                _enum("context", "Whose constraints count.", schema.CONTEXTS[api], "dataflow"),
                part("agencyID", "Agency of the artefact.", None, "MIGHUB"),
                part("resourceID", "Id of the artefact.", None, "DF_MIG_BORDER"),
                part("version", "Version of the artefact.", latest, latest),
            ),
            least=3,
            parameters=(
                text(
                    "dimensionAtObservation",
                    "Dimension at the observation, or AllDimensions.",
                    "AllDimensions",
                    default="TIME_PERIOD",
                ),
                *own,
                *negotiation(api, _SCHEMA),
            ),
            page="schema",
        )
        for api, name, latest, own in (
            (
                Api.V1,
                "REST 1.5",
                "latest",
                (flag("explicitMeasure", "For structures with a measure dimension."),),
            ),
            (
                Api.V2,
                "REST 2.2",
                "~",
                (
                    flag("deletion", "For messages that delete."),
                    text("asOf", "Answer as at this instant.", "2999-01-01T00:00:00Z"),
                ),
            ),
        )
    ),
    *(
        Operation(
            f"registrationBy{by.capitalize()}",
            "/sdmx/v2/registration" + ("" if by == "context" else f"/{by}"),
            f"Registrations by {by} (REST 2.2)",
            "Where the data of provision agreements are: every agreement that has released data.",
            answers(Api.V2, found(Api.V2, (Kind.REGISTRY,), "The registrations."), 404, 422, 501),
            tag="registration",
            parts=parts,
            least=least,
            parameters=(
                text("updatedAfter", "Updated after this instant.", "2020-01-01T00:00:00Z"),
                text("updatedBefore", "Updated before this instant.", "2999-01-01T00:00:00Z"),
                *negotiation(Api.V2, (Kind.REGISTRY,)),
            ),
            page="registration",
        )
        for by, least, parts in (
            ("id", 1, (part("registrationID", "Id of the registration.", None, "PA_X"),)),
            (
                "provider",
                0,
                (
                    part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
                    part("providerID", "Data providers joined by `,`.", "*", "*"),
                ),
            ),
            (
                "context",
                0,
                (
                    _enum("context", "Type of artefact.", registration.CONTEXTS, "dataflow"),
                    part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
                    part("resourceID", "Ids joined by `,`.", "*", "DF_MIG_BORDER"),
                    part("version", "Versions joined by `,`.", "*", "*"),
                ),
            ),
        )
    ),
)

"""Disclosure control: policies, and what they did."""

from __future__ import annotations

from hub.disclosure import Method
from registry.describe.common import (
    KEYED,
    POLICY_KIND,
    POLICY_SUBJECT,
    TOKEN,
    UNEXPECTED,
    error,
    ref,
)
from registry.describe.model import Answer, Operation

__all__ = ["OPERATIONS"]

_SETTERS = ("admin", "agency")
_BAD = {400: error("A parameter or the body cannot be read.")}

OPERATIONS = (
    Operation(
        "disclosurePolicies",
        "/api/disclosure",
        "Protection of small counts",
        "Whose small counts are protected before a release, and how.",
        {200: Answer("All policies.", ref("DisclosurePolicies")), **KEYED, **UNEXPECTED},
        tag="submissions",
        roles=_SETTERS,
    ),
    Operation(
        "setDisclosurePolicy",
        "/api/disclosure",
        "Protect small counts",
        "suppress: counts below the number are withheld, with what would give them away. round: "
        "only multiples of the number are published. It holds for what is released from now on.",
        {
            200: Answer("The policy.", ref("DisclosurePolicy")),
            404: error("There is no such dataflow or agreement."),
            413: error("The body is larger than this takes."),
            **_BAD, **KEYED, **UNEXPECTED,
        },
        method="put",
        tag="submissions",
        parts=(POLICY_KIND, POLICY_SUBJECT),
        least=2,
        body={
            "application/json": {
                "type": "object",
                "properties": {
                    "method": {"type": "string", "enum": [*Method]},
                    "number": {"type": "integer", "minimum": 3, "maximum": 1000},
                },
                "required": ["method", "number"],
                "additionalProperties": False,
            }
        },
        roles=_SETTERS,
    ),
    Operation(
        "removeDisclosurePolicy",
        "/api/disclosure",
        "Remove a disclosure policy",
        "What was withheld stays so. A policy that a file declares is not removed here.",
        {
            200: Answer("The policies that are left.", ref("DisclosurePolicies")),
            404: error("No policy was set for this."),
            **_BAD, **KEYED, **UNEXPECTED,
        },
        method="delete",
        tag="submissions",
        parts=(POLICY_KIND, POLICY_SUBJECT),
        least=2,
        roles=_SETTERS,
    ),
    Operation(
        "disclosed",
        "/api/submissions",
        "What disclosure control did",
        "How many figures of a submission were withheld or rounded before its release, and under "
        "which policy. Never which values they had.",
        {
            200: Answer("The record, empty when no policy held.", ref("Disclosed")),
            401: KEYED[401], 404: error("There is no such submission."), **UNEXPECTED,
        },
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        suffix="/disclosure",
        roles=("admin", "provider", "reviewer", "reader"),
    ),
)  # fmt: skip

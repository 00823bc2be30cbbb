"""Answers that many operations give."""

from __future__ import annotations

from collections.abc import Mapping

from registry.describe.model import Answer, Json, Parameter

__all__ = [
    "KEYED",
    "PLAIN_UNEXPECTED",
    "POLICY_KIND",
    "POLICY_SUBJECT",
    "TOKEN",
    "UNEXPECTED",
    "error",
    "plain_error",
    "ref",
]


def ref(name: str) -> Mapping[str, Json | None]:
    """JSON content with one of the schemas of the document."""
    return {"application/json": {"$ref": f"#/components/schemas/{name}"}}


def error(text: str) -> Answer:
    """An answer that is an error."""
    return Answer(text, ref("Errors"))


def plain_error(text: str) -> Answer:
    """An answer that is an error, where programs read no JSON."""
    return Answer(text, {"text/plain": None})


#: What any operation may answer.
UNEXPECTED = {
    500: error("Something went wrong in the service; it was logged."),
    503: error("The service cannot answer now; try again later."),
}

PLAIN_UNEXPECTED = {
    500: plain_error("Something went wrong in the service; it was logged."),
    503: plain_error("The service cannot answer now; try again later."),
}

#: What an operation answers that is not for everybody.
KEYED = {
    401: error("The request carries no API key or session, or one that is not known."),
    403: error("Whoever asks may not do this."),
}

#: The token of a submission in a path, and what a policy is about.
TOKEN = Parameter(
    "token", "Token of the submission.", {"type": "string", "minLength": 1}, "no-such-token",
    place="path", required=True,
)  # fmt: skip
POLICY_KIND = Parameter(
    "kind", "What the policy is about.", {"type": "string", "enum": ["dataflow", "agreement"]},
    "dataflow", place="path", required=True,
)  # fmt: skip
POLICY_SUBJECT = Parameter(
    "subject", "AGENCY:ID(VERSION).", {"type": "string", "minLength": 1},
    "MIGHUB:DF_MIG_BORDER(1.0.0)", place="path", required=True,
)  # fmt: skip

"""Answers that many operations give."""

from __future__ import annotations

from collections.abc import Mapping

from registry.describe.model import Answer, Json

__all__ = ["KEYED", "UNEXPECTED", "error", "ref"]


def ref(name: str) -> Mapping[str, Json | None]:
    """JSON content with one of the schemas of the document."""
    return {"application/json": {"$ref": f"#/components/schemas/{name}"}}


def error(text: str) -> Answer:
    """An answer that is an error."""
    return Answer(text, ref("Errors"))


#: What any operation may answer.
UNEXPECTED = {
    500: error("Something went wrong in the service; it was logged."),
    503: error("The service cannot answer now; try again later."),
}

#: What an operation answers that is not for everybody.
KEYED = {
    401: error("The request carries no API key or session, or one that is not known."),
    403: error("Whoever asks may not do this."),
}

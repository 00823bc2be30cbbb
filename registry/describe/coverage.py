"""Coverage reports of consumers' dataflows."""

from __future__ import annotations

from registry.describe.common import UNEXPECTED, error, ref
from registry.describe.model import Answer, Operation, Parameter, choice

__all__ = ["OPERATIONS"]

_LANG = choice("lang", "Language of names and sentences, instead of Accept-Language.", ("en", "es"))


def _part(name: str, description: str, example: str) -> Parameter:
    return Parameter(
        name, description, {"type": "string", "minLength": 1}, example, place="path", required=True
    )


OPERATIONS = (
    Operation(
        "consumers",
        "/api/coverage",
        "Dataflows that are answered in a consumer's own structure",
        "Each with its name and the address of its coverage report.",
        {
            200: Answer("The dataflows.", ref("Consumers")),
            400: error("A parameter cannot be read."),
            **UNEXPECTED,
        },
        parameters=(_LANG,),
    ),
    Operation(
        "coverage",
        "/api/coverage",
        "What a consumer is given, what it is not, and why",
        "Every stored observation that the dataflow may be made from is counted once, by country "
        "and year, under what became of it: used, or left out with the rule that says why. "
        "`subject` is the component that "
        "has no such code, the rule that goes first, or the code by which a rule left it out. "
        "`wanted` lists what the consumer asks for with the years there are; no years means that "
        "it is lacking. As CSV the counts only.",
        {
            200: Answer("The report.", {**ref("Coverage"), "text/csv": None}),
            400: error("A parameter cannot be read."),
            404: error("The dataflow is no consumer's."),
            **UNEXPECTED,
        },
        parts=(
            _part("agency", "Agency of the dataflow.", "OECD.ELS.IMD"),
            _part("id", "Id of the dataflow.", "DSD_MIG@DF_MIG"),
            _part("version", "Version of the dataflow.", "1.0"),
        ),
        least=3,
        parameters=(_LANG, choice("format", "How it is written.", ("json", "csv"), default="json")),
    ),
)

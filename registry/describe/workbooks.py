"""Blank reporting workbooks, and filled ones for consumers."""

from __future__ import annotations

from registry.describe.common import UNEXPECTED, error
from registry.describe.model import Answer, Operation, Parameter, choice, text

__all__ = ["OPERATIONS"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LISTED = {
    "application/json": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["country", "dataflow", "url"],
            "properties": {
                "country": {"type": "string"},
                "dataflow": {"type": "string"},
                "url": {"type": "string"},
            },
        },
    }
}

OPERATIONS = (
    Operation(
        "workbooks",
        "/api/workbooks",
        "Reporting workbooks",
        "The countries and dataflows for which the hub makes a workbook to fill.",
        {200: Answer("The list.", _LISTED), **UNEXPECTED},
        tag="submissions",
    ),
    Operation(
        "workbook",
        "/api/workbooks",
        "A blank reporting workbook",
        "A workbook for an office to fill and hand in, with drop-downs and without macros. Figures "
        "of the year before that the hub publishes stand in it to compare with.",
        {
            200: Answer("The workbook.", {_XLSX: None}, {"Content-Disposition": "Its name."}),
            400: error("The period or the language is none a workbook has."),
            404: error("There is no such workbook, or the provider has no agreement."),
            **UNEXPECTED,
        },
        tag="submissions",
        parts=(
            Parameter("country", "Code of CL_AREA.", {"type": "string"}, "LCA", place="path",
                      required=True),
            Parameter("dataflow", "Id of the dataflow.", {"type": "string"}, "DF_MIG_BORDER",
                      place="path", required=True),
        ),
        least=2,
        parameters=(
            text("period", "A year, a quarter or a month: 2026, 2026-Q1, 2026-03.", "2026",
                 default="the present year"),
            choice("lang", "Usually that of the country.", ["en", "es", "nl"]),
            text("provider", "The reporting institution, where it is another than usual."),
        ),
    ),
    Operation(
        "filledWorkbook",
        "/api/workbooks",
        "A consumer's tables, filled in",
        "The tables that a consumer, such as the United Nations Demographic Yearbook (`un_dyb`), "
        "asks a country for, filled from published figures. An empty cell has a note that says why "
        "it is empty; the last sheet says whose figures stand in each table.",
        {
            200: Answer("The workbook.", {_XLSX: None}, {"Content-Disposition": "Its name."}),
            400: error("The language is none a workbook has."),
            404: error(
                "There is no such consumer, area or year, or nothing is published of them that the "
                "tables could be about."
            ),
            **UNEXPECTED,
        },
        tag="data",
        parts=(
            Parameter("consumer", "Who asks for it.", {"type": "string"}, "un_dyb", place="path",
                      required=True),
            Parameter("area", "Code of CL_AREA.", {"type": "string"}, "MEX", place="path",
                      required=True),
            Parameter("year", "The year.", {"type": "string"}, "2024", place="path",
                      required=True),
        ),
        least=3,
        suffix=".xlsx",
        parameters=(choice("lang", "Language of the workbook.", ["en", "es", "fr"],
                           default="en"),),
    ),
)  # fmt: skip

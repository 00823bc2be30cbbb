"""Handing data in, and the service itself."""

from __future__ import annotations

from hub.messages.formats import Kind, formats
from hub.model.dataset import Action
from registry.describe.common import KEYED as _KEYED
from registry.describe.common import TOKEN
from registry.describe.common import UNEXPECTED as _UNEXPECTED
from registry.describe.common import error as _error
from registry.describe.common import ref as _ref
from registry.describe.intake import HANDING_IN, STATE
from registry.describe.model import Answer, Operation, Parameter, choice, flag, number, text

__all__ = ["OPERATIONS"]


_UNKNOWN = {404: _error("There is no such submission, or nothing of it yet.")}
_READABLE = [f.name for f in formats(Kind.DATA) if f.reader is not None]

OPERATIONS = (
    Operation(
        "submit",
        "/api/submissions",
        "Hand data in",
        "The body is an SDMX message, or a national file that a connector reads, also gzipped or "
        "zipped; or a form with a part `file`.",
        {
            200: Answer("The report of a dry run.", _ref("Report")),
            202: Answer(
                "Received; the token says how it goes on.",
                _ref("Submission"),
                {"Location": "Where its state is."},
            ),
            400: _error("A parameter or the body cannot be read."),
            404: _error("There is no such connector."),
            413: _error("The body is larger than this hub takes."),
            415: _error("The body is in a format that the hub does not read."),
            422: _error("The data are refused."),
            **_KEYED,
            **_UNEXPECTED,
        },
        method="post",
        tag="submissions",
        parameters=(
            choice("format", "Format of the body; found out when left out.", _READABLE),
            text("connector", "Connector that reads the body."),
            text("filename", "Name of the file.", "file.csv"),
            choice("action", "What to do, over what the message says.", [*Action]),
            text("provider", "Data provider that hands in."),
            flag("dry_run", "Only check: nothing is stored."),
            choice("lang", "Language of the report of a dry run, instead of Accept-Language's.",
                   ("en", "es")),
            *HANDING_IN,
        ),
        body={
            "application/octet-stream": {},
            "multipart/form-data": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": "*/*"}},
            },
        },
        roles=("admin", "provider"),
    ),
    Operation(
        "submissions",
        "/api/submissions",
        "Submissions, newest first",
        "Those that the sender may follow: for a provider its own.",
        {
            200: Answer("A page of the list.", _ref("SubmissionList")),
            400: _error("A parameter cannot be read."),
            **_KEYED,
            **_UNEXPECTED,
        },
        tag="submissions",
        parameters=(
            number("limit", "At most so many, up to 200.", 0, default="50"),
            number("offset", "So many are passed over.", 0, default="0"),
            STATE,
        ),
        roles=("admin", "provider", "reviewer", "reader"),
    ),
    Operation(
        "submission",
        "/api/submissions",
        "State of a submission",
        "How far it came, its counts and releases.",
        {
            200: Answer("The state.", _ref("Submission")), 401: _KEYED[401],
            **_UNKNOWN, **_UNEXPECTED,
        },
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        roles=("admin", "provider", "reviewer", "reader"),
    ),
    Operation(
        "report",
        "/api/submissions",
        "Report of a submission",
        "Every finding, as docs/report.md describes it, in the reader's language; or for people.",
        {
            200: Answer(
                "The report.",
                {
                    **_ref("Report"), "text/html": None, "text/csv": None,
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": None,
                },
            ),
            400: _error("A parameter cannot be read."),
            401: _KEYED[401], **_UNKNOWN, **_UNEXPECTED,
        },
        tag="submissions",
        parts=(TOKEN,),
        parameters=(
            choice("format", "Form of the report.", ("json", "html", "csv", "xlsx")),
            choice("lang", "Language, instead of that of Accept-Language.", ("en", "es")),
            text("rule", "Only findings of this rule (json, html)."),
            number("offset", "How many findings to leave out first (json, html).", 0),
            number("limit", "How many findings to give at most (json).", 0),
        ),
        least=1,
        roles=("admin", "provider", "reviewer", "reader"),
        suffix="/report",
    ),
    Operation(
        "diff",
        "/api/submissions",
        "What a submission changed",
        "Observation by observation, up to a limit.",
        {
            200: Answer("The changes.", _ref("Diff")),
            400: _error("A parameter cannot be read."),
            401: _KEYED[401], **_UNKNOWN,
            **_UNEXPECTED,
        },
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        roles=("admin", "provider", "reviewer", "reader"),
        suffix="/diff",
        parameters=(number("limit", "At most so many changes.", 0, default="10000"),),
    ),
    Operation(
        "health",
        "/health",
        "Whether the hub works",
        "Checks that the catalogue and the store can be reached.",
        {
            200: Answer("Everything answers.", _ref("Health")),
            503: Answer("Something does not; the body says what.", _ref("Health")),
            500: _UNEXPECTED[500],
        },
    ),
    Operation(
        "metrics",
        "/metrics",
        "What the hub counts and holds",
        "For Prometheus: requests, the query engine, the intake, releases. See docs/operations.md.",
        {
            200: Answer("The metrics, in the text format.", {"text/plain": None}),
            500: _error("Something went wrong in the service; it was logged."),
        },
    ),
    Operation(
        "openapi",
        "/openapi.json",
        "This document",
        "OpenAPI 3.1 of everything but the pages for people.",
        {
            200: Answer("The document.", {"application/json": {"type": "object"}}),
            500: _error("Something went wrong in the service; it was logged."),
        },
    ),
    *(
        Operation(
            f"capabilities{name}",
            f"/sdmx{path}",
            "What is offered",
            "Resources, parameters and formats of the interface.",
            {
                200: Answer("The capabilities.", _ref("Capabilities")),
                500: _error("Something went wrong in the service; it was logged."),
            },
        )
        for name, path in (("", ""), ("V1", "/v1"), ("V2", "/v2"))
    ),
    Operation(
        "officialSchema",
        "/schemas",
        "Official schemas of SDMX-ML",
        "The files that the schemas made here import.",
        {
            200: Answer("The schema.", {"application/xml": None}),
            304: Answer("The client has this very file."),
            404: Answer("There is no such file.", {"text/plain": None}),
            500: Answer("Something went wrong in the service.", {"text/plain": None}),
        },
        tag="schema",
        parts=(
            Parameter(
                "version", "Version of SDMX-ML.",
                {"type": "string", "enum": ["2.1", "3.0", "3.1"]}, "2.1",
                place="path", required=True,
            ),
            Parameter(
                "name", "Name of the file.", {"type": "string", "minLength": 1},
                "SDMXMessage.xsd", place="path", required=True,
            ),
        ),
        least=2,
    ),
)  # fmt: skip

"""Where published observations come from."""

from __future__ import annotations

from hub.store.provenance import MOST
from registry.describe.common import UNEXPECTED, error
from registry.describe.model import Answer, Json, Operation, flag, number, text
from registry.describe.sdmx import part

__all__ = ["OPERATIONS"]

_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": ["string", "null"]}


def _object(properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


_SOURCE = _object(
    {
        "provider": _NAME, "received_at": _TEXT, "submission": _NAME, "submitted_by": _NAME,
        "format": _NAME, "connector": _NAME, "connector_version": _NAME, "program": _NAME,
        "open": {"type": "boolean"}, "title": _NAME, "publisher": _NAME, "url": _NAME,
        "licence": _NAME, "fetched_from": _NAME, "fetched_at": _NAME,
        "file": {"type": ["object", "null"]},
        "cells": _list(_object({"sheet": _TEXT, "cell": _TEXT})),
        "observation": {"type": ["integer", "null"]},
    }
)  # fmt: skip
_STATE = _object(
    {
        "change": {"enum": ["new", "changed", "withdrawn"]}, "release": {"type": "integer"},
        "released_at": _TEXT, "value": _NAME, "attributes": {"type": "object"},
        "source": {"anyOf": [_SOURCE, {"type": "null"}]},
    }
)  # fmt: skip
_MAPPING = _object(
    {"component": _TEXT, "code": _TEXT, "label": _NAME, "sheet": _NAME, "cell": _NAME, "map": _NAME}
)
_COMPUTED = _object(
    {
        "indicator": _TEXT, "names": {"type": "object"}, "definition": {"type": "object"},
        "formula": _TEXT, "decimals": {"type": "integer"}, "computed_at": _TEXT, "program": _TEXT,
    }
)  # fmt: skip
_SOURCES = {"anyOf": [_SOURCE, {"type": "null"}]}
_INPUT = _object(
    {
        "input": _TEXT, "dataflow": _TEXT, "release": {"type": "integer"},
        "truncated": {"type": "boolean"},
        "observations": _list(
            _object(
                {
                    "key": {"type": "object"}, "value": _NAME, "attributes": {"type": "object"},
                    "source": _SOURCES, "page": _TEXT, "provenance": _TEXT,
                }
            )
        ),
    }
)  # fmt: skip
_OBSERVATION = _object(
    {
        "key": {"type": "object"}, "value": _NAME, "states": _list(_STATE), "page": _TEXT,
        "computed": {"anyOf": [_COMPUTED, {"type": "null"}]},
    }
)  # fmt: skip
_OBSERVATION["properties"]["mapping"] = _list(_MAPPING)
_OBSERVATION["properties"]["inputs"] = _list(_INPUT)
_ANSWER = _object(
    {"dataflow": _TEXT, "truncated": {"type": "boolean"}, "observations": _list(_OBSERVATION)}
)

OPERATIONS = (
    Operation(
        "provenance",
        "/api/provenance",
        "Where observations come from",
        "Each observation with all its states, the present one last: value, release, provider, "
        "when it came, the file, the cell in it, the connector and its version. The file and its "
        "cells are told to everybody where the publisher offers the file to everybody, else to "
        "those who may follow the submission, and to nobody where the observation is "
        "confidential. cells has two entries for a figure that is a difference of two editions. "
        "computed tells the formula of an indicator that the hub computed itself.",
        {
            200: Answer("The observations.", {"application/json": _ANSWER}),
            400: error("The query cannot be read, or is about more than one dataflow."),
            401: error("The API key is not known."),
            404: error("There is no such dataflow, or no observation matches."),
            422: error("The query does not fit the structure."),
            **UNEXPECTED,
        },
        tag="data",
        parts=(
            part("agency", "Agency of the dataflow.", None, "MIGHUB"),
            part("id", "Id of the dataflow.", None, "DF_MIG_BORDER"),
            part("version", "Version of the dataflow.", None, "1.0.0"),
            part("key", "Codes by dimension, as in a data query of REST 2.2.", "*", "M.MEX"),
        ),
        least=3,
        parameters=(
            text(
                "c[TIME_PERIOD]", "Filter by component, as in a data query of REST 2.2.", "2024-01"
            ),
            number("limit", f"At most so many observations, up to {MOST}.", 1, default="100"),
            flag("mapping", "The printed words that each code comes from; for one observation."),
            flag(
                "inputs",
                "What an indicator was computed from: each observation with its source and its "
                "cells; for one observation.",
            ),
            text("history", "false: only the present state.", "true", default="true"),
        ),
    ),
)

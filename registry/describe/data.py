"""Data and availability queries."""

from __future__ import annotations

from dataclasses import replace

from hub.messages.formats import Kind
from hub.query.availability import REFERENCES
from hub.query.data_v1 import DETAILS
from hub.query.model import Api
from registry.describe.model import (
    Answer,
    Operation,
    Parameter,
    choice,
    flag,
    header,
    number,
    text,
)
from registry.describe.sdmx import ERROR, answers, found, negotiation, part

__all__ = ["CONTEXT_PARTS", "OPERATIONS"]

_DATA = (Kind.DATA,)
_STRUCTURE = (Kind.STRUCTURE,)

_FLOW = part(
    "flowRef",
    "Dataflow: `ID`, `AGENCY,ID` or `AGENCY,ID,VERSION`.",
    None,
    "MIGHUB,DF_MIG_BORDER,1.0.0",
)
_KEY_V1 = part(
    "key",
    "Codes by dimension, separated by dots, in the order of the structure; nothing between two "
    "dots is any code, `+` joins alternatives.",
    "all",
    ".MEX...........",
)
_PROVIDER = part("providerRef", "Data provider: `ID` or `AGENCY,ID`, joined by `+`.", "all", "all")

#: The parts that lead to data in REST 2.2.
CONTEXT_PARTS: tuple[Parameter, ...] = (
    part(
        "context",
        "What the data were reported against: dataflow, datastructure or provisionagreement.",
        "*",
        "dataflow",
    ),
    part("agencyID", "Agencies joined by `,`.", "*", "MIGHUB"),
    part("resourceID", "Ids joined by `,`.", "*", "DF_MIG_BORDER"),
    part("version", "Versions joined by `,`; `+` latest stable, `~` latest, `*` all.", "*", "+"),
)
_KEY_V2 = part(
    "key",
    "Codes by dimension, separated by dots; `*` is any code, whole keys are joined by `,`, "
    "dimensions at the end may be left out.",
    "*",
    "M.MEX",
)

_UPDATED = text(
    "updatedAfter",
    "Only what came, changed or went since this instant, deletions in a dataset of their own.",
    "2020-01-01T00:00:00Z",
)
_AT = text(
    "dimensionAtObservation",
    "Dimension at the observation, or AllDimensions for a flat dataset.",
    "AllDimensions",
    default="TIME_PERIOD",
)
_HISTORY = flag(
    "includeHistory",
    "One dataset per release with the instant it is valid from (XML, JSON and CSV 2.x only; "
    "firstNObservations and lastNObservations then count in each release).",
)
_FIRST = number("firstNObservations", "At most so many of the first of each series.", 1)
_LAST = number("lastNObservations", "At most so many of the last of each series.", 1)
_START = text("startPeriod", "First period, of any frequency, inclusive.", "2024")
_END = text("endPeriod", "Last period, of any frequency, inclusive.", "2025-Q2")
_AS_OF = text("asOf", "Answer as at this instant.", "2999-01-01T00:00:00Z")
_YEAR = text(
    "reportingYearStartDay", "Day the reporting year starts on.", "--07-01", default="--01-01"
)
_FILTER = text(
    "c[TIME_PERIOD]",
    "Filter by component, here TIME_PERIOD; any other goes the same way. `op:value` with eq ne lt "
    "le gt ge co nc sw ew; `,` is or, `+` is and and binds tighter.",
    "ge:2024-03+le:2024-04",
)
_SHAPE = (
    choice("labels", "Names in tables (SDMX-CSV).", ("id", "name", "both"), default="id"),
    choice("keys", "Key columns (SDMX-CSV 2).", ("none", "obs", "series", "both"), default="none"),
    flag("file", "Send as a download."),
)
_REFERENCES = choice(
    "references",
    "Artefacts to send along; item schemes hold only the items in use. Joined by `,`.",
    ("none", "all", "valuelist", *REFERENCES),
    default="none",
)
_MODE = choice(
    "mode",
    "exact: values of the data selected; available: per dimension, values that would select data.",
    ("exact", "available"),
    default="exact",
)

_RANGE = header(
    "X-Range",
    "Only these observations, from 0, at most 100,000 of them; the same as the header Range.",
    "values=0-2499",
)


def _observations(api: Api) -> dict[int, Answer]:
    whole = found(api, _DATA, "The observations.")
    places = {"Content-Range": "Which of them these are, as values FIRST-LAST/ALL."}
    some = replace(whole, description="A part of them.", headers={**whole.headers, **places})
    large = Answer(
        "More observations than one answer may have; the text says how to ask for less (SDMX 510).",
        ERROR,
    )
    return dict(sorted({**answers(api, whole), 206: some, 413: large}.items()))


OPERATIONS = (
    Operation(
        "dataV1",
        "/sdmx/v1/data",
        "Observations (REST 1.5)",
        "The observations of a dataflow that a key and periods select.",
        _observations(Api.V1),
        tag="data",
        parts=(_FLOW, _KEY_V1, _PROVIDER),
        least=1,
        parameters=(
            _START,
            _END,
            _UPDATED,
            _FIRST,
            _LAST,
            _AT,
            choice("detail", "How much of each series.", tuple(DETAILS), default="full"),
            _HISTORY,
            *_SHAPE,
            _RANGE,
            *negotiation(Api.V1, _DATA),
        ),
        page="data",
    ),
    Operation(
        "dataV2",
        "/sdmx/v2/data",
        "Observations (REST 2.2)",
        "The observations of dataflows, structures or agreements that keys and filters select.",
        _observations(Api.V2),
        tag="data",
        parts=(*CONTEXT_PARTS, _KEY_V2),
        parameters=(
            _FILTER,
            _UPDATED,
            _FIRST,
            _LAST,
            _AT,
            text(
                "attributes",
                "dsd, msd, dataset, series, obs, all, none or ids, joined by `,`.",
                "dsd",
                default="dsd",
            ),
            text("measures", "all, none or ids, joined by `,`.", "all", default="all"),
            _HISTORY,
            number("offset", "Observations to pass over.", 0, default="0"),
            number("limit", "At most so many observations.", 1),
            text("sort", "`COMPONENT[:asc|:desc]` joined by `+`, `*` or series_key.", "*"),
            _AS_OF,
            _YEAR,
            *_SHAPE,
            _RANGE,
            *negotiation(Api.V2, _DATA),
        ),
        page="data",
    ),
    Operation(
        "availabilityV1",
        "/sdmx/v1/availableconstraint",
        "Which data there are (REST 1.5)",
        "A content constraint of type Actual: values by dimension, time coverage, counts.",
        answers(Api.V1, found(Api.V1, _STRUCTURE, "The constraint and what was asked along.")),
        tag="availability",
        parts=(
            _FLOW,
            _KEY_V1,
            _PROVIDER,
            part("componentID", "Dimensions joined by `+`.", "all", "REF_AREA"),
        ),
        least=1,
        parameters=(
            _MODE,
            _REFERENCES,
            _START,
            _END,
            _UPDATED,
            *negotiation(Api.V1, _STRUCTURE),
        ),
        page="availability",
    ),
    Operation(
        "availabilityV2",
        "/sdmx/v2/availability",
        "Which data there are (REST 2.2)",
        "An actual data constraint: values by dimension, time coverage, counts.",
        answers(Api.V2, found(Api.V2, _STRUCTURE, "The constraint and what was asked along.")),
        tag="availability",
        parts=(
            *CONTEXT_PARTS,
            _KEY_V2,
            part("componentId", "Dimensions joined by `,`.", "*", "REF_AREA,SEX"),
        ),
        least=1,
        parameters=(
            _FILTER,
            _MODE,
            _REFERENCES,
            _UPDATED,
            _AS_OF,
            _YEAR,
            *negotiation(Api.V2, _STRUCTURE),
        ),
        page="availability",
    ),
)

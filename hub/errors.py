"""The one error family of the hub.

::

    HubError                     500  SDMX 500   something the hub did not foresee
    ├── NoResults                404  SDMX 100   a valid question with an empty answer
    ├── Unauthorized             401  SDMX 110   no or wrong credentials
    ├── Forbidden                403  SDMX 110   known, but not allowed
    ├── ResponseTooLarge         413  SDMX 130   more than the client may ask for
    ├── PayloadTooLarge          413  SDMX 510   more than the service accepts
    ├── RequestSyntaxError       400  SDMX 140   the request cannot be parsed
    ├── SemanticError            403/422 SDMX 150  parsed, but it makes no sense here
    ├── NotFound                 404  SDMX 100   the named thing does not exist
    ├── NotAcceptable            406  SDMX 140   no representation the client accepts
    ├── UnsupportedMediaType     415  SDMX 140   a body in a format the hub cannot read
    ├── Conflict                 409  SDMX 150   the state of a thing forbids the action
    ├── NotImplementedByHub      501  SDMX 501   optional in the standard, not offered here
    ├── Unavailable              503  SDMX 503   try again later
    └── DataRefused              422  SDMX 150   data with findings; carries the report

What is wrong with *data* is never an exception on its own: it is a
:class:`hub.model.findings.Finding`. ``DataRefused`` only carries a report out of a call that
cannot return one. Sources: SDMX REST 1.5 section 4.7, SDMX REST 2.2 ``status.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from hub.model.findings import Report

__all__ = [
    "Conflict",
    "DataRefused",
    "Forbidden",
    "HubError",
    "NoResults",
    "NotAcceptable",
    "NotFound",
    "NotImplementedByHub",
    "PayloadTooLarge",
    "RequestSyntaxError",
    "ResponseTooLarge",
    "SemanticError",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMediaType",
]


class HubError(Exception):
    """Base of all errors the hub raises on purpose.

    Parameters
    ----------
    message:
        One sentence a user can act on. It is shown to the client, so it holds no secret and no
        path of the server.
    """

    sdmx_code: ClassVar[int] = 500
    http_status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NoResults(HubError):
    """The query is valid and nothing matches it (v1: 404, v2: 204)."""

    sdmx_code, http_status, title = 100, 404, "No results found"


class NotFound(HubError):
    """The artefact, submission or page that the request names does not exist."""

    sdmx_code, http_status, title = 100, 404, "Not found"


class Unauthorized(HubError):
    """The request carries no credentials, or ones the hub does not know."""

    sdmx_code, http_status, title = 110, 401, "Unauthorized"


class Forbidden(HubError):
    """The credentials are known and do not allow this."""

    sdmx_code, http_status, title = 110, 403, "Forbidden"


class ResponseTooLarge(HubError):
    """The answer would be larger than the client said it takes."""

    sdmx_code, http_status, title = 130, 413, "Response too large"


class PayloadTooLarge(HubError):
    """The body or the answer is larger than the service allows."""

    sdmx_code, http_status, title = 510, 413, "Size exceeds the service limit"


class RequestSyntaxError(HubError):
    """The request or message cannot be parsed."""

    sdmx_code, http_status, title = 140, 400, "Syntax error"


class SemanticError(HubError):
    """The request parses but contradicts the structures (v1: 403, v2: 422)."""

    sdmx_code, http_status, title = 150, 422, "Semantic error"


class NotAcceptable(HubError):
    """None of the representations the client accepts can be produced."""

    sdmx_code, http_status, title = 140, 406, "Not acceptable"


class UnsupportedMediaType(HubError):
    """The body is in a format the hub does not read."""

    sdmx_code, http_status, title = 140, 415, "Unsupported media type"


class Conflict(HubError):
    """The action contradicts the present state."""

    sdmx_code, http_status, title = 150, 409, "Conflict"


class NotImplementedByHub(HubError):
    """Optional in the standard and not offered by this hub."""

    sdmx_code, http_status, title = 501, 501, "Not implemented"


class Unavailable(HubError):
    """The hub cannot answer now; the same request may succeed later."""

    sdmx_code, http_status, title = 503, 503, "Service unavailable"


class DataRefused(HubError):
    """Data was read and is wrong; ``report`` says where and why."""

    sdmx_code, http_status, title = 150, 422, "Data refused"

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report

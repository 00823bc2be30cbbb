"""``/api/uploads``: uploads in parts, by the tus protocol, version 1.0.0.

Core, creation, checksum, expiration and termination are offered. ``Upload-Metadata`` carries the
parameters of ``POST /api/submissions``; the last part's answer names the submission that the file
became in ``Upload-Submission``, as every ``HEAD`` does from then on. Source: tus.io, resumable
upload protocol 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import BinaryIO, cast

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import http_date

from hub.errors import HubError, RequestSyntaxError, UnsupportedMediaType
from hub.intake import uploads
from hub.intake.access import provider_of
from hub.intake.uploads import ALGORITHMS, Finish, Upload
from hub.store.home import Hub
from hub.store.rights import Principal, Right
from hub.store.submissions import Submission
from registry.auth import authenticate
from registry.context import current_hub
from registry.orders import PARAMETERS, accept, order_from
from registry.rest.errors import error_json

__all__ = ["blueprint"]

blueprint = Blueprint("uploads", __name__, url_prefix="/api/uploads")

_VERSION = "1.0.0"
_EXTENSIONS = "creation,checksum,expiration,termination"
_PART = "application/offset+octet-stream"


class _WrongVersion(HubError):
    """The client speaks another version of the protocol."""

    sdmx_code, http_status, title = 140, 412, "Precondition failed"


class _Stream:
    """The body of a request; a connection that breaks off is an ``OSError``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, as they come in."""
        try:
            return self._stream.read(size)
        except ClientDisconnected as error:
            raise ConnectionError("the sender is gone") from error


@blueprint.after_request
def _finish(response: Response) -> Response:
    response.headers["Tus-Resumable"] = _VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(HubError)
def _error(error: HubError) -> Response:
    body = error_json(error.sdmx_code, error.http_status, error.title, error.message)
    response = Response(body, error.http_status, content_type="application/json")
    response.headers["Tus-Version"] = _VERSION
    if error.http_status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@blueprint.route("", methods=["OPTIONS"])
def options() -> Response:
    """What of the protocol is offered."""
    return _empty(
        204,
        {
            "Tus-Version": _VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(current_hub().settings.max_upload),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


@blueprint.post("")
def create() -> Response:
    """Begin an upload."""
    hub, who = _sender()
    length = _whole("Upload-Length")
    how = _metadata(request.headers.get("Upload-Metadata", ""))
    order_from(io.BytesIO(), how)  # what cannot be is told before a byte is sent
    provider_of(who, how.get("provider"))
    made = uploads.create(hub, owner=who.id, length=length, how=how)
    return _empty(201, {"Location": url_for("uploads.part", id_=made.id), **_about(made)})


@blueprint.route("/<id_>", methods=["HEAD"])
def offset(id_: str) -> Response:
    """How much has arrived."""
    hub, who = _sender()
    found = uploads.find(hub, id_, who.id)
    if found.offset == found.length and found.submission is None:
        # The server went down between the last part and handing in.
        found = uploads.append(
            hub, found, found.offset, io.BytesIO(), finish=_finish_with(hub, who)
        )
    return _empty(200, {"Upload-Length": str(found.length), **_about(found)})


@blueprint.patch("/<id_>")
def part(id_: str) -> Response:
    """Add a part."""
    hub, who = _sender()
    if request.mimetype != _PART:
        raise UnsupportedMediaType(f"A part is sent as {_PART}.")
    found = uploads.find(hub, id_, who.id)
    done = uploads.append(
        hub,
        found,
        _whole("Upload-Offset"),
        cast(BinaryIO, _Stream(cast(BinaryIO, request.stream))),
        checksum=_checksum(request.headers.get("Upload-Checksum")),
        finish=_finish_with(hub, who),
    )
    return _empty(204, _about(done))


@blueprint.delete("/<id_>")
def terminate(id_: str) -> Response:
    """Forget an upload."""
    hub, who = _sender()
    uploads.terminate(hub, uploads.find(hub, id_, who.id))
    return _empty(204, {})


def _sender() -> tuple[Hub, Principal]:
    hub = current_hub()
    who = authenticate(hub, request, Right.SUBMIT)
    if request.headers.get("Tus-Resumable") != _VERSION:
        raise _WrongVersion(f"Say `Tus-Resumable: {_VERSION}`: the hub speaks this version.")
    return hub, who


def _finish_with(hub: Hub, who: Principal) -> Finish:
    def finish(upload: Upload, source: BinaryIO, token: str) -> Submission:
        return accept(hub, who, order_from(source, upload.how), token=token)

    return finish


def _about(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.offset)}
    if upload.submission is None:
        headers["Upload-Expires"] = http_date(upload.expires_at)
    else:
        headers["Upload-Submission"] = upload.submission
    return headers


def _empty(status: int, headers: dict[str, str]) -> Response:
    response = Response(status=status)
    response.headers.update(headers)
    return response


def _whole(header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise RequestSyntaxError(f"{header} must be a whole number of bytes, not {text!r}.")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """Pairs of a key and a base64 value, as the protocol writes them."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            decoded = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise RequestSyntaxError(
                f"Upload-Metadata: the value of {key} cannot be read."
            ) from None
        if key in found or key not in PARAMETERS - {"dry_run", "lang"}:
            raise RequestSyntaxError(f"Upload-Metadata: {key} is not known, or given twice.")
        if decoded:
            found[key] = decoded
    return found


def _checksum(text: str | None) -> tuple[str, bytes] | None:
    if text is None:
        return None
    algorithm, _, digest = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise RequestSyntaxError(f"Upload-Checksum takes {', '.join(ALGORITHMS)}.")
    try:
        return algorithm, base64.b64decode(digest, validate=True)
    except binascii.Error:
        raise RequestSyntaxError("Upload-Checksum is not base64.") from None

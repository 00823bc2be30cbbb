"""What all SDMX resources share: the raw URL, conditional requests, compression, streaming.

A message is streamed, but its beginning is made before the status line is sent, so that what goes
wrong at the start becomes a proper status. What goes wrong later cuts the connection: a client
must never take half an answer for a whole one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from typing import cast
from urllib.parse import quote

from flask import Response, request
from isal import isal_zlib
from werkzeug.http import http_date, parse_accept_header, parse_date, parse_etags

from registry.context import request_id
from registry.rest.errors import no_body
from registry.rest.negotiation import Chosen

__all__ = ["VARY", "entity_tag", "not_modified", "raw_path", "raw_query", "stream"]

_LOG = logging.getLogger("registry")

#: Request headers that change an answer.
VARY = "Accept, Accept-Encoding, Accept-Language"

#: Bytes made before the headers are sent. An answer that ends within them gets a Content-Length.
_HEAD = 64 * 1024

#: Bytes from which compression is worth its overhead.
_WORTH = 1024

_GZIP = 31  # zlib's window bits for the gzip format


def raw_path(prefix: str) -> str:
    """The path after ``prefix`` (``/sdmx/v1/data``), not decoded.

    WSGI decodes the path before it splits it, which loses ``%2F`` and the difference between a
    separator and a character. Servers hand on the undecoded target too; where one does not, the
    decoded path is encoded again.
    """
    target = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    path = target.partition("?")[0]
    _, found, rest = path.partition(prefix)
    if not found:
        rest = quote(request.path.partition(prefix)[2], safe="/,;:+*@$.~")
    return rest


def raw_query() -> str:
    """The query string, not decoded."""
    return cast(str, request.environ.get("QUERY_STRING", ""))


def entity_tag(parts: Iterable[object]) -> str:
    """An opaque tag that changes when any of ``parts``, the request or the software changes.

    It is weak: messages state when they were prepared.
    """
    text = "\x1f".join([version("mighub"), request.path, raw_query(), *(str(p) for p in parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def not_modified(tag: str, modified: datetime | None) -> Response | None:
    """A 304 when the client has this very answer, else ``None`` (RFC 9110, section 13.2.2)."""
    if "If-None-Match" in request.headers:
        fresh = parse_etags(request.headers["If-None-Match"]).contains_weak(tag)
    else:
        since = parse_date(request.headers.get("If-Modified-Since"))
        fresh = since is not None and modified is not None
        # HTTP dates have a resolution of one second.
        fresh = fresh and modified.replace(microsecond=0) <= since  # type: ignore[union-attr, operator]
    return _validated(no_body(304), tag, modified) if fresh else None


def stream(
    chunks: Iterator[bytes],
    chosen: Chosen,
    *,
    tag: str,
    modified: datetime | None,
    filename: str,
) -> Response:
    """The response for a message.

    ``chunks`` are read up to the first 64 KiB before this returns, so what they raise at the start
    is raised here. ``filename`` is used for a download (``file=true``), without extension.
    """
    head, ended = _beginning(chunks)
    zipped = _accepts_gzip() and (not ended or len(head) >= _WORTH)
    if ended:
        response = Response(_gzip_whole(head) if zipped else head)
    else:
        body = _rest(head, chunks, request_id())  # the body outlives the request's context
        response = Response(_gzip_stream(body) if zipped else body)
    response.headers["Content-Type"] = chosen.content_type
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if chosen.parameters.get("file") == "true":
        name = f"{filename}.{chosen.format.extension}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _validated(response, tag, modified)


def _validated(response: Response, tag: str, modified: datetime | None) -> Response:
    response.headers["ETag"] = f'W/"{tag}"'
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = "no-cache"  # may be kept, must be asked about
    return response


def _beginning(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= _HEAD:
            return b"".join(parts), False
    return b"".join(parts), True


def _rest(head: bytes, chunks: Iterator[bytes], id_: str) -> Iterator[bytes]:
    try:
        yield head
        yield from chunks
    except GeneratorExit:
        raise  # the client left
    except Exception:
        _LOG.exception("request %s failed after its answer had begun", id_)
        raise
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def _accepts_gzip() -> bool:
    accepted = parse_accept_header(request.headers.get("Accept-Encoding"))
    weights = {name.lower(): quality for name, quality in accepted}
    return weights.get("gzip", weights.get("*", 0)) > 0


def _gzip_whole(data: bytes) -> bytes:
    return isal_zlib.compress(data, 1, _GZIP)


def _gzip_stream(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Level 1 of ISA-L: ten times faster than zlib's default, a third larger."""
    compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP)
    try:
        for chunk in chunks:
            if packed := compressor.compress(chunk):
                yield packed
        yield compressor.flush()
    finally:
        chunks.close()  # type: ignore[attr-defined]

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
from werkzeug.http import http_date, parse_date, parse_etags

from hub.query.raw import parameters
from registry.context import request_id
from registry.rest.encoding import IDENTITY, coding, compress
from registry.rest.errors import no_body
from registry.rest.negotiation import Chosen

__all__ = [
    "VARY",
    "entity_tag",
    "known",
    "not_modified",
    "raw_path",
    "raw_query",
    "stream",
    "validated",
]

_LOG = logging.getLogger("registry")

_VERSION = version("mighub")

#: Request headers that change an answer.
VARY = "Accept, Accept-Encoding, Accept-Language, X-Range"

#: Bytes made before the headers are sent. An answer that ends within them gets a Content-Length.
_HEAD = 64 * 1024

#: Bytes from which compression is worth its overhead.
_WORTH = 1024


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


def _parameter(name: str) -> str | None:
    """A parameter of the URL, whatever the case of its name."""
    given = {k.lower(): v for k, v in parameters(raw_query()).items()}
    return given.get(name)


def entity_tag(parts: Iterable[object]) -> str:
    """An opaque tag that changes when any of ``parts``, the request or the software changes.

    It is weak: messages state when they were prepared.
    """
    text = "\x1f".join([_VERSION, request.path, raw_query(), *(str(p) for p in parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def known(tag: str) -> Response | None:
    """A 304 when the client names this very tag, else ``None``; ``*`` names none.

    Who has a tag has had its answer: so this may be asked before it is known that there is one.
    """
    named = parse_etags(request.headers.get("If-None-Match"))
    fresh = not named.star_tag and named.contains_weak(tag)
    return validated(no_body(304), tag, None) if fresh else None


def not_modified(tag: str, modified: datetime | None) -> Response | None:
    """A 304 when the client has this very answer, else ``None`` (RFC 9110, section 13.2.2)."""
    if "If-None-Match" in request.headers:
        fresh = parse_etags(request.headers["If-None-Match"]).contains_weak(tag)
    else:
        since = parse_date(request.headers.get("If-Modified-Since"))
        fresh = since is not None and modified is not None
        # HTTP dates have a resolution of one second.
        fresh = fresh and modified.replace(microsecond=0) <= since  # type: ignore[union-attr, operator]
    return validated(no_body(304), tag, modified) if fresh else None


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
    packing = coding(request.headers.get("Accept-Encoding"), _parameter("compression"))
    head, ended = _beginning(chunks)
    if ended and len(head) < _WORTH:
        packing = IDENTITY
    body = _rest(head, chunks, request_id())  # it outlives the request's context
    if packing != IDENTITY:
        body = compress(body, packing)
    response = Response(b"".join(body) if ended else body)
    response.headers["Content-Type"] = chosen.content_type
    if packing != IDENTITY:
        response.headers["Content-Encoding"] = packing
    if chosen.parameters.get("file") == "true":
        name = f"{filename}.{chosen.format.extension}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return validated(response, tag, modified)


def validated(response: Response, tag: str, modified: datetime | None) -> Response:
    """``response`` with what a client needs to ask again only for news."""
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

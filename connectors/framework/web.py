"""Asking publishers' servers, the way a guest does.

A :class:`Visitor` says who it is, reads ``robots.txt`` first and obeys it (RFC 9309), waits
between two questions to a host, tries again what may succeed later (with growing pauses that
differ from one to the next), never longer than :data:`PATIENCE`, and takes no more bytes than it
was told. A certificate that does not hold is never overlooked. What could not be had is a
:class:`FetchFailed` that says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader, MaxRetryError, ResponseError
from urllib3.util import Retry

from hub.errors import Unavailable

__all__ = ["PATIENCE", "Answer", "FetchFailed", "Reason", "Visitor"]

#: Seconds that a server may ask to wait before the question is given up.
PATIENCE = 120.0
_AGAIN = (429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_HOPS = 5
_CHUNK = 64 * 1024
#: Bytes of a robots.txt that are read; RFC 9309 asks for at least 500 KiB.
_ROBOTS_BYTES = 512 * 1024


class Reason(StrEnum):
    """Why something could not be fetched."""

    ROBOTS = "robots"
    TLS = "tls"
    REFUSED = "refused"
    MISSING = "missing"
    BUSY = "busy"
    REDIRECTS = "redirects"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    NOT_THE_FILE = "not_the_file"
    NO_LINK = "no_link"
    BY_HAND = "by_hand"


class FetchFailed(Unavailable):
    """Something could not be had; ``reason`` says why in one word."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server gave. ``url`` is where it was in the end; ``content`` is ``None`` for 304.

    Names of ``headers`` are in lower case.
    """

    url: str
    content: bytes | None
    headers: Mapping[str, str]


class _Patient(Retry):
    """A retry that waits as long as it is asked to, and gives up when that is too long."""

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        """Seconds the server asks to wait; a header that says nothing readable says nothing."""
        try:
            return super().get_retry_after(response)
        except InvalidHeader:
            return None

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        """One attempt less; none at all after a bad certificate or where waiting takes too long."""
        if isinstance(error, urllib3.exceptions.SSLError):
            raise MaxRetryError(_pool, url or "", error) from error
        if response is not None and (self.get_retry_after(response) or 0) > PATIENCE:
            raise MaxRetryError(_pool, url or "", ResponseError("too long to wait"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


class Visitor:
    """A polite client. One for a run: it remembers robots.txt and when it last asked a host.

    ``agent`` is the ``User-Agent``, whose first word is the name that robots.txt may call;
    ``limit`` the most bytes of an answer; ``pause`` the seconds between two questions to a host
    (robots.txt may ask for more); ``timeout`` the seconds without a byte, ``deadline`` those an
    answer may take as a whole; ``attempts`` how often something is tried that may succeed later,
    with ``backoff`` seconds before the second time and doubling.
    """

    def __init__(
        self,
        agent: str,
        *,
        limit: int,
        pause: float = 1.0,
        timeout: float = 30.0,
        deadline: float = 600.0,
        attempts: int = 4,
        backoff: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._agent, self._limit, self._pause = agent, limit, pause
        self._timeout, self._deadline = timeout, deadline
        self._attempts, self._backoff, self._sleep = attempts, backoff, sleep
        self._asked: dict[str, float] = {}
        self._robots: dict[str, Protego | None] = {}
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": agent, "Accept": "*/*"})
        retry = _Patient(
            total=attempts - 1,
            redirect=False,
            status_forcelist=_AGAIN,
            backoff_factor=backoff,
            backoff_jitter=backoff,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Answer:
        """Ask for ``url``; with ``etag`` or ``modified`` of an earlier answer only if it changed.

        Raises ``FetchFailed``.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        self._may(url)
        for _ in range(_HOPS + 1):
            status, answer = self._whole(url, headers, self._limit)
            if status not in _REDIRECTS or "location" not in answer.headers:
                return self._judged(status, answer)
            onward = urljoin(url, answer.headers["location"])
            if urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https":
                raise FetchFailed(
                    Reason.REDIRECTS, f"{url} leads on to {onward}, which anybody could change on"
                    " its way; the hub does not follow."
                )  # fmt: skip
            url = onward
            self._may(url)
        raise FetchFailed(Reason.REDIRECTS, f"{url} leads on and on, to other addresses.")

    def _judged(self, status: int, answer: Answer) -> Answer:
        if status < 300 or status == 304:
            return answer
        url, host = answer.url, urlsplit(answer.url).hostname
        if status in _GONE:
            raise FetchFailed(Reason.MISSING, f"There is nothing at {url} (status {status}).")
        if status in _AGAIN:
            wait = answer.headers.get("retry-after")
            later = f" It asks to come back after {wait}." if wait else " Try again later."
            raise FetchFailed(
                Reason.BUSY, f"{host} cannot answer now (status {status}, {url}).{later}"
            )
        raise FetchFailed(Reason.REFUSED, f"{host} refuses programs (status {status}, {url}).")

    # -- robots.txt -------------------------------------------------------------------------

    def _may(self, url: str) -> None:
        """Raise ``FetchFailed`` when robots.txt of the host keeps us from ``url``."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(Reason.UNREACHABLE, f"{url} is no address of the web.")
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin)
        rules = self._robots[origin]
        if rules is None:
            return
        if not rules.can_fetch(url, self._agent):
            raise FetchFailed(
                Reason.ROBOTS, f"{origin}/robots.txt asks programs not to fetch {url}."
            )

    def _read_robots(self, origin: str) -> Protego | None:
        """The rules of a host; ``None`` where it has none. While it cannot say, nothing goes."""
        url = f"{origin}/robots.txt"
        for _ in range(_HOPS + 1):
            status, answer = self._whole(url, {}, _ROBOTS_BYTES, cut=True)
            if status in _REDIRECTS and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                continue
            if status >= 500 or status == 429:
                raise FetchFailed(
                    Reason.BUSY,
                    f"{origin} cannot say now what programs may fetch ({url}, status {status});"
                    " try again later.",
                )
            content = answer.content if status < 300 else None
            return None if content is None else Protego.parse(content.decode("utf-8", "replace"))
        return None  # RFC 9309, 2.3.1.2: after five redirects there are no rules

    # -- one answer -------------------------------------------------------------------------

    def _whole(
        self, url: str, headers: Mapping[str, str], limit: int, *, cut: bool = False
    ) -> tuple[int, Answer]:
        """Status and answer of one address, tried again when it breaks off on its way."""
        for attempt in range(1, self._attempts + 1):
            self._wait(url)
            try:
                return self._once(url, headers, limit, cut)
            except urllib3.exceptions.ReadTimeoutError:
                failed = FetchFailed(
                    Reason.SLOW, f"{url}: nothing came for {self._timeout:g} seconds."
                )
            except urllib3.exceptions.HTTPError as error:
                failed = FetchFailed(
                    Reason.TRUNCATED, f"{url} broke off before its end each time ({error})."
                )
            if attempt < self._attempts:
                self._sleep(self._backoff * 2 ** (attempt - 1))
        raise failed

    def _once(
        self, url: str, headers: Mapping[str, str], limit: int, cut: bool
    ) -> tuple[int, Answer]:
        try:
            response = self._session.get(
                url, headers=dict(headers), stream=True, allow_redirects=False,
                timeout=self._timeout,
            )  # fmt: skip
        except requests.exceptions.SSLError as error:
            raise FetchFailed(
                Reason.TLS,
                f"The certificate of {urlsplit(url).hostname} cannot be verified"
                f" ({_innermost(error)}); nobody can tell whose file that would be.",
            ) from None
        except requests.exceptions.RequestException as error:
            inner = _innermost(error)
            refused = isinstance(inner, urllib3.exceptions.NewConnectionError)
            if isinstance(inner, urllib3.exceptions.TimeoutError) and not refused:
                raise FetchFailed(
                    Reason.SLOW, f"{url} did not answer within {self._timeout:g} seconds."
                ) from None
            raise FetchFailed(Reason.UNREACHABLE, f"{url} cannot be reached ({inner}).") from None
        with response:
            said = {name.lower(): value for name, value in response.headers.items()}
            body = None if response.status_code == 304 else self._body(response, url, limit, cut)
            return response.status_code, Answer(url, body, said)

    def _body(self, response: requests.Response, url: str, limit: int, cut: bool) -> bytes:
        end = time.monotonic() + self._deadline
        content = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            content += piece
            if len(content) > limit:
                if cut:
                    return bytes(content[:limit])
                raise FetchFailed(Reason.TOO_LARGE, f"{url} has more than {limit:,} bytes.")
            if time.monotonic() > end:
                raise FetchFailed(
                    Reason.SLOW, f"{url} had not come after {self._deadline:g} seconds."
                )
        return bytes(content)

    def _wait(self, url: str) -> None:
        """Leave the host alone for as long as it wants between two questions."""
        parts = urlsplit(url)
        host = parts.netloc
        rules = self._robots.get(f"{parts.scheme}://{host}")
        asked = rules.crawl_delay(self._agent) if rules is not None else None
        pause = max(self._pause, min(float(asked or 0), PATIENCE))
        if host in self._asked:
            left = self._asked[host] + pause - time.monotonic()
            if left > 0:
                self._sleep(left)
        self._asked[host] = time.monotonic()


def _innermost(error: BaseException) -> BaseException:
    """What an error is about in the end, without the layers around it."""
    reason = getattr(error, "reason", None)
    inner = next((one for one in (reason, *error.args) if isinstance(one, BaseException)), None)
    return error if inner is None else _innermost(inner)

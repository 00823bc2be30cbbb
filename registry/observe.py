"""Around every request: its name, its budget, its line in the log, its place in the metrics.

An answer ends with its last byte and not when its first is made, so this stands outside of the
application, where its blocks pass.
"""

from __future__ import annotations

import re
import secrets
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from structlog.contextvars import bind_contextvars, clear_contextvars

from hub import logs, telemetry
from hub.store.budget import Budget, use
from registry.context import REQUEST_ID, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Observed"]

_LOG = logs.logger("registry.access")

#: What a client may call its request.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

#: Methods that have a meaning here; others are counted as one.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class Observed:
    """A WSGI application whose requests are named, bounded, logged and counted.

    ``seconds`` is what the engine may work for one request (0: any time).
    """

    def __init__(self, app: WSGIApplication, seconds: int) -> None:
        self._app = app
        self._seconds = seconds

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        given = str(environ.get("HTTP_X_REQUEST_ID", ""))
        name = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        environ[REQUEST_ID] = name
        clear_contextvars()
        bind_contextvars(request=name)
        use(Budget(self._seconds, _hung_up(environ.get("gunicorn.socket"))))
        exchange = _Exchange(environ)
        try:
            body = self._app(environ, exchange.begun(start_response))
        except BaseException:
            exchange.end(whole=False)
            raise
        return _Body(body, exchange)


class _Exchange:
    """One request and what became of it."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self._since = time.perf_counter()
        self._status = 500
        self._ended = False
        self.sent = 0
        telemetry.HTTP_OPEN.inc()

    def begun(self, start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._status = int(status[:3])
            return start_response(status, headers, *more)

        return cast("StartResponse", start)

    def end(self, *, whole: bool) -> None:
        """Count and log it, once. Not ``whole``: the answer broke off, or nobody took it."""
        if self._ended:
            return
        self._ended = True
        environ = self._environ
        seconds = time.perf_counter() - self._since
        method = environ.get("REQUEST_METHOD", "")
        known = method if method in _METHODS else "OTHER"
        route = environ.get(ROUTE) or "none"
        telemetry.HTTP_OPEN.dec()
        telemetry.HTTP_REQUESTS.labels(known, route, str(self._status)).inc()
        telemetry.HTTP_SECONDS.labels(known, route).observe(seconds)
        telemetry.HTTP_BYTES.labels(route).inc(self.sent)
        facts: dict[str, Any] = {} if whole else {"broken_off": True}
        _LOG.info(
            "request",
            method=method,
            path=environ.get("PATH_INFO", ""),
            # Only questions to SDMX hold nothing that a log may not know (as the code of a
            # sign-in).
            query=environ.get("QUERY_STRING") or None if route.startswith("/sdmx") else None,
            status=self._status,
            bytes=self.sent,
            ms=round(seconds * 1000, 1),
            client=environ.get("REMOTE_ADDR"),
            **facts,
        )
        use(None)
        clear_contextvars()


class _Body:
    """The blocks of an answer, on their way."""

    def __init__(self, body: Iterable[bytes], exchange: _Exchange) -> None:
        self._body = body
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        for block in self._body:
            yield block
            self._exchange.sent += len(block)  # the server has come back for more: it is sent
        self._exchange.end(whole=True)

    def close(self) -> None:
        """The server is done with the answer; it broke off where its end was not reached."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._exchange.end(whole=False)


def _hung_up(connection: socket.socket | None) -> Callable[[], bool]:
    """Tells whether the client of a connection has gone."""
    if connection is None:
        return lambda: False
    poll = select.poll()

    def gone() -> bool:
        try:
            poll.register(connection, _GONE)
            return any(event & _GONE for _, event in poll.poll(0))
        except (OSError, ValueError):  # it is closed already
            return True

    return gone

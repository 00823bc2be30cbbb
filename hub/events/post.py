"""One HTTP request to a subscriber, which is trusted with nothing.

No redirect is followed, certificates are verified, no more than a few KiB of the answer are read,
and all of it together takes no longer than :data:`DEADLINE`.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from importlib.metadata import version

from hub.events.address import Refused, Target, look_up
from hub.events.outcome import Outcome

__all__ = ["DEADLINE", "post"]

#: Seconds one attempt may take, and its connection.
DEADLINE, _CONNECT = 15.0, 5.0

#: Bytes of an answer that are read; nothing in it matters.
_ANSWER = 16 * 1024


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
    context: ssl.SSLContext | None = None,
    deadline: float = DEADLINE,
) -> Outcome:
    """Send ``body``; 2xx is success, whatever the answer says.

    ``private`` allows addresses of the operator's own network. ``context`` is for certificates of
    an authority of one's own. Never raises for what is the subscriber's or the network's fault.
    """
    try:
        target = look_up(url, private=private)
    except Refused as error:
        return Outcome(False, error=str(error))
    except OSError:
        return Outcome(False, error="The name of the host is not known.")
    connection = _Connection(target, context)
    timer = threading.Timer(deadline, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request(
            "POST", target.path, body, {
                "Host": target.authority, "User-Agent": f"mighub/{version('mighub')}",
                "Accept": "*/*", "Connection": "close", **headers,
            },
        )  # fmt: skip
        response = connection.getresponse()
        with contextlib.suppress(OSError, http.client.HTTPException):
            response.read(_ANSWER)  # the status is known: the rest may fail
        return _told(response.status, response.headers.get("Retry-After"))
    except (OSError, http.client.HTTPException) as error:
        if connection.was_cut:
            return Outcome(False, error=f"There was no answer within {deadline:g} seconds.")
        return Outcome(False, error=_reason(error))
    finally:
        timer.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was looked at, under the name that was asked for."""

    def __init__(self, target: Target, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=DEADLINE)
        self._target = target
        self._context = context
        self.was_cut = False

    def connect(self) -> None:
        """Connect without asking the name service again."""
        sock = socket.create_connection((self._target.ip, self._target.port), _CONNECT)
        self.sock = sock
        if self._target.tls:
            context = self._context or ssl.create_default_context()
            self.sock = context.wrap_socket(sock, server_hostname=self._target.host)
        self.sock.settimeout(DEADLINE)

    def cut(self) -> None:
        """End it, whatever it is waiting for."""
        self.was_cut = True
        sock = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _told(status: int, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return Outcome(True, status)
    wait = None
    if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
        wait = float(retry_after[:9])
    text = f"The answer was {status}"
    if 300 <= status < 400:
        text += ", a redirect, which the hub does not follow"
    return Outcome(False, status, f"{text}.", retry_after=wait, gone=status == 410)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate cannot be trusted: {error.verify_message}."
    if isinstance(error, TimeoutError):
        return "The connection took too long."
    if isinstance(error, ConnectionRefusedError):
        return "Nobody listens at this address."
    return f"The connection failed ({type(error).__name__})."

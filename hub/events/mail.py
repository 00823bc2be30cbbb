"""Sending e-mail through the operator's server."""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import socket
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from hub.errors import HubError
from hub.events.outcome import Outcome
from hub.settings import Settings

__all__ = ["can_mail", "deliver"]

_TIMEOUT = 15.0


def can_mail(settings: Settings) -> bool:
    """Whether the hub can send mails with links that lead back to it."""
    return bool(settings.smtp_url and settings.mail_from and settings.public_url)


def deliver(
    settings: Settings, message: EmailMessage, context: ssl.SSLContext | None = None
) -> Outcome:
    """Hand a message to the server of the settings.

    Success is the server's word that it has taken the message. A password is only sent inside TLS
    (or to this machine); raises ``HubError`` when the setting cannot be read.
    """
    try:
        server = _connected(settings.smtp_url, context)
        try:
            server.send_message(message)
        finally:  # what goes wrong from here on does not matter: the message was taken or not
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        status, text = next(iter(error.recipients.values()))
        return Outcome(False, status, _words(text))
    except smtplib.SMTPResponseException as error:
        return Outcome(False, error.smtp_code, _words(error.smtp_error))
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(False, error=f"The mail server cannot be used ({type(error).__name__}).")
    return Outcome(True, 250)


def _connected(url: str, context: ssl.SSLContext | None) -> smtplib.SMTP:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HubError("HUB_SMTP_URL is no URL.") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise HubError("HUB_SMTP_URL is smtp://host:port or smtps://host:port.")
    tls = context or ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            parts.hostname, port or 465, timeout=_TIMEOUT, context=tls
        )
        secure = True
    else:
        server = smtplib.SMTP(parts.hostname, port or 587, timeout=_TIMEOUT)
        secure = False
    try:
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
            secure = True
        if parts.username:
            _log_in(server, secure or _is_here(parts.hostname), parts)
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, safe: bool, parts: SplitResult) -> None:
    if not safe:
        raise smtplib.SMTPNotSupportedError("The server offers no TLS for the password.")
    server.login(unquote(parts.username or ""), unquote(parts.password or ""))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except (OSError, ValueError):
        return False


def _words(text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server said: {' '.join(said.split())[:200]}"

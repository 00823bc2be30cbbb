"""Where a webhook may be: https addresses of the public internet, and nothing inside.

Who may subscribe could otherwise have the hub call services of its own network (server-side
request forgery). A name is looked up once for each attempt, every address it has must be public,
and the connection goes to the very address that was looked at, so a name that changes its mind
between look and call (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.errors import SemanticError

__all__ = ["Refused", "Target", "check", "look_up"]

_LONGEST = 2000

#: Networks whose addresses lead to other, perhaps private ones.
_INDIRECT = tuple(
    ipaddress.ip_network(n)
    for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)


class Refused(Exception):
    """The hub does not call this address. The text says why and is for its owner to read."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address to call: ``host`` is for the certificate and the header, ``ip`` for the socket."""

    tls: bool
    host: str
    ip: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.tls else 80) else f"{name}:{self.port}"


def check(url: str, *, private: bool) -> None:
    """Raise ``SemanticError`` when a webhook cannot be there, as far as the text tells.

    ``private`` allows plain http and addresses of the operator's own network.
    """
    try:
        host, _, _ = _parts(url, private)
        literal = _literal(host)
    except Refused as error:
        raise SemanticError(str(error)) from None
    if literal is not None and not private and not _is_public(literal):
        raise SemanticError(f"{host} is no public address; the hub calls no others.")


def look_up(url: str, *, private: bool) -> Target:
    """Where a URL leads now.

    Raises ``Refused`` for what the hub does not call, and ``OSError`` when the name is not known.
    """
    host, port, parts = _parts(url, private)
    literal = _literal(host)
    if literal is not None:
        found = [str(literal)]
    else:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(info[4][0]) for info in known))
    hidden = [ip for ip in found if not _is_public(ipaddress.ip_address(ip.partition("%")[0]))]
    if hidden and not private:
        raise Refused(f"{host} leads to {hidden[0]}, which is no public address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, found[0], port, path)


def _parts(url: str, private: bool):  # type: ignore[no-untyped-def]
    if len(url) > _LONGEST or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise Refused("The address is no URL: write it in ASCII without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused(f"{url} is no URL.") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("A webhook has an https address.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Refused("A webhook's address has a host, and neither user nor password.")
    if parts.fragment:
        raise Refused("A webhook's address has no fragment (#).")
    return parts.hostname.rstrip("."), port, parts


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host is written as; ``None`` for a name.

    Spellings that only some programs read as addresses (``127.1``, ``0x7f.1``) are refused.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        if not last or last.isdigit() or last.lower().startswith("0x"):
            raise Refused(f"{host} is neither a name nor an address.") from None
        return None


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public(ip.ipv4_mapped)
        if any(ip in network for network in _INDIRECT):
            return False
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local or ip.is_private
    )

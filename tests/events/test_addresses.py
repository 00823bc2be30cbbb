"""A webhook can be at public https addresses and nowhere else."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from listeners import listening

from hub.errors import SemanticError
from hub.events.address import Refused, check, look_up
from hub.events.post import post

HIDDEN = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "[::1]", "[::]", "[fe80::1]",
    "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::127.0.0.1]", "[ff02::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", HIDDEN)
def test_an_address_inside_is_refused_when_it_is_entered_and_when_it_is_called(host: str) -> None:
    with pytest.raises(SemanticError):
        check(f"https://{host}/hook", private=False)
    with pytest.raises(Refused):
        look_up(f"https://{host}/hook", private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook", "ftp://example.org/", "https:///hook", "https://u:p@example.org/",
        "https://example.org/#part", "https://127.1/", "https://0x7f.1/", "https://2130706433/",
        "https://0177.0.0.1/", "https://example.org:99999/", "https://example.org/a b",
        "https://example.org/\r\nX: y", "https://ejemplo.ñ/", "file:///etc/passwd", "hook",
        "https://" + "a" * 2000, "https://./",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(SemanticError):
        check(url, private=False)


@pytest.mark.parametrize("url", ["https://example.org/hook?a=b", "https://[2606:4700::1111]:8443/"])
def test_public_addresses_are_taken(url: str) -> None:
    check(url, private=False)


def _resolves(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """The name service gives these addresses, one list for each question."""
    left = list(answers)

    def asked(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", asked)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(Refused, match="no public address"):
        look_up("https://example.org/", private=False)


def test_a_name_is_asked_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer would lead inside; nobody asks for it."""
    called: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: Any) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    _resolves(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", connect)
    done = post("https://example.org/hook", b"{}", {}, private=False)
    assert not done.ok
    assert called == [("93.184.216.34", 443)]


def test_redirects_are_not_followed() -> None:
    with listening() as inside, listening() as listener:
        listener.answer = lambda _: (307, {"Location": inside.url})
        done = post(listener.url, b"{}", {}, private=True)
    assert (done.ok, done.status) == (False, 307)
    assert inside.received == []


def test_an_answer_that_never_ends_is_left() -> None:
    """A subscriber that sends one byte now and then would hold a sender for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    done = post(url, b"{}", {}, private=True, deadline=0.5)  # it listens and says nothing
    assert not done.ok
    assert "within 0.5 seconds" in (done.error or "")
    server.close()


def test_a_huge_answer_is_not_read() -> None:
    with listening() as listener:
        listener.answer = lambda _: (200, {"Content-Length": str(10**15)})
        assert post(listener.url, b"{}", {}, private=True, deadline=2).ok

"""Changes to good messages that keep some of their sense: bytes, tokens, pieces, nesting."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

#: What readers look for, and what upsets them.
TOKENS = (
    b"",
    b"\0",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n\n",
    b"\t",
    b" ",
    b'"',
    b"'",
    b"<",
    b">",
    b"/>",
    b"</",
    b"&",
    b"&#0;",
    b"&#x110000;",
    b"&lt;",
    b"]]>",
    b"<!--",
    b"<![CDATA[",
    b"<?x?>",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[[[",
    b"{}",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"NaN",
    b"-0",
    b"0.1e-5",
    b"9" * 40,
    b"\\ud800",
    b"\\u0000",
    b"\\",
    b",",
    b",,",
    b";",
    b":",
    b".",
    b"=1+1",
    b"../..",
    b"%s",
    b"A" * 70_000,
    b"\xe2\x80\xae",
    "\N{BOM}é𝔘".encode(),
    b"2020-13",
    b"2020-01-01/P1M",
    b"Obs",
    b"Series",
    b"DataSet",
    b"xmlns=''",
    b"OBS_VALUE",
    b"TIME_PERIOD",
    b"structures",
    b"dataSets",
    b"observations",
    b"annotations",
)
_TOKEN = re.compile(rb"[A-Za-z0-9_.:-]+|[^\sA-Za-z0-9_]")


def mutated(seed: int, message: bytes, others: Sequence[bytes] = ()) -> bytes:
    """A message with one to four changes; the same seed gives the same."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        message = chance.choice(_CHANGES)(chance, message or b" ", others or [message])
    return message


def _flip(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(message)
    for _n in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _insert(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(message) + 1)
    return message[:at] + chance.choice(TOKENS) + message[at:]


def _token(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    """One token for another: of the message, or one that upsets."""
    places = list(_TOKEN.finditer(message))
    if not places:
        return message
    at, other = chance.choice(places), chance.choice(places)
    new = chance.choice(TOKENS) if chance.random() < 0.6 else other[0]
    return message[: at.start()] + new + message[at.end() :]


def _cut(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    return message[: chance.randrange(len(message))]


def _drop(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(message))
    return message[:start] + message[start + chance.randint(1, 200) :]


def _repeat(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(message))
    part = message[start : start + chance.randint(1, 400)]
    return message[:start] + part * chance.randint(2, 20) + message[start + len(part) :]


def _splice(chance: random.Random, message: bytes, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others) or b" "
    return message[: chance.randrange(len(message))] + other[chance.randrange(len(other)) :]


def _lines(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    """Lines, tags or members in another order."""
    mark = chance.choice([b"\n", b"<", b",", b"{"])
    parts = message.split(mark)
    a, b = chance.randrange(len(parts)), chance.randrange(len(parts))
    parts[a], parts[b] = parts[b], parts[a]
    return mark.join(parts)


def _recode(chance: random.Random, message: bytes, _: Sequence[bytes]) -> bytes:
    text = message.decode("utf-8", "replace")
    return text.encode(chance.choice(["utf-16", "utf-8-sig", "latin-1", "utf-32"]), "replace")


_CHANGES: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip,
    _insert,
    _insert,
    _token,
    _token,
    _token,
    _cut,
    _drop,
    _repeat,
    _splice,
    _lines,
    _recode,
)

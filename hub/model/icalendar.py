"""Days as an iCalendar feed (RFC 5545), which any calendar program can subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["Event", "icalendar"]

_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Event:
    """A whole day. ``uid`` stays the same when the event is told again."""

    uid: str
    day: date
    summary: str
    description: str


def icalendar(name: str, events: Iterable[Event], now: datetime) -> bytes:
    """The feed; ``now`` (aware) is when it was made."""
    return "".join(f"{line}\r\n" for line in _lines(name, events, now)).encode()


def _lines(name: str, events: Iterable[Event], now: datetime) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//MIGHUB//Reporting calendar//EN")
    yield "CALSCALE:GREGORIAN"
    yield from _folded(f"X-WR-CALNAME:{_text(name)}")
    for event in events:
        yield "BEGIN:VEVENT"
        yield from _folded(f"UID:{_text(event.uid)}")
        yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
        yield from _folded(f"SUMMARY:{_text(event.summary)}")
        yield from _folded(f"DESCRIPTION:{_text(event.description)}")
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _text(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> Iterator[str]:
    """Parts of a line of at most 75 octets, characters whole; those that go on begin with a space.

    (RFC 5545, 3.1.)
    """
    part, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _OCTETS:
            yield part
            part, size = " ", 1
        part += char
        size += octets
    yield part

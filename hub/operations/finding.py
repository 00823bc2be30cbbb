"""What an examination of a hub finds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FAULT", "NOTE", "OK", "Found", "fault", "note", "ok"]

OK, NOTE, FAULT = "ok", "note", "fault"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing looked at. ``state`` is ``ok``, ``note`` (worth knowing) or ``fault`` (wrong).

    ``found`` says what was found, ``advice`` what to do about it.
    """

    name: str
    state: str
    found: str
    advice: str = ""


def ok(name: str, found: str) -> Found:
    """All is well."""
    return Found(name, OK, found)


def note(name: str, found: str, advice: str) -> Found:
    """Worth knowing."""
    return Found(name, NOTE, found, advice)


def fault(name: str, found: str, advice: str) -> Found:
    """Wrong."""
    return Found(name, FAULT, found, advice)

"""Cells that are no numbers and still say something: ``..``, ``-``, ``~``, blank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Marker", "Markers"]

_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker stands for: a value (``-`` may be zero) or none, and an OBS_STATUS or none.

    Without a status the observation has the source's usual one.
    """

    value: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of one source, by the text of the cell without spaces at its ends.

    The empty text is a blank cell; a source that does not list it has no blank cells.
    """

    table: Mapping[str, Marker]

    @classmethod
    def from_record(cls, given: Mapping[str, Mapping[str, str]]) -> Markers:
        """Read the ``markers`` of a record: ``"..": {status: O}``, ``"-": {value: "0"}``.

        Raises ``ValueError`` for a marker that says nothing, or another key.
        """
        table = {}
        for text, meaning in given.items():
            value, status = meaning.get("value"), meaning.get("status")
            if not meaning or meaning.keys() - {"value", "status"}:
                raise ValueError(f"the marker {text!r} needs a value, a status or both")
            if value is None and status is None:
                raise ValueError(f"the marker {text!r} needs a value, a status or both")
            if value is not None and not _NUMBER.match(value):
                raise ValueError(f"the value of the marker {text!r} is no number")
            table[text.strip()] = Marker(value, status)
        return cls(table)

    def of(self, text: str) -> Marker | None:
        """The meaning of a cell's text; ``None`` when it is no marker."""
        return self.table.get(text.strip())

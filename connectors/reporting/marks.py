"""What an office may write in a cell instead of a number."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.framework.markers import Marker, Markers

__all__ = ["MARKERS", "SHOWN", "ZEROS"]

#: Signs for zero.
ZEROS = ("-", "–", "nil", "nihil")
_MEANINGS: Mapping[str, Marker] = {
    **dict.fromkeys(ZEROS, Marker("0", None)),
    **dict.fromkeys(("n.d.", "n.b.", ".."), Marker(None, "O")),
    "x": Marker(None, "M"),
    "c": Marker(None, "Q"),
}
#: All signs in small and capital letters. A blank cell is none: the office says what it means.
MARKERS = Markers(
    {said: meaning for sign, meaning in _MEANINGS.items() for said in (sign, sign.upper())}
)
#: The signs as the instructions and the drop-downs list them.
SHOWN = tuple(_MEANINGS)

"""Survey of a generic message: whether it has the plain layout, and what is to come out of it.

numpy looks at the name behind every ``<``. Anything but one dataset of ``Series`` (or of ``Obs``
alone) in UTF-8, without groups, comments or references by number, is left to the exact way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hub.messages.ml_envelope import Envelope
from hub.messages.ml_native import body_start
from hub.xml_safe import CHUNK

__all__ = ["MAX_PIECE", "Layout", "survey"]

#: Bytes of a piece of the document that is parsed at once; a longer series is not plain.
MAX_PIECE = 1 << 24

#: Bytes behind the data that a look at a name may reach; prefixes are shorter.
_PAD = 64
_LT, _QUOTE, _SLASH, _COLON = b'<"/:'
#: Second letter of the elements of a plain dataset, by the first.
_SECOND = np.zeros(256, np.uint8)
_SECOND[np.frombuffer(b"SOVA", np.uint8)] = np.frombuffer(b"ebat", np.uint8)


@dataclass
class Layout:
    """What a survey counted. ``cuts`` are bytes at which a series (or a lone ``Obs``) starts."""

    attributes: dict[str, str]
    body: int
    prefix: bytes = b""
    flat: bool = False
    series: int = 0
    observations: int = 0
    keys: int = 0
    dimensions: int = 0
    measures: int = 0
    values: int = 0
    quoted: int = 0
    cuts: list[int] = field(default_factory=list)
    end: int = 0


def survey(envelope: Envelope) -> Layout | None:
    """The layout of a message, or ``None`` when it has not the plain one."""
    start = body_start(envelope.path)
    if start is None:
        return None
    body, attributes = start
    scan = _Scan(Layout(attributes, body))
    with envelope.path.open("rb") as file:
        file.seek(body)
        while chunk := file.read(CHUNK):
            if not scan.take(chunk):
                return None
    return scan.finish()


class _Scan:
    """The survey between two chunks; the last tag is always left for the next one."""

    def __init__(self, layout: Layout) -> None:
        self.found = layout
        self.position = layout.body
        self.carry = b""
        self.first = True
        self.after_series = False

    def take(self, chunk: bytes, *, last: bool = False) -> bool:
        """Survey one chunk; whether the layout is still plain."""
        if len(self.carry) > MAX_PIECE:
            return False
        data = self.carry + chunk
        if b"&" in data and b"&#" in data:
            return False  # white space given by number is kept, literal white space is not
        bytes_ = np.frombuffer(data + bytes(_PAD), np.uint8)
        tags = np.flatnonzero(bytes_ == _LT)
        cut = len(data) if last or not len(tags) else int(tags[-1])
        tags = tags if last else tags[:-1]
        self.found.quoted += int(np.count_nonzero(bytes_[:cut] == _QUOTE))
        plain = self._tags(data, bytes_, tags)
        self.position += cut
        self.carry = data[cut:]
        return plain

    def finish(self) -> Layout | None:
        """The finished survey; ``None`` when the counts are not those of the plain layout."""
        if not self.take(b"", last=True):
            return None
        found = self.found
        found.end = self.position
        keys, dimensions = (
            (found.observations, 0) if found.flat else (found.series, found.observations)
        )
        given = 2 * found.values + found.dimensions + found.measures
        pieces = np.diff([*found.cuts, found.end]) if found.cuts else np.zeros(0)
        if (
            (found.keys, found.dimensions) != (keys, dimensions)
            or self.after_series
            or found.quoted != 2 * given
            or (found.series > 0) == found.flat
            or bool((pieces > MAX_PIECE).any())
        ):
            return None
        return found

    def _tags(self, data: bytes, bytes_: np.ndarray, tags: np.ndarray) -> bool:
        opening = tags[bytes_[tags + 1] != _SLASH]
        if not len(opening):
            return True
        if self.first and not self._first(data, int(opening[0])):
            return False
        width = len(self.found.prefix)
        if width and bool((bytes_[opening + width] != _COLON).any()):
            return False
        name = opening + 1 + width
        first = bytes_[name]
        if bool((bytes_[name + 1] != _SECOND[first]).any()):
            return False
        self.found.values += int(np.count_nonzero(first == ord("V")))
        return self._count(bytes_, name[first == ord("S")], name[first == ord("O")])

    def _first(self, data: bytes, at: int) -> bool:
        """The first element of the dataset tells the prefix and whether there are series.

        Attributes of the dataset, or a group, are not plain.
        """
        name = data[at + 1 : at + _PAD].split(b">")[0].split(b" ")[0]
        prefix, colon, bare = name.rpartition(b":")
        self.found.prefix = prefix + colon
        self.found.flat = bare == b"Obs"
        self.first = False
        return bare in (b"Obs", b"Series") and len(prefix) < _PAD // 2

    def _count(self, bytes_: np.ndarray, s_names: np.ndarray, o_names: np.ndarray) -> bool:
        """Count the elements whose names start at these places; whether all is still plain."""
        found = self.found
        series = s_names[bytes_[s_names + 6] != ord("K")]
        kind = bytes_[o_names + 3]
        dimensions, measures, keys = (
            int(np.count_nonzero(kind == ord(letter))) for letter in ("D", "V", "K")
        )
        lone = (kind != ord("D")) & (kind != ord("V")) & (kind != ord("K"))
        observations = o_names[lone]
        found.series += len(series)
        found.observations += len(observations)
        found.keys += len(s_names) - len(series) + keys
        found.dimensions += dimensions
        found.measures += measures
        units = observations if found.flat else series
        if len(units):
            found.cuts.append(int(units[0]) - len(found.prefix) - 1 + self.position)
        if found.flat:
            return not len(series)
        return self._series_have_observations(series, observations)

    def _series_have_observations(self, series: np.ndarray, observations: np.ndarray) -> bool:
        """A series without observations is a row of its own: not plain."""
        before = np.searchsorted(observations, series)
        empty = bool((np.diff(before) == 0).any())
        if len(series):
            empty = empty or (self.after_series and int(before[0]) == 0)
            self.after_series = int(before[-1]) == len(observations)
        elif len(observations):
            self.after_series = False
        return not empty

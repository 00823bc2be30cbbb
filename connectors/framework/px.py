"""PC-Axis files: the variables of the table, and its cells in chunks.

Source: Statistics Sweden, "PX-file format". Cells stand in the order of the variables of STUB and
then HEADING, the last changing fastest, as numbers or as symbols: ``-`` nil, and ``.`` to
``......`` kinds of missing figures, whose meaning is the publisher's (``markers`` of a record).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from connectors.framework.cube import Cube, Dimension
from connectors.framework.px_header import PxHeader, is_px, read_header
from hub.errors import RequestSyntaxError

__all__ = ["PxFile", "is_px", "read_px"]

_CHUNK = 1 << 20
_CELL = re.compile(rb'"([^"]*)"|([^\s"]+)')
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SYMBOL = re.compile(rb"-|\.{1,6}|:")
_TLIST = re.compile(
    r"\s*TLIST\(\s*(?P<scale>[AHQMW]1)\s*(?P<inside>,.*?)?\)(?P<after>.*)", re.DOTALL
)
_RANGE = re.compile(r'"([^"]*)"\s*-\s*"([^"]*)"')
#: Periods in a year, and how SDMX writes a period, by time scale.
_SCALES = {
    "A1": (1, "{0}"),
    "H1": (2, "{0}-S{1}"),
    "Q1": (4, "{0}-Q{1}"),
    "M1": (12, "{0}-{1:02d}"),
    "W1": (53, "{0}-W{1:02d}"),
}


class PxFile:
    """A PC-Axis file whose header is read; ``cells`` reads on.

    ``dimensions`` are the variables in the order of the cells: by VARIABLECODE where the file has
    it, their categories by CODES, else by VALUES; those of a variable with TIMEVAL are SDMX
    periods. Raises ``RequestSyntaxError`` for a file that contradicts itself.
    """

    def __init__(self, stream: BinaryIO, filename: str) -> None:
        self._stream = stream
        self._filename = filename
        self.header, self._rest = read_header(stream, filename)
        if any(keyword.name == "KEYS" for keyword in self.header.values):
            self._refuse("rows are left out (KEYS); ask for the table in full")
        names = (*self.header.texts("STUB"), *self.header.texts("HEADING"))
        if not names or len(set(names)) != len(names):
            self._refuse("STUB and HEADING name no variables, or one twice")
        self.dimensions = tuple(self._dimension(name) for name in names)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the labels, the file's own first."""
        own = self.header.texts("LANGUAGE")
        return tuple(dict.fromkeys((*own, *self.header.texts("LANGUAGES"))))

    def labels(self, variable: int, language: str) -> tuple[str, ...]:
        """Labels of a variable's categories in a language; none where the file has none."""
        own = self.header.texts("LANGUAGE")
        tag = "" if not own or language == own[0] else language
        names = (
            *self.header.texts("STUB", language=tag),
            *self.header.texts("HEADING", language=tag),
        )
        return self.header.texts("VALUES", names[variable], tag) if names else ()

    def cells(self) -> Iterator[tuple[NDArray[np.object_], NDArray[np.bool_]]]:
        """The cells in chunks: as text without quotes, and which are numbers.

        Raises ``RequestSyntaxError`` at a cell that is neither number nor symbol, and when there
        are more or fewer cells than the variables ask for.
        """
        due = int(np.prod([len(d.codes) for d in self.dimensions], dtype=np.int64))
        count = 0
        for chunk in self._chunks():
            pairs = _CELL.findall(chunk)
            words = [quoted or bare for quoted, bare in pairs]
            kinds = {word: _NUMBER.fullmatch(word) is not None for word in set(words)}
            for word, is_number in kinds.items():
                if not is_number and not _SYMBOL.fullmatch(word):
                    at = count + words.index(word) + 1
                    said = word.decode(self.header.encoding, "replace")
                    self._refuse(f"cell {at} of DATA holds {said!r}, no number and no symbol")
            text = {word: word.decode("ascii") for word in kinds}
            count += len(words)
            yield (
                np.array([text[word] for word in words], dtype=object),
                np.array([kinds[word] for word in words], dtype=bool),
            )
        if count != due:
            self._refuse(f"DATA has {count} cells and its variables ask for {due}")

    def _chunks(self) -> Iterator[bytes]:
        """The bytes of DATA, cut between cells, without the closing semicolon."""
        buffer = self._rest
        while b";" not in buffer:
            cut = max(buffer.rfind(b" "), buffer.rfind(b"\n")) + 1
            yield buffer[:cut]
            more = self._stream.read(_CHUNK)
            if not more:
                self._refuse("DATA does not end in a semicolon; send the whole file")
            buffer = buffer[cut:] + more
        yield buffer[: buffer.index(b";")]

    def _dimension(self, name: str) -> Dimension:
        labels = self.header.texts("VALUES", name)
        codes = self.header.texts("CODES", name) or labels
        if not codes or len(codes) != len(labels) or len(set(codes)) != len(codes):
            self._refuse(
                f"the variable {name!r} has {len(labels)} VALUES and {len(codes)} CODES, each of"
                " which must be given once"
            )
        times = self._times(name)
        if times is not None and len(times) != len(codes):
            self._refuse(f"TIMEVAL of {name!r} has {len(times)} periods for {len(codes)} values")
        id_ = self.header.text("VARIABLECODE", name) or name
        return Dimension(id_, times or codes, labels)

    def _times(self, name: str) -> tuple[str, ...] | None:
        raw = next(
            (v for k, v in self.header.values.items()
             if (k.name, k.language, k.variable) == ("TIMEVAL", "", name)), None,
        )  # fmt: skip
        if raw is None:
            return None
        match = _TLIST.fullmatch(raw)
        if match is None:
            self._refuse(f"TIMEVAL of {name!r} is no TLIST")
        scale = match["scale"]
        listed = f"{match['inside'] or ''}{match['after']}"
        span = _RANGE.search(listed)
        if span is not None:
            return tuple(self._span(span[1], span[2], scale))
        return tuple(
            _period(*self._moment(t, scale), scale) for t in re.findall('"([^"]*)"', listed)
        )

    def _span(self, first: str, last: str, scale: str) -> Iterator[str]:
        year, number = self._moment(first, scale)
        end = self._moment(last, scale)
        if scale == "W1" and year != end[0]:
            self._refuse("a range of weeks over years is not said in full; list the weeks")
        while (year, number) <= end:
            yield _period(year, number, scale)
            year, number = (year, number + 1) if number < _SCALES[scale][0] else (year + 1, 1)

    def _moment(self, text: str, scale: str) -> tuple[int, int]:
        """Year and number of a period: ``1994``, ``19942``, ``1994Q2``, ``199402``, ``1994M02``."""
        match = re.fullmatch(r"(\d{4})(?:[HQMWK]?(\d{1,2}))?", text.strip())
        number = int(match[2] or (1 if scale == "A1" else 0)) if match else 0
        if match is None or (scale == "A1" and match[2]) or not 1 <= number <= _SCALES[scale][0]:
            self._refuse(f"{text!r} is no period of the scale {scale}")
        return int(match[1]), number

    def _refuse(self, why: str) -> NoReturn:
        raise RequestSyntaxError(f"{self._filename}: {why}")


def _period(year: int, number: int, scale: str) -> str:
    return _SCALES[scale][1].format(year, number)


def read_px(content: bytes, filename: str) -> Cube:
    """A PC-Axis file as a cube. Raises ``RequestSyntaxError`` (see :class:`PxFile`)."""
    file = PxFile(io.BytesIO(content), filename)
    chunks = list(file.cells())
    return Cube(
        file.dimensions,
        np.concatenate([text for text, _ in chunks]),
        np.concatenate([number for _, number in chunks]),
        notes=_notes(file.header),
    )


def _notes(header: PxHeader) -> Sequence[str]:
    """Texts of the notes on the whole table, in the file's own language."""
    return [
        " ".join(header.text(name).replace("#", " ").split())
        for name in ("NOTE", "NOTEX")
        if header.text(name)
    ]

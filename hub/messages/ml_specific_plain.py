"""The plain way through structure-specific data: native code reads, Python only arranges.

Three readings of the same bytes, side by side:

* *survey*: numpy looks at the byte after every ``<`` and counts quotes. It finds where the series
  start, and refuses anything but one dataset of ``Series`` and ``Obs`` in UTF-8;
* libxml2, in a thread of its own, decides whether the document is well formed;
* xml2arrow turns ``Obs`` attributes into Arrow columns. It is fast because it checks little, so
  its answer is believed only if libxml2 accepts the document and every attribute and observation
  the survey counted has come out.

Attributes that are counted but did not come out belong to no component, or to another element:
then the document is read once more to say which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xml2arrow import XmlToArrowParser
from xml2arrow.exceptions import Xml2ArrowError

from hub.errors import RequestSyntaxError
from hub.messages.ahead import ahead
from hub.messages.columns import text_of
from hub.messages.ml_columns import Misplaced, record_batch, repeated
from hub.messages.ml_envelope import Envelope, local
from hub.messages.ml_native import (
    WellFormed,
    attribute_values,
    body_start,
    merge_series,
    native_parser,
)
from hub.messages.ml_specific_exact import observation_components, own_attributes
from hub.model.dataset import BATCH_ROWS, Block
from hub.model.findings import Finding
from hub.model.schema import DataSchema, Role
from hub.xml_safe import CHUNK, feed, parser

__all__ = ["Layout", "blocks", "survey"]

_LT, _QUOTE, _SLASH = b'<"/'
_OBS, _SERIES = b"OS"
#: What ends an empty element, and what stands between that and the next.
_CLOSE = (pa.scalar(b"/>", pa.large_binary()), pa.scalar(b"", pa.large_binary()))
#: White space, by byte.
_SPACE = np.isin(np.arange(256), list(b" \t\r\n"))
#: Bytes between two tags at most; libxml2 allows attributes of ten million.
_LONGEST = 1 << 24


@dataclass(frozen=True)
class Layout:
    """What a survey found: where the body starts, and where the tags of series do.

    ``series`` are offsets of the start tags of series, ``following`` those of the tags next to
    them (int64).
    """

    body: int
    attributes: dict[str, str]
    series: np.ndarray
    following: np.ndarray
    observations: int
    quoted: int


def survey(envelope: Envelope) -> Layout | None:
    """Whether a message has the plain layout, and what to expect of it; ``None`` if it has not."""
    start = body_start(envelope.path)
    if start is None:
        return None
    body, attributes = start
    if own_attributes(attributes):
        return None
    scan = _Scan(body)
    with envelope.path.open("rb") as file:
        file.seek(body)
        while chunk := file.read(CHUNK):
            if not scan.take(chunk):
                return None
    return scan.layout(attributes)


class _Scan:
    """The survey's state between two chunks; the last tag is always left for the next one."""

    def __init__(self, body: int) -> None:
        self.body = body
        self.position = body
        self.carry = b""
        self.before = _SLASH
        self.starts: list[np.ndarray] = []
        self.following: list[np.ndarray] = []
        self.observations = 0
        self.quoted = 0

    def take(self, chunk: bytes, *, last: bool = False) -> bool:
        """Survey one chunk; whether the layout is still plain."""
        if len(self.carry) > _LONGEST:
            return False
        data = self.carry + chunk
        if (b"&" in data and b"&#" in data) or (b"'" in data and b"='" in data):
            return False  # white space given by number is kept, literal white space is not
        bytes_ = np.frombuffer(data, np.uint8)
        tags = np.flatnonzero(bytes_ == _LT)
        cut = len(data) if last or not len(tags) else int(tags[-1])
        following = np.append(tags[1:], cut) if last else tags[1:]
        if not last:
            tags = tags[:-1]
        if len(tags) and tags[-1] + len(b"<Series ") > len(data):
            return False
        self.quoted += int(np.count_nonzero(bytes_[:cut] == _QUOTE))
        plain = self._tags(bytes_, tags, following)
        self.position += cut
        self.carry = data[cut:]
        return plain

    def _tags(self, bytes_: np.ndarray, tags: np.ndarray, following: np.ndarray) -> bool:
        if not len(tags):
            return True
        kinds = bytes_[tags + 1]
        observations, series = kinds == _OBS, kinds == _SERIES
        if not bool((observations | series | (kinds == _SLASH)).all()):
            return False
        # A series whose next tag is not an observation is empty, and is a row of its own.
        before = np.concatenate(([self.before], kinds[:-1]))
        if bool(((before == _SERIES) & ~observations).any()):
            return False
        starts = tags[series]
        if any(bool((bytes_[starts + 1 + i] != c).any()) for i, c in enumerate(b"Series")):
            return False
        self.before = int(kinds[-1])
        self.observations += int(np.count_nonzero(observations))
        self.starts.append(starts + self.position)
        self.following.append(following[series] + self.position)
        return True

    def layout(self, attributes: dict[str, str]) -> Layout | None:
        """The finished survey; ``None`` when it ends in the middle of something."""
        if not self.take(b"", last=True) or self.quoted % 2 or self.before == _SERIES:
            return None
        series, following = (
            np.concatenate([np.empty(0, np.int64), *parts])
            for parts in (self.starts, self.following)
        )
        return Layout(self.body, attributes, series, following, self.observations, self.quoted // 2)


def blocks(
    envelope: Envelope, layout: Layout, check: WellFormed, findings: list[Finding]
) -> Iterator[Block]:
    """Blocks of the message's one dataset; ``check`` is libxml2 at work on the same file.

    Raises ``RequestSyntaxError`` when the document proves not to be well formed.
    """
    schema = envelope.schema_of(layout.attributes)
    action = envelope.action_of(layout.attributes)
    dimension = envelope.observation_dimension(layout.attributes)
    series = _SeriesReader(envelope.path, schema, layout) if len(layout.series) else None
    rows = extracted = 0
    try:
        for batch in ahead(_observations(envelope, schema, dimension, series is not None)):
            columns = {f.name: batch.column(i) for i, f in enumerate(batch.schema)}
            index = columns.pop("<Series>", None)
            del columns["<Obs>"]
            extracted += sum(len(c) - c.null_count for c in columns.values())
            columns = {
                name: column
                if schema.by_id[name].role is Role.MEASURE
                else attribute_values(column)
                for name, column in columns.items()
                if column.null_count < len(column)
            }
            if series is not None:
                merge_series(columns, series.columns(index.to_numpy()))
            yield Block(schema, action, record_batch(schema, columns, batch.num_rows), rows)
            rows += batch.num_rows
    except Xml2ArrowError as error:
        check.result()  # libxml2's sentence, with line and column, if it agrees
        raise _misbuilt(error) from None
    check.result()
    extracted += series.extracted if series is not None else 0
    if rows != layout.observations:
        raise _misbuilt(f"{layout.observations} Obs elements are there and {rows} are in place")
    if extracted != layout.quoted:
        findings.extend(_misplaced(envelope, schema, dimension))


def _misbuilt(what: object) -> RequestSyntaxError:
    """What a document is that is well formed and yet no dataset of the standard."""
    return RequestSyntaxError(
        "The dataset is not laid out as SDMX-ML has it, which is Obs inside Series (or Obs alone) "
        f"and no text between them: {what}."
    )


class _SeriesReader:
    """Attributes of series, read in step with their observations."""

    def __init__(self, path: Path, schema: DataSchema, layout: Layout) -> None:
        self.file = path.open("rb")
        self.starts, self.following = layout.series, layout.following
        self.schema = schema
        #: Names met so far; at first those that stand there most often.
        self.names = schema.key
        self.read_to = 0
        self.extracted = 0

    def columns(self, index: np.ndarray) -> dict[str, pa.Array]:
        """Columns of the series numbered ``index`` (ascending, one entry per observation)."""
        low, high = int(index[0]), int(index[-1]) + 1
        current = self._read(low, high)
        fresh = max(self.read_to - low, 0)  # a batch may end within a series: it is read again
        self.read_to = high
        self.extracted += sum(len(c) - c.null_count for c in (c[fresh:] for c in current.values()))
        times = np.bincount(index - low)
        return {n: repeated(c, times) for n, c in current.items() if c.null_count < len(c)}

    def _read(self, low: int, high: int) -> dict[str, pa.DictionaryArray]:
        """Series ``low`` to ``high``: their start tags alone, as a small document."""
        text = self._tags(low, high)
        quoted = text.count(b'"') // 2
        batch = self._parsed(text)
        if _values(batch) != quoted:  # others than so far; those that a search does not find, too
            found = (n for n in self.schema.columns if n in self.names or n.encode() + b"=" in text)
            self.names = tuple(found)
            batch = self._parsed(text)
        if _values(batch) != quoted:
            self.names = self.schema.columns
            batch = self._parsed(text)
        if batch.num_rows != high - low:
            raise Xml2ArrowError("its series cannot be told apart")
        return {name: attribute_values(batch.column(name)) for name in self.names}

    def _parsed(self, text: bytes) -> pa.RecordBatch:
        return _parser("/r", "s", self.names, ()).parse(text)["s"]

    def _tags(self, low: int, high: int) -> bytes:
        """The start tags of series ``low`` to ``high`` alone, each closed, within one element."""
        base, end = int(self.starts[low]), int(self.following[high - 1])
        self.file.seek(base)
        data = self.file.read(end - base)
        starts, ends = self.starts[low:high] - base, self.following[low:high] - base
        # Bytes are tags by turns with what lies between a tag and the next series.
        bounds = np.empty(2 * len(starts), np.int64)
        bounds[0::2], bounds[1::2] = starts, _last_bytes(data, starts, ends)
        buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
        parts = pa.Array.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)
        tags = parts.take(pa.array(np.arange(0, len(parts), 2)))
        return b"<r>" + text_of(pc.binary_join_element_wise(tags, *_CLOSE)) + b"</r>"


def _last_bytes(data: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The last byte of each piece of ``data`` that is no white space.

    In a well-formed document no value holds "<", so a tag ends before the next one begins.
    """
    bytes_, last = np.frombuffer(data, np.uint8), ends - 1
    for _ in range(4):  # a line break and little more
        space = _SPACE[bytes_[last]]
        if not space.any():
            return last
        last = last - space
    pieces = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.array([start + len(data[start:end].rstrip()) - 1 for start, end in pieces], np.int64)


def _values(batch: pa.RecordBatch) -> int:
    return sum(len(c) - c.null_count for c in batch.columns if c.type == pa.string())


def _observations(
    envelope: Envelope, schema: DataSchema, dimension: str, in_series: bool
) -> Iterator[pa.RecordBatch]:
    allowed = observation_components(schema, dimension if in_series else "AllDimensions")
    names = tuple(c for c in schema.columns if c in allowed)
    parse = _parser(f"/{envelope.root}/DataSet", "o", names, ("Series",) if in_series else ())
    for _, batch in parse.parse_batches(envelope.path, max_rows_per_batch=BATCH_ROWS):
        yield batch


@lru_cache(maxsize=64)
def _parser(
    container: str, table: str, names: tuple[str, ...], inside: tuple[str, ...]
) -> XmlToArrowParser:
    """An xml2arrow parser for the attributes ``names`` of the rows inside ``container``."""
    row = {"o": "Obs", "s": "Series"}[table]
    path = "/".join((container, *inside))
    tables: list[dict[str, object]] = []
    if inside:  # a table without fields only counts its rows: the number of the series
        tables = [{"name": "x", "xml_path": container, "levels": list(inside), "fields": []}]
    fields = [
        {"name": n, "xml_path": f"{path}/{row}/@{n}", "data_type": "Utf8", "nullable": True}
        for n in names
    ]
    tables.append({"name": table, "xml_path": path, "levels": [*inside, row], "fields": fields})
    return native_parser(tables)


def _misplaced(envelope: Envelope, schema: DataSchema, dimension: str) -> Iterator[Finding]:
    """Say which attributes have no place in the structure (slow, and only for faulty messages)."""
    misplaced = Misplaced(schema)
    at_obs = observation_components(schema, dimension)
    allowed = {"Series": frozenset(schema.by_id), "Obs": at_obs}
    numbers = {"Series": 0, "Obs": 0}

    class Look:
        def start(self, tag: str, attributes: dict[str, str]) -> None:
            name = local(tag)
            if name in allowed:
                number, numbers[name] = numbers[name], numbers[name] + 1
                for attribute in attributes:
                    if attribute not in allowed[name] and not attribute.startswith("{"):
                        misplaced.note(name, attribute, number)

        def close(self) -> None: ...

    feed(envelope.path, parser(target=Look()))
    yield from misplaced.findings(envelope.path)

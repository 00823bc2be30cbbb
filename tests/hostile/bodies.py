"""Bodies made to harm: each with the name of the trick and what it pretends to be.

Everything is made here, small on the wire: what is large comes packed.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa

from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import CODED, Action, Block, Header
from hub.structures.repository import StructureSet

MIB = 1 << 20
ML, GENERIC, ML3 = "sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0"
COMPACT, JSON1, JSON2 = "sdmx-ml-2.0-compact", "sdmx-json-1.0", "sdmx-json-2.0"
CSV, CSV2, PARQUET, ARROW = "sdmx-csv-1.0", "sdmx-csv-2.0", "parquet", "arrow"

KEY = {
    "FREQ": "M",
    "REF_AREA": "MEX",
    "MEASURE": "ENTRIES",
    "CITIZENSHIP": "_T",
    "COUNTRY_RESIDENCE": "_T",
    "COUNTRY_COUNTERPART": "_T",
    "BORDER_POINT": "_T",
    "TRANSPORT_MODE": "AIR",
    "PERMIT_CATEGORY": "_T",
    "TRAVEL_CONDITION": "_T",
    "SEX": "_T",
    "AGE": "_T",
    "UNIT_MEASURE": "EV",
}
FLOW = "MIGHUB:DF_MIG_BORDER(1.0.0)"


@dataclass(frozen=True)
class Hostile:
    """A body; ``format`` is what it is handed in as, ``connector`` reads a workbook."""

    name: str
    make: Callable[[], bytes]
    format: str | None = None
    connector: str | None = None
    #: Whether it is a message like others after all, which may be published.
    harmless: bool = False

    @property
    def query(self) -> str:
        """How it is handed in."""
        if self.connector:
            return f"connector={self.connector}&filename=table.xlsx"
        return f"filename=message&format={self.format}" if self.format else "filename=message"


@cache
def good(format_: str, rows: int = 3, **more: str) -> bytes:
    """A message without fault."""
    schema = StructureSet.shipped().dataflow("MIGHUB", "DF_MIG_BORDER", "1.0.0")
    times = [f"{2000 + n // 12}-{n % 12 + 1:02d}" for n in range(rows)]
    cells = {k: [v] * rows for k, v in (KEY | {"OBS_STATUS": "A"} | more).items()}
    cells |= {"TIME_PERIOD": times, "OBS_VALUE": [str(n + 1) for n in range(rows)]}
    order = [c for c in schema.columns if c in cells]
    arrays = [pa.array(cells[c], pa.string()) for c in order]
    arrays = [a if c == "OBS_VALUE" else a.cast(CODED) for c, a in zip(order, arrays, strict=True)]
    block = Block(schema, Action.REPLACE, pa.record_batch(arrays, names=order), 0)
    header = Header("T1", "TEST", datetime(2026, 1, 1, tzinfo=UTC))
    return b"".join(write_data([block], format_, header, WriteOptions()))


def swapped(format_: str, old: bytes, new: bytes) -> bytes:
    """A good message with one change."""
    message = good(format_)
    assert old in message, old
    return message.replace(old, new, 1)


def packed(*parts: bytes | Iterator[bytes]) -> bytes:
    """The parts one after the other, as gzip."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as file:
        for part in parts:
            for chunk in [part] if isinstance(part, bytes) else part:
                file.write(chunk)
    return out.getvalue()


def many(piece: bytes, size: int) -> Iterator[bytes]:
    """``piece`` again and again, about ``size`` bytes in all."""
    block = piece * max(1, MIB // len(piece))
    for _ in range(max(1, size // len(block))):
        yield block


# -- XML -----------------------------------------------------------------------------------------

LAUGHS = (
    b'<!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(
        f'<!ENTITY {chr(c + 1)} "{f"&{chr(c)};" * 10}">'.encode() for c in range(ord("a"), ord("k"))
    )
    + b"]>"
)


def declared(doctype: bytes, *, format_: str = ML, at: bytes = b"&k;") -> bytes:
    """A message with a document type and a reference in its header."""
    message = good(format_)
    end = message.index(b"?>") + 2 if message.startswith(b"<?xml") else 0
    message = message[:end] + doctype + message[end:]
    return message.replace(b">T1<", b">" + at + b"<", 1)


def attribute(text: bytes, format_: str = ML) -> bytes:
    """A message whose first observation has ``text`` among its attributes."""
    return swapped(format_, b"<Obs ", b"<Obs " + text + b" ")


def around(format_: str, text: bytes) -> tuple[bytes, bytes]:
    """A message cut before its first observation, for something to be put in."""
    head, _, tail = good(format_).partition(text)
    return head, text + tail


def recoded(encoding: str, doctype: bytes = b"") -> bytes:
    """A message in another encoding that it declares."""
    text = declared(doctype).decode() if doctype else good(ML).decode()
    body = text[text.index("?>") + 2 :]
    return f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)


def xml() -> Iterator[Hostile]:
    passwd = b'<!DOCTYPE r [<!ENTITY k SYSTEM "file:///etc/passwd">]>'
    for format_ in (ML, GENERIC, ML3):
        yield Hostile(f"laughs {format_}", lambda f=format_: declared(LAUGHS, format_=f), format_)
        yield Hostile(f"file {format_}", lambda f=format_: declared(passwd, format_=f), format_)
        deep = b"<x>" * 200_000 + b"</x>" * 200_000
        yield Hostile(
            f"deep {format_}",
            lambda f=format_, d=deep: good(f).replace(b"</", d + b"</", 12)[:MIB],
            format_,
        )
        for cut in (40, 60, 99):
            yield Hostile(
                f"cut at {cut} % {format_}",
                lambda f=format_, c=cut: good(f)[: len(good(f)) * c // 100],
                format_,
            )
    yield Hostile(
        "quadratic",
        lambda: declared(
            b'<!DOCTYPE r [<!ENTITY k "' + b"a" * 100_000 + b'">]>', at=b"&k;" * 20_000
        ),
        ML,
    )
    yield Hostile(
        "doctype behind a comment", lambda: declared(b"<!--" + b"x" * 200_000 + b"-->" + LAUGHS), ML
    )
    yield Hostile("doctype in UTF-16", lambda: recoded("utf-16", LAUGHS), ML)
    yield Hostile("doctype in EBCDIC", lambda: recoded("cp037", LAUGHS), ML)
    yield Hostile("doctype in UTF-7", lambda: recoded("utf-7", LAUGHS), ML)
    yield Hostile(
        "deep in a series",
        lambda: b"".join(
            [
                around(ML, b"<Obs ")[0],
                b"<Obs>" * 100_000,
                b"</Obs>" * 100_000,
                around(ML, b"<Obs ")[1],
            ]
        ),
        ML,
    )
    yield Hostile(
        "a million attributes",
        lambda: attribute(b" ".join(b'A%d=""' % n for n in range(1_000_000))),
        ML,
    )
    yield Hostile("an attribute twice", lambda: attribute(b'OBS_VALUE="7"'), ML)
    yield Hostile(
        "a hundred thousand namespaces",
        lambda: swapped(
            ML,
            b"<Obs ",
            b"<Obs " + b" ".join(b'xmlns:n%d="u:%d"' % (n, n) for n in range(100_000)) + b" ",
        ),
        ML,
        harmless=True,
    )
    yield Hostile("a prefix of nothing", lambda: attribute(b'no:such="1"'), ML)
    yield Hostile(
        "the namespace of XML", lambda: attribute(b'xmlns:xml="urn:x"'), ML, harmless=True
    )
    yield Hostile("another namespace", lambda: good(ML).replace(b"/v2_1/message", b"/v9_9/x"), ML)
    yield Hostile(
        "an attribute of 100 MB",
        lambda: packed(
            around(ML, b"<Obs ")[0],
            b'<Obs COMMENT_OBS="',
            many(b"x", 100 * MIB),
            b'" ',
            around(ML, b"<Obs ")[1],
        ),
        ML,
    )
    yield Hostile(
        "a text of 100 MB",
        lambda: packed(around(ML, b"<Obs ")[0], many(b"x", 100 * MIB), around(ML, b"<Obs ")[1]),
        ML,
        harmless=True,
    )
    yield Hostile(
        "a header of millions",
        lambda: packed(
            good(ML).partition(b">T1<")[0],
            b">T1",
            many(b"<a/>", 120 * MIB),
            b"<",
            good(ML).partition(b">T1<")[2],
        ),
        ML,
    )
    yield Hostile(
        "a comment without end", lambda: packed(good(ML)[:60], b"<!--", many(b"x ", 120 * MIB)), ML
    )
    yield Hostile("NUL", lambda: attribute(b'COMMENT_OBS="a\x00b"'), ML)
    yield Hostile("a number that is no character", lambda: attribute(b'COMMENT_OBS="&#0;"'), ML)
    yield Hostile("overlong UTF-8", lambda: attribute(b'COMMENT_OBS="\xc0\xaf\xe0\x80\xaf"'), ML)
    yield Hostile("Latin-1 said to be UTF-8", lambda: attribute(b'COMMENT_OBS="a\xf1o"'), ML)
    yield Hostile(
        "an encoding nobody knows",
        lambda: recoded("utf-8").replace(b'encoding="utf-8"', b'encoding="x-none"'),
        ML,
    )
    yield Hostile("two roots", lambda: good(ML) + good(ML), ML)
    yield Hostile("more behind the end", lambda: good(ML) + b"<x>" * 1000, ML)


# -- JSON and CSV --------------------------------------------------------------------------------


def json() -> Iterator[Hostile]:
    for format_ in (JSON1, JSON2):
        for name, text in {
            "deep": b"[" * 500_000 + b"]" * 500_000,
            "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
            "never closed": b"[" * 500_000,
            "NaN": b"[NaN]",
            "infinite": b'[{"series":{"0":{"observations":{"0":[-Infinity]}}}}]',
            "a number of a million digits": b"[" + b"9" * 1_000_000 + b"]",
            "a million digits and deep": b"[" + b"9" * 30 + b",".join([b"[" * 500_000]),
            "half a pair": b'[{"action":"\\ud800", "x": 12345678901234567890.5}]',
            "a number as dataset": b"[7]",
            "a far place": b'[{"series":{"999999999999:0":{"observations":{"0":[1]}}}}]',
            "a place that is none": b'[{"series":{"a:b:c":{"observations":{"0":[1]}}}}]',
            "a text as series": b'[{"series":"x"}]',
            "NUL": b'[{"act\x00ion":"Append"}]',
        }.items():
            yield Hostile(
                f"{name} {format_}",
                lambda f=format_, t=text: swapped(
                    f, b'"dataSets":', b'"dataSets":' + t + b',"rest":'
                ),
                format_,
            )
        for cut in (30, 60, 99):
            yield Hostile(
                f"cut at {cut} % {format_}",
                lambda f=format_, c=cut: good(f)[: len(good(f)) * c // 100],
                format_,
            )
        yield Hostile(
            f"UTF-16 {format_}", lambda f=format_: good(f).decode().encode("utf-16"), format_
        )
        yield Hostile(
            f"overlong {format_}",
            lambda f=format_: good(f).replace(b'"MEX"', b'"M\xc0\xafX"'),
            format_,
        )
    yield Hostile(
        "a text of 100 MB",
        lambda: packed(b'{"data":{"dataSets":[{"action":"', many(b"x", 100 * MIB), b'"}]}}'),
        JSON1,
    )
    yield Hostile(
        "millions of brackets",
        lambda: packed(b'{"data":{"dataSets":[', many(b"[],", 30 * MIB), b"[]]}}"),
        JSON1,
    )
    yield Hostile(
        "a million names",
        lambda: (
            b'{"data":{"dataSets":[],"structure":{'
            + b",".join(b'"%d":{}' % n for n in range(1_000_000))
            + b"}}}"
        ),
        JSON1,
    )


def head(format_: str) -> bytes:
    """The header row of a CSV message."""
    return good(format_).partition(b"\n")[0].rstrip()


def rest(format_: str) -> bytes:
    """What follows it."""
    return good(format_).partition(b"\n")[2]


def row(format_: str) -> bytes:
    """The first row of data."""
    return rest(format_).partition(b"\n")[0].rstrip()


def csv() -> Iterator[Hostile]:
    for format_ in (CSV, CSV2):
        yield Hostile(
            f"a header twice {format_}",
            lambda f=format_: head(f) + b",OBS_VALUE\n" + rest(f),
            format_,
        )
        yield Hostile(
            f"a million columns {format_}",
            lambda f=format_: (
                head(f)
                + b"".join(b",C%d" % n for n in range(1_000_000 if f == CSV else 100_000))
                + b"\n"
                + rest(f)
            ),
            format_,
        )
        yield Hostile(
            f"a million cells {format_}",
            lambda f=format_: head(f) + b"\n" + row(f) + b"," * 1_000_000 + b"\n",
            format_,
        )
        yield Hostile(
            f"a line of 100 MB {format_}",
            lambda f=format_: packed(head(f), b"\n", row(f), b",", many(b"x", 100 * MIB), b"\n"),
            format_,
        )
        yield Hostile(
            f"a header of 100 MB {format_}",
            lambda f=format_: packed(head(f), b",", many(b"x", 100 * MIB), b"\n"),
            format_,
        )
        yield Hostile(
            f"a quotation without end {format_}",
            lambda f=format_: packed(head(f), b"\n", row(f), b',"', many(b"x\n", 100 * MIB)),
            format_,
        )
        yield Hostile(
            f"NUL {format_}",
            lambda f=format_: head(f) + b"\n" + row(f).replace(b"MEX", b"M\x00X"),
            format_,
        )
        yield Hostile(
            f"UTF-16 {format_}", lambda f=format_: good(f).decode().encode("utf-16"), format_
        )
        yield Hostile(
            f"UTF-32 {format_}", lambda f=format_: good(f).decode().encode("utf-32"), format_
        )
        yield Hostile(
            f"Latin-1 {format_}",
            lambda f=format_: head(f) + b"\n" + row(f).replace(b"MEX", b"M\xe9X"),
            format_,
        )
        yield Hostile(
            f"overlong {format_}",
            lambda f=format_: head(f) + b"\n" + row(f).replace(b"MEX", b"M\xc0\xafX"),
            format_,
        )
        yield Hostile(
            f"a value of thousands of digits {format_}",
            lambda f=format_: (
                head(f) + b"\n" + row(f).replace(b",1,", b"," + b"9" * 100_000 + b",")
            ),
            format_,
            harmless=True,
        )
        yield Hostile(
            f"another structure {format_}",
            lambda f=format_: good(f).replace(FLOW.encode(), b"../../etc:DF(1.0)"),
            format_,
        )
    yield Hostile("only commas", lambda: b"," * 5_000_000, CSV)
    yield Hostile("noise", lambda: bytes((n * 7919) % 251 for n in range(200_000)), CSV)

"""The one place where XML parsers are made.

Messages come from strangers, so a parser loads no DTD, asks no network, resolves nothing external
and keeps libxml2's size limits; a document type declaration is refused outright (SDMX-ML never
needs one, and without one there are no entities but XML's own five). A test checks that no other
module builds a parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lxml import etree

from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = [
    "CHUNK",
    "HEADER",
    "PROLOG",
    "feed",
    "html_parser",
    "lines_of",
    "parser",
    "prolog",
    "refuse_doctype",
    "syntax_error",
    "until",
]

#: Bytes read at a time.
CHUNK = 1 << 18

#: Bytes of a message that may stand before its data; they are kept as a tree.
HEADER = 1 << 22

#: Bytes in which the prolog, the header and the first tags of any sane message lie.
PROLOG = 1 << 16

_DOCTYPE = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)


#: "internal" is XML's own entities: with ``False`` libxml2 hands ``&amp;`` out undecoded.
_SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}


def parser(**options: Any) -> etree.XMLParser:
    """A parser for untrusted XML; ``options`` are lxml's (``target``, ``schema`` ...)."""
    return etree.XMLParser(**_SAFE, **options)


def html_parser() -> etree.HTMLParser:
    """A parser for web pages, which are never well formed: it asks no network and keeps limits."""
    return etree.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)


def prolog(path: Path) -> bytes:
    """The first bytes of a file, with UTF-16 and UTF-32 turned into something searchable."""
    with path.open("rb") as file:
        head = file.read(PROLOG)
    return head.replace(b"\x00", b"") if b"\x00" in head else head


def refuse_doctype(head: bytes) -> None:
    """Raise ``RequestSyntaxError`` when a document declares a DTD."""
    if _DOCTYPE.search(head):
        raise RequestSyntaxError(
            "The message has a document type declaration (<!DOCTYPE>). SDMX-ML does not use one "
            "and the hub refuses it. Remove it and send the message again."
        )


def syntax_error(error: etree.XMLSyntaxError) -> RequestSyntaxError:
    """The sentence a sender can act on, for XML that is not well formed."""
    line, column = error.position
    what = (error.msg or "not well formed").split(", line")[0]
    return RequestSyntaxError(
        f"The message is not well-formed XML: {what} (line {line}, column {column})."
    )


def until(path: Path, name: str) -> tuple[etree._Element, bool]:
    """The tree of a document up to the start of the first element called ``name``.

    Returns the root and whether that element was reached. Raises ``RequestSyntaxError`` when the
    part read is not well formed, ``PayloadTooLarge`` when the element is not within ``HEADER``
    bytes.
    """
    if path.stat().st_size == 0:
        raise RequestSyntaxError("The message is empty.")
    pull: Any = etree.XMLPullParser(events=("start",), **_SAFE)
    root: etree._Element | None = None
    left = HEADER
    try:
        with path.open("rb") as file:
            chunk = b"-"
            while chunk:
                chunk = file.read(min(CHUNK, left))
                if chunk:
                    pull.feed(chunk)
                elif file.read(1):
                    raise PayloadTooLarge(
                        f"The message has no {name} within its first {HEADER >> 20} MiB. Make its "
                        "header shorter."
                    )
                else:
                    pull.close()  # a short document shows its elements only now
                left -= len(chunk)
                for _, element in pull.read_events():
                    if root is None:
                        root = element
                        refuse_doctype(element.getroottree().docinfo.doctype.encode())
                    if element.tag.rpartition("}")[2] == name:
                        return root, True
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    assert root is not None
    return root, False


def lines_of(path: Path, elements: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Local name and line of each start tag among ``elements``, in document order.

    expat counts lines without a limit and without a tree. It is used on documents that libxml2
    has already accepted; one in an encoding it does not know yields nothing.
    """
    found: list[tuple[str, int]] = []

    def start(tag: str, _: object) -> None:
        name = tag.rpartition(":")[2]
        if name in elements:
            found.append((name, counter.CurrentLineNumber))

    counter = expat.ParserCreate()
    counter.StartElementHandler = start
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                counter.Parse(chunk)
            except expat.ExpatError:
                return
            yield from found
            found.clear()


def feed(path: Path, into: etree.XMLParser, cancelled: Callable[[], bool] = lambda: False) -> Any:
    """Push a file through a parser and return what its target's ``close`` returns.

    ``cancelled`` is asked between chunks; once it is true the rest is left and the answer is
    ``None``. Raises ``RequestSyntaxError`` when the file is not well formed or is cut off.
    """
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if cancelled():
                    return None
                into.feed(chunk)
        return into.close()
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None

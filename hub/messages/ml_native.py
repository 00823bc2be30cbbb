"""Native reading of SDMX-ML, guarded: what the plain ways of all data formats share.

xml2arrow is fast because it checks little; libxml2 reads the same bytes beside it and decides.
"""

from __future__ import annotations

import codecs
import os
import re
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from xml2arrow import XmlToArrowParser

from hub.messages.columns import coded
from hub.messages.ml_envelope import local
from hub.xml_safe import CHUNK, feed, parser

__all__ = ["WellFormed", "attribute_values", "body_start", "merge_series", "native_parser"]

_SLASH = ord("/")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def body_start(path: Path) -> tuple[int, dict[str, str]] | None:
    """Offset just behind the start tag of the only ``DataSet``, and its attributes.

    ``None`` when the document is not UTF-8, or hides its DataSet from a search for bytes.
    """
    with path.open("rb") as file:
        whole = file.read(CHUNK)
    if whole[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return None
    head = _COMMENT.sub(lambda found: b" " * len(found[0]), whole)  # offsets stay
    at = head.find(b"DataSet ")
    end = head.find(b">", at)
    if at < 0 or end < 0 or head[end - 1] == _SLASH:
        return None
    declared = head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<?xml")
    declaration = head[: head.find(b"?>") + 2].lower() if declared else b""
    if b"encoding" in declaration and not (b"utf-8" in declaration or b"ascii" in declaration):
        return None
    before = head[:end]
    start = before.rfind(b"<", 0, at)
    if b"<!" in before or before.count(b"<?") > declared or before.count(b'"', start) % 2:
        return None
    return end + 1, _attributes(whole[: end + 1])


def _attributes(head: bytes) -> dict[str, str]:
    """Attributes of the last start tag in ``head`` (libxml2 parses what it has been given)."""
    found: dict[str, str] = {}

    class Last:
        def start(self, tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "DataSet":
                found.update(attributes)

        def close(self) -> None: ...

    push = parser(target=Last())
    push.feed(head)
    return found


def attribute_values(column: pa.StringArray) -> pa.DictionaryArray:
    """A column of attribute values, dictionary-encoded and normalised.

    XML 1.0 section 3.3.3: literal white space in an attribute is a space. (White space given by
    number would stay as it is; a message with such references takes the exact way.)
    """
    array = coded(column)
    if not len(array.dictionary):
        return array
    if not pc.any(pc.match_substring_regex(array.dictionary, r"[\t\n\r]")).as_py():
        return array
    spaced = pc.replace_substring_regex(array.dictionary, r"\r\n|[\t\n\r]", " ")
    return coded(spaced.take(array.indices))


def merge_series(columns: dict[str, pa.Array], shared: dict[str, pa.Array]) -> None:
    """Add the series' columns; where an observation has its own value, that one holds."""
    for name, column in shared.items():
        own = columns.get(name)
        if own is None or own.null_count == len(own):
            columns[name] = column
        elif column.null_count < len(column):
            columns[name] = coded(pc.coalesce(own.cast(pa.string()), column.cast(pa.string())))


class WellFormed:
    """libxml2 over the whole file, in a thread (it runs without the interpreter lock)."""

    def __init__(self, path: Path) -> None:
        self.error: Exception | None = None
        self.cancelled = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(path,), daemon=True)
        self.thread.start()

    def _run(self, path: Path) -> None:
        class Nothing:
            def close(self) -> None: ...

        try:
            feed(path, parser(target=Nothing()), self.cancelled.is_set)
        except Exception as error:  # handed to the reader's thread, which raises it
            self.error = error

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        self.cancelled.set()
        self.thread.join()

    def result(self) -> None:
        """Wait, and raise what libxml2 found."""
        self.thread.join()
        if self.error is not None:
            raise self.error


def native_parser(tables: list[dict[str, object]]) -> XmlToArrowParser:
    """An xml2arrow parser for these tables (it takes its configuration from a file)."""
    handle, name = tempfile.mkstemp(suffix=".yaml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.safe_dump({"tables": tables}, file)
        return XmlToArrowParser(name)
    finally:
        Path(name).unlink()

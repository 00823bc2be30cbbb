"""Letting an iterator run ahead of its reader, in a thread of its own.

Native parsers give up the interpreter lock while they work: what they find next is made while the
last batch is arranged.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

__all__ = ["ahead"]

_T = TypeVar("_T")
_END = object()


def ahead(source: Iterator[_T]) -> Generator[_T, None, None]:
    """The items of ``source``; the next one is made while the reader works on the last.

    An exception of ``source`` is raised at its place. A reader that stops early waits for the one
    item that is being made.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, source, _END)
            yield cast(_T, item)

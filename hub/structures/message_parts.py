"""A structure message in parts: what is small is made at once, codes when they are sent.

A writer makes every artefact before the first byte goes out, so that what a format cannot express
is refused with a proper status; of a codelist it makes all but the codes. The parts then follow
each other in blocks of bounded size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from hub.structures.items_write import outer_xml
from hub.xml_safe import parser

__all__ = ["Part", "blocks", "mark", "part_of", "whole", "xml_message"]

#: Bytes of a block, about.
_SIZE = 64 * 1024
_CODES, _STRUCTURES = "codes", "structures"

Codes = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Part:
    """An artefact as text: what comes before its codes, the codes, and what comes after."""

    head: bytes
    codes: Codes | None = None
    tail: bytes = b""

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        if self.codes is not None:
            yield from self.codes()
            yield self.tail


def blocks(texts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger blocks."""
    held: list[bytes] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= _SIZE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def mark(element: Any, place: int) -> None:
    """Mark where in the element of a codelist its codes go."""
    element.insert(place, etree.ProcessingInstruction(_CODES))


def part_of(element: Any, nsmap: Mapping[str, str], codes: Codes | None = None) -> Part:
    """The part of an artefact's element, in which :func:`mark` was put when it has ``codes``."""
    text = outer_xml(element, nsmap)
    if codes is None:
        return Part(text)
    head, _, tail = text.partition(f"<?{_CODES} ?>".encode())
    return Part(head, codes, tail)


def xml_message(
    root: Any, structures: str, containers: Iterable[tuple[str, list[Part]]], prefix: str = "str"
) -> Iterator[bytes]:
    """A message: ``root`` (with its header) and, in the element ``structures``, the containers.

    Each container is given by its local name. Without any there is no ``structures`` element.
    """
    given = list(containers)
    if not given:
        yield etree.tostring(root, encoding="utf-8", xml_declaration=True)
        return
    etree.SubElement(root, structures).append(etree.ProcessingInstruction(_STRUCTURES))
    text: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    head, _, tail = text.partition(f"<?{_STRUCTURES} ?>".encode())

    def parts() -> Iterator[bytes]:
        yield head
        for name, members in given:
            yield f"<{prefix}:{name}>".encode()
            for member in members:
                yield from member
            yield f"</{prefix}:{name}>".encode()
        yield tail

    yield from blocks(parts())


def whole(blocks_of_text: Iterable[bytes], *, pretty: bool = False) -> bytes:
    """The message in one piece; ``pretty`` indents it for people."""
    text = b"".join(blocks_of_text)
    if not pretty:
        return text
    root = etree.fromstring(text, parser(remove_blank_text=True))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)

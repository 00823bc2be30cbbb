"""Reading and writing metadata messages, whatever the format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import cast

from hub.errors import RequestSyntaxError, UnsupportedMediaType
from hub.messages.formats import Format, Kind, by_name, formats
from hub.metadata.model import MetadataSet
from hub.model.dataset import Header
from hub.xml_safe import prolog

__all__ = ["detect", "read_sets", "write_sets"]

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(GenericMetadata|StructureSpecificMetadata)\b[^>]*")
_SPACE = re.compile(rb"/schemas/v(\d)_(\d)/message")
_JSON = re.compile(rb'"metadataSets"\s*:|sdmx-json-metadata-schema')
_EDITION = re.compile(rb"/(\d)\.(\d)(?:\.\d)?/sdmx-json-metadata-schema")


def read_sets(path: Path, media_type: str | None = None) -> list[MetadataSet]:
    """The metadata sets of a message.

    The content says what format it has; ``media_type`` is asked only where it does not. Raises
    ``UnsupportedMediaType`` when it is no metadata message the hub reads, and what its reader
    raises: ``RequestSyntaxError``, ``NotImplementedByHub``.
    """
    found = detect(path) or _named(media_type)
    if found is None:
        readable = ", ".join(f.name for f in formats(Kind.METADATA))
        raise UnsupportedMediaType(
            f"This is no metadata message the hub reads. It reads {readable}."
        )
    try:
        return cast("Callable[[Path], list[MetadataSet]]", _load(found.reader))(path)
    except RecursionError:
        raise RequestSyntaxError("The message is nested too deeply.") from None


def write_sets(sets: Iterable[MetadataSet], format_: Format, header: Header, lang: str) -> bytes:
    """A message with sets that are placed; only JSON has a language, the others have all.

    Raises ``NotImplementedByHub`` for what the format cannot express.
    """
    write = cast("Callable[..., bytes]", _load(format_.writer))
    return write(sets, header, **({"lang": lang} if format_.extension == "json" else {}))


def detect(path: Path) -> Format | None:
    """The format of a metadata message by its beginning; ``None`` when it is none.

    The editions of SDMX-JSON differ in the schema they name only; without one it is 2.1.
    """
    head = prolog(path).removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").lstrip()
    if head.startswith((b"MDSTRUCTURE", b'"MDSTRUCTURE')):
        return by_name("sdmx-csv-2.0-metadata" if b"ACTION" in head else "sdmx-csv-2.1-metadata")
    if head.startswith(b"{"):
        if not _JSON.search(head):
            return None
        said = _EDITION.search(head)
        old = said is not None and said[2] == b"0"
        return by_name(f"sdmx-json-2.{0 if old else 1}-metadata")
    root = _ROOT.search(head)
    space = _SPACE.search(root[0]) if root else None
    if root is None or space is None:
        return None
    version = f"{int(space[1])}.{int(space[2])}"
    generic21 = version == "2.1" and root[1] == b"GenericMetadata"
    name = f"sdmx-ml-{version}-metadata{'-generic' if generic21 else ''}"
    return next((f for f in formats(Kind.METADATA) if f.name == name), None)


def _named(media_type: str | None) -> Format | None:
    wanted = (media_type or "").replace(" ", "").lower()
    return next((f for f in formats(Kind.METADATA) if f.media_type.lower() == wanted), None)


def _load(target: str | None):  # type: ignore[no-untyped-def]
    module, _, function = str(target).partition(":")
    return getattr(import_module(f"hub.metadata.{module}"), function)

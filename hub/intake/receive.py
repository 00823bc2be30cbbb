"""Taking bytes in: keep them by content hash, enter a submission, answer with its token."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from hub.errors import NotFound, PayloadTooLarge, RequestSyntaxError, UnsupportedMediaType
from hub.intake.unpack import unpack, unpack_head
from hub.messages.detect import detect, is_workbook
from hub.messages.formats import FORMATS, Format, Kind
from hub.model.dataset import Action
from hub.plugins import Claim, connector_catalogue
from hub.store.home import Hub
from hub.store.submissions import Mode, Submission

__all__ = [
    "claimed",
    "content_path",
    "hold",
    "keep_order",
    "no_register",
    "receive",
    "refuse_register",
]

_CHUNK = 1 << 20


def receive(
    hub: Hub,
    source: Path | BinaryIO,
    filename: str,
    *,
    format_: str | None = None,
    connector: str | None = None,
    action: Action | None = None,
    provider: str | None = None,
    submitted_by: str | None = None,
    mode: Mode = Mode.ALL,
    embargo: datetime | None = None,
    token: str | None = None,
) -> Submission:
    """Keep the bytes of ``source`` and enter a submission for them.

    When this returns, neither a crash nor a power cut loses the submission.

    Parameters
    ----------
    hub:
        Where to.
    source:
        A file, or a stream that is read to its end.
    filename:
        What the sender calls it; findings name it. Never used as a path.
    format_, connector:
        How it is to be read; at most one is given. Without either, the content decides: the
        message, or the reporting workbook, which also says whose it is.
    action:
        Overrides the actions that the message states.
    provider, submitted_by:
        Who answers for the data, and who sent it.
    mode:
        What a fault means for the rest of the message.
    embargo:
        Aware time before which nothing of it is published.
    token:
        What the submission is to be called, where a request that is sent again must come to the
        same one.

    Raises
    ------
    PayloadTooLarge
        More bytes than ``settings.max_upload``.
    RequestSyntaxError
        The body is empty, or a damaged archive, or a reporting workbook of another provider.
    UnsupportedMediaType
        The content is no format of the hub, or a workbook and no connector is named.
    NotFound
        There is no such connector.

    """
    refuse_register(connector)
    with _copied(source, hub.folder("tmp"), hub.settings.max_upload) as (temporary, sha256, size):
        no_register(hub, temporary)
        if claim := claimed(hub, temporary, format_, connector):
            connector = claim.connector
            provider = _claimed_provider(claim, provider)
        format_ = _how(hub, temporary, format_, connector)
        hub.blobs.put(_key(sha256), temporary)
    return hub.submissions.add(
        token=token,
        filename=_plain_name(filename),
        sha256=sha256,
        size=size,
        format_=format_,
        connector=connector,
        action=action,
        # An agency may stand before it, as in "MIGHUB:DOM_BCRD"; ids are kept without.
        provider=provider.rpartition(":")[2] if provider else None,
        submitted_by=submitted_by,
        mode=mode,
        embargo=embargo,
    )


def refuse_register(connector: str | None) -> None:
    """Raise ``RequestSyntaxError`` for a register of single crossings: it never leaves its office.

    Asked before a byte is read, and of what the bytes say (:func:`no_register`).
    """
    if connector is not None and connector in connector_catalogue().registers():
        raise RequestSyntaxError(
            "Files of single crossings stay in their office, and the hub keeps nothing of this "
            f"one. Count it there: mighub connectors records {connector} -i FILE -o counts.xml, "
            "and send counts.xml."
        )


def no_register(hub: Hub, path: Path) -> None:
    """Raise ``RequestSyntaxError`` when a file is an extract of a register, sent as whatever."""
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as scratch:
        head = unpack_head(path, Path(scratch) / "head")
        refuse_register(connector_catalogue().register_in(head))


def keep_order(hub: Hub, order: bytes) -> tuple[str, int]:
    """Keep the bytes of an order that the hub wrote itself; returns their hash and size."""
    sha256 = hashlib.sha256(order).hexdigest()
    hub.blobs.put_bytes(_key(sha256), order)
    return sha256, len(order)


def content_path(hub: Hub, sha256: str) -> Path:
    """A local file with the bytes that have this hash, to be opened soon."""
    return hub.blobs.path(_key(sha256))


def hold(hub: Hub, sha256: str, folder: Path) -> Path:
    """The same, as long as ``folder`` is there."""
    held, path = folder / "handed-in", content_path(hub, sha256)
    try:
        held.hardlink_to(path)
    except OSError:  # a file system without links, or another one
        shutil.copyfile(path, held)
    return held


def _key(sha256: str) -> str:
    return f"incoming/{sha256[:2]}/{sha256}"


@contextmanager
def _copied(source: Path | BinaryIO, folder: Path, limit: int) -> Iterator[tuple[Path, str, int]]:
    """A copy in ``folder`` with its hash and size; gone afterwards unless moved."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".part-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            sha256, size = hashlib.sha256(), 0
            for chunk in _chunks(source):
                size += len(chunk)
                if size > limit:
                    raise PayloadTooLarge(f"The body is larger than {limit} bytes")
                sha256.update(chunk)
                out.write(chunk)
        if size == 0:
            raise RequestSyntaxError("The file is empty: nothing arrived.")
        yield temporary, sha256.hexdigest(), size
    finally:
        temporary.unlink(missing_ok=True)


def _chunks(source: Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _chunks(file)
        return
    while chunk := source.read(_CHUNK):
        yield chunk


def claimed(hub: Hub, path: Path, format_: str | None, connector: str | None) -> Claim | None:
    """What a workbook says about itself; nothing where the sender names a format.

    Raises ``RequestSyntaxError`` when the sender names another connector than it says.
    """
    if format_ is not None:
        return None
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as scratch:
        if not is_workbook(unpack_head(path, Path(scratch) / "head")):
            return None
        body = unpack(path, Path(scratch) / "body", hub.settings.max_inflated)
        claim = connector_catalogue().claim(body)
    if claim is not None and connector not in (None, claim.connector):
        raise RequestSyntaxError(
            f"This is the hub's own reporting workbook, no file for {connector}: send it without "
            "naming a connector."
        )
    return claim


def _claimed_provider(claim: Claim, provider: str | None) -> str | None:
    """The provider of a workbook that says whose it is."""
    if provider is None:
        return claim.provider or None
    if claim.provider and claim.provider != provider.rpartition(":")[2]:
        raise RequestSyntaxError(
            f"This workbook is of {claim.provider} and is handed in for {provider}: fill the "
            "workbook of your own institution."
        )
    return provider


def _how(hub: Hub, path: Path, format_: str | None, connector: str | None) -> str | None:
    """Name of the format to read the body with; ``None`` when a connector does."""
    if connector is not None:
        if format_ is not None:
            raise RequestSyntaxError("Name a format or a connector, not both")
        if not connector_catalogue().has(connector):
            raise NotFound(f"There is no connector {connector}")
        return None
    if format_ is not None:
        return _readable({f.name: f for f in FORMATS}.get(format_), format_).name
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as scratch:
        head = unpack_head(path, Path(scratch) / "head")
        if is_workbook(head):
            raise UnsupportedMediaType(
                "This is a workbook, and the hub has to know whose table it is: choose the source "
                "of the national file, that is, name the connector that reads it "
                "(`mighub connectors list` lists them)."
            )
        return _readable(detect(head), None).name


def _readable(found: Format | None, named: str | None) -> Format:
    """The format, as the sender ``named`` it (``None``: the content was to tell).

    Raises ``UnsupportedMediaType`` when it is none, or none of data.
    """
    if found is not None and found.kind is Kind.DATA and found.reader is not None:
        return found
    known = ", ".join(f.name for f in FORMATS if f.kind is Kind.DATA and f.reader)
    name = named or (found.name if found else None)
    if name is None:
        raise UnsupportedMediaType(
            "The hub does not recognise this file. If it is an institution's own file (a "
            "spreadsheet, PDF or CSV table), choose the source of the national file, that is, name "
            "the connector that reads it (`mighub connectors list` lists them). If it is an SDMX "
            f"message in XML, JSON or CSV, export it again. Formats that can be named: {known}."
        )
    raise UnsupportedMediaType(
        f"The hub cannot read {name} as data. Leave the format out, and the hub finds it out "
        f"itself; or name one of these: {known}."
    )


def _plain_name(filename: str) -> str:
    """The last part of a name, without control characters."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in last if c.isprintable())[:200]
    return name if name.strip(". ") else "body"

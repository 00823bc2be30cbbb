"""Getting a source's file from its publisher. Reading it is another matter (:mod:`.run`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from lxml.etree import ParserError

from connectors.framework.addresses import Addresses, Edition
from connectors.framework.record import SourceRecord
from connectors.framework.web import Answer, FetchFailed, Reason, Visitor

__all__ = ["Fetched", "Known", "fetch", "file_fault"]

#: ``ETag`` and ``Last-Modified`` of the latest snapshot from an address, as far as there are any.
Known = Callable[[str], tuple[str | None, str | None]]

#: Where nothing but a person helps, and what that person can do.
_BY_HAND = frozenset(
    {
        Reason.ROBOTS, Reason.TLS, Reason.REFUSED, Reason.REDIRECTS, Reason.NOT_THE_FILE,
        Reason.NO_LINK, Reason.BY_HAND, Reason.TOO_LARGE, Reason.MISSING,
    }
)  # fmt: skip
_MAGIC = {
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "xlsx": b"PK\x03\x04",
    "ods": b"PK\x03\x04",
    "pdf": b"%PDF",
}
_TEXTS = frozenset({"csv", "json", "px"})
_MARKUP = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body|<\?xml|<!--)", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_NAMES = {b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "gzip"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as its publisher gave it. ``content`` is ``None`` when it has not changed.

    ``url`` is the address that was asked for; ``headers`` have names in lower case.
    """

    url: str
    filename: str
    content: bytes | None
    headers: Mapping[str, str]


def fetch(
    record: SourceRecord,
    visitor: Visitor,
    *,
    edition: Edition | None = None,
    url: str | None = None,
    known: Known = lambda _: (None, None),
) -> Fetched:
    """The file of ``edition``, or the one at ``url``.

    Of several addresses the first that exists is taken. Raises ``FetchFailed``, whose message says
    what a person can do; ``ValueError`` when the addresses need an edition that is not given.
    """
    try:
        return _fetched(record, visitor, edition, url, known)
    except FetchFailed as failed:
        if failed.reason not in _BY_HAND:
            raise
        raise FetchFailed(
            failed.reason,
            f"{failed.message} Open the publisher's page ({record.url}) in a browser, save the"
            f" file, and add it with `mighub connectors snapshot add {record.id} FILE`.",
        ) from None


def _fetched(
    record: SourceRecord, visitor: Visitor, edition: Edition | None, url: str | None, known: Known
) -> Fetched:
    if url is not None:
        return _file(url, record, visitor, known)
    if record.fetch is None:
        raise FetchFailed(Reason.BY_HAND, f"No address of the files of {record.id} is known.")
    if record.fetch.by_hand is not None:
        raise FetchFailed(Reason.BY_HAND, record.fetch.by_hand)
    addresses = record.fetch.filled(edition)
    missing: list[str] = []
    for candidate in addresses.urls:
        try:
            return _file(candidate, record, visitor, known)
        except FetchFailed as failed:
            if failed.reason is not Reason.MISSING:
                raise
            missing.append(candidate)
    if addresses.page is not None:
        return _file(_linked(addresses, visitor), record, visitor, known)
    raise FetchFailed(
        Reason.MISSING,
        f"The file is not there (yet): there is nothing at {', '.join(missing)}.",
    )


def _file(url: str, record: SourceRecord, visitor: Visitor, known: Known) -> Fetched:
    etag, modified = known(url)
    answer = visitor.get(url, etag=etag, modified=modified)
    if answer.content is not None:
        fault = file_fault(answer.content, record.formats)
        if fault is not None:
            raise FetchFailed(Reason.NOT_THE_FILE, f"What {url} gives is {fault}.")
    return Fetched(url, _filename(answer), answer.content, answer.headers)


def file_fault(content: bytes, formats: tuple[str, ...]) -> str | None:
    """What ``content`` is instead of a file of one of ``formats``; ``None`` when it may be one.

    A page that says "not found" with status 200 is the usual case; where a page is due, it has a
    table.
    """
    due = " or ".join(formats)
    if not content.strip():
        return f"empty, where a file ({due}) is due"
    if _MARKUP.match(content[:1024].removeprefix(b"\xef\xbb\xbf")):
        if "html" in formats and b"<table" in content.lower():
            return None
        title = _title(content)
        return f"a web page{title}, where a file ({due}) is due"
    if any(content.startswith(_MAGIC[f]) for f in formats if f in _MAGIC):
        return None
    binary = b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff"))
    named = next((name for magic, name in _NAMES.items() if content.startswith(magic)), None)
    if _TEXTS & set(formats) and not binary and named is None:
        return None
    return f"{named or 'something else'}, where a file ({due}) is due"


def _title(content: bytes) -> str:
    found = re.search(rb"<title[^>]*>([^<]{1,200})", content[:65536], re.IGNORECASE)
    return f" ({' '.join(found[1].decode('utf-8', 'replace').split())!r})" if found else ""


def _filename(answer: Answer) -> str:
    """The name the publisher gives the file: in a header, or the end of its address."""
    header = Message()
    header["Content-Disposition"] = answer.headers.get("content-disposition", "")
    name = header.get_filename() or unquote(urlsplit(answer.url).path)
    return PurePosixPath(name.replace("\\", "/")).name or "file"


def _linked(addresses: Addresses, visitor: Visitor) -> str:
    """The address of the one link of the index page that matches."""
    assert addresses.page is not None
    answer = visitor.get(addresses.page)
    header = Message()
    header["Content-Type"] = answer.headers.get("content-type", "")
    charset = header.get_content_charset() or addresses.encoding
    try:
        text = (answer.content or b"").decode(charset, "replace")
        page = lxml.html.document_fromstring(_DECLARATION.sub("", text))
    except (ParserError, LookupError) as error:
        raise FetchFailed(
            Reason.NO_LINK, f"The page {addresses.page} cannot be read ({error})."
        ) from None
    pattern = re.compile(addresses.link)
    bases = [str(each.get("href")) for each in page.iter("base") if each.get("href")]
    base = urljoin(answer.url, bases[0]) if bases else answer.url
    hrefs = [str(each.get("href")).strip() for each in page.iter("a") if each.get("href")]
    links = {urljoin(base, href) for href in hrefs}
    found = sorted(link for link in links if pattern.search(unquote(link)))
    if len(found) != 1:
        what = f"{len(found)} links ({', '.join(found[:5])})" if found else "no link"
        raise FetchFailed(
            Reason.NO_LINK, f"The page {addresses.page} has {what} for {addresses.link!r}."
        )
    return found[0]

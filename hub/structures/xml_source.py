"""The XML of a structure message: parsed safely, and checked against the official schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import etree

from hub.errors import RequestSyntaxError
from hub.structures.xsd_official import validate_tree
from hub.xml_safe import parser, refuse_doctype, syntax_error

__all__ = ["check_valid", "parse"]

#: Faults named in the sentence of an error; all of them are findings.
_NAMED = 5


def parse(source: bytes | Path) -> Any:
    """The root element; ``RequestSyntaxError`` when it is not well formed or has a DTD."""
    data = source.read_bytes() if isinstance(source, Path) else source
    refuse_doctype(data.replace(b"\x00", b""))
    try:
        root: Any = etree.fromstring(data, parser())
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    # In an encoding that no search for bytes sees through.
    refuse_doctype(root.getroottree().docinfo.doctype.encode())
    return root


def check_valid(root: Any, version: str, *, tolerated: re.Pattern[str] | None = None) -> None:
    """Raise ``RequestSyntaxError`` with the first faults when the message is not valid.

    Faults whose message begins like ``tolerated`` are none.
    """
    faults = validate_tree(root, version)
    if tolerated is not None:
        faults = [f for f in faults if not tolerated.match(f.message)]
    if faults:
        listed = "; ".join(f"line {f.line}: {f.message}" for f in faults[:_NAMED])
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise RequestSyntaxError(f"The message is not valid SDMX-ML {version}: {listed}{more}.")

"""The floor: libxml2 goes over the same bytes and nothing is kept."""

import sys
from pathlib import Path

from lxml import etree
from measure import measured, report


class Nothing:
    def close(self) -> None: ...


result: dict[str, object] = {}
with measured(result):
    parser = etree.XMLParser(target=Nothing())
    with Path(sys.argv[1]).open("rb") as file:
        while chunk := file.read(1 << 18):
            parser.feed(chunk)
    parser.close()
report(result, int(sys.argv[3]), None)

"""Workbooks made to harm the one who opens them: small archives that stand for a lot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from bodies import MIB

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>Total</t></is></c></row>'


def xlsx(
    rows: str = ROW,
    *,
    behind: str = "",
    sheet: str = "xl/worksheets/sheet1.xml",
    doctype: str = "",
    encoding: str = "utf-8",
    **parts: bytes,
) -> bytes:
    """The smallest workbook there is, with ``rows``; ``parts`` are further parts of xl/."""
    types = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in {
            "xl/workbook.xml": "sheet.main", sheet: "worksheet", "xl/styles.xml": "styles",
            "xl/sharedStrings.xml": "sharedStrings",
        }.items()
        if name in ("xl/workbook.xml", sheet) or name[3:-4] in parts
    )  # fmt: skip
    inside = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_RELS}/worksheet" Target="{sheet[3:]}"/>'
        + "".join(
            f'<Relationship Id="p{n}" Type="{_RELS}/{name}" Target="{name}.xml"/>'
            for n, name in enumerate(parts)
        )
        + "</Relationships>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in inside.items():
            archive.writestr(name, '<?xml version="1.0"?>' + text)
        declared = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}'
        text = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'
        archive.writestr(sheet, (declared + text).encode(encoding))
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return out.getvalue()


def strings(inside: bytes) -> bytes:
    """A table of shared texts."""
    return b'<sst xmlns="%s">%s</sst>' % (_MAIN.encode(), inside)


def styles(number: int) -> bytes:
    """A table of cell formats."""
    return b'<styleSheet xmlns="%s"><cellXfs>%s</cellXfs></styleSheet>' % (
        _MAIN.encode(),
        b"<xf/>" * number,
    )


def ods(rows: str) -> bytes:
    """The smallest OpenDocument sheet with these rows."""
    spaces = "".join(f' xmlns:{n}="{_ODF}{n}:1.0"' for n in ("office", "table", "text"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{_ODF}manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def _cell(repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        "<text:p>x</text:p></table:table-cell>"
    )


def _row(cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>'


_LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(c + 1)} "{f"&{chr(c)};" * 10}">' for c in range(ord("a"), ord("k")))
    + "]>"
)
_FAR = "<row r={q}1048576{q}><c r={q}XFD1048576{q}><v>1</v></c></row>"


def _entity(name: str) -> str:
    return f'<row r="1"><c r="A1" t="inlineStr"><is><t>&{name};</t></is></c></row>'


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a far cell": lambda: xlsx(ROW + _FAR.format(q='"')),
    "a far cell in other quotation marks": lambda: xlsx(ROW + _FAR.format(q="'")),
    "a far cell behind attributes": lambda: xlsx(
        ROW + "<row><c s='0' " + "".join(f"a{n}='' " for n in range(500))
        + "r = 'XFD1048576'><v>1</v></c></row>"
    ),
    "a far cell elsewhere": lambda: xlsx(ROW + _FAR.format(q='"'), sheet="xl/other/x.xml"),
    "a far cell in UTF-16": lambda: xlsx(ROW + _FAR.format(q='"'), encoding="utf-16"),
    "a far row": lambda: xlsx(ROW + '<row r="1048576"><c r="ZZZ1048576"><v>1</v></c></row>'),
    "merged beyond all size": lambda: xlsx(
        behind='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "rows of 600 MB": lambda: xlsx("<row/>" * (100 * MIB)),
    "a sheet of 300 MB": lambda: xlsx("<row><c><v>1</v></c></row>" * (12 * MIB)),
    "texts of 150 MB": lambda: xlsx(sharedStrings=strings(b"<si/>" * (30 * MIB))),
    "a text of 600 MB": lambda: xlsx(
        sharedStrings=strings(b"<si><t>" + b"x" * (600 * MIB) + b"</t></si>")
    ),
    "millions of styles": lambda: xlsx(styles=styles(5_000_000)),
    "laughs": lambda: xlsx(_entity("k"), doctype=_LAUGHS),
    "a file": lambda: xlsx(
        _entity("k"), doctype='<!DOCTYPE r [<!ENTITY k SYSTEM "file:///etc/passwd">]>'
    ),
    "ods columns": lambda: ods(_row(_cell(16_384), 1_048_576)),
    "ods rows": lambda: ods(_row("<table:table-cell/>", 1_048_575) + _row(
        '<table:table-cell table:number-columns-repeated="2000"/>' + _cell())),
    "ods beyond numbers": lambda: ods(_row(_cell(10**18), 10**18)),
    "ods negative": lambda: ods(_row(_cell(-5), -5)),
    "half a workbook": lambda: xlsx()[: len(xlsx()) // 2],
    "old and broken": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 100_000,
    "old and empty": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
    "a binary workbook": lambda: xlsx().replace(b"sheet1.xml", b"sheet1.bin"),
    "a PDF that is none": lambda: b"%PDF-1.7\n" + b"1 0 obj<</Length 99999999999>>stream\n" * 99,
    "PX without end": lambda: b'CHARSET="ANSI";\nAXIS-VERSION="2013";\nSTUB="' + b"a" * (5 * MIB),
    "JSON without end": lambda: b"[" * 500_000,
    "JSON-stat beyond memory": lambda: (
        b'{"version":"2.0","class":"dataset","id":["a","b"],"size":[1000000,1000000],'
        b'"dimension":{"a":{"category":{"index":["x"]}},"b":{"category":{"index":["y"]}}},'
        b'"value":{}}'
    ),
    "CSV of a million columns": lambda: b"," * 1_000_000 + b"\n1",
}  # fmt: skip

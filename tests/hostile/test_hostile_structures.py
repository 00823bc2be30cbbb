"""Hostile bodies at the doors for structures, the registry, metadata, small JSON and pages."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import packed_bodies
import pytest
from bodies import LAUGHS, MIB
from siege import MEMORY_MB, SECONDS, Outcome, Siege

from hub.model.dataset import Header
from hub.structures import ml21_write
from hub.structures.repository import StructureSet

HEADER = Header("T1", "TEST", datetime(2026, 1, 1, tzinfo=UTC))
XML, JSON = "application/xml", "application/json"
STRUCTURE = "application/vnd.sdmx.structure+{};version={}"
DOORS = {
    "structure": ("POST", "/sdmx/v2/structure"),
    "dataflow": ("PUT", "/sdmx/v2/structure/dataflow/TEST/DF/1.0"),
    "registry v1": ("POST", "/sdmx/v1/registry"),
    "registry v2": ("POST", "/sdmx/v2"),
    "registration": ("POST", "/sdmx/v2/registration"),
    "subscription": ("POST", "/sdmx/v2/subscription"),
    "fusion": ("POST", "/ws/secure/sdmxapi/rest"),
    "metadata": ("POST", "/sdmx/v2/metadata"),
}


@cache
def structure() -> bytes:
    """A structure message without fault."""
    return ml21_write.write(StructureSet([]), HEADER)


def _with(doctype: bytes, at: bytes = b"&k;") -> bytes:
    message = structure()
    end = message.index(b"?>") + 2
    return (message[:end] + doctype + message[end:]).replace(b">T1<", b">" + at + b"<", 1)


def _inside(text: bytes) -> bytes:
    head, _, tail = structure().partition(b"</mes:Header>")
    return head + b"</mes:Header>" + text + tail


def _json(data: bytes, schema: str = "structure") -> bytes:
    return (
        b'{"meta":{"schema":"https://json.sdmx.org/2.1/sdmx-json-%s-schema.json","id":"T"},'
        b'"data":%s}' % (schema.encode(), data)
    )


def xml() -> Iterator[tuple[str, bytes]]:
    yield "laughs", _with(LAUGHS)
    yield "a file", _with(b'<!DOCTYPE r [<!ENTITY k SYSTEM "file:///etc/passwd">]>')
    yield (
        "a parameter",
        _with(b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;<!ENTITY k "x">]>'),
    )
    yield "a DTD elsewhere", _with(b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">', b"T1")
    yield "behind a comment", _with(b"<!--" + b"x" * 200_000 + b"-->" + LAUGHS)
    text = _with(LAUGHS).decode()
    body = text[text.index("?>") + 2 :]
    for encoding in ("utf-16", "utf-7", "cp037", "utf-32"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>{body}'
        yield encoding, declared.encode(encoding)
    yield "deep", _inside(b"<x>" * 100_000)
    yield "millions", _inside(b"<mes:Structures>" + b"<x/>" * 2_000_000)
    yield "attributes", _inside(b"<x " + b" ".join(b'a%d=""' % n for n in range(300_000)) + b"/>")
    yield "a long text", _inside(b"<x>" + b"y" * (20 * MIB) + b"</x>")
    yield "NUL", _inside(b"<x>\0</x>")
    yield "overlong", _inside(b"<x>\xc0\xaf</x>")
    yield (
        "an XInclude",
        _inside(
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
    )
    yield "a schema elsewhere", structure().replace(
        b"<mes:Structure ", b"<mes:Structure xsi:schemaLocation='u http://127.0.0.1:9/x.xsd' "
        b"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' ", 1
    )[:-40]  # fmt: skip
    yield (
        "a stylesheet",
        structure().replace(b"?>", b'?><?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>', 1)[
            :-40
        ],
    )
    yield "half", structure()[: len(structure()) // 2]
    yield "nothing", b""
    yield "noise", bytes(range(256)) * 1000


def json() -> Iterator[tuple[str, bytes]]:
    for schema in ("structure", "metadata"):
        name = {"structure": "codelists", "metadata": "metadataSets"}[schema].encode()
        for what, data in {
            "deep": b'{"%s":%s' % (name, b"[" * 200_000),
            "deep and closed": b'{"%s":%s}' % (name, b"[" * 900 + b"]" * 900),
            "deep objects": b'{"%s":[%s]}' % (name, b'{"annotations":[' * 400 + b"]}" * 400),
            "attributes in attributes": b'{"%s":[%s]}'
            % (name, b'{"id":"A","attributes":[' * 480 + b"]}" * 480),
            "a number": b'{"%s":7}' % name,
            "numbers": b'{"%s":[1,2.5,null,true,"x",[]]}' % name,
            "NaN": b'{"%s":[NaN]}' % name,
            "a huge number": b'{"%s":[{"id":%s}]}' % (name, b"9" * 100_000),
            "a huge exponent": b'{"%s":[{"id":1e999999}]}' % name,
            "names that are none": b'{"%s":[{"id":{},"names":[1],"version":[]}]}' % name,
            "half a pair": b'{"%s":[{"id":"\\ud800"}]}' % name,
            "a path as id": b'{"%s":[{"id":"../../x","agencyID":"..","version":"1.0"}]}' % name,
            "twice": b'{"%s":[],"%s":[{"id":"A"}]}' % (name, name),
        }.items():
            yield f"{what}, {schema}", _json(data, schema)
    yield "UTF-16", _json(b"{}").decode().encode("utf-16")
    yield "an array", b"[]"
    yield "a text", b'"' + b"x" * (20 * MIB) + b'"'


def csv() -> Iterator[tuple[str, bytes]]:
    head = b"MDSTRUCTURE,MDSTRUCTURE_ID,ACTION,METADATASET,METADATASET_ID,TARGET_TYPES,TARGET_IDS"
    yield "columns", head + b"".join(b",C%d" % n for n in range(200_000)) + b"\n"
    yield "a quotation", head + b'\n"' + b"x\n" * 1_000_000
    yield "NUL", head + b"\nmetadataflow,\0,R,,,,\n"
    yield "UTF-16", head.decode().encode("utf-16")
    yield "Latin-1", head + b"\nmetadataflow,\xf1,R,,,,\n"
    yield "a long cell", head + b"\n" + b"x" * (5 * MIB) + b"\n"
    yield "deep", head + b"," + b".".join([b"A"] * 100_000) + b"\n" + b"," * 8 + b"x\n"


BODIES = [
    *((XML, name, body) for name, body in xml()),
    *((JSON, name, body) for name, body in json()),
    *(("text/csv", name, body) for name, body in csv()),
]


@pytest.mark.parametrize("door", DOORS)
def test_it_is_refused_at_every_door(siege: Siege, door: str) -> None:
    method, path = DOORS[door]
    for type_, name, body in BODIES:
        found = siege.ask(method, path, body, **{"Content-Type": type_})
        assert 400 <= found.status < 500 or found.status == 501, (name, type_, found)
        _is_harmless(found, name)


def test_an_untouched_message_is_none_of_them(siege: Siege) -> None:
    """What the hostile ones are made from is refused for nothing but being empty."""
    found = siege.ask("POST", "/sdmx/v2/structure", structure(), **{"Content-Type": XML})
    assert found.status == 400 and b"no artefact" in found.content


def _is_harmless(found: Outcome, name: str) -> None:
    assert found.seconds < SECONDS, name
    assert found.memory < MEMORY_MB, (name, found.memory)
    assert b"root:" not in found.content, name


JSON_DOORS = [
    ("POST", "/api/keys"), ("POST", "/api/people"), ("POST", "/api/session"),
    ("POST", "/api/submissions/x/decision"), ("PUT", "/api/policies/A:B(1.0)"),
]  # fmt: skip


@pytest.mark.parametrize("door", JSON_DOORS, ids=lambda d: " ".join(d))
@pytest.mark.parametrize(
    "body",
    [b"[" * 300_000, b'{"a":' * 100_000, b'{"label":"\\ud800"}', b"{}" * 9, b"\xff\xfe{}", b"[1]",
     b'{"label":' + b"9" * 100_000 + b"}", b'{"label":"\\u0000","role":[]}', b""],
    ids=["deep", "objects", "half a pair", "two", "UTF-16", "array", "number", "NUL", "nothing"],
)  # fmt: skip
def test_small_json_is_read_with_care(siege: Siege, door: tuple[str, str], body: bytes) -> None:
    found = siege.ask(*door, body, **{"Content-Type": JSON})
    assert 400 <= found.status < 500, found.content[:300]
    _is_harmless(found, str(door))


@pytest.mark.parametrize("name", ["laughs", "gzip of 400 MB", "zip of 400 MB", "NUL"])
def test_the_page_says_what_is_wrong(siege: Siege, name: str) -> None:
    case = next(c for c in packed_bodies.ALL if c.name.startswith(name))
    found = siege.ask(
        "POST", "/upload", _form(case.make(), kind="message", key="", dry_run="true"),
        **{"Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    assert found.status in (200, 400, 401, 413, 415), found.content[-500:]
    _is_harmless(found, name)


def _form(body: bytes, **fields: str) -> bytes:
    parts = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in fields.items()
    )
    name = '../../etc/passwd";x="\\'
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return parts + head.encode() + body + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Length": "9" * 30},
        {"Upload-Length": "-1"},
        {"Upload-Length": "1e3"},
        {"Upload-Length": "٣"},
        {"Upload-Length": "10", "Upload-Metadata": "filename !!!"},
        {"Upload-Length": "10", "Upload-Metadata": ",".join(["filename YQ=="] * 500)},
        {"Upload-Length": "10", "Upload-Metadata": "format " + "/w==" * 1000},
        {"Upload-Length": "10", "Upload-Metadata": "filename "
         + base64.b64encode(b"../../../etc/passwd\0.csv").decode() + ",action eA=="},
    ],
    ids=["vast", "negative", "exponent", "digits", "no base64", "many", "no text", "a path"],
)  # fmt: skip
def test_an_upload_begins_only_with_sense(siege: Siege, headers: dict[str, str]) -> None:
    sent = {k: v.encode().decode("latin-1") for k, v in headers.items()}
    found = siege.ask("POST", "/api/uploads", b"", **{"Tus-Resumable": "1.0.0", **sent})
    assert 400 <= found.status < 500, found.content[:300]

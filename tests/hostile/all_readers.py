"""Every reader of the hub as a function of bytes, with good input for it.

A reader may refuse (the error family of the hub, but for its 500) or report. Anything else that
leaves it is a defect.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import bodies
import bombs
import packed_bodies

from connectors.framework.archive import Limits
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot
from dsd import quality
from hub.errors import HubError
from hub.intake.unpack import unpack
from hub.messages.api import NamedDataflow
from hub.messages.detect import detect
from hub.messages.formats import FORMATS, Kind
from hub.messages.structures_read import read_structures
from hub.metadata.message import read_sets, write_sets
from hub.metadata.model import MetadataSet, placed
from hub.model.dataset import Header
from hub.query import availability, data_v1, data_v2, metadata, registration, schema, structure
from hub.query.model import Api
from hub.structures import registry_read
from hub.structures.repository import StructureSet
from hub.validation import check_file

HEADER = Header("T1", "TEST", datetime(2026, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Reader:
    """``read`` takes a file; ``seeds`` are good ones."""

    name: str
    read: Callable[[Path], object]
    seeds: Callable[[], list[bytes]]
    text: bool = field(default=True)


def survives(reader: Reader, content: bytes) -> None:
    """Have a reader read; raises what is not a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body"
        path.write_bytes(content)
        try:
            reader.read(path)
        except HubError as error:
            if error.http_status >= 500 and error.http_status != 501:
                raise AssertionError(f"a refusal with {error.http_status}: {error}") from error


def readers() -> Iterator[Reader]:
    """All of them."""
    for one in FORMATS:
        if one.kind is Kind.DATA and one.reader:
            yield Reader(
                f"data {one.name}",
                lambda path, name=one.name: _check(path, name),
                lambda name=one.name: _data(name),
                one.extension in ("xml", "json", "csv"),
            )
    for kind, read in ((Kind.STRUCTURE, read_structures), (Kind.METADATA, read_sets)):
        for one in FORMATS:
            if one.kind is kind and one.reader:
                yield Reader(
                    one.name,
                    lambda path, f=one, r=read: r(path, f.media_type),
                    lambda f=one: _written(f.name),
                )
    yield Reader("registry", registry_read.read, _registry)
    yield Reader("detection", detect, lambda: [*_data("sdmx-csv-1.0"), *_data("parquet")], False)
    yield Reader(
        "packed",
        _unpacked,
        lambda: [
            bodies.packed(bodies.good("sdmx-csv-1.0")),
            packed_bodies.zipped(("a", bodies.good("sdmx-csv-1.0"))),
        ],
        False,
    )
    yield Reader("workbook", _workbook, lambda: [bombs.xlsx(), bombs.ods("")], False)
    yield Reader("tables of text", _workbook, _tables)
    for name, parse in _QUERIES.items():
        yield Reader(f"query {name}", lambda path, p=parse: p(_text(path)), lambda: _PATHS)


def _check(path: Path, format_: str) -> None:
    shipped = StructureSet.shipped()
    resolver = shipped
    if "2.0-" in format_ and "ml" in format_:  # a message of 2.0 does not say what it is about
        resolver = NamedDataflow(shipped, shipped.dataflow("MIGHUB", "DF_MIG_BORDER", None))  # type: ignore[assignment]
    json.dumps(check_file(path, format_, resolver, file="body").to_dict())


@cache
def _data(name: str) -> list[bytes]:
    written = {f.name for f in FORMATS if f.writer}
    if name in written:
        return [bodies.good(name), bodies.good(name, rows=1)]
    return [_COMPACT if "compact" in name else _GENERIC20]


@cache
def _written(name: str) -> list[bytes]:
    one = next(f for f in FORMATS if f.name == name)
    shipped = StructureSet.shipped()
    if one.kind is Kind.METADATA:
        sets = [placed(MetadataSet.of(t), shipped) for t in quality.sets()][:1]
        return [write_sets(sets, one, HEADER, "en")]
    module, _, function = str(one.writer).partition(":")
    write = getattr(import_module(f"hub.structures.{module}"), function)
    few = [a for a in shipped if str(getattr(a, "id", "")) in _FEW]
    return [write(few, HEADER)]


_FEW = {"CL_SEX", "CL_FREQ", "MIG_ADMIN", "DF_MIG_BORDER", "CS_MIGRATION", "CN_MIG_ADMIN"}


def _registry() -> list[bytes]:
    body = b"".join(_written("sdmx-ml-2.1-structure"))
    inside = body[body.index(b"<mes:Structures") : body.index(b"</mes:Structure>")]
    return [
        body.replace(b"mes:Structure ", b"mes:RegistryInterface ", 1).replace(inside, b""),
        b'<mes:RegistryInterface xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/'
        b'message" xmlns:reg="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/registry">'
        b"<mes:Header><mes:ID>A</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2026-01-01T00:00:00"
        b'</mes:Prepared><mes:Sender id="A"/><mes:Receiver id="B"/></mes:Header>'
        b"<mes:QueryRegistrationRequest><reg:QueryType>AllSets</reg:QueryType><reg:All/>"
        b"</mes:QueryRegistrationRequest></mes:RegistryInterface>",
    ]


def _unpacked(path: Path) -> None:
    unpack(path, path.with_name("inside"), 1 << 20)


def _workbook(path: Path) -> None:
    open_workbook(Snapshot.take(path), limits=Limits(inflated=1 << 22, cells=100_000))


def _tables() -> list[bytes]:
    return [
        b'{"result":[{"a":1,"b":"x"},{"a":2.5,"b":null}],"ok":true}',
        b'{"version":"2.0","class":"dataset","id":["a"],"size":[2],"dimension":{"a":{"category":'
        b'{"index":["x","y"]}}},"value":[1,null]}',
        b'CHARSET="ANSI";\nAXIS-VERSION="2013";\nCODEPAGE="utf-8";\nSTUB="a";\nHEADING="b";\n'
        b'VALUES("a")="x","y";\nVALUES("b")="1";\nDATA=1 ..\n;\n',
        b"a,b\n1,x\n",
        b"<html><body><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>",
    ]


def _text(path: Path) -> str:
    """A query as a client could send it: a URL has no byte beyond ASCII."""
    return path.read_bytes().decode("latin-1")


def _split(text: str) -> tuple[str, str]:
    path, _, query = text.partition("?")
    return path, query


def _query(parse: Callable[..., object]) -> Callable[[str], object]:
    return lambda text: parse(*_split(text))


_QUERIES: dict[str, Callable[[str], object]] = {
    "data v1": _query(data_v1.parse),
    "data v2": _query(data_v2.parse),
    "availability v1": _query(availability.parse_v1),
    "availability v2": _query(availability.parse_v2),
    "structure v1": _query(structure.parse_structure_v1),
    "structure v2": _query(structure.parse_structure_v2),
    "schema v1": _query(partial(schema.parse, Api.V1)),
    "schema v2": _query(partial(schema.parse, Api.V2)),
    "metadata v1": _query(metadata.parse_v1),
    "metadata v2": _query(metadata.parse_v2_query),
    "registration": _query(registration.parse),
}
_PATHS = [
    b"dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/M.MEX.*?c[TIME_PERIOD]=ge:2020&firstNObservations=1",
    b"MIGHUB,DF_MIG_BORDER,1.0.0/M.MEX+DOM..A/all?startPeriod=2020-01&detail=full",
    b"codelist/SDMX/CL_FREQ/1.0+/A?references=children&detail=full",
    b"dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*/REF_AREA?mode=available&references=none",
    b"data/dataflow/*/*/~/*?updatedAfter=2026-01-01T00:00:00Z&includeHistory=true",
]
_HEAD20 = (
    b"<Header><ID>A</ID><Test>false</Test><Prepared>2026-01-01T00:00:00</Prepared>"
    b'<Sender id="A"/></Header>'
)
_COMPACT = (
    b'<CompactData xmlns="http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message">'
    + _HEAD20
    + b'<d:DataSet xmlns:d="urn:x"><d:Series '
    + b" ".join(f'{k}="{v}"'.encode() for k, v in bodies.KEY.items())
    + b'><d:Obs TIME_PERIOD="2020-01" OBS_VALUE="1" OBS_STATUS="A"/></d:Series></d:DataSet>'
    b"</CompactData>"
)
_GENERIC20 = (
    b'<GenericData xmlns="http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message" '
    b'xmlns:g="http://www.SDMX.org/resources/SDMXML/schemas/v2_0/generic">'
    + _HEAD20
    + b"<DataSet><g:KeyFamilyRef>MIG_ADMIN</g:KeyFamilyRef><g:Series><g:SeriesKey>"
    + b"".join(f'<g:Value concept="{k}" value="{v}"/>'.encode() for k, v in bodies.KEY.items())
    + b'</g:SeriesKey><g:Obs><g:Time>2020-01</g:Time><g:ObsValue value="1"/></g:Obs></g:Series>'
    b"</DataSet></GenericData>"
)

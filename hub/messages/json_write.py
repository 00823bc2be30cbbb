"""Writing SDMX-JSON in one pass: datasets first, the structure they turned out to use last.

The order of names in a JSON object is free, so a message can stream although its value lists are
only known at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import orjson

from hub.errors import NotAcceptable
from hub.messages.api import WriteOptions
from hub.messages.json_dataset import DatasetWriter
from hub.messages.json_describe import Describer, flow_link
from hub.messages.json_layout import Layout
from hub.messages.json_values import escape_id
from hub.messages.series_runs import bounded
from hub.model.dataset import Action, Block, Header
from hub.model.schema import DataSchema, StructureRef

__all__ = ["stream"]

_ACTIONS = {Action.MERGE: "Append", Action.REPLACE: "Replace", Action.DELETE: "Delete"}
#: Where each version says its schema is; in 2.1 the address stands at the root of the message.
_OLD = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/"
_SCHEMAS = {
    "1.0": f"{_OLD}1.0/sdmx-json-data-schema.json",
    "2.0": f"{_OLD}2.0.0/sdmx-json-data-schema.json",
    "2.1": "https://json.sdmx.org/2.1/sdmx-json-data-schema.json",
}


def stream(
    blocks: Iterable[Block], header: Header, options: WriteOptions, *, version: str
) -> Iterator[bytes]:
    """The message in chunks; a dataset per stretch of blocks of one dataflow and action.

    ``version`` is ``1.0``, ``2.0`` or ``2.1``.
    """
    version1, version21 = version == "1.0", version == "2.1"
    actions = _ACTIONS | ({Action.MERGE: "Merge"} if version21 else {})
    opening = orjson.dumps({"$schema": _SCHEMAS[version]})[:-1] + b"," if version21 else b"{"
    yield opening + b'"meta":' + orjson.dumps(_meta(header, version)) + b',"data":{"dataSets":['
    layouts: dict[StructureRef, tuple[Layout, list[int]]] = {}
    count = 0
    current: tuple[object, ...] | None = None
    writer: DatasetWriter | None = None
    for block in bounded(blocks):
        flow, action = block.schema.dataflow, options.action or block.action
        dataset = (flow, action, block.valid_from, block.valid_to)
        if writer is None or current != dataset:
            if flow not in layouts:
                _check(block.schema, version1, list(layouts))
                layouts[flow] = (Layout.of(block.schema, options, version1=version1), [])
            layout, datasets = layouts[flow]
            before = b"" if writer is None else writer.close() + b"},"
            about: dict[str, Any] = {"action": actions[action], "links": [flow_link(flow)]}
            about |= _validity(block)
            if not version1:
                about["structure"] = list(layouts).index(flow)
            writer, current = DatasetWriter(layout), dataset
            datasets.append(count)
            count += 1
            yield before + orjson.dumps(about)[:-1] + b"," + writer.open()
        yield writer.rows(block.batch)
    describer = Describer(options.label_source, version1=version1)
    found = [describer.structure(layout, datasets) for layout, datasets in layouts.values()]
    yield b"]" if writer is None else writer.close() + b"}]"
    if not version1:
        yield b',"structures":' + orjson.dumps(found)
    elif found:
        yield b',"structure":' + orjson.dumps(found[0])
    yield b"}}"


def _validity(block: Block) -> dict[str, str]:
    given = {"validFrom": block.valid_from, "validTo": block.valid_to}
    return {name: when.isoformat() for name, when in given.items() if when is not None}


def _check(schema: DataSchema, version1: bool, others: list[StructureRef]) -> None:
    if not version1:
        return
    if others:
        raise NotAcceptable(
            f"An SDMX-JSON 1.0 message holds one dataflow, not {others[0]} and {schema.dataflow}: "
            "ask for SDMX-JSON 2.0."
        )
    if len(schema.measures) > 1:
        raise NotAcceptable(
            f"{schema.dataflow} has several measures; SDMX-JSON 1.0 has one: ask for 2.0."
        )


def _meta(header: Header, version: str) -> dict[str, Any]:
    prepared = header.prepared.isoformat()
    if header.prepared.utcoffset() == UTC.utcoffset(None):
        prepared = prepared.replace("+00:00", "Z")
    found: dict[str, Any] = {} if version == "2.1" else {"schema": _SCHEMAS[version]}
    found |= {
        "id": escape_id(header.id),
        "test": header.test,
        "prepared": prepared,
        "sender": _party(header.sender),
    }
    if header.receiver is not None:
        found["receivers"] = [_party(header.receiver)]
    return found


def _party(id_: str) -> dict[str, str]:
    """A sender or receiver; the name keeps what the pattern of ids does not let through."""
    return {"id": escape_id(id_)} | ({} if escape_id(id_) == id_ else {"name": id_})

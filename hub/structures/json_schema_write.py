"""The JSON Schema of a context, as the answer to a schema query (formats of ``Kind.SCHEMA``)."""

from __future__ import annotations

import orjson

from dsd.json_schema import data_schema_json
from hub.model.schema import DataSchema
from hub.structures.kinds import Key
from hub.structures.xsd_write import layout_of

__all__ = ["write20", "write21"]


def write20(
    schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    """The schema of SDMX-JSON 2.0 data messages; see :func:`hub.structures.xsd_write.write21`."""
    return _write("2.0", schema, subject, at=at, folder=folder, deletion=deletion)


def write21(
    schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    """The schema of SDMX-JSON 2.1 data messages; see :func:`hub.structures.xsd_write.write21`."""
    return _write("2.1", schema, subject, at=at, folder=folder, deletion=deletion)


def _write(
    version: str, schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    made = data_schema_json(
        schema,
        title=f"{subject.kind} {subject.ref}",
        at_observation=layout_of(schema, subject, at),
        version=version,
        folder=folder,
        deletion=deletion,
    )
    return orjson.dumps(made)

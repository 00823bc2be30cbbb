"""The one table of message formats.

Everything that names a format reads it here: content negotiation, ``--format`` of the command
line, ``format=`` in a URL, the reader and writer dispatch, the documentation. A format's module is
imported when it is used. Sources: SDMX REST 1.5 section 4.6, SDMX REST 2.2 ``api/sdmx-rest.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FORMATS", "Format", "Kind", "by_name", "formats"]


class Kind(StrEnum):
    """What a message carries."""

    DATA = "data"
    STRUCTURE = "structure"
    SCHEMA = "schema"
    REGISTRY = "registry"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Format:
    """One message format in one version.

    ``media_type`` is the exact content type, parameters included. ``aliases`` are values of
    ``format=`` that mean it. ``reader`` and ``writer`` are ``module:function`` under
    ``hub.messages`` (data), ``hub.metadata`` (metadata) or ``hub.structures`` (the others);
    ``None`` is "not offered". ``parameters`` are those its media type may have besides the
    version. ``several`` is whether a component may have several values at once.
    """

    name: str
    kind: Kind
    media_type: str
    extension: str
    reader: str | None
    writer: str | None
    aliases: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    several: bool = True

    @property
    def base_type(self) -> str:
        """The media type without its parameters."""
        return self.media_type.split(";", 1)[0]

    @property
    def version(self) -> str:
        """The version parameter of the media type; empty where the type has none."""
        return self.media_type.partition("version=")[2].partition(";")[0]


_SDMX = "application/vnd.sdmx."

FORMATS: tuple[Format, ...] = (
    Format(
        "sdmx-ml-2.1",
        Kind.DATA,
        _SDMX + "structurespecificdata+xml;version=2.1",
        "xml",
        "ml_specific_read:read",
        "ml21_specific_write:write",
        ("structurespecificdata", "structurespecific"),
        several=False,
    ),
    Format(
        "sdmx-ml-2.1-generic",
        Kind.DATA,
        _SDMX + "genericdata+xml;version=2.1",
        "xml",
        "ml21_generic_read:read",
        "ml21_generic_write:write",
        ("genericdata", "generic"),
        several=False,
    ),
    Format(
        "sdmx-ml-2.1-timeseries",
        Kind.DATA,
        _SDMX + "structurespecifictimeseriesdata+xml;version=2.1",
        "xml",
        "ml_specific_read:read",
        "ml21_specific_write:write_timeseries",
        ("structurespecifictimeseriesdata",),
        several=False,
    ),
    Format(
        "sdmx-ml-2.1-generic-timeseries",
        Kind.DATA,
        _SDMX + "generictimeseriesdata+xml;version=2.1",
        "xml",
        "ml21_generic_read:read",
        "ml21_generic_write:write_timeseries",
        ("generictimeseriesdata",),
        several=False,
    ),
    Format(
        "sdmx-ml-3.0",
        Kind.DATA,
        _SDMX + "data+xml;version=3.0.0",
        "xml",
        "ml_specific_read:read",
        "ml30_specific_write:write",
        ("xmldata",),
    ),
    Format(
        "sdmx-ml-3.1",
        Kind.DATA,
        _SDMX + "data+xml;version=3.1.0",
        "xml",
        "ml_specific_read:read",
        "ml31_specific_write:write",
        ("xmldata",),
    ),
    # 2.0 has no registered media types; offices still send it, the hub only reads it.
    Format(
        "sdmx-ml-2.0-compact",
        Kind.DATA,
        _SDMX + "compactdata+xml;version=2.0",
        "xml",
        "ml20_compact_read:read",
        None,
        ("compactdata", "compact"),
    ),
    Format(
        "sdmx-ml-2.0-generic",
        Kind.DATA,
        _SDMX + "genericdata+xml;version=2.0",
        "xml",
        "ml20_generic_read:read",
        None,
    ),
    Format(
        "sdmx-json-1.0",
        Kind.DATA,
        _SDMX + "data+json;version=1.0.0",
        "json",
        "json10_read:read",
        "json10_write:write",
        several=False,
    ),
    Format(
        "sdmx-json-2.0",
        Kind.DATA,
        _SDMX + "data+json;version=2.0.0",
        "json",
        "json20_read:read",
        "json20_write:write",
        ("jsondata",),
    ),
    Format(
        "sdmx-json-2.1",
        Kind.DATA,
        _SDMX + "data+json;version=2.1.0",
        "json",
        "json21_read:read",
        "json21_write:write",
        ("jsondata",),
    ),
    Format(
        "sdmx-csv-1.0",
        Kind.DATA,
        _SDMX + "data+csv;version=1.0.0",
        "csv",
        "csv10_read:read",
        "csv10_write:write",
        (),
        ("labels", "timeFormat"),
        several=False,
    ),
    Format(
        "sdmx-csv-2.0",
        Kind.DATA,
        _SDMX + "data+csv;version=2.0.0",
        "csv",
        "csv20_read:read",
        "csv20_write:write",
        ("csvdata", "csv"),
        ("labels", "timeFormat", "keys"),
    ),
    Format(
        "sdmx-csv-2.1",
        Kind.DATA,
        _SDMX + "data+csv;version=2.1.0",
        "csv",
        "csv21_read:read",
        "csv21_write:write",
        ("csvdata", "csv"),
        ("labels", "timeFormat", "keys"),
    ),
    # Beyond the standard.
    Format(
        "parquet",
        Kind.DATA,
        "application/vnd.apache.parquet",
        "parquet",
        "parquet_read:read",
        "parquet_write:write",
    ),
    Format(
        "arrow",
        Kind.DATA,
        "application/vnd.apache.arrow.stream",
        "arrows",
        "arrow_read:read",
        "arrow_write:write",
        ("arrowstream",),
    ),
    Format(
        "xlsx",
        Kind.DATA,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        None,
        "xlsx_write:write",
        ("excel",),
    ),
    Format(
        "sdmx-ml-2.1-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+xml;version=2.1",
        "xml",
        "ml21_read:read",
        "ml21_write:write",
        ("structure", "xmlstructure"),
    ),
    Format(
        "sdmx-ml-3.0-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+xml;version=3.0.0",
        "xml",
        "ml30_read:read",
        "ml30_write:write",
        ("xmlstructure",),
    ),
    Format(
        "sdmx-ml-3.1-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+xml;version=3.1.0",
        "xml",
        "ml31_read:read",
        "ml31_write:write",
        ("xmlstructure",),
    ),
    Format(
        "sdmx-json-1.0-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+json;version=1.0.0",
        "json",
        "json10_read:read",
        "json10_write:write",
        ("jsonstructure",),
    ),
    Format(
        "sdmx-json-2.0-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+json;version=2.0.0",
        "json",
        "json20_read:read",
        "json20_write:write",
        ("jsonstructure",),
    ),
    Format(
        "sdmx-json-2.1-structure",
        Kind.STRUCTURE,
        _SDMX + "structure+json;version=2.1.0",
        "json",
        "json21_read:read",
        "json21_write:write",
        ("jsonstructure",),
    ),
    Format(
        "sdmx-ml-2.1-schema",
        Kind.SCHEMA,
        _SDMX + "schema+xml;version=2.1",
        "xsd",
        None,
        "xsd_write:write21",
        ("schema", "xsd"),
    ),
    Format(
        "sdmx-ml-3.0-schema",
        Kind.SCHEMA,
        _SDMX + "schema+xml;version=3.0.0",
        "xsd",
        None,
        "xsd_write:write30",
        ("schema", "xsd"),
    ),
    Format(
        "sdmx-ml-3.1-schema",
        Kind.SCHEMA,
        _SDMX + "schema+xml;version=3.1.0",
        "xsd",
        None,
        "xsd_write:write31",
        ("schema", "xsd"),
    ),
    Format(
        "sdmx-json-2.0-schema",
        Kind.SCHEMA,
        _SDMX + "schema+json;version=2.0.0",
        "json",
        None,
        "json_schema_write:write20",
        ("jsonschema",),
    ),
    Format(
        "sdmx-json-2.1-schema",
        Kind.SCHEMA,
        _SDMX + "schema+json;version=2.1.0",
        "json",
        None,
        "json_schema_write:write21",
        ("jsonschema",),
    ),
    Format(
        "sdmx-ml-2.1-registry",
        Kind.REGISTRY,
        _SDMX + "registry+xml;version=2.1",
        "xml",
        None,
        "registry_write:registration_result",
        ("registry",),
    ),
    Format(
        "sdmx-ml-3.0-registry",
        Kind.REGISTRY,
        _SDMX + "registry+xml;version=3.0.0",
        "xml",
        None,
        "registry_write:registration_result",
        ("registry",),
    ),
    Format(
        "sdmx-ml-3.1-registry",
        Kind.REGISTRY,
        _SDMX + "registry+xml;version=3.1.0",
        "xml",
        None,
        "registry_write:registration_result",
        ("registry",),
    ),
    Format(
        "sdmx-ml-2.1-metadata-generic",
        Kind.METADATA,
        _SDMX + "genericmetadata+xml;version=2.1",
        "xml",
        "ml21_read:read_generic",
        "ml21_write:write_generic",
        ("genericmetadata",),
    ),
    Format(
        "sdmx-ml-2.1-metadata",
        Kind.METADATA,
        _SDMX + "structurespecificmetadata+xml;version=2.1",
        "xml",
        "ml21_read:read_specific",
        "ml21_write:write_specific",
        ("structurespecificmetadata",),
    ),
    *(
        Format(
            f"sdmx-{family}-{version}-metadata",
            Kind.METADATA,
            f"{_SDMX}metadata+{extension};version={version}.0",
            extension,
            f"{reader}:read{version.replace('.', '')}",
            f"{writer}:write{version.replace('.', '')}",
            (f"{extension}metadata",),
        )
        for family, extension, reader, writer, versions in (
            ("ml", "xml", "ml3", "ml3", ("3.0", "3.1")),
            ("json", "json", "json2", "json2", ("2.0", "2.1")),
            ("csv", "csv", "csv_read", "csv_write", ("2.0", "2.1")),
        )
        for version in versions
    ),
)

_BY_NAME = {f.name: f for f in FORMATS}


def formats(kind: Kind) -> Iterator[Format]:
    """Formats of one kind, in the order of the table."""
    return (f for f in FORMATS if f.kind == kind)


def by_name(name: str) -> Format:
    """The format called ``name``.

    Raises ``KeyError`` when there is none; callers turn it into their own message.
    """
    return _BY_NAME[name]

"""The XML Schema of a context, as the answer to a schema query (formats of ``Kind.SCHEMA``)."""

from __future__ import annotations

from dsd.xsd import ALL_DIMENSIONS, data_namespace, data_schema_xsd
from hub.errors import SemanticError
from hub.model.schema import DataSchema
from hub.structures.kinds import Key, urn_of

__all__ = ["layout_of", "write21", "write30", "write31"]


def write21(
    schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    """The schema of SDMX-ML 2.1 datasets of ``subject``, with the codes of ``schema``.

    ``at`` is the dimension at the observation (``None``: time, else none), ``folder`` the address
    of the official schemas, ``deletion`` whether it is for messages that delete. Raises
    ``SemanticError`` when the structure has no such dimension.
    """
    return _write("2.1", schema, subject, at=at, folder=folder, deletion=deletion)


def write30(
    schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    """The schema of SDMX-ML 3.0 datasets; see :func:`write21`."""
    return _write("3.0", schema, subject, at=at, folder=folder, deletion=deletion)


def write31(
    schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    """The schema of SDMX-ML 3.1 datasets; see :func:`write21`."""
    return _write("3.1", schema, subject, at=at, folder=folder, deletion=deletion)


def _write(
    version: str, schema: DataSchema, subject: Key, *, at: str | None, folder: str, deletion: bool
) -> bytes:
    wanted = layout_of(schema, subject, at)
    return data_schema_xsd(
        schema,
        namespace=data_namespace(urn_of(subject), wanted),
        at_observation=wanted,
        version=version,
        folder=folder,
        deletion=deletion,
    )


def layout_of(schema: DataSchema, subject: Key, at: str | None) -> str:
    """The dimension at the observation of a schema: time where none is asked for, else none.

    Raises ``SemanticError`` when the structure has no dimension called ``at``.
    """
    wanted = at or (schema.time.id if schema.time is not None else ALL_DIMENSIONS)
    if wanted != ALL_DIMENSIONS and wanted not in schema.key:
        raise SemanticError(
            f"{wanted} is not a dimension of {subject.ref}. "
            f"dimensionAtObservation is one of {', '.join(schema.key)} or {ALL_DIMENSIONS}."
        )
    return wanted

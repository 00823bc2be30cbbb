"""The catalogue in a form of its own, which any database of the hub can be made from.

One line of JSON each: first the revision of the tables, then for each table its columns and its
rows, at last the number that each table gives next and how many rows there were. JSON columns are
kept as the text that the database has. All of it is Zstandard.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import (
    JSON,
    Connection,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    inspect,
    select,
    text,
)

from hub.errors import HubError
from hub.store.upgrade import VERSION_TABLE, revision_of, upgrade

__all__ = ["export", "load"]

_FORMAT = "mighub-catalogue-1"
_BATCH = 500

#: Rows that are not worth keeping: uploads that have not arrived wholly begin anew.
_WITHOUT = {"upload_piece": "false", "upload": "submission IS NOT NULL"}


def export(connection: Connection, path: Path) -> Mapping[str, int]:
    """Write the tables that a transaction sees to a file; returns how many rows each has.

    Raises ``HubError`` when there are none.
    """
    revision = revision_of(connection)
    if revision is None:
        raise HubError("The catalogue is empty: run `mighub init` first")
    counts: dict[str, int] = {}
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, "zstd") as out:
        out.write(_line({"format": _FORMAT, "revision": revision}))
        for table in _tables(connection):
            name = str(table.name)  # SQLAlchemy's names are no plain texts
            out.write(_line({"table": name, "columns": [str(c.name) for c in table.columns]}))
            counts[name] = 0
            for row in _rows(connection, table):
                out.write(_line([_plain(value) for value in row]))
                counts[name] += 1
        out.write(_line({"next": _numbers(connection, list(counts)), "rows": counts}))
    return counts


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """The rows of a table that are kept, in the order of its key; JSON as text."""
    columns = [cast(c, Text) if isinstance(c.type, JSON) else c for c in table.columns]
    query: Select[Any] = select(*columns).order_by(*table.primary_key.columns)
    if table.name in _WITHOUT:
        query = query.where(text(_WITHOUT[table.name]))
    yield from connection.execute(query.execution_options(yield_per=_BATCH))


def load(connection: Connection, path: Path) -> Mapping[str, int]:
    """Make the tables of a copy in an empty database and fill them; returns the rows of each.

    The tables are made as they were, filled, and then brought up to this program. Raises
    ``HubError`` when the copy is not whole, or comes from a newer program.
    """
    with pa.OSFile(str(path), "rb") as file, pa.CompressedInputStream(file, "zstd") as packed:
        lines = _lines(packed)
        head: Mapping[str, Any] = next(lines, {})
        if head.get("format") != _FORMAT:
            raise HubError("This is no copy of a catalogue, or one of a newer program.")
        upgrade(connection, head["revision"])
        tables = {str(table.name): table for table in _tables(connection)}
        filled, end = _fill(connection, tables, lines)
    if end is None or end["rows"] != filled:
        raise HubError("The copy of the catalogue is not whole.")
    _set_numbers(connection, tables, end["next"])
    upgrade(connection)
    return filled


def _fill(
    connection: Connection, tables: Mapping[str, Table], lines: Iterator[Any]
) -> tuple[dict[str, int], Mapping[str, Any] | None]:
    """Fill the tables; the rows of each, and the last line (``None``: it is not there)."""
    filled: dict[str, int] = {}
    name, columns, rows = "", list[str](), list[dict[str, Any]]()

    def store() -> None:
        if rows:
            connection.execute(_insert(connection, tables[name], columns), rows)
            filled[name] += len(rows)
            rows.clear()

    for line in lines:
        if isinstance(line, list):
            rows.append(dict(zip(columns, map(_value, line), strict=True)))
            if len(rows) >= _BATCH:
                store()
            continue
        store()
        if "table" not in line:
            return filled, line
        name, columns = line["table"], line["columns"]
        connection.execute(tables[name].delete())  # what making the tables entered
        filled[name] = 0
    return filled, None


def _insert(connection: Connection, table: Table, columns: Sequence[str]) -> Insert:
    """An insert whose JSON is the text of it: SQLite keeps it as such, PostgreSQL wants a cast."""
    is_sqlite = connection.dialect.name == "sqlite"
    values: dict[str, Any] = {}
    for name in columns:
        type_ = table.columns[name].type
        if isinstance(type_, JSON):
            given = bindparam(name, type_=Text())
            values[name] = given if is_sqlite else cast(given, type_)
        else:
            values[name] = bindparam(name, type_=type_)
    return table.insert().values(values)


def _tables(connection: Connection) -> list[Table]:
    """All tables as the database has them, each behind those it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def _numbers(connection: Connection, tables: Iterable[str]) -> dict[str, int]:
    """The last number that each table gave to a row, also to one that is gone."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {name: int(number) for name, number in found}
    numbers = {}
    for name in tables:
        sequence = _sequence(connection, name)
        if sequence is not None:
            row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
            numbers[name] = int(row.last_value) if row.is_called else 0
    return numbers


def _set_numbers(
    connection: Connection, tables: Mapping[str, Table], numbers: Mapping[str, int]
) -> None:
    """Let each table go on counting where it was."""
    is_sqlite = connection.dialect.name == "sqlite"
    counting = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    for name, table in tables.items():
        key = list(table.primary_key.columns)
        if len(key) != 1 or not isinstance(key[0].type, Integer):
            continue
        highest = connection.execute(select(func.max(key[0]))).scalar() or 0
        last = max(int(highest), numbers.get(name, 0))
        if not last:
            continue
        if not is_sqlite:
            sequence = _sequence(connection, name, key[0].name)
            if sequence is not None:
                connection.execute(text(f"SELECT setval('{sequence}', {last})"))
        elif "AUTOINCREMENT" in str(connection.execute(counting, {"name": name}).scalar()):
            given = {"name": name, "last": last}
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), given)


def _sequence(connection: Connection, table: str, column: str = "id") -> str | None:
    """The sequence that numbers the rows of a table of PostgreSQL."""
    if column not in {c["name"] for c in inspect(connection).get_columns(table)}:
        return None
    query = text("SELECT pg_get_serial_sequence(:table, :column)")
    return connection.execute(query, {"table": table, "column": column}).scalar()


def _line(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def _lines(packed: Any) -> Iterator[Any]:
    """The lines; the last part of a file that breaks off is none."""
    rest = b""
    while chunk := packed.read(1 << 20):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from map(orjson.loads, whole)


def _plain(value: Any) -> Any:
    """A value of a row as JSON can say it."""
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _value(plain: Any) -> Any:
    """The value that :func:`_plain` wrote."""
    if not isinstance(plain, dict):
        return plain
    ((kind, value),) = plain.items()
    if kind == "bytes":
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if kind == "time" else date.fromisoformat(value)

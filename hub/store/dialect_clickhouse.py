"""The dialect of ClickHouse: values by name, files by table functions, functions by lambdas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from hub.errors import HubError
from hub.store.dialect import Bound, Files, Kind, Listed, replaced
from hub.store.sql import quoted

__all__ = ["SETTINGS", "ClickHouse", "ObjectAddress"]

#: Settings under which statements mean on ClickHouse what they mean on DuckDB.
SETTINGS: Mapping[str, str] = {
    "cast_keep_nullable": "1",  # CAST(NULL AS VARCHAR) is null
    "join_use_nulls": "1",  # columns of a side without a match are null, not empty
    "prefer_column_name_to_alias": "1",  # WHERE looks at columns, not at what they are called after
    "session_timezone": "UTC",
    "use_hive_partitioning": "0",  # no columns from the names of folders
    "s3_ignore_file_doesnt_exist": "0",
    "input_format_parquet_allow_missing_columns": "1",
    # Columns of codes come as dictionaries, as the blocks of the hub have them.
    "output_format_arrow_low_cardinality_as_dictionary": "1",
    "output_format_arrow_use_signed_indexes_for_dictionary": "1",
    "output_format_arrow_use_64_bit_indexes_for_dictionary": "0",
    "output_format_arrow_string_as_string": "1",
}

_FUNCTIONS = (
    "a -> if(isNaN(toFloat64OrNull(a)), NULL, toFloat64OrNull(a)) AS number",
    "a -> toDecimal128OrNull(a, 10) AS exact",
    "a -> toString(a) AS shown",
    "(a, b) -> position(a, b) > 0 AS contains",
    "(a, b) -> startsWith(a, b) AS starts_with",
    "(a, b) -> endsWith(a, b) AS suffix",
    "(a, b) -> argMax(a, b) AS arg_max",
    "a -> arraySort(groupUniqArray(a)) AS distinct_values",
    "a -> makeDateTime64(toYear(a), 1, 1, 0, 0, 0, 0, 6, 'UTC') AS year_start",
    "a -> makeDateTime64(toYear(a) + 1, 1, 1, 0, 0, 0, 0, 6, 'UTC') AS year_end",
)
_WITH = "WITH "
_PRELUDE = f"{_WITH}{', '.join(_FUNCTIONS)} "

_TYPES = {
    Kind.CODE: "LowCardinality(Nullable(String))",
    Kind.TEXT: "Nullable(String)",
    Kind.INSTANT: "Nullable(DateTime64(6, 'UTC'))",
    Kind.WHOLE: "Nullable(Int64)",
}

#: Takes a value and gives what stands for it in the statement.
_Namer = Callable[[object], str]

#: The path as the hub writes it: of an object ClickHouse tells bucket and key.
_SOURCE = "if(startsWith(_path, '/'), _path, concat('s3://', _path))"

#: What table functions take for a pattern.
_PATTERN = frozenset("*?{}")
_KEY = re.compile(r"[\w./=+-]+", re.ASCII)
#: Objects that one table function is given.
_OBJECTS = 200


class ObjectAddress:
    """Where ClickHouse finds the objects of ``s3://`` addresses, and by what right.

    ``endpoint`` is the address of a server that is not Amazon's. Without ``access_key`` ClickHouse
    uses the credentials that it was set up with.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
        self._region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        access, secret = (environ.get(f"AWS_{n}") for n in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
        self.credentials = (access, secret) if access and secret else ()

    def url(self, bucket: str, key: str) -> str:
        """Address of an object, or of several by a list in braces."""
        if self._endpoint:
            return f"{self._endpoint.rstrip('/')}/{bucket}/{key}"
        region = f".{self._region}" if self._region else ""
        return f"https://{bucket}.s3{region}.amazonaws.com/{key}"


class ClickHouse:
    """ClickHouse: values are named parameters ``v0``, ``v1`` ..., all given as text (or lists of
    texts).

    With ``cluster`` the nodes of that cluster of the server share the files of a table among them.
    """

    def __init__(self, objects: ObjectAddress, cluster: str | None = None) -> None:
        self._objects = objects
        self._cluster = cluster

    def bind(self, sql: str, values: Sequence[object]) -> Bound:
        """See :class:`hub.store.dialect.Dialect`."""
        given: list[object] = []

        def name(value: object) -> str:
            given.append(_text(value))
            return f"{{v{len(given) - 1}:{_type(value)}}}"

        def give(value: object) -> str:
            if isinstance(value, Listed):
                return _listed(value, name)
            return self._table(value, name) if isinstance(value, Files) else name(value)

        found = replaced(sql, values, give)
        if found.startswith(_WITH):
            found = f"{_PRELUDE.rstrip()}, {found.removeprefix(_WITH)}"
        else:
            found = _PRELUDE + found
        return Bound(found, given)

    def _table(self, files: Files, name: _Namer) -> str:
        picked = [quoted(column) for column, _ in files.columns]
        if files.source is not None:
            picked.append(f"{_SOURCE} AS {quoted(files.source)}")
        if not files.paths:
            none = [f"CAST(NULL AS {_TYPES[k]}) AS {quoted(c)}" for c, k in files.columns]
            if files.source is not None:
                none.append(f"CAST(NULL AS VARCHAR) AS {quoted(files.source)}")
            return f"(SELECT {', '.join(none)} WHERE false)"
        columns = name(", ".join(f"{_identifier(c)} {_TYPES[kind]}" for c, kind in files.columns))
        parts = (
            f"SELECT {', '.join(picked)} FROM {function}"
            for function in self._functions(files.paths, columns, name)
        )
        return f"({' UNION ALL '.join(parts)})"

    def _source(self, files: Files) -> str:
        """The path as the hub writes it; of an object ClickHouse tells bucket and key."""
        return (
            "concat('s3://', _path)" if files.paths[:1] and _is_object(files.paths[0]) else "_path"
        )

    def _functions(self, paths: Sequence[str], columns: str, name: _Namer) -> Iterator[str]:
        """Table functions that together read the files.

        Of a pattern of local files ClickHouse passes by those that are not there, so each is named
        on its own; objects that are not there are an error in any case.
        """
        for path in paths:
            if not _is_object(path):
                if _PATTERN & set(path):
                    raise HubError("ClickHouse cannot read a folder with * ? { or } in its name.")
                yield self._function("file", [name(path), "'Parquet'", columns], name)
        by_bucket: dict[str, list[str]] = {}
        for path in filter(_is_object, paths):
            bucket, _, key = path.removeprefix("s3://").partition("/")
            if not _KEY.fullmatch(key):
                raise HubError("ClickHouse cannot read objects with other signs than letters, "
                               "digits and . _ - + = / in their names.")  # fmt: skip
            by_bucket.setdefault(bucket, []).append(key)
        for bucket, keys in by_bucket.items():
            for i in range(0, len(keys), _OBJECTS):
                some = keys[i : i + _OBJECTS]
                url = self._objects.url(bucket, some[0] if len(some) == 1 else _either(some))
                right = [name(word) for word in self._objects.credentials]
                yield self._function("s3", [name(url), *right, "'Parquet'", columns], name)

    def _function(self, function: str, arguments: list[str], name: _Namer) -> str:
        if self._cluster is None:
            return f"{function}({', '.join(arguments)})"
        return f"{function}Cluster({', '.join([name(self._cluster), *arguments])})"


def _listed(value: Listed, name: _Namer) -> str:
    columns = ", ".join(f"t.{i + 1} AS {quoted(c)}" for i, c in enumerate(value.columns))
    texts = ", ".join(name(column) for column in value.by_column())
    return f"(SELECT {columns} FROM (SELECT arrayJoin(arrayZip({texts})) AS t))"


def _is_object(path: str) -> bool:
    return path.startswith("s3://")


def _either(keys: Sequence[str]) -> str:
    return "{" + ",".join(keys) + "}"


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _type(value: object) -> str:
    match value:
        case str():
            return "String"
        case list():
            return "Array(String)"
        case bool():
            return "Bool"
        case int():
            return "Int64"
        case float():
            return "Float64"
        case datetime():
            return "DateTime64(6, 'UTC')"
    raise TypeError(f"{type(value).__name__} is no value of a statement")


def _text(value: object) -> str | list[str]:
    if isinstance(value, list):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds")
    return str(value).lower() if isinstance(value, bool) else str(value)

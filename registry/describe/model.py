"""The words of a declaration: parameters, answers, operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Json", "Operation", "Parameter", "choice", "flag", "header", "number", "text"]

#: An object of JSON.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the path, a parameter of the query or a header.

    ``schema`` is a JSON schema of one value; ``example`` one that the demo data answer. ``default``
    stands in the description: leaving a parameter out means that.
    """

    name: str
    description: str
    schema: Json
    example: str | None = None
    default: str | None = None
    place: str = "query"
    required: bool = False


def text(name: str, description: str, example: str | None = None, **more: Any) -> Parameter:
    """A parameter that is any text; what it may be is in the description."""
    return Parameter(name, description, {"type": "string"}, example, **more)


def choice(name: str, description: str, values: Sequence[str], **more: Any) -> Parameter:
    """A parameter with a fixed set of values."""
    return Parameter(name, description, {"type": "string", "enum": list(values)}, **more)


def flag(name: str, description: str, **more: Any) -> Parameter:
    """``true`` or ``false``."""
    return Parameter(name, description, {"type": "boolean"}, default="false", **more)


def number(name: str, description: str, least: int, **more: Any) -> Parameter:
    """A whole number from ``least``."""
    return Parameter(name, description, {"type": "integer", "minimum": least}, **more)


def header(name: str, description: str, example: str | None = None) -> Parameter:
    """A request header that changes the answer."""
    return Parameter(name, description, {"type": "string"}, example, place="header")


@dataclass(frozen=True, slots=True)
class Answer:
    """One status an operation answers with.

    ``content`` are media types with a JSON schema of the body (``None``: not described further);
    none is an answer without a body. ``headers`` are response headers with what they say.
    """

    description: str
    content: Mapping[str, Json | None] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method does with one family of paths.

    The path is ``prefix`` and any number of ``parts`` from ``least`` on: trailing parts may be
    left out, as SDMX has it. ``body`` are media types of a request body. ``roles`` are those of
    the API keys that may call it; none is everybody.
    """

    id: str
    prefix: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    method: str = "get"
    tag: str = "service"
    parts: Sequence[Parameter] = ()
    least: int = 0
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Json] = field(default_factory=dict)
    roles: Sequence[str] = ()
    suffix: str = ""
    page: str | None = None

    def paths(self) -> Iterator[tuple[str, Sequence[Parameter]]]:
        """Each form of the path, from the shortest, with its parts."""
        for count in range(self.least, len(self.parts) + 1):
            parts = self.parts[:count]
            yield self.prefix + "".join(f"/{{{p.name}}}" for p in parts) + self.suffix, parts

    @property
    def form(self) -> str:
        """The longest form of the path."""
        return list(self.paths())[-1][0]

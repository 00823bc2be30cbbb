"""How a grammar of structure messages is written down: fields and shapes.

A *tree* is the form all versions of a structure message share here: plain dictionaries and lists
in the terms of SDMX-JSON 2.1, with each text in all its languages (``names`` and no ``name``). A
:class:`Shape` lists the fields of one type of the standard in the order SDMX-ML 3.x has them; each
field says at once where its value stands in XML and under which key in the tree, so that one
grammar reads and writes SDMX-ML 3.0 and 3.1 and SDMX-JSON 2.0 and 2.1. ``since`` and ``until``
bound the versions of the information model (2.1, 3.0, 3.1) a field belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

__all__ = [
    "COMMON",
    "STRUCTURE",
    "Attribute",
    "Child",
    "Field",
    "Listed",
    "Nested",
    "Own",
    "Pairs",
    "Scalar",
    "Shape",
    "Sources",
    "Switch",
    "Texts",
    "Tree",
    "to_text",
    "to_value",
]

#: One object of a tree.
Tree = dict[str, Any]

#: Prefixes of the two namespaces that elements of a structure stand in.
STRUCTURE, COMMON = "str", "com"


class Scalar(StrEnum):
    """Kinds of single values."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    OCCURS = "occurs"
    CASCADE = "cascade"
    EMPTY = "empty"
    POSITION = "position"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What all fields have: the key in the tree, and the versions that know the field."""

    key: str
    since: str = "2.1"
    until: str = "3.1"

    def known_in(self, version: str) -> bool:
        """Whether a version of the information model has this field."""
        return self.since <= version <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Field):
    """An XML attribute."""

    name: str
    type: Scalar = Scalar.STRING


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts(Field):
    """One element for each language; the tree has an object from language to text.

    JSON has the text in the best language too, under the key without its last letter.
    """

    tag: str
    space: str = COMMON


@dataclass(frozen=True, slots=True, kw_only=True)
class Child(Field):
    """An element, or with ``many`` any number of them. ``of`` is a scalar or a shape's name."""

    tag: str
    of: Scalar | str = Scalar.STRING
    many: bool = False
    space: str = STRUCTURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Field):
    """One element with elements inside; the tree has only the list of these."""

    wrapper: str
    tag: str
    of: Scalar | str = Scalar.STRING
    space: str = STRUCTURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested(Field):
    """Elements with one element inside each; the tree has the list of what is inside."""

    wrapper: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Own(Field):
    """The text of the element itself. JSON may have the bare text for an object with no more."""

    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources(Field):
    """Alternating elements that each become an object with one key (tag to key in ``tags``)."""

    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs(Field):
    """Elements that come in turn; each turn becomes one object (tag to key in ``tags``)."""

    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Field):
    """Repeated texts with a yes or no each; the tree has two lists side by side."""

    tag: str
    flag: str
    flags: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A type of the standard.

    ``links`` says that JSON has links of it, ``self`` in front; ``named`` that it must have a
    name: its id stands in for one.
    """

    name: str
    fields: tuple[Field, ...]
    links: bool = False
    named: bool = False


def to_value(text: str, kind: Scalar) -> Any:
    """A value from its lexical form in XML; ``ValueError`` when it has none."""
    convert = _CONVERT.get(kind)
    return text if convert is None else convert(text)


def to_text(value: Any, kind: Scalar) -> str:
    """The lexical form of a value in XML.

    Raises ``ValueError`` for a time of day where XML has a date only.
    """
    if kind is Scalar.DATE and "T" in value:
        raise ValueError(f"{value!r} is an instant, and XML has a date here")
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is Scalar.NUMBER and not isinstance(value, str):
        return format(Decimal(str(value)), "f")
    return "" if kind is Scalar.EMPTY else str(value)


def _boolean(text: str) -> bool:
    if text not in {"true", "false", "1", "0"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return text in {"true", "1"}


def _cascade(text: str) -> bool | str:
    return text if text == "excluderoot" else _boolean(text)


def _occurs(text: str) -> int | str:
    return text if text == "unbounded" else int(text)


def _number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _empty(_text: str) -> Tree:
    return {}


_CONVERT: dict[Scalar, Callable[[str], Any]] = {
    Scalar.BOOLEAN: _boolean,
    Scalar.CASCADE: _cascade,
    Scalar.INTEGER: int,
    Scalar.POSITION: int,
    Scalar.OCCURS: _occurs,
    Scalar.NUMBER: _number,
    Scalar.EMPTY: _empty,
}

"""A small graph of RDF, and its two spellings: JSON-LD 1.1 and Turtle.

A :class:`Node` is a resource with statements about it; a node without an id is a blank one. Names
of classes and properties are prefixed (``dcat:Dataset``), with the prefixes of the writer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Iri", "Node", "Text", "Typed", "Value", "json_ld", "turtle"]

#: What an IRI cannot hold (RFC 3987).
_OUTSIDE = re.compile(r'[\x00-\x20<>"{}|^`\\]')


@dataclass(frozen=True, slots=True)
class Iri:
    """A resource that is only named."""

    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words, in a language where they are of one."""

    value: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A value of a datatype (``xsd:date``)."""

    value: str
    datatype: str


@dataclass(slots=True)
class Node:
    """A resource, its class and what is said of it, in order."""

    type: str
    id: str | None = None
    statements: list[tuple[str, Value]] = field(default_factory=list)

    def say(self, name: str, *values: Value | None) -> Node:
        """Add statements; ``None`` says nothing. Returns the node."""
        self.statements += [(name, value) for value in values if value is not None]
        return self


Value = Iri | Text | Typed | Node


def _iri(text: str) -> str:
    return _OUTSIDE.sub(lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), text)


def json_ld(nodes: Iterable[Node], prefixes: Mapping[str, str]) -> dict[str, Any]:
    """The document as an object for JSON; several values of a property are a list."""
    return {"@context": dict(prefixes), "@graph": [_object(node) for node in nodes]}


def _object(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {} if node.id is None else {"@id": _iri(node.id)}
    found["@type"] = node.type
    for name, value in node.statements:
        found.setdefault(name, []).append(_json(value))
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in found.items()}


def _json(value: Value) -> dict[str, Any] | str:
    match value:
        case Node():
            return _object(value)
        case Iri():
            return {"@id": _iri(value.value)}
        case Typed():
            return {"@value": value.value, "@type": value.datatype}
        case Text(text, None):
            return text
        case Text(text, language):
            return {"@value": text, "@language": language}


def turtle(nodes: Iterable[Node], prefixes: Mapping[str, str]) -> Iterator[str]:
    """The document, in pieces."""
    for prefix, iri in prefixes.items():
        yield f"@prefix {prefix}: <{iri}> .\n"
    for node in nodes:
        assert node.id is not None, "what nothing refers to has a name"
        yield f"\n<{_iri(node.id)}> {_about(node, 1)} .\n"


def _about(node: Node, depth: int) -> str:
    lines = [f"a {node.type}"]
    lines += [f"{name} {_term(value, depth + 1)}" for name, value in node.statements]
    return (" ;\n" + "  " * depth).join(lines)


def _term(value: Value, depth: int) -> str:
    match value:
        case Node(id=None):
            return f"[ {_about(value, depth)} ]"
        case Node():
            raise ValueError("A named node stands for itself: refer to it by its IRI.")
        case Iri():
            return f"<{_iri(value.value)}>"
        case Typed():
            return f"{_quoted(value.value)}^^{value.datatype}"
        case Text(text, None):
            return _quoted(text)
        case Text(text, language):
            return f"{_quoted(text)}@{language}"


def _quoted(text: str) -> str:
    """A string of Turtle: its escapes are those of JSON, but for characters beyond 16 bits."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")

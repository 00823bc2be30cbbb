"""Trees to and from the JSON of SDMX-JSON 2.0 and 2.1, by the grammar.

A tree is nearly that JSON already. What differs: JSON has each text in the best language beside
all languages, and its addresses in ``links`` (``self`` with the URN, and where the whole of a stub
is). Nothing is dropped: a key without a place in a version is an error, both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.grammar import SHAPES
from hub.structures.shapes import (
    Attribute,
    Child,
    Field,
    Listed,
    Own,
    Scalar,
    Switch,
    Texts,
    Tree,
)

__all__ = ["best_text", "json_of", "tree_of_json"]

#: Where an address of an artefact stands in its links.
_SELF, _SERVICE = "self", "service"
_MIDNIGHT = "T00:00:00Z"
#: What JSON has in links.
_ADDRESSES = {"uri", "structureURL", "serviceURL", "links"}


def best_text(texts: Mapping[str, str], lang: str) -> str:
    """The text in a language, else in its base language, else in English, else any."""
    for wanted in (lang, lang.partition("-")[0], "en"):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()))


def json_of(
    shape: str, tree: Mapping[str, Any], version: str, lang: str, urn: str | None = None
) -> Tree:
    """The object of SDMX-JSON for a tree; ``urn`` is its own.

    ``version`` is that of the information model: 3.0 is SDMX-JSON 2.0, 3.1 is 2.1, and 2.1 what
    SDMX-JSON 1.0 is made from. Raises
    ``NotImplementedByHub`` for what the version has no place for.
    """
    known = _fields(shape, version)
    found: Tree = {}
    links = list(_links(tree, urn)) if SHAPES[shape].links else []
    for key, value in tree.items():
        if key not in known:
            raise NotImplementedByHub(
                f"SDMX-JSON {_edition(version)} has no {key} in a {shape}: {tree.get('id')}."
            )
        if value is not None and not (links and key in _ADDRESSES):
            found |= _property(shape, known[key], key, value, version, lang)
    if links:
        found["links"] = links
    if SHAPES[shape].named and "name" not in found:
        found["name"] = tree["id"]
    return found


def _property(shape: str, field: Field, key: str, value: Any, version: str, lang: str) -> Tree:
    if isinstance(field, Texts):
        return {key[:-1]: best_text(value, lang), key: dict(value)} if value else {}
    if shape == "annotation" and key == "urls":
        return {"links": [{"rel": _SELF, **one} for one in value]}
    if shape == "codeselection":
        return _selected(value, version)
    if value in ([], {}) and not (isinstance(field, Child) and field.of is Scalar.EMPTY):
        return {}
    return {key: _value(field, value, version, lang)}


def _edition(version: str) -> str:
    return {"2.1": "1.0", "3.0": "2.0", "3.1": "2.1"}[version]


@cache
def _fields(shape: str, version: str) -> dict[str, Field]:
    fields = [f for f in SHAPES[shape].fields if f.known_in(version)]
    found = {f.key: f for f in fields}
    found |= {f.flags: f for f in fields if isinstance(f, Switch)}
    return found


def _links(tree: Mapping[str, Any], urn: str | None) -> Iterator[Tree]:
    own = {"urn": urn, "uri": tree.get("uri"), "href": tree.get("structureURL")}
    if any(own.values()):
        yield {"rel": _SELF, **{k: v for k, v in own.items() if v}}
    if tree.get("serviceURL"):
        yield {"rel": _SERVICE, "href": tree["serviceURL"]}
    yield from tree.get("links", ())


def _value(field: Field, value: Any, version: str, lang: str) -> Any:
    of = field.of if isinstance(field, Child | Listed) else None
    many = isinstance(field, Listed) or (isinstance(field, Child) and field.many)
    if isinstance(of, str) and not isinstance(of, Scalar):
        if many:
            return [json_of(of, one, version, lang) for one in value]
        return json_of(of, value, version, lang)
    if isinstance(field, Attribute) and field.type is Scalar.POSITION:
        return value - 1
    if isinstance(field, Attribute) and field.type is Scalar.DATE:
        return value if "T" in value else f"{value}{_MIDNIGHT}"
    return value


def _selected(values: list[Tree], version: str) -> Tree:
    """Members of a code selection; those with a wildcard stand apart."""
    wild = [one for one in values if "%" in one["value"]]
    for one in wild:
        if "cascadeValues" in one:
            raise NotImplementedByHub(
                f"SDMX-JSON {_edition(version)} has no cascadeValues on {one['value']}."
            )
    found: Tree = {}
    if wild:
        found["wildcardedMemberValues"] = [one["value"] for one in wild]
    plain = [one for one in values if "%" not in one["value"]]
    if plain:
        found["memberValues"] = [one if len(one) > 1 else one["value"] for one in plain]
    return found


def tree_of_json(shape: str, found: Any, version: str, lang: str) -> Tree:
    """The tree of an object of SDMX-JSON; ``lang`` is the language of texts that say none.

    Raises ``RequestSyntaxError`` for what is no object, ``NotImplementedByHub`` for a property the
    grammar does not know (those that begin with ``x-`` included).
    """
    known = _fields(shape, version)
    bare = next((f for f in known.values() if isinstance(f, Own) and f.bare), None)
    if bare is not None and isinstance(found, str):
        return {bare.key: found}
    if not isinstance(found, dict):
        raise RequestSyntaxError(f"A {shape} is an object in SDMX-JSON, not {found!r}.")
    tree: Tree = {}
    for key, value in found.items():
        field = known.get(key)
        if key == "links" and (SHAPES[shape].links or shape == "annotation"):
            _read_links(tree, value, shape)
        elif shape == "codeselection":
            _read_selected(tree, key, value)
        elif field is not None:
            tree[key] = _read(field, value, version, lang)
        elif isinstance(known.get(f"{key}s"), Texts):
            if f"{key}s" not in found:  # in the language of the message
                tree[f"{key}s"] = {lang: value}
        else:
            raise NotImplementedByHub(
                f"SDMX-JSON {_edition(version)}: the hub does not know the property {key} of a "
                f"{shape} ({found.get('id')})."
            )
    return tree


def _read(field: Field, value: Any, version: str, lang: str) -> Any:
    of = field.of if isinstance(field, Child | Listed) else None
    many = isinstance(field, Listed) or (isinstance(field, Child) and field.many)
    if isinstance(of, str) and not isinstance(of, Scalar):
        if many:
            return [tree_of_json(of, one, version, lang) for one in value]
        return tree_of_json(of, value, version, lang)
    if isinstance(field, Attribute) and field.type is Scalar.POSITION:
        return value + 1
    if isinstance(field, Attribute) and field.type is Scalar.DATE:
        return value.removesuffix(_MIDNIGHT)
    return value


def _read_links(tree: Tree, links: list[Tree], shape: str) -> None:
    if shape == "annotation":
        tree["urls"] = [{k: v for k, v in one.items() if k != "rel"} for one in links]
        return
    for one in links:
        match one.get("rel"):
            case "self":
                if one.get("uri"):
                    tree["uri"] = one["uri"]
                if one.get("href"):
                    tree["structureURL"] = one["href"]
            case "service":
                tree["serviceURL"] = one.get("href")
            case _:
                tree.setdefault("links", []).append(dict(one))


def _read_selected(tree: Tree, key: str, values: list[Any]) -> None:
    members = tree.setdefault("memberValues", [])
    match key:
        case "memberValues":
            plain = [{"value": one} if isinstance(one, str) else dict(one) for one in values]
            tree["memberValues"] = plain + members
        case "wildcardedMemberValues":
            members.extend({"value": one} for one in values)
        case _:
            raise NotImplementedByHub(f"The hub does not know the property {key} of a selection.")

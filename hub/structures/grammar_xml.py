"""Trees to and from the XML of SDMX-ML 3.0 and 3.1, by the grammar.

Nothing is dropped: a key that a version has no place for is an error when a tree is written, an
element or attribute that the grammar does not know is one when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.structures.grammar import SHAPES
from hub.structures.shapes import (
    Attribute,
    Child,
    Field,
    Listed,
    Nested,
    Own,
    Pairs,
    Scalar,
    Shape,
    Sources,
    Switch,
    Texts,
    Tree,
    to_text,
    to_value,
)

__all__ = ["Names", "element_of", "tree_of_element"]

_XML = "{http://www.w3.org/XML/1998/namespace}lang"
_LANG = "xml:lang"
#: Attributes that say nothing of their own: the URN follows from what the element is.
_DERIVED = {"urn"}


class Names:
    """Tags of a version of SDMX-ML 3.x (``3.0`` or ``3.1``)."""

    def __init__(self, version: str) -> None:
        base = f"http://www.sdmx.org/resources/sdmxml/schemas/v{version.replace('.', '_')}/"
        self.version = version
        self.nsmap = {"mes": f"{base}message", "str": f"{base}structure", "com": f"{base}common"}

    def tag(self, space: str, name: str) -> str:
        """The tag of an element in one of the namespaces."""
        return f"{{{self.nsmap[space]}}}{name}"


def element_of(parent: Any, tag: str, shape: str, tree: Mapping[str, Any], names: Names) -> Any:
    """A new last child of ``parent`` with the content of ``tree``.

    Raises ``NotImplementedByHub`` for what this version of SDMX-ML has no place for.
    """
    element = etree.SubElement(parent, tag)
    _fill(element, SHAPES[shape], tree, names)
    return element


def _fill(element: Any, shape: Shape, tree: Mapping[str, Any], names: Names) -> None:
    known = _keys(shape.name, names.version)
    for key in tree:
        if key not in known:
            raise NotImplementedByHub(
                f"SDMX-ML {names.version} has no {key} in a {shape.name}: {_where(tree)}."
            )
    if shape.named and not tree.get("names"):  # the schema wants a name
        tree = {**tree, "names": {"en": tree["id"]}}
    for field in shape.fields:
        if tree.get(field.key) is not None:
            _WRITE[type(field)](element, field, tree, names)


@cache
def _keys(shape: str, version: str) -> frozenset[str]:
    fields = [f for f in SHAPES[shape].fields if f.known_in(version)]
    flags = (f.flags for f in fields if isinstance(f, Switch))
    return frozenset((*(f.key for f in fields), *flags))


def _where(tree: Mapping[str, Any]) -> str:
    return str(tree.get("id") or tree.get("value") or "it has no id")


def _attribute(element: Any, field: Attribute, tree: Mapping[str, Any], _names: Names) -> None:
    name = _XML if field.name == _LANG else field.name
    try:
        element.set(name, to_text(tree[field.key], field.type))
    except ValueError as error:
        raise NotImplementedByHub(f"SDMX-ML cannot say {field.key}: {error}.") from None


def _own(element: Any, field: Own, tree: Mapping[str, Any], _names: Names) -> None:
    element.text = to_text(tree[field.key], Scalar.STRING)


def _texts(element: Any, field: Texts, tree: Mapping[str, Any], names: Names) -> None:
    tag = names.tag(field.space, field.tag)
    for language, text in tree[field.key].items():
        etree.SubElement(element, tag, {_XML: language}).text = text


def _children(element: Any, field: Child, tree: Mapping[str, Any], names: Names) -> None:
    value, tag = tree[field.key], names.tag(field.space, field.tag)
    for one in value if field.many else (value,):
        _child(element, tag, field.of, one, names)


def _listed(element: Any, field: Listed, tree: Mapping[str, Any], names: Names) -> None:
    if tree[field.key]:
        wrapper = etree.SubElement(element, names.tag(field.space, field.wrapper))
        for one in tree[field.key]:
            _child(wrapper, names.tag(field.space, field.tag), field.of, one, names)


def _nested(element: Any, field: Nested, tree: Mapping[str, Any], names: Names) -> None:
    for one in tree[field.key]:
        wrapper = etree.SubElement(element, names.tag("str", field.wrapper))
        etree.SubElement(wrapper, names.tag("str", field.tag)).text = one


def _tagged(element: Any, field: Sources | Pairs, tree: Mapping[str, Any], names: Names) -> None:
    for one in tree[field.key]:
        for tag, key in field.tags.items():
            if key in one:
                etree.SubElement(element, names.tag("str", tag)).text = one[key]


def _switch(element: Any, field: Switch, tree: Mapping[str, Any], names: Names) -> None:
    flags = tree.get(field.flags) or [None] * len(tree[field.key])
    for one, flag in zip(tree[field.key], flags, strict=True):
        child = etree.SubElement(element, names.tag("str", field.tag))
        child.text = one
        if flag is not None:
            child.set(field.flag, to_text(flag, Scalar.BOOLEAN))


_WRITE: dict[type[Field], Callable[[Any, Any, Mapping[str, Any], Names], None]] = {
    Attribute: _attribute,
    Own: _own,
    Texts: _texts,
    Child: _children,
    Listed: _listed,
    Nested: _nested,
    Sources: _tagged,
    Pairs: _tagged,
    Switch: _switch,
}


def _child(element: Any, tag: str, of: Scalar | str, value: Any, names: Names) -> None:
    if isinstance(of, Scalar):
        etree.SubElement(element, tag).text = to_text(value, of) or None
    else:
        element_of(element, tag, of, value, names)


def tree_of_element(element: Any, shape: str, names: Names) -> Tree:
    """The tree of an element.

    Raises ``NotImplementedByHub`` for an element or attribute the grammar does not know.
    """
    places = _places(shape, names.version)
    tree: Tree = {}
    for name, text in element.attrib.items():
        field = places.get(f"@{_LANG if name == _XML else name}")
        if isinstance(field, Attribute):
            tree[field.key] = to_value(text, field.type)
        elif name not in _DERIVED and not name.startswith("{"):
            raise NotImplementedByHub(
                f"line {element.sourceline}: the hub does not know the attribute {name} of "
                f"{etree.QName(element).localname}."
            )
    own = places.get("")
    if own is not None:
        tree[own.key] = element.text or ""
    for child in element.iterchildren("*"):
        local = etree.QName(child).localname
        field = places.get(local)
        if field is None:
            raise NotImplementedByHub(
                f"line {child.sourceline}: the hub does not know the element {local} in "
                f"{etree.QName(element).localname}."
            )
        _read(tree, field, child, local, names)
    return tree


@cache
def _places(shape: str, version: str) -> dict[str, Field]:
    """Fields of a shape by where they stand: ``@attribute``, tag, or nothing for the text."""
    found: dict[str, Field] = {}
    for field in SHAPES[shape].fields:
        if not field.known_in(version):
            continue
        match field:
            case Attribute():
                found[f"@{field.name}"] = field
            case Own():
                found[""] = field
            case Listed() | Nested():
                found[field.wrapper] = field
            case Sources() | Pairs():
                found.update(dict.fromkeys(field.tags, field))
            case Texts() | Child() | Switch():
                found[field.tag] = field
    return found


def _read(tree: Tree, field: Field, child: Any, local: str, names: Names) -> None:
    text = (child.text or "").strip()
    match field:
        case Texts():
            tree.setdefault(field.key, {})[child.get(_XML, "en")] = child.text or ""
        case Child() if not field.many:
            if field.key in tree:
                raise NotImplementedByHub(
                    f"line {child.sourceline}: the hub keeps one {local} here, not several."
                )
            tree[field.key] = _value(child, field.of, names)
        case Child():
            tree.setdefault(field.key, []).append(_value(child, field.of, names))
        case Listed():
            tree[field.key] = [_value(one, field.of, names) for one in child.iterchildren("*")]
        case Nested():
            inside = [(one.text or "").strip() for one in child.iterchildren("*")]
            tree.setdefault(field.key, []).extend(inside)
        case Sources():
            tree.setdefault(field.key, []).append({field.tags[local]: text})
        case Pairs():
            _read_pair(tree.setdefault(field.key, []), field.tags[local], text)
        case Switch():
            _read_switch(tree, field, text, child.get(field.flag))


def _read_pair(turns: list[Tree], key: str, text: str) -> None:
    if not turns or key in turns[-1]:
        turns.append({})
    turns[-1][key] = text


def _read_switch(tree: Tree, field: Switch, text: str, flag: str | None) -> None:
    values = tree.setdefault(field.key, [])
    values.append(text)
    if flag is not None or field.flags in tree:
        flags = tree.setdefault(field.flags, [False] * (len(values) - 1))
        flags.append(flag is not None and to_value(flag, Scalar.BOOLEAN))


def _value(element: Any, of: Scalar | str, names: Names) -> Any:
    if isinstance(of, Scalar):
        text = element.text or ""
        return to_value(text if of is Scalar.STRING else text.strip(), of)
    return tree_of_element(element, of, names)

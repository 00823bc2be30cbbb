"""Structures out of SDMX-ML 2.1 messages, whole or not at all.

The message is parsed safely, checked against the official schema, read by sdmx1, and what sdmx1
leaves out is put back (constraints on provision agreements, names of artefacts that are referred
to before they are defined, exclusions in regions). At the end the artefacts are written again and
compared with the message: what would be lost is an error, never silence.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from copy import deepcopy
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from lxml import etree
from sdmx.exceptions import XMLParseError
from sdmx.reader.xml.v21 import Reader

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.findings import Finding
from hub.model.schema import StructureRef
from hub.structures.artefact_parts import set_multilingual
from hub.structures.artefacts import artefacts_of
from hub.structures.grammar_xml import Names, tree_of_element
from hub.structures.items_read import take_codes
from hub.structures.kinds import KINDS, Artefact, Key, key_of
from hub.structures.ml21_constraint_read import TIMES, UNREAD, read_constraint
from hub.structures.ml21_kept import read_kept
from hub.structures.ml21_parts import COM, MES, STR
from hub.structures.ml21_write import structures_element
from hub.structures.model30 import Kept
from hub.structures.xml_source import check_valid, parse
from hub.structures.xsd_official import validate_tree

__all__ = ["findings", "read"]

_LOG = logging.getLogger("sdmx.reader.xml")

_KIND_BY_TAG = {f"{STR}{kind.element}": kind for kind in KINDS.values() if kind.element}
_CONTAINERS = {f"{STR}{kind.container}" for kind in KINDS.values() if kind.container}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_NAMES = Names("2.1")

#: Tags that may come in another number: a reference is by ``Ref`` or by URN.
_FREE = {"Ref", "URN"}
#: Attributes that say nothing of their own, and values that are said by saying nothing.
_DERIVED = {"urn", "position"}
_DEFAULTS = {("include", "true"), ("minOccurs", "1"), ("maxOccurs", "1")}


def findings(source: bytes | Path) -> list[Finding]:
    """Faults of a structure message against the official schema, each with its line.

    Raises ``RequestSyntaxError`` when it is not well-formed XML.
    """
    return validate_tree(parse(source), "2.1")


def read(source: bytes | Path) -> list[Artefact]:
    """All artefacts of a structure message, as sdmx1 objects.

    Raises ``RequestSyntaxError`` when it is not well formed, has a DTD, is not a structure message
    or not valid against the schema; ``NotImplementedByHub`` when it holds what the hub does not
    keep or cannot read without loss.
    """
    root = parse(source)
    if root.tag != f"{MES}Structure":
        raise RequestSyntaxError(
            f"The root element is {root.tag}; a structure message of SDMX-ML 2.1 has "
            f"{MES}Structure."
        )
    check_valid(root, "2.1")
    structures = root.find(f"{MES}Structures")
    if structures is None or not len(structures):
        return []
    for container in structures.iterchildren("*"):
        if container.tag not in _CONTAINERS:
            raise NotImplementedByHub(f"The hub does not keep {etree.QName(container).localname}.")
    elements = {_key(e): e for c in structures.iterchildren("*") for e in c.iterchildren("*")}
    # References by URN of other artefacts are changed in place: a copy is read.
    own = [_codelist(e) for k, e in elements.items() if k.kind == "codelist"]
    own += [
        read_kept(deepcopy(e), k.kind) for k, e in elements.items() if KINDS[k.kind].model == "Kept"
    ]
    by_key = {key_of(a): a for a in (*_through_sdmx1(root), *own)}
    for key, element in elements.items():
        if key not in by_key:
            raise NotImplementedByHub(f"{key.kind} {key.ref} could not be read.")
        if not (isinstance(by_key[key], Kept) or key.kind == "codelist"):
            _repair(element, by_key[key], by_key)
    _link_codelists(by_key)
    found = [by_key[key] for key in elements]
    _check_whole(structures, found)
    return found


def _codelist(element: Any) -> Artefact:
    """The codelist of an element, which loses its codes: sdmx1 takes far longer for many."""
    codes = take_codes(element, _NAMES)
    tree = tree_of_element(element, "codelist", _NAMES)
    tree.setdefault("isFinal", False)  # the default of SDMX 2.1
    made = artefacts_of([("codelist", {**tree, "codes": codes})])[0]
    made.urn = element.get("urn")
    return made


def _link_codelists(by_key: dict[Key, Artefact]) -> None:
    """Let components and concepts refer to the codelists of the message, not to mere names."""
    for key, artefact in by_key.items():
        parts: Iterable[Any] = ()
        if key.kind == "datastructure":
            parts = (*artefact.dimensions, *artefact.attributes, *artefact.measures)
        elif key.kind == "conceptscheme":
            parts = artefact.items.values()
        for part in parts:
            for name in ("local_representation", "core_representation"):
                coded = getattr(part, name, None)
                if coded is not None and coded.enumerated is not None:
                    named = by_key.get(key_of(coded.enumerated))
                    coded.enumerated = named or coded.enumerated


def _through_sdmx1(root: Any) -> list[Artefact]:
    _LOG.setLevel("ERROR")  # it warns of losses that are made good, or refused, below
    try:
        with redirect_stdout(StringIO()):  # sdmx1 prints its state when it gives up
            reader: Any = Reader
            message = reader().convert(BytesIO(etree.tostring(_without_kept(root))))
    except (XMLParseError, RuntimeError) as error:
        cause = error.__cause__ or error
        raise NotImplementedByHub(f"The structure message cannot be read: {cause}.") from error
    return [a for name, _ in message.iter_collections() for a in getattr(message, name).values()]


def _without_kept(root: Any) -> Any:
    """The message without what sdmx1 need not read."""
    rest = deepcopy(root)  # codelists have lost their codes: it is small
    for container in rest.find(f"{MES}Structures"):
        for element in container.iterchildren("*"):
            kind = _KIND_BY_TAG.get(element.tag)
            if kind is not None and (kind.model == "Kept" or kind.name == "codelist"):
                container.remove(element)
            for part in [e for e in element.iterchildren("*") if e.tag in UNREAD or e.tag in TIMES]:
                element.remove(part)
            if element.tag == f"{STR}ContentConstraint" and element.get("type") is None:
                element.set("type", "Actual")  # the schema's default, without which sdmx1 fails
        if not len(container):
            container.getparent().remove(container)
    return rest


def _key(element: Any) -> Key:
    kind = _KIND_BY_TAG.get(element.tag)
    if kind is None:
        raise NotImplementedByHub(f"The hub does not keep {etree.QName(element).localname}.")
    return Key(
        kind.name,
        StructureRef(element.get("agencyID"), element.get("id"), element.get("version", "1.0")),
    )


def _repair(element: Any, artefact: Artefact, by_key: dict[Key, Artefact]) -> None:
    artefact.is_external_reference = element.get("isExternalReference") in {"true", "1"}
    artefact.is_final = element.get("isFinal") in {"true", "1"}
    artefact.version = element.get("version", "1.0")
    artefact.name = _texts(element, "Name")
    artefact.description = _texts(element, "Description")
    artefact.service_url = element.get("serviceURL")
    artefact.structure_url = element.get("structureURL")
    if hasattr(type(artefact), "is_partial"):
        artefact.is_partial = element.get("isPartial") in {"true", "1"}
        _order(element, artefact)
    _multilingual(element, artefact)
    if element.tag == f"{STR}ContentConstraint":
        read_constraint(element, artefact, by_key)


def _multilingual(element: Any, artefact: Artefact) -> None:
    """Text formats that say whether they are multilingual; sdmx1 leaves it out."""
    for text in element.iter(f"{STR}TextFormat"):
        said = text.get("isMultiLingual")
        if said is None:
            continue
        id_ = text.getparent().getparent().get("id")
        owner = _part(artefact, id_)
        source = getattr(owner, "local_representation", None) or getattr(
            owner, "core_representation", None
        )
        if source is not None and source.non_enumerated:
            set_multilingual(source.non_enumerated[0], said=said in {"true", "1"})


def _part(artefact: Artefact, id_: str) -> Any | None:
    """The concept or component of an artefact with an id."""
    if hasattr(artefact, "dimensions"):
        parts = (*artefact.dimensions, *artefact.attributes, *artefact.measures)
        return next((part for part in parts if part.id == id_), None)
    return artefact.items.get(id_) if hasattr(type(artefact), "is_partial") else None


def _order(element: Any, scheme: Artefact) -> None:
    """Put items in the order of the message: sdmx1 puts children after their parent, reversed."""
    tag = f"{STR}{_KIND_BY_TAG[element.tag].item}"
    place = {e.get("id"): n for n, e in enumerate(element.iter(tag))}
    # What is only referred to is not an item of a partial scheme, though sdmx1 makes it one.
    present = (item for item in scheme.items.values() if item.id in place)
    in_order = sorted(present, key=lambda item: place[item.id])
    scheme.items = {item.id: item for item in in_order}
    for item in in_order:
        item.child.sort(key=lambda child: place.get(child.id, len(place)))


def _texts(element: Any, tag: str) -> dict[str, str]:
    return {e.get(_LANG, "en"): e.text or "" for e in element.iterchildren(f"{COM}{tag}")}


def _check_whole(structures: Any, artefacts: list[Artefact]) -> None:
    """Refuse what would be lost; codelists are read by us, who drop nothing."""
    for codelists in structures.findall(f"{STR}{KINDS['codelist'].container}"):
        structures.remove(codelists)
    rest = structures_element(a for a in artefacts if key_of(a).kind != "codelist")
    given, kept = Counter(_counted(structures)), Counter(_counted(rest))
    lost = {tag: given[tag] - kept[tag] for tag in given if kept[tag] < given[tag]}
    if lost:
        names = ", ".join(f"{n} {tag.rpartition('}')[2]}" for tag, n in sorted(lost.items()))
        raise NotImplementedByHub(f"The message cannot be read without loss: {names}.")


def _counted(structures: Any) -> Iterator[str]:
    """Tags, and attributes that say something, of all elements but references."""
    for element in structures.iter("*"):
        if element.tag in _FREE:
            continue
        yield element.tag
        for name, value in element.attrib.items():
            said = value not in {"false", "0"} and (name, value) not in _DEFAULTS
            if said and name not in _DERIVED:
                yield f"{element.tag}/@{name}"

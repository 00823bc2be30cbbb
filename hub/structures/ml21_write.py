"""SDMX-ML 2.1 structure messages, from sdmx1 artefacts.

The message is valid against the official schemas. Artefacts are written whole, stubs (external
references) without their content, partial item schemes with ``isPartial``. References are written
as ``Ref`` elements, which every client reads. An artefact or item without a name gets its id as
its name, as the schema wants one. Source: SDMX 2.1 Section 3A.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.structures.beyond import ABSENT, kept_beside
from hub.structures.counterparts import in_generation
from hub.structures.grammar_xml import Names
from hub.structures.items import ItemTable
from hub.structures.items_write import check_codes, xml_codes
from hub.structures.kinds import (
    KINDS,
    Artefact,
    Key,
    item_path,
    item_urn,
    key_of,
    root_items,
    urn_of,
)
from hub.structures.message_parts import Part, mark, part_of, whole, xml_message
from hub.structures.ml21_constraint import constraint_content
from hub.structures.ml21_dsd import representation, structure_content
from hub.structures.ml21_kept import kept_element
from hub.structures.ml21_parts import (
    COM,
    MES,
    NSMAP,
    STR,
    Element,
    flag,
    item_ref,
    maintainable_ref,
    sub,
    texts,
    write_annotations,
)
from hub.structures.ml_header import close_header, open_header
from hub.structures.model30 import Kept
from hub.structures.xsd_official import validate_tree
from hub.xml_safe import parser

__all__ = ["stream", "structures_element", "write"]

_NAMES = Names("2.1")


def write(artefacts: Iterable[Artefact], header: Header, *, pretty: bool = False) -> bytes:
    """A structure message with ``artefacts``, each once, in the order the schema wants.

    Raises ``NotImplementedByHub`` for what SDMX-ML 2.1 or the hub cannot express.
    """
    return whole(stream(artefacts, header), pretty=pretty)


def stream(artefacts: Iterable[Artefact], header: Header) -> Iterator[bytes]:
    """The same message in blocks; all that can be refused is refused before the first one."""
    root = etree.Element(f"{MES}Structure", nsmap=NSMAP)
    close_header(open_header(root, MES, header), MES, header)
    containers: dict[str, list[Part]] = {}
    kept = etree.Element(f"{MES}Structures", nsmap=NSMAP)
    for key, artefact in _in_order(artefacts):
        name = KINDS[key.kind].container
        into = etree.Element(f"{STR}{name}", nsmap=NSMAP)
        _artefact(into, key, artefact, codes=False)
        containers.setdefault(name, []).append(_part(into[0], key, artefact))
        if isinstance(artefact, Kept):
            _add(kept, into)
    if len(kept):
        _check_valid(root, kept)
    if not containers:
        etree.SubElement(root, f"{MES}Structures")
    return xml_message(root, f"{MES}Structures", containers.items())


def _part(element: Element, key: Key, artefact: Artefact) -> Part:
    if key.kind != "codelist":
        return part_of(element, NSMAP)
    table = ItemTable.of(artefact)
    check_codes(table, key, "2.1")
    mark(element, len(element))
    return part_of(element, NSMAP, partial(xml_codes, table, key, _NAMES))


def _add(structures: Element, container: Element) -> None:
    """Add the artefact in ``container`` to the containers there are."""
    last = structures[-1] if len(structures) else None
    if last is None or last.tag != container.tag:
        structures.append(container)
    else:
        last.append(container[0])


def structures_element(artefacts: Iterable[Artefact]) -> Element:
    """The ``Structures`` element with ``artefacts``, in the order the schema wants."""
    structures = etree.Element(f"{MES}Structures", nsmap=NSMAP)
    for key, artefact in _in_order(artefacts):
        into = etree.Element(f"{STR}{KINDS[key.kind].container}", nsmap=NSMAP)
        _artefact(into, key, artefact)
        _add(structures, into)
    return structures


def _in_order(artefacts: Iterable[Artefact]) -> Iterator[tuple[Key, Artefact]]:
    """The artefacts, each once, in the order of the schema."""
    by_kind: dict[str, dict[Key, Artefact]] = {name: {} for name in KINDS}
    for artefact in in_generation(artefacts, of_21=True):
        key = key_of(artefact)
        by_kind[key.kind].setdefault(key, artefact)
    for name, members in by_kind.items():
        if members and not KINDS[name].element:
            refs = ", ".join(str(key.ref) for key in members)
            raise NotImplementedByHub(
                f"SDMX-ML 2.1 has no {KINDS[name].element3}: {refs} can be had in SDMX 3.x."
            )
        yield from members.items()


def _artefact(container: Element, key: Key, artefact: Artefact, *, codes: bool = True) -> None:
    kind = KINDS[key.kind]
    if isinstance(artefact, Kept):
        kept_element(container, key, artefact, artefact.tree)
        return
    if not artefact.is_external_reference:
        _refuse_beyond(key, artefact)
    element = sub(container, f"{STR}{kind.element}", _attributes(key, artefact))
    nameable(element, artefact)
    if key.kind == "codelist":
        if codes:
            _codes(element, key, artefact)
    elif kind.item is not None:
        _items(element, key, artefact)
    elif not artefact.is_external_reference or key.kind == "provisionagreement":
        _CONTENT[key.kind](element, artefact)


#: What is kept beside constraints and SDMX-ML 2.1 has a place for.
_SAID = {("releaseCalendar",), ("referencePeriod",), ("dataKeySets",)}


def _refuse_beyond(key: Key, artefact: Artefact) -> None:
    """Refuse what SDMX 3.x says of an artefact and 2.1 has no place for."""
    for path, value in kept_beside(artefact).items():
        if value is ABSENT or path in _SAID:
            continue  # what 2.1 says by default, or is written from what is beyond
        place = ".".join(step if isinstance(step, str) else step[0] for step in path)
        raise NotImplementedByHub(f"SDMX-ML 2.1 cannot express {place} of {key.kind} {key.ref}.")


def _check_valid(root: Element, kept: Element) -> None:
    """Kept artefacts are written as the grammar of SDMX 3.x has them: 2.1 may lack something."""
    alone = deepcopy(root)
    alone.append(kept)
    faults = validate_tree(etree.fromstring(etree.tostring(alone), parser()), "2.1")
    if faults:
        raise NotImplementedByHub(f"SDMX-ML 2.1 cannot express this: {faults[0].message}.")


def _attributes(key: Key, artefact: Artefact) -> dict[str, str]:
    """XML attributes of a maintainable artefact; what is not stated is left out."""

    def stated(value: object) -> str | None:
        return None if value is None else flag(value)

    found = {
        "id": key.ref.id,
        "urn": urn_of(key),
        "uri": artefact.uri,
        "version": key.ref.version,
        "validFrom": artefact.valid_from,
        "validTo": artefact.valid_to,
        "agencyID": key.ref.agency,
        "isFinal": stated(artefact.is_final),
        "isExternalReference": stated(artefact.is_external_reference),
        "serviceURL": artefact.service_url,
        "structureURL": artefact.structure_url,
        "isPartial": "true" if getattr(artefact, "is_partial", None) else None,
        "type": _constraint_type(artefact) if key.kind == "contentconstraint" else None,
    }
    return {name: str(value) for name, value in found.items() if value}


def _constraint_type(constraint: Artefact) -> str:
    role = getattr(getattr(constraint, "role", None), "role", None)
    name = getattr(role, "name", None)
    if name is None:  # the schema's own default would be Actual
        raise NotImplementedByHub(f"The constraint {constraint.id} does not say what it is for.")
    return "Allowed" if name == "allowable" else "Actual"


def nameable(element: Element, source: Any) -> None:
    """Annotations, names and descriptions."""
    write_annotations(element, source.annotations)
    texts(element, f"{COM}Name", source.name.localizations or {"en": source.id})
    texts(element, f"{COM}Description", source.description.localizations)


def _items(element: Element, key: Key, scheme: Artefact) -> None:
    nested = key.kind == "categoryscheme"
    for item in root_items(scheme) if nested else scheme.items.values():
        _item(element, key, item, nested=nested)


def _codes(element: Element, key: Key, codelist: Artefact) -> None:
    """The codes as elements."""
    for code in codelist.items.values():
        _item(element, key, code, nested=False)


def _item(element: Element, key: Key, item: Any, *, nested: bool) -> None:
    kind = KINDS[key.kind]
    path = item_path(item) if nested else item.id
    into = sub(element, f"{STR}{kind.item}", {"id": item.id, "urn": item_urn(key, path)})
    nameable(into, item)
    if nested:
        for child in item.child:
            _item(into, key, child, nested=True)
        return
    if key.kind in {"codelist", "conceptscheme"} and _is_item(item.parent):
        sub(sub(into, f"{STR}Parent"), "Ref", id=item.parent.id)
    if key.kind == "conceptscheme":
        representation(into, "CoreRepresentation", item.core_representation)
    for contact in getattr(item, "contact", ()):
        _contact(into, contact)


def _is_item(parent: Any) -> bool:
    return parent is not None and not hasattr(parent, "maintainer")


def _contact(element: Element, contact: Any) -> None:
    into = sub(element, f"{STR}Contact")
    texts(into, f"{COM}Name", contact.name.localizations)
    texts(into, f"{STR}Department", contact.org_unit.localizations)
    texts(into, f"{STR}Role", contact.responsibility.localizations)
    if contact.telephone:
        sub(into, f"{STR}Telephone").text = contact.telephone
    for tag, values in (
        ("Fax", contact.fax),
        ("X400", contact.x400),
        ("URI", contact.uri),
        ("Email", contact.email),
    ):
        for value in values:
            sub(into, f"{STR}{tag}").text = value


def _dataflow(element: Element, flow: Artefact) -> None:
    if flow.structure is not None and flow.structure.maintainer is not None:
        maintainable_ref(sub(element, f"{STR}Structure"), key_of(flow.structure))


def _categorisation(element: Element, categorisation: Artefact) -> None:
    source, target = categorisation.artefact, categorisation.category
    if source is None or target is None:
        raise NotImplementedByHub(f"The categorisation {categorisation.id} misses one of its ends.")
    into = sub(element, f"{STR}Source")
    if hasattr(source, "maintainer"):
        maintainable_ref(into, key_of(source))
    else:
        item_ref(into, source)
    item_ref(sub(element, f"{STR}Target"), target)


def _agreement(element: Element, agreement: Artefact) -> None:
    maintainable_ref(sub(element, f"{STR}StructureUsage"), key_of(agreement.structure_usage))
    item_ref(sub(element, f"{STR}DataProvider"), agreement.data_provider)


_CONTENT: dict[str, Callable[[Element, Artefact], None]] = {
    "dataflow": _dataflow,
    "categorisation": _categorisation,
    "provisionagreement": _agreement,
    "datastructure": structure_content,
    "contentconstraint": constraint_content,
}

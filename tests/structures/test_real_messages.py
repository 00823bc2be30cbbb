"""Messages of agencies: each is read and served again without loss, or refused with its fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from messages import FORMATS, faults, functions, trees

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.dataset import Header
from hub.structures.ml21_read import read as read21
from hub.structures.ml30_read import read as read30

_ACTUAL = {"sdmx-ml-3.1-structure", "sdmx-json-2.1-structure"}
#: Message, number of artefacts, formats that cannot say what is in it.
_GOOD: dict[str, tuple[int, set[str]]] = {
    "ESTAT_CL_FREQ.xml": (1, set()),
    "ESTAT_demography-structure.xml": (12, set()),
    "IAEG-SDGs_metadatastructure-0.xml": (1, set()),
    "OECD_actualconstraint-0.xml": (1, _ACTUAL),
    "SGR_common-structure.xml": (6, set()),
    "SPC_actualconstraint-0.xml": (1, _ACTUAL),
    "UNICEF_GLOBAL_DATAFLOW-structure.xml": (29, set()),
    "UNICEF_codelist_CL_AGE.xml": (1, set()),
    "UNICEF_codelist_CL_COUNTRY.xml": (1, set()),
    "UNICEF_codelist_CL_OBS_STATUS.xml": (1, set()),
    "UNICEF_codelist_CL_UNICEF_INDICATOR.xml": (1, set()),
    "UNICEF_codelist_CL_UNIT_MEASURE.xml": (1, set()),
    "UNICEF_dataflows.xml": (70, set()),
}  # fmt: skip


def _read(message: bytes) -> list[Any]:
    return (read30 if b"schemas/v3_0/message" in message else read21)(message)


def _said(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree without ``isFinal``, which SDMX 3.x says by the version."""
    return {k: v for k, v in tree.items() if k != "isFinal"}


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("file", sorted(_GOOD))
def test_read_and_served_again(
    shared_data: Callable[[str], Path], header: Header, file: str, name: str
) -> None:
    number, unsayable = _GOOD[file]
    found = _read(shared_data(f"sdmx-structures/{file}").read_bytes())
    assert len(found) == number
    write, read = functions(FORMATS[name])
    if name in unsayable:
        with pytest.raises(NotImplementedByHub):
            write(found, header)
        return
    sent = write(found, header)
    assert faults(FORMATS[name], sent) == [] or file.startswith("UNICEF_codelist_CL_UNICEF")
    again, given = trees(read(sent)), trees(found)
    assert {k: _said(t) for k, t in again.items()} == {k: _said(t) for k, t in given.items()}


@pytest.mark.parametrize("file", sorted(_GOOD))
def test_the_tree_says_all_of_the_message(shared_data: Callable[[str], Path], file: str) -> None:
    """No text of the message is missing from what was read."""
    message = shared_data(f"sdmx-structures/{file}").read_bytes()
    told = str(list(trees(_read(message)).values()))
    structures = etree.fromstring(message).find("{*}Structures")
    for element in structures.iter("*"):
        text = (element.text or "").strip()
        if text and not text.startswith("urn:"):
            assert repr(text)[1:-1] in told or _as_number(text, told), text
        for attribute in ("id", "agencyID", "version"):
            assert repr(element.get(attribute) or "")[1:-1] in told


def _as_number(text: str, told: str) -> bool:
    return text in {"true", "false"} or text.replace("\n", "\\n") in told


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("UNSD_codelist_partial.xml", "line 92: DimensionList: Missing child element"),
        ("IAEG-SDGs_SDG_1_8_generic_data_sample.xml", "GenericData; a structure message"),
        ("IAEG-SDGs_SDG_structure_specific_sample.xml", "StructureSpecificData; a structure"),
    ],
)
def test_refused_with_the_fault(shared_data: Callable[[str], Path], file: str, fault: str) -> None:
    with pytest.raises(RequestSyntaxError, match=fault):
        _read(shared_data(f"sdmx-structures/{file}").read_bytes())


def test_every_message_is_here(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("sdmx-structures")
    refused = {"UNSD_codelist_partial.xml", "IAEG-SDGs_SDG_1_8_generic_data_sample.xml",
               "IAEG-SDGs_SDG_structure_specific_sample.xml"}  # fmt: skip
    assert {p.name for p in folder.glob("*.xml")} == {*_GOOD, *refused}

"""Every figure of every source names a cell, and in the file that cell holds the figure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from connectors import catalogue
from connectors.framework.discovery import Connectors
from connectors.framework.listing import Listing
from connectors.framework.run import read_tables
from connectors.framework.sheet import Sheet
from hub.model.cells import address, parse_address
from hub.structures.repository import StructureSet

SAMPLES = [
    (connector, sample) for connector in catalogue.ids() for sample in catalogue.samples(connector)
]


def same(printed: str, value: str) -> bool:
    """Whether a cell says a number, signs of thousands and marks beside it aside."""
    for text in (printed, re.sub(r"[\s,  ]", "", printed), re.sub(r"[\s.]", "", printed)):
        try:
            if Decimal(text) == Decimal(value):
                return True
        except InvalidOperation:
            continue
    return False


@pytest.mark.parametrize(("connector", "sample"), SAMPLES, ids=lambda x: getattr(x, "name", x))
def test_the_cell_of_a_figure_holds_it(
    structures: StructureSet, connector: str, sample: Path
) -> None:
    message = catalogue.read(connector, sample, structures)
    assert message.cells is not None
    values = [
        value
        for block in message.blocks
        for value in block.batch.column(
            block.batch.schema.get_field_index(block.schema.primary_measure.id)
        ).to_pylist()
    ]
    found, cells = (array.to_pylist() for array in message.cells(0, len(values)))
    assert len(found) == len(cells) == len(values) > 0
    read = read_tables(Connectors().get(connector), sample, structures)
    sheets: dict[str, Sheet] = {table.sheet.name: table.sheet for table in read.tables}
    markers = read.tables and Connectors().get(connector).record.markers
    several = 0
    for value, sheet, cell in zip(values, found, cells, strict=True):
        places = list(zip(sheet.split("\n"), cell.split("\n"), strict=True))
        printed = []
        for name, one in places:
            row, column = parse_address(one)
            assert address(row, column) == one
            printed.append(str(sheets[name].text[row, column]).strip())
        if value is None:
            continue
        if len(places) > 1:  # what several records say together
            several += 1
            assert sum(map(Decimal, printed)) == Decimal(value), (cell, printed, value)
            continue
        if same(printed[0], value):
            continue
        marker = markers.of(printed[0]) if markers else None
        assert marker is not None, (cell, printed, value)
        assert marker.value == value, (cell, printed, value)
    assert not several or any(isinstance(t, Listing) and t.add_up for t in read.tables)


def test_a_batch_tells_its_own_cells(structures: StructureSet) -> None:
    (sample,) = catalogue.samples("mex/upm_air_entries")
    message = catalogue.read("mex/upm_air_entries", sample, structures)
    assert message.cells is not None
    whole = message.cells(0, 1380)
    part = message.cells(100, 7)
    assert [a.to_pylist() for a in part] == [a.to_pylist()[100:107] for a in whole]


@pytest.mark.parametrize("text", ["", "A0", "1A", "a1", "A1:B2", "A-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_address(text)

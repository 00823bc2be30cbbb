"""Structures of real agencies: they load, or are refused with a message that names the fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.messages.structures_read import read_structures
from hub.structures.maintain import apply
from hub.structures.repository import StructureSet
from hub.structures.submission import Change, Status, StructureAction

FILES = [
    "ESTAT_CL_FREQ", "ESTAT_demography-structure", "IAEG-SDGs_metadatastructure-0",
    "OECD_actualconstraint-0", "SGR_common-structure", "SPC_actualconstraint-0",
    "UNICEF_GLOBAL_DATAFLOW-structure", "UNICEF_codelist_CL_UNICEF_INDICATOR", "UNICEF_dataflows",
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_real_message(name: str, shared_data: Callable[[str], Path]) -> None:
    artefacts = read_structures(shared_data(f"sdmx-structures/{name}.xml"))
    changes = [Change.of(a, StructureAction.REPLACE) for a in artefacts]
    outcome = apply(StructureSet([]), changes)
    assert not list(outcome.structures.graph.missing())
    for result in outcome.results:
        if result.status is Status.FAILURE:
            assert "which is not there" in result.texts[0]
        elif result.status is Status.SUCCESS:
            assert result.key in outcome.structures.by_key
    again = apply(outcome.structures, changes)
    assert not again.changed
    assert [r.ok for r in again.results] == [r.ok for r in outcome.results]


def test_a_whole_message_loads_whole(shared_data: Callable[[str], Path]) -> None:
    artefacts = read_structures(shared_data("sdmx-structures/UNICEF_GLOBAL_DATAFLOW-structure.xml"))
    changes = [Change.of(a, StructureAction.REPLACE) for a in artefacts]
    outcome = apply(StructureSet([]), changes)
    assert [r.key for r in outcome.results if not r.ok] == []

"""Maps as plain values."""

from __future__ import annotations

from samples30 import MAPS, message

from hub.structures.mappings import MappedValue, Side, representation_map, structure_map
from hub.structures.ml30_read import read


def test_a_structure_map() -> None:
    found = structure_map(next(a for a in read(message(MAPS)) if a.kind == "structuremap"))
    assert (found.source.kind, str(found.target.ref)) == ("dataflow", "OECD:DSD_MIG(1.0)")
    (component,) = found.components
    assert (component.sources, component.targets) == (("FREQ", "AREA"), ("REF_AREA",))
    assert component.representation_map is not None
    assert component.representation_map.ref.id == "RM"
    (fixed,) = found.fixed
    assert (fixed.component, fixed.values, fixed.in_target) == ("UNIT", ("PS",), True)
    pattern, epoch = found.dates
    assert pattern.components == (("T", "TIME_PERIOD"), ("T2", "OTHER"))
    assert (pattern.pattern, pattern.resolve, pattern.frequency_dimension) == (
        "MMM yy", "endOfPeriod", "FREQ",
    )  # fmt: skip
    assert (epoch.base_period, epoch.epoch, epoch.target_frequency) == ("1970", "millisecond", "M")


def test_a_representation_map() -> None:
    found = representation_map(next(a for a in read(message(MAPS)) if a.id == "RM"))
    assert found.sources[1] == Side(data_type="String")
    assert found.targets[0].enumeration is not None
    assert found.targets[0].enumeration.kind == "valuelist"
    first, second = found.mappings
    assert first.sources == (MappedValue("A(.)", is_regex=True), MappedValue("x ", start=1, end=2))
    assert (first.targets, first.valid_from, second.targets) == (("\\1",), "2020-01-01", ())

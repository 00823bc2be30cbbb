"""Writer of generic data, SDMX-ML 2.1. Source: Section 3A, ``SDMXDataGeneric.xsd``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow.compute as pc

from hub.messages.api import WriteOptions
from hub.messages.columns import Piece, constant, merge
from hub.messages.ml_envelope import NAMESPACES
from hub.messages.ml_groups import Group
from hub.messages.ml_header import action_name, header_xml, structure_id
from hub.messages.ml_write import Columns, Layout, escape, require_time
from hub.messages.ml_write import write as write_ml
from hub.model.dataset import Block, Header
from hub.model.schema import Component

__all__ = ["write", "write_timeseries"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in UTF-8, one chunk a block."""
    return write_ml(blocks, header, options, _Generic())


def write_timeseries(
    blocks: Iterable[Block], header: Header, options: WriteOptions
) -> Iterator[bytes]:
    """The same as ``GenericTimeSeriesData``: observations by time, and no other way.

    Raises ``NotAcceptable`` for a structure without time or another dimension at the observation.
    """
    return write_ml(blocks, header, options, _Generic(time_series=True))


class _Generic:
    """Every component is a ``Value`` element with its id and its value."""

    series_end = "</gen:Series>\n"

    def __init__(self, *, time_series: bool = False) -> None:
        self.time_series = time_series
        self.root = "mes:GenericTimeSeriesData" if time_series else "mes:GenericData"

    def message(self, header: Header, layouts: Sequence[Layout]) -> str:
        if self.time_series:
            require_time(layouts)
        spaces = {k: v for k, v in NAMESPACES["v2_1"].items() if k in ("mes", "com", "gen")}
        declared = " ".join(f'xmlns:{k}="{v}"' for k, v in spaces.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{self.root} {declared}>\n' + header_xml(
            header, [(layout, None) for layout in layouts], "v2_1"
        )

    def message_end(self) -> str:
        return f"</{self.root}>\n"

    def dataset(self, layout: Layout, attributes: Mapping[str, str]) -> str:
        values = "".join(
            f'<gen:Value id="{k}" value="{escape(v)}"/>' for k, v in attributes.items()
        )
        return (
            f'<mes:DataSet structureRef="{structure_id(layout.schema)}"'
            f' action="{action_name(layout.action, "v2_1")}"'
            + "".join(f' {k}="{v}"' for k, v in layout.validity.items())
            + ">\n"
            + (f"<gen:Attributes>{values}</gen:Attributes>\n" if values else "")
        )

    def dataset_end(self) -> str:
        return "</mes:DataSet>\n"

    def group(
        self,
        group: Group,
        key: Mapping[str, str],
        attributes: Mapping[str, str],
        layout: Layout,
    ) -> str:
        codes, values = (
            "".join(f'<gen:Value id="{k}" value="{escape(v)}"/>' for k, v in part.items())
            for part in (key, attributes)
        )
        return (
            f'<gen:Group type="{group.id}"><gen:GroupKey>{codes}</gen:GroupKey>'
            f"<gen:Attributes>{values}</gen:Attributes></gen:Group>\n"
        )

    def series(self, columns: Columns, layout: Layout) -> list[Piece]:
        return [
            constant("<gen:Series><gen:SeriesKey>", columns.rows),
            *(_value(columns, c) for c in layout.key),
            constant("</gen:SeriesKey>", columns.rows),
            *_attributes(columns, layout.series_attributes),
            constant("\n", columns.rows),
        ]

    def observations(self, columns: Columns, layout: Layout) -> list[Piece]:
        pieces = [constant("<gen:Obs>", columns.rows)]
        attributes = layout.observation_attributes
        if layout.observation is None:
            pieces.append(constant("<gen:ObsKey>", columns.rows))
            pieces += [_value(columns, c) for c in layout.key]
            pieces.append(constant("</gen:ObsKey>", columns.rows))
            attributes = (*layout.series_attributes, *attributes)
        else:
            pieces.append(columns.coded(layout.observation, '<gen:ObsDimension value="', '"/>'))
        for measure in layout.measures[:1]:  # 2.1 knows one measure
            pieces += columns.measure(measure, '<gen:ObsValue value="', '"/>')
        pieces += _attributes(columns, attributes)
        return [*pieces, constant("</gen:Obs>\n", columns.rows)]


def _value(columns: Columns, component: Component) -> Piece:
    return columns.coded(component, f'<gen:Value id="{component.id}" value="', '"/>')


def _attributes(columns: Columns, components: Sequence[Component]) -> list[Piece]:
    """The ``Attributes`` element where there is an attribute (an empty one is not allowed)."""
    given = [c for c in components if columns.column(c.id) is not None]
    if not given:
        return []
    inner = merge([_value(columns, c) for c in given])
    wrapped = pc.if_else(
        pc.equal(inner.table, ""),
        "",
        pc.binary_join_element_wise("<gen:Attributes>", inner.table, "</gen:Attributes>", ""),
    )
    return [replace(inner, table=wrapped)]

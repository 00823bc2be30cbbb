"""Structure-specific data, the spelling that SDMX-ML 2.1, 3.0 and 3.1 share.

``Series`` and ``Obs`` carry components as XML attributes. Source: SDMX 2.1 Section 3A,
``SDMXDataStructureSpecific.xsd``; SDMX 3.0 and 3.1, the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.messages.columns import Piece, constant, text_piece
from hub.messages.ml_envelope import NAMESPACES
from hub.messages.ml_groups import Group
from hub.messages.ml_header import action_name, header_xml, structure_id
from hub.messages.ml_write import Columns, Layout, escape, require_time
from hub.model import several
from hub.model.dataset import Header
from hub.model.schema import Component

__all__ = ["StructureSpecific"]


class StructureSpecific:
    """The dialect; ``version`` is ``v2_1``, ``v3_0`` or ``v3_1`` (namespaces and header differ).

    ``time_series`` is the variant of 2.1 that knows observations by time alone.
    """

    series_end = "</Series>\n"

    def __init__(self, version: str, *, time_series: bool = False) -> None:
        self.version = version
        self.spaces = NAMESPACES[version]
        self.time_series = time_series
        self.variant = "TimeSeries" if time_series else ""

    def message(self, header: Header, layouts: Sequence[Layout]) -> str:
        """Root and header."""
        if self.time_series:
            require_time(layouts)
        own = {f"ns{number}": namespace(layout) for number, layout in enumerate(layouts, start=1)}
        self.prefixes = {layout.schema.dataflow: f"ns{n}" for n, layout in enumerate(layouts, 1)}
        spaces = {k: v for k, v in self.spaces.items() if k != "gen"} | own
        declared = " ".join(f'xmlns:{k}="{escape(v)}"' for k, v in spaces.items())
        named = list(zip(layouts, own.values(), strict=True))
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<mes:StructureSpecific{self.variant}Data {declared}>\n"
            + header_xml(header, named, self.version)
        )

    def message_end(self) -> str:
        """End of the root."""
        return f"</mes:StructureSpecific{self.variant}Data>\n"

    def dataset(self, layout: Layout, attributes: Mapping[str, str]) -> str:
        """Start of ``DataSet``; its attributes are XML attributes (2.1) or ``Atts`` (3.0)."""
        prefix = self.prefixes[layout.schema.dataflow]
        given, inside = self._given(layout, attributes)
        start = (
            f'<mes:DataSet ss:structureRef="{structure_id(layout.schema)}"'
            f' xsi:type="{prefix}:{self.variant}DataSetType"'
            + (' ss:dataScope="DataStructure"' if self.version == "v2_1" else "")
            + f' ss:action="{action_name(layout.action, self.version)}"'
            + "".join(f' ss:{k}="{v}"' for k, v in layout.validity.items())
        )
        if self.version == "v2_1":
            return f"{start}{given}>\n"
        return f"{start}>\n" + (_element("Atts", given, inside) if given or inside else "")

    def dataset_end(self) -> str:
        """End of ``DataSet``."""
        return "</mes:DataSet>\n"

    def group(
        self,
        group: Group,
        key: Mapping[str, str],
        attributes: Mapping[str, str],
        layout: Layout,
    ) -> str:
        """``Group`` with the type that the schema of the structure has for it."""
        type_ = f' xsi:type="{self.prefixes[layout.schema.dataflow]}:{group.id}"'
        given, inside = self._given(layout, {**key, **attributes})
        return _element("Group", type_ + given, inside)

    def series(self, columns: Columns, layout: Layout) -> list[Piece]:
        """``Series`` with the key and what is attached to it."""
        components = (*layout.key, *layout.series_attributes)
        return [
            constant("<Series", columns.rows),
            *(columns.coded(c, f' {c.id}="', '"') for c in components if not self._several(c)),
            constant(">\n", columns.rows),
            *(_values(columns, c) for c in components if self._several(c)),
        ]

    def observations(self, columns: Columns, layout: Layout) -> list[Piece]:
        """``Obs`` with what is attached to it."""
        key = layout.key if layout.flat else ()
        at = () if layout.observation is None else (layout.observation,)
        above = layout.series_attributes if layout.flat else ()
        pieces = [constant("<Obs", columns.rows)]
        pieces += [columns.coded(c, f' {c.id}="', '"') for c in (*key, *at)]
        attributes = (*above, *layout.observation_attributes)
        many = [c for c in (*layout.measures, *attributes) if self._several(c)]
        for measure in layout.measures:
            if measure not in many:
                pieces += columns.measure(measure, f' {measure.id}="', '"')
        pieces += [columns.coded(c, f' {c.id}="', '"') for c in attributes if c not in many]
        if not many:
            return [*pieces, constant("/>\n", columns.rows)]
        inside = [_values(columns, c) for c in many]
        return [*pieces, constant(">", columns.rows), *inside, constant("</Obs>\n", columns.rows)]

    def _several(self, component: Component) -> bool:
        """Whether a component is written as ``Comp`` (SDMX 3.x), which may have several values."""
        return component.several and self.version != "v2_1"

    def _given(self, layout: Layout, values: Mapping[str, str]) -> tuple[str, str]:
        """Some components as XML attributes, and those that must be elements as these."""
        known = layout.schema.by_id
        plain = {k: v for k, v in values.items() if not self._several(known[k])}
        attributes = "".join(f' {k}="{escape(v)}"' for k, v in plain.items())
        return attributes, "".join(_comp(k, v) for k, v in values.items() if k not in plain)


def _element(name: str, attributes: str, inside: str) -> str:
    return f"<{name}{attributes}>{inside}</{name}>\n" if inside else f"<{name}{attributes}/>\n"


def _comp(id_: str, text: str) -> str:
    """``Comp`` with the values of a component."""
    values = (
        f'<Value xsi:type="com:StringValueType">{escape(v)}</Value>' for v in several.split(text)
    )
    return f'<Comp id="{id_}">{"".join(values)}</Comp>'


def _values(columns: Columns, component: Component) -> Piece:
    """``Comp`` of a component in each row."""
    column = columns.column(component.id)
    if column is None:
        return constant("", columns.rows)
    return text_piece(column, lambda texts: [_comp(component.id, text) for text in texts])


def namespace(layout: Layout) -> str:
    """Target namespace of the structure-specific schema of a dataset."""
    flow = layout.schema.dataflow
    urn = f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow={flow}"
    return f"{urn}:ObsLevelDim:{layout.at_observation}"

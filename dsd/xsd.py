"""Structure-specific XML Schemas: what a dataset of one structure may look like in SDMX-ML.

The generic schemas of SDMX-ML leave the content of a structure-specific dataset open; each
structure gets a schema of its own, for each choice of the dimension at the observation. The rules
are those of SDMX 2.1 Section 3A, part "Structure specific schemas", and the same for 3.0.

libxml2 compares a value with each enumerated code in turn, so a codelist of more than
``MAX_ENUMERATION`` codes becomes a plain string here; codes are checked on columns anyway.
Mandatory attributes are optional here as the standard says: a message may be an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from dsd.xsd_parts import TYPES, ComponentView, SchemaView, facet_elements

__all__ = [
    "ALL_DIMENSIONS",
    "MAX_ENUMERATION",
    "data_namespace",
    "data_schema_xsd",
]

#: Codes up to which a codelist is enumerated.
MAX_ENUMERATION = 200

#: Value of ``dimensionAtObservation`` for flat datasets.
ALL_DIMENSIONS = "AllDimensions"

_YEAR_START = "REPORTING_YEAR_START_DAY"
_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/"
_SPACES = {"2.1": f"{_BASE}v2_1", "3.0": f"{_BASE}v3_0", "3.1": f"{_BASE}v3_1"}


def data_namespace(urn: str, at_observation: str) -> str:
    """The target namespace the standard gives to the schema of a structure or dataflow."""
    return f"{urn}:ObsLevelDim:{at_observation}"


def data_schema_xsd(
    schema: SchemaView,
    *,
    namespace: str,
    at_observation: str,
    version: str = "2.1",
    folder: str = ".",
    deletion: bool = False,
) -> bytes:
    """The XML Schema of datasets of ``schema``.

    ``at_observation`` is a dimension id or ``AllDimensions``; ``version`` is ``2.1``, ``3.0`` or
    ``3.1``; ``folder`` is where the official schemas are, for the imports; with ``deletion`` no
    dimension is required, as in messages that delete. Raises ``ValueError`` when the structure has
    no dimension called ``at_observation``.
    """
    writer = _Writer(schema, at_observation, version, deletion=deletion)
    return writer.document(namespace, folder)


class _Writer:
    """One schema being written."""

    def __init__(
        self,
        schema: SchemaView,
        at_observation: str,
        version: str,
        *,
        deletion: bool,
    ) -> None:
        self.version = version
        self.key_use = "optional" if deletion else "required"
        self.time = schema.time
        key = [*schema.dimensions, *([schema.time] if schema.time else [])]
        self.flat = at_observation == ALL_DIMENSIONS
        at = [d for d in key if d.id == at_observation]
        if not at and not self.flat:
            raise ValueError(f"the structure has no dimension {at_observation!r}")
        self.obs_key = key if self.flat else at
        self.series_key = [] if self.flat else [d for d in key if d not in at]
        self.key = key
        self.measures = schema.measures
        self.attributes = schema.attributes
        self.by_time = schema.time is not None and at == [schema.time]
        self.named: dict[tuple[str, ...], str] = {}
        self.types: list[str] = []
        self.keyed = frozenset(key)
        self.given: set[str] = set()

    def document(self, namespace: str, folder: str) -> bytes:
        """The whole schema document."""
        body = [*self._complex_types()]
        spaces = _SPACES[self.version]
        head = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            f" xmlns={quoteattr(namespace)} targetNamespace={quoteattr(namespace)}"
            f' xmlns:dsd="{spaces}/data/structurespecific" xmlns:common="{spaces}/common"'
            ' elementFormDefault="unqualified" attributeFormDefault="unqualified">\n'
            f'<xs:import namespace="{spaces}/data/structurespecific"'
            f" schemaLocation={quoteattr(f'{folder}/SDMXDataStructureSpecific.xsd')}/>\n"
            f'<xs:import namespace="{spaces}/common"'
            f" schemaLocation={quoteattr(f'{folder}/SDMXCommon.xsd')}/>\n"
        )
        return "".join([head, *self.types, *body, "</xs:schema>\n"]).encode()

    def _complex_types(self) -> Iterator[str]:
        levels = {
            level: [a for a in self.attributes if a.level == level]
            for level in ("observation", "series", "dataset")
        }
        # Whether a series attribute belongs to a series by another dimension is not known here.
        above = [] if self.by_time else levels["series"]
        yield self._obs("ObsType", [*levels["observation"], *above])
        if not self.flat:
            yield self._series("SeriesType", "ObsType", levels["series"])
        yield from self._groups()
        if self.version == "2.1":
            yield self._dataset21("DataSetType", "SeriesType", levels["dataset"])
            if self.by_time:
                yield from self._time_series(levels)
        else:
            yield self._comp()
            yield self._atts()
            yield self._dataset30()

    def _obs(self, name: str, attributes: list[ComponentView], base: str = "ObsType") -> str:
        key_use = self.key_use if base == "ObsType" else "required"  # a time series has its time
        listed = [
            *self._uses(self.obs_key, key_use),
            *self._uses(self.measures, "optional"),
            *self._uses(attributes, "optional"),
            *self._prohibited(self.obs_key, attributes),
        ]
        return self._restriction(name, base, self._comps(), listed)

    def _series(
        self, name: str, obs: str, attributes: list[ComponentView], base: str = "SeriesType"
    ) -> str:
        content = self._comps() + (
            f'<xs:element name="Obs" type="{obs}" form="unqualified" minOccurs="0"'
            ' maxOccurs="unbounded"/>\n'
        )
        listed = [
            *self._uses(self.series_key, self.key_use),
            *self._uses(attributes, "optional"),
            *self._prohibited(self.series_key, attributes),
        ]
        return self._restriction(name, base, content, listed)

    def _groups(self) -> Iterator[str]:
        """A type for each group: its dimensions are required, its attributes optional."""
        for id_ in dict.fromkeys(a.group for a in self.attributes if a.group):
            attributes = [a for a in self.attributes if a.group == id_]
            key = [d for d in self.key if d.id in attributes[0].attached]
            listed = [*self._uses(key, self.key_use), *self._uses(attributes, "optional")]
            if self.version == "2.1" and _YEAR_START not in {a.id for a in attributes}:
                listed.append(f'<xs:attribute name="{_YEAR_START}" use="prohibited"/>\n')
            yield self._restriction(id_, "GroupType", self._comps(), listed)

    @property
    def _group_element(self) -> str:
        """Where groups stand in a dataset; their type is said by each."""
        if not any(a.group for a in self.attributes):
            return ""
        often = ' minOccurs="0" maxOccurs="unbounded"' if self.version == "2.1" else ""
        return f'<xs:element name="Group" type="dsd:GroupType" form="unqualified"{often}/>\n'

    def _time_series(self, levels: dict[str, list[ComponentView]]) -> Iterator[str]:
        """The types of ``StructureSpecificTimeSeriesData`` (SDMX-ML 2.1)."""
        yield self._obs("TimeSeriesObsType", levels["observation"], "TimeSeriesObsType")
        yield self._series(
            "TimeSeriesType", "TimeSeriesObsType", levels["series"], "TimeSeriesType"
        )
        yield self._dataset21(
            "TimeSeriesDataSetType", "TimeSeriesType", levels["dataset"], "TimeSeriesDataSetType"
        )

    def _dataset21(
        self, name: str, series: str, attributes: list[ComponentView], base: str = "DataSetType"
    ) -> str:
        element, type_ = ("Obs", "ObsType") if self.flat else ("Series", series)
        content = (
            f"{_PROVIDER}{self._group_element}"
            f'<xs:choice minOccurs="0"><xs:element name="{element}" type="{type_}"'
            ' form="unqualified" maxOccurs="unbounded"/></xs:choice>\n'
        )
        listed = [*self._uses(attributes, "optional"), *self._prohibited(None, attributes)]
        return self._restriction(name, base, content, listed)

    def _dataset30(self) -> str:
        element, type_ = ("Obs", "ObsType") if self.flat else ("Series", "SeriesType")
        content = (
            f"{_PROVIDER}"
            '<xs:choice minOccurs="0" maxOccurs="unbounded">'
            '<xs:element name="Atts" type="AttsType" form="unqualified"/>'
            f'{self._group_element}<xs:element name="{element}" type="{type_}"'
            ' form="unqualified"/></xs:choice>\n'
        )
        return self._restriction("DataSetType", "DataSetType", content, [])

    def _atts(self) -> str:
        attributes = [a for a in self.attributes if a.level != "observation"]
        listed = [*self._uses(self.key, "optional"), *self._uses(attributes, "optional")]
        listed += self._prohibited(self.key, attributes)
        return self._restriction("AttsType", "AttsType", self._comps(), listed)

    def _comp(self) -> str:
        content = (
            '<xs:element name="Value" type="common:ValueType" form="unqualified" minOccurs="0"'
            ' maxOccurs="unbounded"/>\n'
        )
        id_ = '<xs:attribute name="id" type="common:NCNameIDType" use="required"/>\n'
        return self._restriction("CompType", "CompType", content, [id_])

    def _comps(self) -> str:
        if self.version == "2.1":
            return ""
        return (
            '<xs:element name="Comp" type="CompType" form="unqualified" minOccurs="0"'
            ' maxOccurs="unbounded"/>\n'
        )

    def _restriction(self, name: str, base: str, content: str, attributes: Iterable[str]) -> str:
        return (
            f'<xs:complexType name="{name}"><xs:complexContent>'
            f'<xs:restriction base="dsd:{base}">\n<xs:sequence>\n'
            f'<xs:element ref="common:Annotations" minOccurs="0"/>\n{content}</xs:sequence>\n'
            f"{''.join(attributes)}</xs:restriction></xs:complexContent></xs:complexType>\n"
        )

    def _uses(self, components: Iterable[ComponentView], use: str) -> Iterator[str]:
        for component in components:
            if component.several and self.version != "2.1":
                continue  # its values stand in Comp
            yield (
                f'<xs:attribute name="{component.id}" type={quoteattr(self._type(component))}'
                f' use="{use}"/>\n'
            )

    def _prohibited(
        self, key: Sequence[ComponentView] | None, attributes: Iterable[ComponentView]
    ) -> Iterator[str]:
        """What the base type has and this type has not."""
        here = {c.id for c in (*(key or ()), *attributes)}
        if key is not None and "TIME_PERIOD" not in here:
            yield '<xs:attribute name="TIME_PERIOD" use="prohibited"/>\n'
        if self.version == "2.1" and _YEAR_START not in here:
            yield f'<xs:attribute name="{_YEAR_START}" use="prohibited"/>\n'

    def _type(self, component: ComponentView) -> str:
        """The type of a value; that of a measure or an attribute may be missing on purpose."""
        found = self._value(component)
        fixed = component in self.keyed or component.id == _YEAR_START
        if fixed or component.codes is not None or self._lets_through(component):
            return found
        name = f"{component.id}.Given"
        if name not in self.given:
            self.given.add(name)
            self.types.append(
                f'<xs:simpleType name="{name}"><xs:union memberTypes={quoteattr(found)}>'
                '<xs:simpleType><xs:restriction base="xs:string">'
                f"<xs:enumeration value={quoteattr(component.missing)}/>"
                "</xs:restriction></xs:simpleType></xs:union></xs:simpleType>\n"
            )
        return name

    @staticmethod
    def _lets_through(component: ComponentView) -> bool:
        """Whether the type of a value alone lets the text of a missing one through."""
        base, facets = TYPES.get(component.text_type, "xs:string"), component.facets
        if base in ("xs:double", "xs:float"):
            return facets.min_value is None and facets.max_value is None and facets.pattern is None
        short = (facets.min_length or 0) <= len(component.missing)
        long = facets.max_length is None or facets.max_length >= len(component.missing)
        return base == "xs:string" and short and long and facets.pattern is None

    def _value(self, component: ComponentView) -> str:
        if component.id == _YEAR_START:
            return "xs:gMonthDay"
        if component is self.time:
            return TYPES["ObservationalTimePeriod"]
        if component.codes is not None:
            missing = () if component in self.keyed else (component.missing,)
            return self._coded(component.id, component.codes, missing)
        base = TYPES.get(component.text_type, "xs:string")
        facets = list(facet_elements(component.facets, base))
        if not facets:
            return base
        return self._named(f"{component.id}.Value", (base, *facets), base, facets)

    def _coded(self, id_: str, codes: tuple[str, ...], missing: tuple[str, ...]) -> str:
        if len(codes) > MAX_ENUMERATION or not codes:
            return "xs:string"
        every = (*codes, *missing)
        values = [f"<xs:enumeration value={quoteattr(code)}/>" for code in every]
        return self._named(f"{id_}.Code", every, "xs:string", values)

    def _named(self, name: str, same: tuple[str, ...], base: str, facets: list[str]) -> str:
        """A simple type, written once for all components that share it."""
        if same not in self.named:
            self.named[same] = name
            self.types.append(
                f'<xs:simpleType name="{name}"><xs:restriction base="{base}">'
                f"{''.join(facets)}</xs:restriction></xs:simpleType>\n"
            )
        return self.named[same]


_PROVIDER = (
    '<xs:element name="DataProvider" type="common:DataProviderReferenceType" form="unqualified"'
    ' minOccurs="0"/>\n'
)

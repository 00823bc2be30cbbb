"""What the schema generator is told about a structure, and SDMX data types as XSD types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol
from xml.sax.saxutils import quoteattr

__all__ = ["TYPES", "ComponentView", "FacetsView", "SchemaView", "facet_elements"]

#: SDMX data type to XSD type (SDMX 2.1 Section 3A, ``DataType`` of SDMXCommon.xsd).
TYPES = {
    "Alpha": "common:AlphaType",
    "AlphaNumeric": "common:AlphaNumericType",
    "Numeric": "common:NumericType",
    "BigInteger": "xs:integer",
    "Integer": "xs:int",
    "Long": "xs:long",
    "Short": "xs:short",
    "Decimal": "xs:decimal",
    "Float": "xs:float",
    "Double": "xs:double",
    "Boolean": "xs:boolean",
    "URI": "xs:anyURI",
    "Count": "xs:integer",
    "InclusiveValueRange": "xs:decimal",
    "ExclusiveValueRange": "xs:decimal",
    "Incremental": "xs:decimal",
    "ObservationalTimePeriod": "common:ObservationalTimePeriodType",
    "StandardTimePeriod": "common:StandardTimePeriodType",
    "BasicTimePeriod": "common:BasicTimePeriodType",
    "GregorianTimePeriod": "common:GregorianTimePeriodType",
    "GregorianYear": "xs:gYear",
    "GregorianYearMonth": "xs:gYearMonth",
    "GregorianDay": "xs:date",
    "ReportingTimePeriod": "common:ReportingTimePeriodType",
    "ReportingYear": "common:ReportingYearType",
    "ReportingSemester": "common:ReportingSemesterType",
    "ReportingTrimester": "common:ReportingTrimesterType",
    "ReportingQuarter": "common:ReportingQuarterType",
    "ReportingMonth": "common:ReportingMonthType",
    "ReportingWeek": "common:ReportingWeekType",
    "ReportingDay": "common:ReportingDayType",
    "DateTime": "xs:dateTime",
    "TimeRange": "common:TimeRangeType",
    "Month": "xs:gMonth",
    "MonthDay": "xs:gMonthDay",
    "Day": "xs:gDay",
    "Time": "xs:time",
    "Duration": "xs:duration",
}
_NUMBERS = {
    "xs:integer", "xs:int", "xs:long", "xs:short", "xs:decimal", "xs:float", "xs:double",
}  # fmt: skip


class FacetsView(Protocol):
    """Limits on an uncoded value."""

    @property
    def min_length(self) -> int | None:
        """Least number of characters."""
        ...

    @property
    def max_length(self) -> int | None:
        """Greatest number of characters."""
        ...

    @property
    def min_value(self) -> float | None:
        """Least value."""
        ...

    @property
    def max_value(self) -> float | None:
        """Greatest value."""
        ...

    @property
    def decimals(self) -> int | None:
        """Greatest number of decimals."""
        ...

    @property
    def pattern(self) -> str | None:
        """Regular expression of the whole value."""
        ...


class ComponentView(Protocol):
    """A component as this module needs it; ``level`` is observation, series or dataset."""

    @property
    def id(self) -> str:
        """Id: the name of the XML attribute."""
        ...

    @property
    def codes(self) -> tuple[str, ...] | None:
        """Codes, of a coded component."""
        ...

    @property
    def text_type(self) -> str:
        """SDMX data type, of an uncoded component."""
        ...

    @property
    def facets(self) -> FacetsView:
        """Limits, of an uncoded component."""
        ...

    @property
    def level(self) -> str:
        """Where an attribute is attached."""
        ...

    @property
    def missing(self) -> str:
        """The text of a value that is missing on purpose."""
        ...

    @property
    def several(self) -> bool:
        """Whether it may have several values at once."""
        ...

    @property
    def group(self) -> str:
        """Id of the group an attribute belongs to; empty for none."""
        ...

    @property
    def attached(self) -> tuple[str, ...]:
        """Ids of the dimensions of the group."""
        ...


class SchemaView(Protocol):
    """The components of a data structure."""

    @property
    def dimensions(self) -> Sequence[ComponentView]:
        """Dimensions in order, without time."""
        ...

    @property
    def time(self) -> ComponentView | None:
        """The time dimension."""
        ...

    @property
    def measures(self) -> Sequence[ComponentView]:
        """Measures in order."""
        ...

    @property
    def attributes(self) -> Sequence[ComponentView]:
        """Attributes in order."""
        ...


def facet_elements(facets: FacetsView, base: str) -> Iterator[str]:
    """Elements of the limits that a type derived from ``base`` may have."""
    limits: list[tuple[str, object]] = [("pattern", facets.pattern)]
    if base == "xs:string":
        limits += [("minLength", facets.min_length), ("maxLength", facets.max_length)]
    if base in _NUMBERS:
        limits += [
            ("minInclusive", _number(facets.min_value)),
            ("maxInclusive", _number(facets.max_value)),
        ]
    if base == "xs:decimal":
        limits.append(("fractionDigits", facets.decimals))
    for name, value in limits:
        if value is not None:
            yield f"<xs:{name} value={quoteattr(str(value))}/>"


def _number(value: float | None) -> str | None:
    if value is None:
        return None
    return str(int(value)) if float(value).is_integer() else repr(value)

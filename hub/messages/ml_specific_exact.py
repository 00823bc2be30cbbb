"""The exact way through structure-specific data: every layout, every encoding libxml2 reads.

Groups, several datasets, dataset and partial-key attributes (3.0 ``Atts``), ``Comp`` values,
series without observations. One Python call per element: about a third of the speed of
``ml_specific_plain``, and a fixed amount of memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from hub.messages.ml_columns import Misplaced
from hub.messages.ml_envelope import Envelope, local
from hub.messages.ml_rows import Rows
from hub.model import several
from hub.model.dataset import BATCH_ROWS, Block
from hub.model.findings import Finding
from hub.model.schema import DataSchema, Role
from hub.xml_safe import CHUNK, parser, syntax_error

__all__ = ["Target", "blocks", "observation_components", "own_attributes"]


def observation_components(schema: DataSchema, dimension: str) -> frozenset[str]:
    """Components that may stand on ``Obs`` when ``dimension`` is at the observation."""
    if dimension == "AllDimensions":
        return frozenset(schema.by_id)
    above = {c.id for c in schema.components if c.role in (Role.DIMENSION, Role.TIME)}
    above |= {a.id for a in schema.attributes if a.level != "observation"}
    return frozenset(schema.by_id) - (above - {dimension})


def own_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Components among the attributes of a ``DataSet`` element."""
    return {
        name: value
        for name, value in attributes.items()
        if not name.startswith("{") and name not in _DATASET_OWN
    }


def blocks(
    envelope: Envelope, findings: list[Finding], target: Target | None = None
) -> Iterator[Block]:
    """Blocks of all datasets of a message, in order; ``target`` reads a spelling of its own."""
    target = target or Target(envelope)
    push = parser(target=target)
    ordinal = 0
    try:
        with envelope.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                push.feed(chunk)
                for block in target.drain(ordinal, all_rows=False):
                    ordinal += block.batch.num_rows
                    yield block
        push.close()
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    yield from target.drain(ordinal, all_rows=True)
    for misplaced in target.misplaced:
        findings.extend(misplaced.findings(envelope.path))
    findings.extend(target.findings)


class Target:
    """lxml parser target: collects attributes of Series and Obs into rows."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.misplaced: list[Misplaced] = []
        self.findings: list[Finding] = []
        self.finished: list[Rows] = []
        self.rows: Rows | None = None
        self.counts = {"Series": 0, "Obs": 0, "Group": 0, "Atts": 0, "DataSet": 0}
        self.in_series = False
        self.in_observation = False
        self.series_empty = False
        self.several: frozenset[str] = frozenset()
        self.attached: list[tuple[dict[str, str], dict[str, str]]] = []
        self.compound: dict[str, str] | None = None
        self.component: str | None = None
        self.values: list[str] = []
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Start of an element."""
        name = local(tag)
        if name == "Obs":
            self._observation(attributes)
        elif name == "Series":
            self._series(attributes)
        elif name == "DataSet":
            self._dataset(dict(attributes))
        elif name in ("Group", "Atts") and self.rows is not None:
            self.compound = self._known(name, attributes, frozenset(self.rows.schema.by_id))
        elif name == "Comp" and self.compound is not None:
            self.component, self.values = attributes.get("id"), []
        elif name == "Value" and self.component is not None:
            self.text = []

    def data(self, text: str) -> None:
        """Text within an element."""
        if self.text is not None:
            self.text.append(text)

    def end(self, tag: str) -> None:
        """End of an element."""
        name = local(tag)
        if name == "Obs":
            self.in_observation = False
        elif name == "Series":
            if self.series_empty:
                self._row({})
            self.in_series = False
        elif name == "Value" and self.text is not None:
            self.values.append("".join(self.text))
            self.text = None
        elif name == "Comp" and self.component is not None:
            self._component_ends()
        elif name in ("Group", "Atts") and self.compound is not None and self.rows is not None:
            self._attach(self.compound, self.rows.schema)
            self.compound = None

    def close(self) -> None:
        """End of the document."""
        if self.rows is not None:
            self.finished.append(self.rows)

    def drain(self, ordinal: int, *, all_rows: bool) -> Iterator[Block]:
        """Blocks of the finished datasets, and of the open one when it is large enough."""
        for rows in self.finished:
            if rows.series_of:
                block = rows.block(ordinal)
                ordinal += block.batch.num_rows
                yield block
        self.finished.clear()
        rows_now = self.rows if not self.in_observation else None
        if not all_rows and rows_now is not None and len(rows_now.series_of) >= BATCH_ROWS:
            # An observation still being read may get more values from its elements; an empty
            # series has no row yet and stays as the current one.
            yield rows_now.block(ordinal)
            self.rows = rows_now.rest()

    def _dataset(self, attributes: dict[str, str]) -> None:
        if self.rows is not None:
            self.finished.append(self.rows)
        schema = self.envelope.schema_of(attributes)
        self.rows = Rows(schema, self.envelope.action_of(attributes))
        self.allowed = observation_components(
            schema, self.envelope.observation_dimension(attributes)
        )
        self.anywhere = frozenset(schema.by_id)
        self.several = schema.several
        self.misplaced.append(Misplaced(schema))
        self.attached = []
        given = self._known("DataSet", own_attributes(attributes), self.anywhere)
        self._attach(given, schema)
        self.rows.series[0] = self._with_attached({})

    def _series(self, attributes: Mapping[str, str]) -> None:
        if self.rows is None:
            return
        given = self._known("Series", attributes, self.anywhere)
        self.rows.series.append(self._with_attached(given))
        self.in_series = self.series_empty = True
        self.compound = self.rows.series[-1]

    def _observation(self, attributes: Mapping[str, str]) -> None:
        if self.rows is None:
            return
        self.series_empty = False
        given = self._known("Obs", attributes, self.allowed)
        if self.attached and not self.in_series:
            given = self._with_attached(given)
        self._row(given)
        self.compound = given
        self.in_observation = True

    def _row(self, given: Mapping[str, str]) -> None:
        assert self.rows is not None
        self.series_empty = False
        self.rows.add(given)

    def _known(
        self, element: str, attributes: Mapping[str, str], allowed: frozenset[str]
    ) -> dict[str, str]:
        number = self.counts[element]
        self.counts[element] = number + 1
        if attributes.keys() <= allowed:
            return self._single(dict(attributes))
        known = {}
        for name, value in attributes.items():
            if name in allowed:
                known[name] = value
            elif not name.startswith("{"):
                self.misplaced[-1].note(element, name, number)
        return self._single(known)

    def _single(self, given: dict[str, str]) -> dict[str, str]:
        """Values of XML attributes, each one value, as components that take several keep them."""
        for name in self.several.intersection(given):
            given[name] = several.join([given[name]]) or ""
        return given

    def _attach(self, given: dict[str, str], schema: DataSchema) -> None:
        """Remember attributes for a part of the cube: the series that match its dimensions."""
        dimensions = {k: v for k, v in given.items() if k in schema.key}
        attributes = {k: v for k, v in given.items() if k not in schema.key}
        if attributes:
            self.attached.append((dimensions, attributes))
            if self.rows is not None and not dimensions:
                self.rows.series[0] = self._with_attached({})

    def _with_attached(self, given: dict[str, str]) -> dict[str, str]:
        if not self.attached:
            return given
        merged: dict[str, str] = {}
        for dimensions, attributes in self.attached:
            if dimensions.items() <= given.items():
                merged |= attributes
        return merged | given

    def _component_ends(self) -> None:
        name, self.component = self.component, None
        if self.rows is None or self.compound is None or name is None:
            return
        if name not in self.anywhere:
            self.misplaced[-1].note("Comp", name, 0)
        elif name in self.several:
            if self.values:
                self.compound[name] = several.join(self.values) or ""
        elif len(self.values) > 1:
            self.findings.append(
                Finding(
                    rule="VALUE_MULTIPLE",
                    message=f"{name} is given {len(self.values)} values; the structure takes one.",
                    component=name,
                    found=" | ".join(self.values),
                    expected="one value",
                )
            )
        elif self.values:
            self.compound[name] = self.values[0]


#: Attributes of the DataSet element itself (unqualified in 2.0 and in generic-looking messages).
_DATASET_OWN = frozenset(
    {
        "keyFamilyURI",
        "datasetID",
        "dataProviderSchemeAgencyId",
        "dataProviderSchemeId",
        "dataProviderID",
        "dataflowAgencyID",
        "dataflowID",
        "action",
        "structureRef",
        "setID",
        "dataScope",
        "validFromDate",
        "validToDate",
        "reportingBeginDate",
        "reportingEndDate",
        "publicationYear",
        "publicationPeriod",
    }
)

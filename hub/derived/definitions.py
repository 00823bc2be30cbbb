"""What a derived indicator is: a formula, its inputs, and the observations it gives.

A definition is data (``dsd/derived``, explained in ``docs/derived.md``). Reading one refuses what
would add up by accident: each dimension of an input is fixed to one code, kept as a dimension of
the result, or said to be added up over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import dsd.derived
from codelists import DataFileError
from hub.derived.formula import names
from hub.model.schema import DataSchema, StructureRef
from hub.structures.repository import StructureSet

__all__ = ["COUNTRIES", "FLOW", "PROVIDER_ID", "YEAR", "Definition", "Input", "check", "shipped"]

#: The dataflow that indicators are released in, and the hub as its data provider.
FLOW = StructureRef("MIGHUB", "DF_MIG_INDICATOR", "1.0.0")
PROVIDER_ID = "INT_MIGHUB"

#: Codes of CL_AREA that are countries or territories: alpha-3 without those of people who have
#: none (XXA to XXX). Groups are digits, totals and residuals begin with an underscore.
COUNTRIES = "[A-WYZ][A-Z]{2}|X[A-WYZ][A-Z]"
#: Source of TIME_PERIOD that is the calendar year of a year, quarter or month.
YEAR = "year"

_INPUT = {
    "dataflow", "providers", "where", "over", "only", "by", "twelve_months", "absent",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One name of a formula: which observations it is the sum of.

    ``where`` fixes components to a code. ``over`` are dimensions that are added up over, ``only``
    those whose codes are restricted and kept; ``None`` in place of codes means countries. ``by``
    are dimensions of the result and what they come from: a component, or :data:`YEAR`.
    ``twelve_months`` wants all months of the year in each group of these components (empty: in the
    whole input); ``None`` wants nothing. ``optional`` inputs are zero where there is nothing.
    """

    name: str
    dataflow: StructureRef
    where: Mapping[str, str]
    over: Mapping[str, tuple[str, ...] | None]
    only: Mapping[str, tuple[str, ...] | None]
    by: Mapping[str, str]
    providers: tuple[str, ...] = ()
    twelve_months: tuple[str, ...] | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A derived indicator. ``areas`` restricts REF_AREA of the result; ``None`` means countries.

    ``document`` is what it was read from, which says all about it. The first of the inputs says
    which results there are; what the others lack leaves a result out.
    """

    id: str
    names: Mapping[str, str]
    definition: Mapping[str, str]
    formula: str
    decimals: int
    areas: tuple[str, ...] | None
    all_areas: bool
    output: Mapping[str, str]
    attributes: Mapping[str, str]
    inputs: tuple[Input, ...]
    document: Mapping[str, Any]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Definition:
        """A definition from its document; raises ``DataFileError`` when it contradicts itself."""
        areas = document["areas"]
        found = cls(
            id=document["id"],
            names=document["names"],
            definition=document["definition"],
            formula=document["formula"],
            decimals=int(document["decimals"]),
            areas=tuple(areas) if isinstance(areas, list) else None,
            all_areas=areas == "all",
            output=document["output"],
            attributes=document["attributes"],
            inputs=tuple(_input(n, given) for n, given in document["inputs"].items()),
            document=document,
        )
        if not isinstance(areas, list) and areas not in ("all", "countries"):
            raise DataFileError(f"{found.id}: areas are a list, all or countries")
        try:
            used = names(found.formula)
        except ValueError as error:
            raise DataFileError(f"{found.id}: {error}") from None
        if used != {one.name for one in found.inputs}:
            raise DataFileError(f"{found.id}: the formula and the inputs name different things")
        spine = found.inputs[0]
        if spine.optional or any(not one.by.keys() <= spine.by.keys() for one in found.inputs):
            raise DataFileError(f"{found.id}: the first input must say which results there are")
        return found

    def gives(self, key: Mapping[str, str]) -> bool:
        """Whether an observation with this key would be of this indicator."""
        return all(key.get(component) == code for component, code in self.output.items())


def _input(name: str, given: Mapping[str, Any]) -> Input:
    unknown = given.keys() - _INPUT
    if unknown or given.get("absent", "zero") != "zero":
        raise DataFileError(f"input {name}: nobody knows {sorted(unknown) or given['absent']}")
    months = given.get("twelve_months")
    return Input(
        name=name,
        dataflow=StructureRef.parse(given["dataflow"]),
        where=given.get("where", {}),
        over=_codes(given.get("over", {})),
        only=_codes(given.get("only", {})),
        by=given["by"],
        providers=tuple(given.get("providers", ())),
        twelve_months=None if months is None else tuple(months),
        optional="absent" in given,
    )


def _codes(given: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
    return {c: None if codes == "countries" else tuple(codes) for c, codes in given.items()}


def check(definition: Definition, structures: StructureSet) -> None:
    """Raise ``DataFileError`` where a definition does not fit the structures it is about."""
    target = structures.dataflow(FLOW.agency, FLOW.id, FLOW.version)
    fixed, kept = set(definition.output), set(definition.inputs[0].by)
    if fixed & kept or fixed | kept != set(target.key):
        wrong = sorted((fixed & kept) | ((fixed | kept) ^ set(target.key)))
        raise DataFileError(f"{definition.id}: output and by do not give {wrong} once each")
    _known(definition.id, target, definition.output, structures)
    _known(definition.id, target, definition.attributes, structures)
    for one in definition.inputs:
        flow = one.dataflow
        schema = structures.dataflow(flow.agency, flow.id, flow.version)
        assert schema.time is not None
        sources = {schema.time.id if source == YEAR else source for source in one.by.values()}
        told = [*one.where, *one.over, *sources]
        if sorted(told) != sorted(schema.key):
            wrong = sorted(set(told) ^ set(schema.key)) or sorted(told)
            raise DataFileError(
                f"{definition.id}: the input {one.name} must fix, keep or add up over each "
                f"dimension of {flow}, and once; look at {wrong}"
            )
        _known(definition.id, schema, one.where, structures)
        for component, codes in {**one.over, **one.only}.items():
            for code in codes or ():
                _known(definition.id, schema, {component: code}, structures)
        if PROVIDER_ID in one.providers:
            raise DataFileError(f"{definition.id}: no indicator is computed from the hub's own")


def _known(
    id_: str, schema: DataSchema, codes: Mapping[str, str], structures: StructureSet
) -> None:
    for component, code in codes.items():
        found = schema.by_id.get(component)
        if found is None:
            raise DataFileError(f"{id_}: {schema.dataflow} has no {component}")
        if found.codelist is not None and code not in structures.labels(found.codelist, "en"):
            raise DataFileError(f"{id_}: {code} is no code of {component}")


@cache
def shipped() -> tuple[Definition, ...]:
    """The indicators that come with the hub; raises ``DataFileError`` when a file is wrong."""
    found = tuple(Definition.read(document) for document in dsd.derived.documents())
    if len({one.id for one in found}) < len(found):
        raise DataFileError("Two derived indicators have the same id")
    return found

"""A workbook for an office, from the structures the hub knows."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.reporting.form import Form
from connectors.reporting.write import write
from hub.model.schema import StructureRef
from hub.structures.repository import StructureSet

__all__ = ["blank_workbook"]


def blank_workbook(
    structures: StructureSet,
    form: Form,
    published: Mapping[tuple[str, ...], str] | None = None,
) -> bytes:
    """The bytes of the workbook of a form (xlsx).

    ``published`` are figures of the year before by the codes of their key, dimensions and then
    time; those that stand in a table are shown on sheets to compare with.
    """
    ref = form.dataflow
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    agreement = structures.get("provisionagreement", form.agreement)
    names = {
        "flow": structures.name(structures.get("dataflow", ref), form.language),
        "country": _name(structures, schema.by_id["REF_AREA"].codelist, form, form.country),
        "provider": structures.name(agreement.data_provider, form.language),
    }
    for table in form.tables:
        unit = dict(table.fixed)["UNIT_MEASURE"]
        names[unit] = _name(structures, schema.by_id["UNIT_MEASURE"].codelist, form, unit)
    return write(form, names, published or {}, schema.key)


def _name(structures: StructureSet, codelist: StructureRef | None, form: Form, code: str) -> str:
    assert codelist is not None
    return structures.labels(codelist, form.language)[code]

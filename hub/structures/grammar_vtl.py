"""Shapes of the VTL artefacts in SDMX 3.x. The hub stores and serves them as they are.

Source: ``SDMXStructureTransformation.xsd``.
"""

from __future__ import annotations

from hub.structures.grammar_parts import item, scheme
from hub.structures.shapes import Attribute, Child, Field, Scalar, Shape

__all__ = ["VTL"]


def _one(tag: str) -> Child:
    return Child(key=tag[0].lower() + tag[1:], tag=tag)


def _scheme(name: str, tag: str, *fields: Field, versioned: bool = True) -> Shape:
    version = (Attribute(key="vtlVersion", name="vtlVersion"),) if versioned else ()
    key = f"{tag[0].lower()}{tag[1:]}s"
    return scheme(f"{name}scheme", tag, key, f"vtl.{name}", *fields, *version)


def _at(name: str, kind: Scalar = Scalar.STRING) -> Attribute:
    return Attribute(key=name, name=name, type=kind)


_MAPPING = _one("VtlMappingScheme")
_RULESETS = Child(key="rulesetSchemes", tag="RulesetScheme", many=True)
_OPERATORS = Child(key="userDefinedOperatorSchemes", tag="UserDefinedOperatorScheme", many=True)

VTL: tuple[Shape, ...] = (
    _scheme("transformation", "Transformation", _MAPPING, _one("NamePersonalisationScheme"),
            _one("CustomTypeScheme"), _RULESETS, _OPERATORS),
    item("vtl.transformation", _one("Expression"), _one("Result"),
         _at("isPersistent", Scalar.BOOLEAN)),
    _scheme("vtlmapping", "VtlMapping", versioned=False),
    item("vtl.vtlmapping", _one("Dataflow"),
         Child(key="genericDataflow", tag="GenericDataflow", of=Scalar.EMPTY),
         Child(key="toVtlMapping", tag="ToVtlMapping", of="vtl.to"),
         Child(key="fromVtlMapping", tag="FromVtlMapping", of="vtl.from"),
         _one("Codelist"), _one("Concept"), _at("alias")),
    Shape("vtl.to", (Child(key="toVtlSubSpace", tag="ToVtlSubSpace", of="vtl.keys"),
                     _at("method"))),
    Shape("vtl.from", (Child(key="fromVtlSuperSpace", tag="FromVtlSuperSpace", of="vtl.keys"),
                       _at("method"))),
    Shape("vtl.keys", (Child(key="keys", tag="Key", many=True),)),
    _scheme("namepersonalisation", "NamePersonalisation"),
    item("vtl.namepersonalisation", _one("VtlDefaultName"), _one("PersonalisedName"),
         _at("vtlArtefact")),
    _scheme("ruleset", "Ruleset", _MAPPING),
    item("vtl.ruleset", _one("RulesetDefinition"), _at("rulesetType"), _at("rulesetScope")),
    _scheme("userdefinedoperator", "UserDefinedOperator", _MAPPING, _RULESETS),
    item("vtl.userdefinedoperator", _one("OperatorDefinition")),
    _scheme("customtype", "CustomType"),
    item("vtl.customtype", _one("VtlScalarType"), _one("DataType"), _one("VtlLiteralFormat"),
         _one("OutputFormat"), _one("NullValue")),
)  # fmt: skip

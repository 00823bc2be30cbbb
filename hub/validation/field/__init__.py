"""Rules that know the field: what a statistician would see at once in a table of migration data.

A rule is data, not code: a YAML file under ``rules/``, or under ``rules/`` of a hub's home folder,
says what must hold (``docs/field-rules.md`` describes the form). The rules of a dataflow are judged
over the sound rows of a message by DuckDB, set by set, after the structural checks: a row with a
structural fault is not judged.
"""

from __future__ import annotations

from hub.validation.field.catalogue import FieldRule, learn, load_rules, shipped_rules
from hub.validation.field.context import FieldContext

__all__ = ["FieldContext", "FieldRule", "learn", "load_rules", "shipped_rules"]

"""Is this data what its structure says? Checks over columns, to findings, to a report.

``validate`` reads a message once, block by block. What can be judged in a block is judged on the
distinct values of its columns; what needs the whole message (duplicates, attributes of series) is
put aside on disk. One fault gives one finding: a cell that is reported is not judged again. The
rules stand in :mod:`hub.validation.rules`, those that know migration in
:mod:`hub.validation.field`.
"""

from __future__ import annotations

from hub.validation.dataset import validate
from hub.validation.field import FieldContext, shipped_rules
from hub.validation.message import check_file
from hub.validation.rules import RULES, Rule, render
from hub.validation.xml import check_schema

__all__ = ["RULES", "FieldContext", "Rule", "check_file", "check_schema", "render", "validate"]

# Entered at once, so that RULES is complete for whoever asks.
shipped_rules()

"""Disclosure control: small counts are protected before a release.

A table goes in as columns, with what is published already and what was published before; what may
be published comes out (:func:`hub.disclosure.protect.protect`,
which is imported where it is needed: it brings the solver). The attacker it is made against
knows every published figure of this release and of all former ones, how totals are made up, the
flags, the rule and its threshold; of a small count nobody may learn more than that it is small.
``docs/disclosure.md`` explains the method.
"""

from __future__ import annotations

from hub.disclosure.figures import SUPPRESSED, Figures, Flag, Protected
from hub.disclosure.rule import Method, Rule

__all__ = ["SUPPRESSED", "Figures", "Flag", "Method", "Protected", "Rule"]

"""A validation report for people: findings grouped by rule, in the reader's language.

Made from the JSON report alone, so a report of any age and origin can be shown. Rules bring their
own words (:data:`hub.validation.RULES`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.model.findings import Finding
from hub.validation import RULES, render
from hub.validation.report_words import causes, cell_of, stands, title
from registry.pages.i18n import Words

__all__ = ["Example", "Group", "ReportView", "view_report"]

#: Findings of one rule that a page shows; the JSON report has them all.
MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Example:
    """One finding: where it is, what stands there, and the sentence that says what to do.

    ``language`` is that of the sentence: those of somebody else's connector are in English only.
    """

    where: str
    found: str
    message: str
    language: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule. ``total`` is how many there are, listed in the report or not."""

    rule: str
    severity: str
    title: str
    fix: str
    total: int
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report ready to be shown."""

    valid: bool
    dataflow: str | None
    observations: int
    counts: Mapping[str, int]
    listed: int
    total: int
    groups: list[Group]


def view_report(report: Mapping[str, Any], words: Words) -> ReportView:
    """Group the findings of a JSON report: errors first, then the most frequent."""
    groups = [
        Group(
            cause.rule,
            cause.severity.value,
            title(cause.rule, words.language),
            RULES[cause.rule].fix[words.language] if cause.rule in RULES else "",
            cause.total,
            [_example(finding, words) for finding in cause.first],
        )
        for cause in causes(report, MOST_EXAMPLES)
    ]
    counts: Mapping[str, int] = report["counts"]
    return ReportView(
        report["valid"],
        report["dataflow"],
        report["observations"],
        counts,
        len(report["findings"]),
        sum(counts.values()),
        groups,
    )


def _example(finding: Finding, words: Words) -> Example:
    return Example(
        _where(finding, words),
        stands(finding, words.language) or "",
        render(finding, words.language),
        words.language if finding.rule in RULES else "en",
    )


def _where(finding: Finding, words: Words) -> str:
    parts = [
        words(f"submission.{name}", x=value)
        for name, value in (
            ("sheet", finding.sheet),
            ("row", finding.row),
            ("column", finding.column),
            ("cell", cell_of(finding)),
            ("line", finding.line),
        )
        if value is not None and not (name == "line" and finding.row is not None)
    ]
    if not parts and finding.key:
        parts = [finding.key]
    return ", ".join(parts) or words("submission.whole_file")

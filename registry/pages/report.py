"""A validation report for people: findings grouped by rule, in the reader's language.

Made from the JSON report alone, so a report of any age and origin can be shown. Rules of
validation bring their own words (:data:`hub.validation.RULES`); those of connectors stand in the
pages' messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hub.model.findings import Finding, Severity
from hub.validation import RULES, render
from registry.pages.i18n import Words

__all__ = ["Example", "Group", "ReportView", "view_report"]

#: Findings of one rule that a page shows; the JSON report has them all.
MOST_EXAMPLES = 20

_ORDER = {s.value: n for n, s in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Example:
    """One finding: where it is, what stands there, and the sentence that says what to do.

    ``language`` is that of the sentence: those of connectors exist in English only.
    """

    where: str
    found: str
    message: str
    language: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule. ``total`` counts those that are listed in the report."""

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
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for entry in report["findings"]:
        finding = _finding(entry)
        grouped.setdefault((finding.severity.value, finding.rule), []).append(finding)
    groups = [
        Group(
            rule,
            severity,
            _text(rule, "title", words) or rule,
            _text(rule, "fix", words),
            len(findings),
            [_example(f, words) for f in findings[:MOST_EXAMPLES]],
        )
        for (severity, rule), findings in grouped.items()
    ]
    groups.sort(key=lambda g: (_ORDER[g.severity], -g.total, g.rule))
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


_FIELDS = tuple(f.name for f in fields(Finding))


def _finding(entry: Mapping[str, Any]) -> Finding:
    values = {name: entry[name] for name in _FIELDS if name in entry}
    values["severity"] = Severity(values["severity"])
    return Finding(**values)


def _text(rule: str, part: str, words: Words) -> str:
    if rule in RULES:
        return str(getattr(RULES[rule], part)[words.language])
    key = f"rule.{rule}.{part}"
    return words(key) if words.has(key) else ""


def _example(finding: Finding, words: Words) -> Example:
    return Example(
        _where(finding, words),
        finding.found or "",
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
            ("line", finding.line),
        )
        if value is not None and not (name == "line" and finding.row is not None)
    ]
    if not parts and finding.key:
        parts = [finding.key]
    return ", ".join(parts) or words("submission.whole_file")

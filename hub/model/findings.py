"""One shape for everything that is wrong with data.

A fault gives one :class:`Finding` at its own place. Reports in any form (JSON, HTML, XLSX) are
made from :meth:`Report.to_dict`, which is a contract: ``mighub validate FILE --format json`` and
``GET /api/submissions/{id}/report`` return it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

__all__ = ["MAX_FINDINGS", "Finding", "Report", "Severity"]

#: Findings a report keeps. The true count is always stated.
MAX_FINDINGS = 100_000


class Severity(StrEnum):
    """``ERROR`` blocks publication; ``WARNING`` asks for a look; ``NOTE`` informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place.

    ``row`` is counted as a spreadsheet shows it (the header is row 1); ``line`` is for XML and
    JSON; ``column`` is the header text, or the letter where there is none; ``cell`` is the address
    of the cell (``C4``) in a sheet. ``message`` is a sentence that says what to do.
    """

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    line: int | None = None
    key: str | None = None
    component: str | None = None
    found: str | None = None
    expected: str | None = None
    suggestion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The finding as the JSON report states it."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(f.name for f in fields(Finding))


@dataclass
class Report:
    """Findings of one message or file, with the true counts: by severity, and by cause."""

    dataflow: str | None = None
    observations: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {s.value: 0 for s in Severity})
    causes: dict[tuple[str, Severity], int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Count ``finding`` and keep it while the cap allows."""
        self.count_unlisted(finding.rule, finding.severity, 1)
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add each of ``findings``."""
        for finding in findings:
            self.add(finding)

    def count_unlisted(self, rule: str, severity: Severity, more: int) -> None:
        """Count faults that a check found but did not describe one by one (beyond the cap)."""
        self.counts[severity] += more
        self.causes[rule, severity] = self.causes.get((rule, severity), 0) + more

    @property
    def valid(self) -> bool:
        """Whether nothing blocks publication."""
        return self.counts[Severity.ERROR] == 0

    @property
    def truncated(self) -> bool:
        """Whether there are more findings than are listed."""
        return sum(self.counts.values()) > len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The JSON report (a stable contract; ``docs/report.md`` describes it)."""
        return {
            "valid": self.valid,
            "dataflow": self.dataflow,
            "observations": self.observations,
            "counts": dict(self.counts),
            "truncated": self.truncated,
            "causes": [
                {"rule": rule, "severity": severity.value, "total": total}
                for (rule, severity), total in sorted(self.causes.items(), key=_worst_first)
            ],
            "findings": [f.to_dict() for f in self.findings],
        }


def _worst_first(cause: tuple[tuple[str, Severity], int]) -> tuple[int, int, str]:
    (rule, severity), total = cause
    return list(Severity).index(severity), -total, rule

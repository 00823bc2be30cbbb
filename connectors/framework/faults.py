"""Collecting what is wrong with a file, each fault once and at its own place."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.model.findings import Finding, Severity

__all__ = ["Faults", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A cell as its reader sees it: ``row`` counts from 1; ``column`` is the header or letter.

    ``cell`` is its address (``C4``).
    """

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None


@dataclass
class Faults:
    """Findings of one file in the order they were met.

    ``docs/connectors.md`` explains every rule.
    """

    file: str
    findings: list[Finding] = field(default_factory=list)
    #: Whether an error is about more than the observations that were set apart for it.
    whole: bool = False

    def add(
        self,
        rule: str,
        place: Place,
        message: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        suggestion: str | None = None,
        severity: Severity = Severity.ERROR,
        apart: bool = False,
    ) -> None:
        """Record one fault. ``message`` is a sentence that says what to do.

        ``apart`` says that all observations it is about were set apart, so that what is left is
        none the worse for it.
        """
        if severity is Severity.ERROR and not apart:
            self.whole = True
        self.findings.append(
            Finding(
                rule=rule,
                message=message,
                severity=severity,
                file=self.file,
                sheet=place.sheet,
                row=place.row,
                column=place.column,
                cell=place.cell,
                found=found,
                expected=expected,
                suggestion=suggestion,
            )
        )

    @property
    def any_error(self) -> bool:
        """Whether something found so far blocks publication."""
        return any(f.severity is Severity.ERROR for f in self.findings)

"""Findings of a JSON report as people read them: titles, places, sentences in a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hub.model.findings import Finding, Severity
from hub.validation.phrases import LANGUAGES, translate
from hub.validation.rules import RULES, render

__all__ = ["COLUMNS", "LANGUAGES", "Cause", "causes", "findings_of", "row_of", "title", "word"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "severity": ("Severity", "Gravedad"),
    "rule": ("Rule", "Regla"),
    "title": ("Cause", "Causa"),
    "file": ("File", "Archivo"),
    "sheet": ("Sheet", "Hoja"),
    "row": ("Row", "Fila"),
    "column": ("Column", "Columna"),
    "line": ("Line", "Línea"),
    "key": ("Key", "Clave"),
    "component": ("Component", "Componente"),
    "found": ("Found", "Encontrado"),
    "expected": ("Expected", "Esperado"),
    "suggestion": ("Nearest", "Más cercano"),
    "message": ("What to do", "Qué hacer"),
    "error": ("error", "error"),
    "warning": ("warning", "advertencia"),
    "note": ("note", "nota"),
    "errors": ("Errors", "Errores"),
    "warnings": ("Warnings", "Advertencias"),
    "notes": ("Notes", "Notas"),
    "findings": ("Findings", "Hallazgos"),
    "report": ("Validation report", "Informe de validación"),
    "dataflow": ("Dataflow", "Flujo de datos"),
    "observations": ("Observations", "Observaciones"),
    "valid": ("Nothing blocks publication.", "Nada impide la publicación."),
    "invalid": (
        "Errors block publication. Correct them and send the file again.",
        "Los errores impiden la publicación. Corríjalos y envíe el archivo de nuevo.",
    ),
    "none": ("Nothing was found.", "No se encontró nada."),
    "where": ("Where", "Dónde"),
    "fix": ("What to do", "Qué hacer"),
    "whole": ("the whole file", "todo el archivo"),
    "first": ("The first {n} of {total} are shown.", "Se muestran los primeros {n} de {total}."),
    "listed": (
        "There are {total} findings; the report describes {n} of them.",
        "Hay {total} hallazgos; el informe describe {n} de ellos.",
    ),
}

#: Columns of a table of findings, in order.
COLUMNS = (
    "severity", "rule", "title", "file", "sheet", "row", "column", "line", "key", "component",
    "found", "expected", "suggestion", "message",
)  # fmt: skip

_FIELDS = tuple(f.name for f in fields(Finding))
_ORDER = {s: n for n, s in enumerate(Severity)}


def word(name: str, language: str, **values: object) -> str:
    """A word of the reports; ``ValueError`` when the language is not one of ``LANGUAGES``."""
    if language not in LANGUAGES:
        raise ValueError(f"reports are not written in {language!r}")
    text = _WORDS[name][LANGUAGES.index(language)]
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def findings_of(report: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings of a JSON report."""
    for entry in report["findings"]:
        given = {name: entry[name] for name in _FIELDS if name in entry}
        yield Finding(**{**given, "severity": Severity(given["severity"])})


def title(rule: str, language: str) -> str:
    """Name of a rule in a language; its id when the catalogue does not have it."""
    return str(RULES[rule].title[language]) if rule in RULES else rule


def row_of(finding: Finding, language: str) -> tuple[str | int | None, ...]:
    """A finding as a row under ``COLUMNS``."""
    expected = finding.expected
    return (
        word(finding.severity.value, language), finding.rule, title(finding.rule, language),
        finding.file, finding.sheet, finding.row, finding.column, finding.line, finding.key,
        finding.component, finding.found,
        None if expected is None else translate(expected, language),
        finding.suggestion, render(finding, language),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """The findings of one rule: how many are listed, and the first of them."""

    rule: str
    severity: Severity
    total: int
    first: Sequence[Finding]


def causes(report: Mapping[str, Any], most: int) -> list[Cause]:
    """Findings grouped by rule: errors first, then the most frequent; ``most`` of each kept."""
    totals: dict[tuple[Severity, str], int] = {}
    first: dict[tuple[Severity, str], list[Finding]] = {}
    for entry in report["findings"]:
        cause = (Severity(entry["severity"]), entry["rule"])
        totals[cause] = totals.get(cause, 0) + 1
        if totals[cause] <= most:
            first.setdefault(cause, []).extend(findings_of({"findings": [entry]}))
    found = [Cause(c[1], c[0], total, first[c]) for c, total in totals.items()]
    return sorted(found, key=lambda c: (_ORDER[c.severity], -c.total, c.rule))

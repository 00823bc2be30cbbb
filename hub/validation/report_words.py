"""Findings of a JSON report as people read them: titles, places, sentences in a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hub.model.findings import Finding, Severity
from hub.validation.phrases import LANGUAGES, translate
from hub.validation.rules import RULES, render

__all__ = [
    "COLUMNS",
    "LANGUAGES",
    "Cause",
    "causes",
    "cell_of",
    "findings_of",
    "row_of",
    "stands",
    "title",
    "told",
    "word",
]

_WORDS: Mapping[str, tuple[str, str]] = {
    "severity": ("Severity", "Gravedad"),
    "rule": ("Rule", "Regla"),
    "title": ("Cause", "Causa"),
    "file": ("File", "Archivo"),
    "sheet": ("Sheet", "Hoja"),
    "row": ("Row", "Fila"),
    "column": ("Column", "Columna"),
    "cell": ("Cell", "Celda"),
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
    "blank": ("(blank)", "(vacía)"),
    "contents": ("What was found", "Qué se encontró"),
    "times": ("Times", "Veces"),
    "steps": ("How to go on", "Cómo seguir"),
    "step_open": (
        "Open your file at the places named below. The marked workbook, where there is one, is a "
        "copy of it with these cells coloured.",
        "Abra su archivo en los lugares que se indican abajo. El libro marcado, si lo hay, es una "
        "copia con esas celdas coloreadas.",
    ),
    "step_correct": (
        "Correct what is marked as an error, in the order below: one cause often explains others.",
        "Corrija lo marcado como error, en el orden de abajo: una causa a menudo explica otras.",
    ),
    "step_send": (
        "Send the corrected file again.",
        "Envíe de nuevo el archivo corregido.",
    ),
    "step_look": (
        "Warnings do not block. Look at each; where the figure is true, say why in COMMENT_OBS.",
        "Las advertencias no bloquean. Revise cada una; si la cifra es cierta, diga por qué en "
        "COMMENT_OBS.",
    ),
    "all_of": ("Show all {n}", "Ver los {n}"),
    "all_csv": ("All findings as a table (CSV)", "Todos los hallazgos en una tabla (CSV)"),
    "all_xlsx": (
        "Your file with the cells marked (XLSX)",
        "Su archivo con las celdas marcadas (XLSX)",
    ),
    "of_rule": ("{low} to {high} of {n}", "{low} a {high} de {n}"),
    "before": ("Previous", "Anteriores"),
    "after": ("Next", "Siguientes"),
    "back": ("The whole report", "Todo el informe"),
    "unlisted": (
        "{n} more are counted and not described.",
        "Otros {n} se cuentan y no se describen.",
    ),
    "whole": ("the whole file", "todo el archivo"),
    "first": ("The first {n} of {total} are shown.", "Se muestran los primeros {n} de {total}."),
    "listed": (
        "There are {total} findings; the report describes {n} of them.",
        "Hay {total} hallazgos; el informe describe {n} de ellos.",
    ),
}

#: Columns of a table of findings, in order.
COLUMNS = (
    "severity", "rule", "title", "file", "sheet", "row", "column", "cell", "line", "key",
    "component", "found", "expected", "suggestion", "message",
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


def told(report: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The JSON report with ``message`` and ``expected`` of each finding in a language."""
    if language == LANGUAGES[0]:
        return dict(report)
    return {**report, "findings": [_told(entry, language) for entry in report["findings"]]}


def _told(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    (finding,) = findings_of({"findings": [entry]})
    expected = finding.expected
    return {
        **entry,
        "message": render(finding, language),
        "expected": None if expected is None else translate(expected, language),
    }


def cell_of(finding: Finding) -> str | None:
    """The address of the cell, where row and column do not say it already."""
    return None if finding.cell == f"{finding.column}{finding.row}" else finding.cell


def stands(finding: Finding, language: str) -> str | None:
    """What stands at the place of a finding; where that is its sentence, in the language."""
    if finding.found is not None and finding.found == finding.message:
        return render(finding, language)
    return finding.found


def title(rule: str, language: str) -> str:
    """Name of a rule in a language; its id when the catalogue does not have it."""
    return str(RULES[rule].title[language]) if rule in RULES else rule


def row_of(finding: Finding, language: str) -> tuple[str | int | None, ...]:
    """A finding as a row under ``COLUMNS``."""
    expected = finding.expected
    return (
        word(finding.severity.value, language), finding.rule, title(finding.rule, language),
        finding.file, finding.sheet, finding.row, finding.column, finding.cell, finding.line,
        finding.key, finding.component, stands(finding, language),
        None if expected is None else translate(expected, language),
        finding.suggestion, render(finding, language),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """The findings of one rule: how many there are, how many are listed, and some of them."""

    rule: str
    severity: Severity
    total: int
    listed: int
    first: Sequence[Finding]


def causes(report: Mapping[str, Any], most: int) -> list[Cause]:
    """Findings grouped by rule: errors first, then the most frequent; ``most`` of each kept."""
    totals: dict[tuple[Severity, str], int] = {
        (Severity(c["severity"]), c["rule"]): c["total"] for c in report.get("causes", ())
    }
    listed: dict[tuple[Severity, str], int] = {}
    first: dict[tuple[Severity, str], list[Mapping[str, Any]]] = {}
    for entry in report["findings"]:
        cause = (Severity(entry["severity"]), entry["rule"])
        listed[cause] = listed.get(cause, 0) + 1
        if listed[cause] <= most:
            first.setdefault(cause, []).append(entry)
    found = [
        Cause(
            c[1], c[0], totals.get(c, listed.get(c, 0)), listed.get(c, 0),
            tuple(findings_of({"findings": first.get(c, ())})),
        )
        for c in {**totals, **listed}
    ]  # fmt: skip
    return sorted(found, key=lambda c: (_ORDER[c.severity], -c.total, c.rule))


def page(
    report: Mapping[str, Any], rule: str | None, offset: int, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """``limit`` of the findings listed (of a rule) from ``offset`` on, and how many there are."""
    entries: Sequence[Mapping[str, Any]] = report["findings"]
    if rule is not None:
        entries = [entry for entry in entries if entry["rule"] == rule]
    return list(entries[offset : offset + limit]), len(entries)

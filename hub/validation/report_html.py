"""A validation report as one page that needs nothing else: to be read, kept, sent on, printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hub.model.findings import Finding
from hub.validation.report_words import LANGUAGES, Cause, causes, title, word
from hub.validation.rules import RULES, render

__all__ = ["write_html"]

#: Findings of one cause that the page shows; the count is always that of all.
_EXAMPLES = 20

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:70rem;
  margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}
h2{font-size:1.2rem;margin:0}
section{border:1px solid #bbb;border-radius:.4rem;padding:1rem;margin:1rem 0}
section.error{border-left:.5rem solid #a4001d}
section.warning{border-left:.5rem solid #8a5a00}
section.note{border-left:.5rem solid #1f5f8b}
header{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap}
.count{color:#444}
code{font-size:.9em}
table{border-collapse:collapse;width:100%;margin-top:.5rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid #ddd;
  overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{font-weight:600}
dd{margin:0}
thead th{white-space:nowrap}
@media print{section{break-inside:avoid}}
"""


def write_html(report: Mapping[str, Any], language: str = "en", *, file: str = "") -> str:
    """The page of a JSON report; ``file`` is the name of what was checked.

    Causes are grouped, errors first, each with its count, its first places and what to do.
    Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    return "".join(_page(report, language, file))


def _page(report: Mapping[str, Any], language: str, file: str) -> Iterator[str]:
    name = f"{word('report', language)}{f': {file}' if file else ''}"
    yield (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(name)}</h1>"
        f"<p><strong>{word('valid' if report['valid'] else 'invalid', language)}</strong></p><dl>"
    )
    counts: Mapping[str, int] = report["counts"]
    facts = {
        "dataflow": report["dataflow"] or "–",
        "observations": _number(report["observations"], language),
        **{f"{name}s": _number(count, language) for name, count in counts.items()},
    }
    for fact, value in facts.items():
        yield f"<dt>{word(fact, language)}</dt><dd>{escape(str(value))}</dd>"
    yield "</dl>"
    total, listed = sum(counts.values()), len(report["findings"])
    if total > listed:
        told = word("listed", language, n=_number(listed, language), total=_number(total, language))
        yield f"<p>{told}</p>"
    if not total:
        yield f"<p>{word('none', language)}</p>"
    for cause in causes(report, _EXAMPLES):
        yield from _section(cause, language)
    yield "</main></body></html>\n"


def _section(cause: Cause, language: str) -> Iterator[str]:
    yield (
        f'<section class="{cause.severity.value}"><header>'
        f"<h2>{escape(title(cause.rule, language))}</h2>"
        f'<span class="count">{word(cause.severity.value, language)} × '
        f"{_number(cause.total, language)}</span><code>{escape(cause.rule)}</code></header>"
    )
    if cause.rule in RULES:
        rule = RULES[cause.rule]
        yield f"<p>{escape(rule.explanation[language])}</p>"
        yield f"<p><strong>{word('fix', language)}:</strong> {escape(rule.fix[language])}</p>"
    nearest = any(f.suggestion for f in cause.first)
    heads = ["where", "found", *(["suggestion"] if nearest else []), "message"]
    cells = "".join(f'<th scope="col">{word(h, language)}</th>' for h in heads)
    yield f"<table><thead><tr>{cells}</tr></thead><tbody>"
    for finding in cause.first:
        shown = [finding.found or "", *([finding.suggestion or ""] if nearest else [])]
        # What a connector found is told in English only.
        own = language if finding.rule in RULES else LANGUAGES[0]
        yield (
            f'<tr><th scope="row">{escape(_where(finding, language))}</th>'
            + "".join(f"<td>{escape(text)}</td>" for text in shown)
            + (f'<td lang="{own}">' if own != language else "<td>")
            + f"{escape(render(finding, language))}</td></tr>"
        )
    yield "</tbody></table>"
    if cause.total > len(cause.first):
        total = _number(cause.total, language)
        yield f"<p>{word('first', language, n=len(cause.first), total=total)}</p>"
    yield "</section>"


def _where(finding: Finding, language: str) -> str:
    line = finding.line if finding.row is None else None
    places = {"sheet": finding.sheet, "row": finding.row, "column": finding.column, "line": line}
    said = [f"{word(n, language)} {value}" for n, value in places.items() if value is not None]
    return ", ".join(said) or finding.key or word("whole", language)


def _number(value: int, language: str) -> str:
    """Thousands apart as the language writes them."""
    return f"{value:,}".replace(",", "," if language == "en" else " ")

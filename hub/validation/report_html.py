"""A validation report as one page that needs nothing else: to be read, kept, sent on, printed.

Causes are grouped, errors first, each with its count, its first places and what to do. Where the
page stands in a hub it links to further pages with all findings of a cause (:class:`Links`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from hub.model.findings import Finding
from hub.validation.report_words import (
    Cause,
    causes,
    cell_of,
    findings_of,
    page,
    stands,
    title,
    word,
)
from hub.validation.rules import RULES, render

__all__ = ["PAGE", "Links", "write_cause", "write_html"]

#: Findings of one cause that the page shows first, and that a page of one cause shows.
_EXAMPLES, PAGE = 20, 200

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
td.n,table.contents thead th:last-child{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{font-weight:600}
dd{margin:0}
thead th{white-space:nowrap}
table.places th:first-child{width:26%}
nav{display:flex;gap:1.5rem;flex-wrap:wrap}
a{color:#0b4f8a}
@media print{section{break-inside:avoid}nav{display:none}}
"""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the rest of a report is found: addresses by rule and number of the first finding."""

    cause: Callable[[str, int], str]
    whole: str
    csv: str
    xlsx: str


def write_html(
    report: Mapping[str, Any],
    language: str = "en",
    *,
    file: str = "",
    links: Links | None = None,
) -> str:
    """The page of a JSON report; ``file`` is the name of what was checked.

    Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    return "".join(_whole(report, language, file, links))


def write_cause(
    report: Mapping[str, Any], rule: str, offset: int, links: Links, language: str, *, file: str
) -> str:
    """The page with the listed findings of a rule from ``offset`` on, ``PAGE`` of them."""
    entries, listed = page(report, rule, offset, PAGE)
    every = {c.rule: c for c in causes(report, 0)}

    def parts() -> Iterator[str]:
        yield from _head(f"{title(rule, language)}: {file}", language)
        yield f'<nav><a href="{escape(links.whole)}">{word("back", language)}</a>'
        if offset:
            before = links.cause(rule, max(0, offset - PAGE))
            yield f'<a rel="prev" href="{escape(before)}">{word("before", language)}</a>'
        if offset + PAGE < listed:
            after = links.cause(rule, offset + PAGE)
            yield f'<a rel="next" href="{escape(after)}">{word("after", language)}</a>'
        low, high = (_number(n, language) for n in (min(offset + 1, listed), offset + len(entries)))
        count = word("of_rule", language, low=low, high=high, n=_number(listed, language))
        yield f"</nav><p>{count}</p>"
        if rule in every:
            cause = every[rule]
            shown = tuple(findings_of({"findings": entries}))
            yield from _section(
                Cause(rule, cause.severity, cause.total, cause.listed, shown), language, None
            )
        yield "</main></body></html>\n"

    return "".join(parts())


def _head(name: str, language: str) -> Iterator[str]:
    yield (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(name)}</h1>"
    )


def _whole(
    report: Mapping[str, Any], language: str, file: str, links: Links | None
) -> Iterator[str]:
    yield from _head(f"{word('report', language)}{f': {file}' if file else ''}", language)
    yield f"<p><strong>{word('valid' if report['valid'] else 'invalid', language)}</strong></p><dl>"
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
    found = causes(report, _EXAMPLES)
    if total:
        yield from _steps(counts, language, links)
        yield from _contents(found, language)
    for number, cause in enumerate(found, start=1):
        yield from _section(cause, language, links, number)
    yield "</main></body></html>\n"


def _steps(counts: Mapping[str, int], language: str, links: Links | None) -> Iterator[str]:
    steps = ["step_open", "step_correct", "step_send"] if counts["error"] else []
    steps += ["step_look"] if counts["warning"] else []
    if steps:
        items = "".join(f"<li>{word(step, language)}</li>" for step in steps)
        yield f"<h2>{word('steps', language)}</h2><ol>{items}</ol>"
    if links is not None:
        yield (
            f'<nav><a href="{escape(links.xlsx)}">{word("all_xlsx", language)}</a>'
            f'<a href="{escape(links.csv)}">{word("all_csv", language)}</a></nav>'
        )


def _contents(found: Sequence[Cause], language: str) -> Iterator[str]:
    heads = "".join(
        f'<th scope="col">{word(name, language)}</th>' for name in ("title", "severity", "times")
    )
    yield (
        f'<h2>{word("contents", language)}</h2><table class="contents"><thead><tr>{heads}</tr>'
        "</thead><tbody>"
    )
    for number, cause in enumerate(found, start=1):
        yield (
            f'<tr><th scope="row"><a href="#c{number}">{escape(title(cause.rule, language))}</a>'
            f"</th><td>{word(cause.severity.value, language)}</td>"
            f'<td class="n">{_number(cause.total, language)}</td></tr>'
        )
    yield "</tbody></table>"


def _section(
    cause: Cause, language: str, links: Links | None, number: int | None = None
) -> Iterator[str]:
    anchor = "" if number is None else f' id="c{number}"'
    yield (
        f'<section class="{cause.severity.value}"{anchor}><header>'
        f"<h2>{escape(title(cause.rule, language))}</h2>"
        f'<span class="count">{word(cause.severity.value, language)} × '
        f"{_number(cause.total, language)}</span><code>{escape(cause.rule)}</code></header>"
    )
    if cause.rule in RULES:
        rule = RULES[cause.rule]
        yield f"<p>{escape(rule.explanation[language])}</p>"
        yield f"<p><strong>{word('fix', language)}:</strong> {escape(rule.fix[language])}</p>"
    if cause.first:
        yield from _places(cause.first, language)
    if number is not None and cause.listed > len(cause.first):
        shown = word("first", language, n=len(cause.first), total=_number(cause.total, language))
        yield f"<p>{shown}"
        if links is not None:
            every = word("all_of", language, n=_number(cause.listed, language))
            yield f' <a href="{escape(links.cause(cause.rule, 0))}">{every}</a>'
        yield "</p>"
    if cause.total > cause.listed:
        more = _number(cause.total - cause.listed, language)
        yield f"<p>{word('unlisted', language, n=more)}</p>"
    yield "</section>"


def _places(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """The table of places: where, what stands there, the nearest code, what to do."""
    nearest = any(f.suggestion for f in findings)
    quoted = any(f.found is not None for f in findings)
    heads = ["where", *(["found"] * quoted), *(["suggestion"] * nearest), "message"]
    cells = "".join(f'<th scope="col">{word(h, language)}</th>' for h in heads)
    yield f'<table class="places"><thead><tr>{cells}</tr></thead><tbody>'
    for finding in findings:
        found = word("blank", language) if finding.found == "" else stands(finding, language) or ""
        shown = [*([found] * quoted), *([finding.suggestion or ""] * nearest)]
        # What somebody else's connector found is told in English only.
        own = language if finding.rule in RULES else "en"
        yield (
            f'<tr><th scope="row">{escape(_where(finding, language))}</th>'
            + "".join(f"<td>{escape(text)}</td>" for text in shown)
            + (f'<td lang="{own}">' if own != language else "<td>")
            + f"{escape(render(finding, language))}</td></tr>"
        )
    yield "</tbody></table>"


def _where(finding: Finding, language: str) -> str:
    line = finding.line if finding.row is None else None
    places = {
        "sheet": finding.sheet, "row": finding.row, "column": finding.column,
        "cell": cell_of(finding), "line": line,
    }  # fmt: skip
    said = [f"{word(n, language)} {value}" for n, value in places.items() if value is not None]
    return ", ".join(said) or finding.key or word("whole", language)


def _number(value: int, language: str) -> str:
    """Thousands apart as the language writes them."""
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", " ")

"""``python -m connectors.document > docs/sources.md``: the sources, from their own records."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from connectors import catalogue
from connectors.framework.record import SourceRecord

__all__ = ["sources_page"]

_HEAD = """# Sources

Made from the records of the connectors (`connectors/<iso3>/<source>/source.yaml`) by `python -m connectors.document > docs/sources.md`. How a connector is made and what its findings mean is in [connectors.md](connectors.md).

A layout is *seen* when the connector was made on files of the publisher, *described* when on a description; the office that owns it has to check it.
"""  # noqa: E501
_COLUMNS = ("Connector", "Country", "Institution", "Source", "Dataflow", "Layout", "Licence")


def sources_page() -> str:
    """The page ``docs/sources.md``: a table of all sources, then each with its notes."""
    records = [catalogue.record(id_) for id_ in catalogue.ids()]
    lines = [_HEAD, _row(_COLUMNS), _row(["---"] * len(_COLUMNS))]
    lines += [_row(_cells(record)) for record in records]
    for record in records:
        lines += ["", *_section(record)]
    return "\n".join(lines) + "\n"


def _cells(record: SourceRecord) -> list[str]:
    return [
        f"`{record.id}`",
        record.id.split("/")[0].upper(),
        record.institution,
        record.title["en"],
        record.dataflow.id,
        "seen" if record.seen else "described",
        record.licence,
    ]


def _section(record: SourceRecord) -> Iterator[str]:
    yield f"## {record.id}"
    yield ""
    yield f"{record.title['en']}. {record.publisher['name']}, {record.url}"
    yield ""
    yield f"- What: {record.coverage['what']}; {record.coverage['period']}"
    yield f"- When: {record.schedule}"
    if "unit" in record.publisher:
        yield f"- Contact: {record.publisher['unit']}"
    agreements = [str(each.provision_agreement) for each in record.reporters.values()]
    yield f"- Agreement: {', '.join(agreements or [str(record.provision_agreement)])}"
    for layout in record.layouts:
        yield f"- Layout: {layout}"
    for note in record.notes.values():
        yield f"- {note}"
    yield f"- Sample: {record.sample.note['en']}"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(sources_page())

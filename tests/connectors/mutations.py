"""The same publication another time: what publishers do to a file from one month to the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbooks import Page, load, save

from connectors.framework.archive import Limits
from connectors.framework.crosstab import Crosstab, Cut
from connectors.framework.cutting import Source
from connectors.framework.discovery import Connector
from connectors.framework.faults import Faults
from connectors.framework.labels import LEAF
from connectors.framework.listing import Listing
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot

#: Files whose cells the test's own writer can write again.
WRITABLE = frozenset({".xlsx", ".xls", ".ods", ".csv"})
NEW_LABEL = "Atlántida del Norte"


@dataclass(frozen=True)
class Edition:
    """A file of a source, and what its connector finds in it."""

    connector: Connector
    path: Path
    cut: Cut

    @property
    def table(self) -> Crosstab | None:
        return self.cut.tables[0] if self.cut.tables else None

    @property
    def listing(self) -> Listing | None:
        return self.cut.listings[0] if self.cut.listings else None

    def pages(self) -> dict[str, Page]:
        return load(self.path)

    def written(self, pages: dict[str, Page], folder: Path) -> Path:
        suffix = ".csv" if self.path.suffix == ".csv" else ".xlsx"
        return save(pages, folder / f"{self.path.stem}{suffix}")


def edition(connector: Connector, path: Path) -> Edition:
    record = connector.record
    book = open_workbook(
        Snapshot.take(path),
        encoding=record.csv.get("encoding", "utf-8-sig"),
        delimiter=record.csv.get("delimiter", ","),
        limits=Limits(),
    )
    return Edition(
        connector, path, connector.cut(book, Source(record, connector.maps, Faults(path.name)))
    )


def shifted(one: Edition, folder: Path) -> Path:
    """Each table two rows lower and one column further right."""
    pages = one.pages()
    for page in pages.values():
        width = max((len(row) for row in page.rows), default=0)
        page.rows[:] = [[""] * (width + 1)] * 2 + [["", *row] for row in page.rows]
        page.merged[:] = [
            ((top + 2, left + 1), (bottom + 2, right + 1))
            for (top, left), (bottom, right) in page.merged
        ]
    return one.written(pages, folder)


def swapped(one: Edition, folder: Path) -> Path | None:
    """Two columns of figures in each other's place; ``None`` where there are not two."""
    heads = one.table.columns if one.table is not None else one.listing.figures  # type: ignore[union-attr]
    sheet = one.table.sheet if one.table is not None else one.listing.sheet  # type: ignore[union-attr]
    columns = [head.column for head in heads]
    if one.listing is not None:
        columns = [*(key.column for key in one.listing.keys), *columns]
    # Not the first: what stands over a group of columns stands over the first of them.
    pair = columns[1:3] if len(columns) > 2 else columns[:2]
    if len(pair) < 2:
        return None
    pages = one.pages()
    page = pages[sheet.name] if sheet.name in pages else next(iter(pages.values()))
    a, b = pair
    for row in page.rows:
        if len(row) > max(a, b):
            row[a], row[b] = row[b], row[a]
    return one.written(pages, folder)


def relabelled(one: Edition, folder: Path) -> Path | None:
    """One row of figures under a label that no map has; ``None`` where no map names rows."""
    pages = one.pages()
    if one.table is not None:
        table = one.table
        leaves = [
            head
            for head in table.rows
            if any(e.level == LEAF and e.codes for e in table.row_map.candidates(head.label))
        ]
        if not leaves:
            return None
        page = pages[table.sheet.name] if table.sheet.name in pages else next(iter(pages.values()))
        page.rows[leaves[-1].row][leaves[-1].column] = NEW_LABEL
        return one.written(pages, folder)
    assert one.listing is not None
    keyed = next((key for key in one.listing.keys if key.labels is not None), None)
    if keyed is None:
        return None
    page = pages.get(one.listing.sheet.name) or next(iter(pages.values()))
    page.rows[int(one.listing.lines[0])][keyed.column] = NEW_LABEL
    return one.written(pages, folder)


def widened(one: Edition, folder: Path) -> Path | None:
    """A column more, with figures in every row of the table; ``None`` for files of records."""
    table = one.table
    if table is None:
        return None
    pages = one.pages()
    page = pages[table.sheet.name] if table.sheet.name in pages else next(iter(pages.values()))
    rows = {head.row for head in table.rows}
    top = max(head.row for head in table.columns)
    width = max(len(row) for row in page.rows)
    for number, row in enumerate(page.rows):
        row += [""] * (width - len(row))
        row.append(NEW_LABEL if number == top else 7 if number in rows else "")
    return one.written(pages, folder)


def without(one: Edition, column: int, folder: Path) -> Path:
    """A file of records without one of its columns."""
    pages = one.pages()
    assert one.listing is not None
    page = pages.get(one.listing.sheet.name) or next(iter(pages.values()))
    for row in page.rows:
        row[column : column + 1] = []  # rows may be shorter
    return one.written(pages, folder)


def titled_again(one: Edition, folder: Path) -> Path | None:
    """The page's title once more under the table; ``None`` where there is none above it."""
    if one.table is None or one.table.title.row is None:
        return None
    pages = one.pages()
    name = one.table.sheet.name
    page = pages[name] if name in pages else next(iter(pages.values()))
    page.rows.append(list(page.rows[one.table.title.row - 1]))
    return one.written(pages, folder)

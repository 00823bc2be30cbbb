"""What the readers of the sheets share: the workbook, its form, and saying what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectors.framework.faults import Faults, Place
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import closest, normalise
from connectors.reporting.form import Form
from hub.model.cells import address, column_letter
from hub.model.schema import DataSchema
from hub.validation.file_sentences import rule_of, tell

__all__ = ["COLUMN", "ROW", "SHEET", "Reading"]

#: Columns of the frames beside components: where a figure stands.
SHEET, ROW, COLUMN = "_sheet", "_row", "_column"


@dataclass
class Reading:
    """A workbook being read; faults are told in its language."""

    book: Workbook
    form: Form
    schema: DataSchema
    faults: Faults
    #: What the office says about its figures, by question: a code, or a text.
    said: dict[str, str] = field(default_factory=dict)
    #: Notes of periods.
    notes: dict[str, str] = field(default_factory=dict)

    def fault(
        self,
        name: str,
        sheet: str,
        row: int | None = None,
        column: int | None = None,
        /,
        *,
        suggestion: str | None = None,
        **fields: object,
    ) -> None:
        """Report the sentence ``name`` at a cell (indices from 0).

        Its fields ``cell``, ``guide``, ``about`` and ``other`` are filled in.
        """
        place = Place(
            sheet,
            None if row is None else row + 1,
            None if column is None else column_letter(column),
            None if row is None or column is None else address(row, column),
        )
        known = {"guide": "", "about": "", "other": "", **self.form.sheets, **fields}
        if row is not None and column is not None:
            known.setdefault("cell", address(row, column))
        found, expected = fields.get("found"), fields.get("expected")
        self.faults.add(
            rule_of(name),
            place,
            tell(name, self.form.language, **known),
            found=None if found is None else str(found),
            expected=None if expected is None else str(expected),
            suggestion=suggestion,
        )

    def sheet(self, name: str, part: str) -> Sheet | None:
        """A sheet of this workbook: by its name, else (it was renamed) by the text on it."""
        if (found := self.book.sheet(name)) is not None:
            return found
        expected = self.form.identity(part)
        named = (one for one in self.book if one.width and expected in one.text[:, 0].tolist())
        return next(named, None)

    def outside(self, sheet: Sheet, claimed: NDArray[np.bool_]) -> None:
        """Report each cell that holds something and is no part of what the sheet is for."""
        for row, column in np.argwhere(~claimed & (sheet.kind != Kind.EMPTY)):
            said = str(sheet.text[row, column]).strip()
            self.fault("workbook_outside", sheet.name, int(row), int(column), found=said)

    def choice(self, sheet: Sheet, row: int, column: int, component: str, what: str) -> str | None:
        """The code that a cell with a drop-down states; ``None`` after a fault.

        A cell says a label of its list, accents, case and spaces aside, or the code itself.
        """
        said = str(sheet.text[row, column]).strip()
        choices = self.form.lists[component]
        if not said:
            self.fault("workbook_choice_blank", sheet.name, row, column, what=what)
            return None
        if said in choices:
            return said
        labels = {normalise(label): code for code, label in choices.items()}
        if (code := labels.get(normalise(said))) is not None:
            return code
        near = closest(said, choices.values())
        name = "workbook_choice_unknown" if near is None else "workbook_choice_near"
        self.fault(name, sheet.name, row, column, found=said, suggestion=near, near=near)
        return None

    def own(self, sheet: Sheet, part: str) -> bool:
        """Whether a sheet is of this workbook, by the text in its first column; else a fault."""
        expected = self.form.identity(part)
        column = sheet.text[:, 0].tolist() if sheet.width else []
        if expected in column:
            return True
        row = next((i for i, text in enumerate(column) if text.count(" · ") == 3), 2)
        found = column[row] if row < len(column) else ""
        self.fault(
            "workbook_sheet_foreign", sheet.name, row, 0,
            sheet=sheet.name, expected=expected, found=found,
        )  # fmt: skip
        return False

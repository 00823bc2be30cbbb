"""What cannot be, or is not believed without a look: rules over the observations of a file.

The severity of each is the record's (``rules``), or the usual one of ``record.RULES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from connectors.framework.areas import areas, without_nationals
from connectors.framework.faults import Faults, Place
from connectors.framework.listing import Key, Listing
from connectors.framework.mapping import FAULT, ROW, TABLE
from connectors.framework.record import SourceRecord
from hub.model.findings import Severity
from hub.model.schema import DataSchema

__all__ = ["check_plausible", "check_private"]

_AREAS = "CL_AREA"
_WHO, _AREA, _TIME, _FREQ = "CITIZENSHIP", "REF_AREA", "TIME_PERIOD", "FREQ"
#: Totals below this are too small for a jump to say anything.
_JUMP_FROM = 1000

_UNIT = "UNIT_MEASURE"
_COUNTED = ("PS", "EV", "HH", "CASES", "PERMITS", "DEATHS")
#: What is a difference of two counts, and may be negative.
_BALANCES = ("NET_MIGRATION", "MIG_NET")

_Add = Callable[..., None]
_Places = Callable[[pd.Series, str | None], Place]
_SetApart = Callable[[str, pd.DataFrame], bool]


def check_private(
    frame: pd.DataFrame, listings: Sequence[Listing], record: SourceRecord, faults: Faults
) -> None:
    """Report codes that a source uses in its own way, each once, at its first record.

    Observations of a code that is an error get ``FAULT``.

    ``CODE_PRIVATE``: labels of a map beside a column of codes (``component`` and ``pattern``), so
    codes of the publisher's own. ``CODE_DOUBTFUL``: codes that the record lists under
    ``layout.doubtful`` with the reason why they cannot be believed.
    """
    doubtful: Mapping[str, str] = record.layout.get("doubtful") or {}
    for index, listing in enumerate(listings):
        for key in listing.keys:
            if key.component is None:
                continue
            part = frame if frame.empty else frame[frame[TABLE] == index]
            report = partial(_report, frame=frame, part=part, of=(listing, key, record, faults))
            for code, reason in doubtful.items():
                report(
                    "CODE_DOUBTFUL", code,
                    f"{code} is not what it says in this source: {reason}. Ask the publisher for"
                    " the area that is meant; the hub does not put it right.",
                )  # fmt: skip
            for entry in key.labels.entries if key.labels is not None else ():
                if key.component in entry.codes:
                    report(
                        "CODE_PRIVATE", entry.label,
                        f"{entry.label} is no ISO 3166-1 code but one for private use; it was read"
                        f" as {entry.codes[key.component]} ({entry.note}). See that it still means"
                        " that.",
                    )  # fmt: skip


def _report(
    rule: str,
    word: str,
    message: str,
    *,
    frame: pd.DataFrame,
    part: pd.DataFrame,
    of: tuple[Listing, Key, SourceRecord, Faults],
) -> None:
    """Report a word of a key column at its first record, if it is there and the rule holds.

    ``part`` are the rows of ``frame`` that come from the listing.
    """
    listing, key, record, faults = of
    rows = np.flatnonzero(pd.Series(listing.text(key.header)).str.strip() == word)
    severity = record.rules.get(rule)
    if not rows.size or severity is None:
        return
    if severity is Severity.ERROR and not part.empty:
        frame.loc[part.index[part[ROW].isin(rows)], FAULT] = rule
    more = f" It stands in {rows.size} records." if rows.size > 1 else ""
    place = _cell(listing, int(rows[0]), key)
    faults.add(rule, place, f"{message}{more}", found=word, severity=severity, apart=True)


def check_plausible(
    frame: pd.DataFrame,
    listings: Sequence[Listing],
    record: SourceRecord,
    schema: DataSchema,
    faults: Faults,
) -> pd.DataFrame:
    """Report observations that cannot be, each fault once, at its first record.

    Returns the frame with ``FAULT`` where an error is about single observations. A figure that is
    no count, or is given a second time, is not judged again.
    """
    place = partial(_place, listings)
    wrong = _counts(frame, record, schema, place, faults)
    frame.loc[wrong, FAULT] = "NOT_A_COUNT"
    whole, frame = frame, frame[~(wrong | frame.duplicated(list(schema.key)))]

    def apart(rule: str, rows: pd.DataFrame) -> bool:
        """Set rows apart if what is wrong with them is an error."""
        if record.rules.get(rule) is Severity.ERROR:
            whole.loc[rows.index, FAULT] = rule
        return True

    rules: dict[str, Callable[[_Add], None]] = {
        "AREA_NOT_VALID": lambda add: _not_valid(frame, schema, place, apart, add),
        "ORIGIN_IMPOSSIBLE": lambda add: _impossible(frame, schema, place, apart, add),
        "OWN_NATIONALS": lambda add: _own_nationals(frame, place, add),
        "LEVEL_JUMP": lambda add: _levels(frame, record, schema, place, add),
        "ROWS_MISSING": lambda add: _rows_missing(listings, record, add),
    }
    for rule, check in rules.items():
        severity = record.rules.get(rule)
        if severity is not None:
            check(partial(faults.add, rule, severity=severity))
    return whole


def _counts(
    frame: pd.DataFrame,
    record: SourceRecord,
    schema: DataSchema,
    place: _Places,
    faults: Faults,
) -> pd.Series:
    """Which rows are negative numbers and fractions, each of which is reported.

    Where the record says that the publisher's counts may be estimates with fractions (the rule is
    no error), these stay.
    """
    values = frame[schema.primary_measure.id]
    wrong = values.notna() & ~values.astype("str").str.fullmatch(r"\d+")
    if _UNIT in frame:
        # Amounts, shares and ratios may have fractions and signs.
        wrong &= frame[_UNIT].isin(_COUNTED)
    for component in ("MEASURE", "SERIES"):
        if component in frame:
            balance = frame[component].isin(_BALANCES)
            wrong &= ~(balance & values.astype("str").str.fullmatch(r"-?\d+"))
    usual = record.rules.get("NOT_A_COUNT", Severity.ERROR)
    if usual is not Severity.ERROR:
        fraction = values.astype("str").str.fullmatch(r"\d+\.\d+") & wrong
        wrong &= ~fraction
        if usual is not None:
            _fractions(frame[fraction], schema, place, partial(faults.add, severity=usual))
    for _, row in frame[wrong].iterrows():
        found = str(row[schema.primary_measure.id])
        faults.add(
            "NOT_A_COUNT",
            place(row, None),
            f"The figure {found} is no count: people and events are whole numbers from 0 on;"
            " correct it.",
            found=found,
            expected="a whole number, 0 or more",
            apart=True,
        )
    return wrong


def _fractions(frame: pd.DataFrame, schema: DataSchema, place: _Places, add: _Add) -> None:
    """Report counts with fractions that are published all the same."""
    for _, row in frame.iterrows():
        found = str(row[schema.primary_measure.id])
        add(
            "NOT_A_COUNT",
            place(row, None),
            f"The figure {found} of people or events has a fraction; it is published as it is"
            " printed. See that it is an estimate.",
            found=found,
        )


def _place(listings: Sequence[Listing], row: pd.Series, component: str | None) -> Place:
    """The cell of an observation that gave ``component``, else its figure."""
    listing = listings[int(row["_table"])]
    for key in listing.keys:
        if component is not None and component in key.components:
            return _cell(listing, int(row["_row"]), key)
    return listing.cell(int(row["_row"]), int(row["_column"]))


def _cell(listing: Listing, i: int, key: Key) -> Place:
    return listing.place(i, key.column, key.header)


def _area_dimensions(schema: DataSchema) -> list[str]:
    return [c.id for c in schema.dimensions if c.codelist is not None and c.codelist.id == _AREAS]


def _span(periods: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last day of years and months, near enough to compare with dates."""
    year = periods.str.len() == 4
    return (
        periods.where(~year, periods + "-01") + "-01",
        periods.where(~year, periods + "-12") + "-31",
    )


def _not_valid(
    frame: pd.DataFrame, schema: DataSchema, place: _Places, apart: _SetApart, add: _Add
) -> None:
    """Areas named in a period in which they did not exist."""
    known = areas()
    for dimension in _area_dimensions(schema):
        bounded = [
            code
            for code in frame[dimension].unique()
            if code in known and (known[code].first or known[code].last)
        ]
        for code in bounded:
            area = known[code]
            part = frame[frame[dimension] == code]
            start, end = _span(part[_TIME])
            wrong = part[(end < area.first) | ((start > area.last) if area.last else False)]
            if len(wrong):
                first = wrong.iloc[0]
                when = (
                    f"ended on {area.last}"
                    if area.last and start.loc[first.name] > area.last
                    else f"began on {area.first}"
                )
                add(
                    place(first, dimension),
                    f"{code} ({area.name}) {when} and is named for {first[_TIME]}"
                    f"{_more(wrong)}; correct the code, or have the record allow it if the source"
                    " counts documents of that time.",
                    found=code,
                    expected=f"an area of {first[_TIME]}",
                    apart=apart("AREA_NOT_VALID", wrong),
                )


def _impossible(
    frame: pd.DataFrame, schema: DataSchema, place: _Places, apart: _SetApart, add: _Add
) -> None:
    """Areas that nobody is a national of or comes from, with people all the same."""
    nobody = without_nationals()
    measure = schema.primary_measure.id
    for dimension in _area_dimensions(schema):
        for code in sorted(set(frame[dimension].unique()) & nobody.keys()):
            wrong = frame[(frame[dimension] == code) & (frame[measure] != "0")]
            if len(wrong):
                first = wrong.iloc[0]
                add(
                    place(first, dimension),
                    f"{code} ({areas()[code].name}) has nobody that could come from there:"
                    f" {nobody[code]}. The code is wrong here{_more(wrong)}; ask the publisher"
                    " which area is meant.",
                    found=code,
                    apart=apart("ORIGIN_IMPOSSIBLE", wrong),
                )


def _own_nationals(frame: pd.DataFrame, place: _Places, add: _Add) -> None:
    """Nationals of the reporting area in figures about foreigners."""
    if _WHO not in frame:
        return
    for area in frame[_AREA].unique():
        wrong = frame[(frame[_AREA] == area) & (frame[_WHO] == area)]
        if len(wrong):
            first = wrong.iloc[0]
            add(
                place(first, _WHO),
                f"The figures are about foreigners in {area} and count its own nationals"
                f"{_more(wrong)}; see that the file is of {area} and of this measure.",
                found=area,
                expected="foreigners",
            )


def _levels(
    frame: pd.DataFrame, record: SourceRecord, schema: DataSchema, place: _Places, add: _Add
) -> None:
    """Totals of months that are out of all proportion."""
    months = frame[frame[_FREQ] == "M"]
    value = pd.to_numeric(months[schema.primary_measure.id])
    totals = value.groupby([months[_AREA], months[_TIME]], sort=True).sum()
    for area, series in totals.groupby(level=0):
        by_month = series.droplevel(0)
        numbers = pd.PeriodIndex(by_month.index, freq="M")
        named = record.reporters.get(str(area))
        bounds = named.month_total if named else record.expectations.month_total
        before = by_month.shift()
        adjacent = numbers == (numbers.to_series().shift() + 1).to_numpy()
        jump = record.expectations.jump
        for at, (month, total) in enumerate(by_month.items()):
            row = months[(months[_AREA] == area) & (months[_TIME] == month)].iloc[0]
            said = f"The figures of {area} for {month} add up to {total:.0f}"
            if bounds is not None and not bounds[0] <= total <= bounds[1]:
                add(
                    place(row, None),
                    f"{said}, and the record expects {bounds[0]} to {bounds[1]} a month; see that"
                    " the file is of this measure, or correct the record.",
                    found=f"{total:.0f}",
                    expected=f"{bounds[0]} to {bounds[1]}",
                )
            elif jump and adjacent[at] and total >= _JUMP_FROM and total > jump * before.iloc[at]:
                add(
                    place(row, None),
                    f"{said}, more than {jump:g} times the {before.iloc[at]:.0f} of the month"
                    " before; see whether another measure stands there from that month on.",
                    found=f"{total:.0f}",
                    expected=f"at most {jump * before.iloc[at]:.0f}",
                )


def _rows_missing(listings: Sequence[Listing], record: SourceRecord, add: _Add) -> None:
    """Months without rows that the months before and after have, where zeros are printed too.

    A row whose figure could not be read is there all the same.
    """
    complete = [words for words, reporter in record.reporters.items() if reporter.complete]
    for listing in listings if complete else ():
        time = next(key for key in listing.keys if key.period)
        columns = {"who": record.text("reporter"), "what": record.text("area"), "t": time.header}
        said = pd.DataFrame({name: listing.text(header) for name, header in columns.items()})
        for words in complete:
            part = said[said["who"] == words]
            months = {str(t): part[part["t"] == t] for t in sorted(part["t"].unique())}
            numbered = list(months)
            for before, month, after in zip(numbered, numbered[1:], numbered[2:], strict=False):
                there = set(months[before]["what"]) & set(months[after]["what"])
                gone = sorted(there - set(months[month]["what"]))
                if gone:
                    add(
                        _cell(listing, int(months[month].index[0]), time),
                        f"{words} has no row for {', '.join(gone)} in {month}, though it has one"
                        " in the month before and after and prints zeros; ask the publisher for"
                        " them. The hub holds nothing for them, which is not zero.",
                        found=month,
                        expected=f"rows for {', '.join(gone)}",
                    )


def _more(wrong: pd.DataFrame) -> str:
    return f" (and in {len(wrong) - 1} more records)" if len(wrong) > 1 else ""

"""Reading a register in batches: rows go in, counts by codes come out, and nothing else.

A batch of columns is coded by dictionaries, one code number for each combination of codes is made,
and the numbers are counted. Of persons only a 64-bit keyed hash of the columns that make a crossing
one and the same is kept, in memory, with a key that is drawn anew for each run. No value of a
personal column is ever part of a finding.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from connectors.framework.labels import Entry
from connectors.framework.records import Register
from hub.errors import RequestSyntaxError
from hub.model.findings import Finding, Severity
from hub.validation.rules import sentence

__all__ = ["Counted", "count"]

Ints = NDArray[np.int64]

#: Bytes of a CSV file that are read at a time, and rows of a Parquet file.
_BLOCK, _ROWS = 4 << 20, 1 << 16
#: Row numbers that a finding names.
_NAMED = 20
_MOST_MONTHS = 1 << 14
_OLDEST = 130
_BAD = -1


@dataclass
class Counted:
    """Counts by the codes of each column.

    ``numbers`` are codes as one number, sorted, ``counts`` how often each came. :meth:`columns`
    tells them apart again. ``rows`` is how many records were read.
    """

    record: Register
    rows: int = 0
    months: dict[str, int] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    counts: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    findings: list[Finding] = field(default_factory=list)

    @property
    def sizes(self) -> dict[str, int]:
        """How many codes each part of a number has, in order."""
        bands = {"": len(self.record.ages.codes) + 1} if self.record.ages else {}
        return {
            self.record.moment: _MOST_MONTHS,
            **{column: len(entries) for column, entries in self.entries.items()},
            **bands,
        }

    def columns(self) -> dict[str, NDArray[np.object_]]:
        """``TIME_PERIOD`` and the components that the columns give, one code for each number."""
        left = self.numbers.copy()
        index: dict[str, Ints] = {}
        for name, size in reversed(self.sizes.items()):
            left, index[name] = np.divmod(left, size)
        months = np.array(list(self.months), dtype=object)
        found = {"TIME_PERIOD": months[index[self.record.moment]]}
        for column, entries in self.entries.items():
            for component in self.record.maps[column].components:
                codes = np.array([e.codes.get(component) for e in entries], dtype=object)
                found[component] = codes[index[column]]
        if self.record.ages:
            bands = np.array([*self.record.ages.codes, self.record.ages.unknown], dtype=object)
            found["AGE"] = bands[index[""]]
        return found


def count(record: Register, path: Path) -> Counted:
    """Count the crossings of a file: CSV, CSV in gzip, or Parquet.

    Faults are findings of the result; with errors among them the counts are not for publication.
    Raises ``RequestSyntaxError`` when the file cannot be read at all.
    """
    return _Count(record, path).run()


class _Count:
    def __init__(self, record: Register, path: Path) -> None:
        self.record, self.path = record, path
        self.result = Counted(record)
        self.places: dict[tuple[str, str | None, str | None], list[int]] = {}
        self.totals: dict[tuple[str, str | None, str | None], int] = {}
        self.known: dict[str, dict[str, int]] = {}
        for column, labels in record.maps.items():
            self.result.entries[column] = list(labels.entries)
            self.known[column] = {}
        self.hashes: list[NDArray[np.uint64]] = []
        self.key = secrets.token_hex(8)
        self.short: list[int] = []

    def run(self) -> Counted:
        try:
            for batch in self._batches():
                self._add(batch)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            # What Arrow says may quote the row.
            raise RequestSyntaxError(
                f"{self.path.name} cannot be read as a table of records after row "
                f"{self.result.rows + 1}: export it again as CSV ({self.record.encoding}) or "
                "Parquet."
            ) from None
        self._twice()
        self._report()
        return self.result

    # Reading

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self.path.suffix == ".parquet":
            with pq.ParquetFile(self.path) as file:
                if self._header(file.schema_arrow.names):
                    for batch in file.iter_batches(_ROWS, columns=list(self.record.used)):
                        yield pa.RecordBatch.from_arrays(
                            [column.cast(pa.string()) for column in batch.columns],
                            names=batch.schema.names,
                        )
            return
        if not self._header(self._head()):
            return
        used = list(self.record.used)
        with pacsv.open_csv(
            pa.input_stream(str(self.path), compression="detect"),
            read_options=pacsv.ReadOptions(block_size=_BLOCK, encoding=self.record.encoding,
                use_threads=False,  # rows keep their numbers
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.record.delimiter, newlines_in_values=True,
                invalid_row_handler=self._skipped,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(used, pa.string()), include_columns=used,
                strings_can_be_null=False, check_utf8=True,
            ),
        ) as reader:  # fmt: skip
            yield from reader

    def _head(self) -> list[str]:
        with pa.input_stream(str(self.path), compression="detect") as stream:
            text = io.TextIOWrapper(stream, encoding=self.record.encoding, newline="")
            return next(csv.reader(text, delimiter=self.record.delimiter), [])

    def _skipped(self, row: Any) -> str:
        self.short.append(row.number)  # its text is not looked at
        return "skip"

    def _header(self, names: list[str]) -> bool:
        """Whether the columns are those of the record; what is not known is not read."""
        names = [name.removeprefix("\ufeff") for name in names]
        lacking = [n for n in self.record.used if n not in names]
        again = sorted({n for n in names if names.count(n) > 1})
        for name in lacking:
            self._say("RECORD_COLUMN_MISSING", Severity.ERROR, column=name)
        for name in again:
            self._say("RECORD_COLUMN_TWICE", Severity.ERROR, column=name)
        for name in sorted(set(names) - self.record.known):
            self._say("RECORD_COLUMN_UNKNOWN", Severity.WARNING, column=name)
        return not lacking and not again

    # Counting

    def _add(self, batch: pa.RecordBatch) -> None:
        start, rows = self.result.rows, batch.num_rows
        self.result.rows += rows
        column = dict(zip(batch.schema.names, batch.columns, strict=True))
        days, months, good = self._moments(column[self.record.moment], start)
        number = months
        for name in self.record.columns:
            codes = self._coded(name, column[name], start)
            good &= codes != _BAD
            number = number * len(self.result.entries[name]) + codes
        if self.record.ages:
            bands = self._bands(column[self.record.ages.column], days, good, start)
            good &= bands != _BAD
            number = number * (len(self.record.ages.codes) + 1) + bands
        found, counts = np.unique(number[good], return_counts=True)
        self._merge(found, counts)
        self._remember(column)

    def _merge(self, numbers: Ints, counts: Ints) -> None:
        both = np.concatenate([self.result.numbers, numbers])
        self.result.numbers, place = np.unique(both, return_inverse=True)
        total = np.zeros(len(self.result.numbers), np.int64)
        np.add.at(total, place, np.concatenate([self.result.counts, counts]))
        self.result.counts = total

    def _moments(
        self, texts: pa.Array, start: int
    ) -> tuple[NDArray[np.datetime64], Ints, NDArray[np.bool_]]:
        """Day and number of the month of each row, and whether it could be read."""
        days, good = _days(texts, moment=True)
        self._fault("RECORD_MOMENT", self.record.moment, None, start + np.flatnonzero(~good))
        month = days.astype("M8[M]")
        number = np.zeros(len(days), np.int64)
        for value in np.unique(month[good]):
            text = str(value)
            number[month == value] = self.result.months.setdefault(text, len(self.result.months))
        if len(self.result.months) > _MOST_MONTHS:
            raise RequestSyntaxError("The file spans more months than any register can.")
        return days, number, good

    def _coded(self, name: str, texts: pa.Array, start: int) -> Ints:
        coded = texts.dictionary_encode()
        known, labels = self.known[name], self.record.maps[name]
        index = np.empty(len(coded.dictionary) + 1, np.int64)
        index[-1] = _BAD
        for i, label in enumerate(coded.dictionary.to_pylist()):
            if label not in known:
                entry = labels.find(label)
                known[label] = _BAD if entry is None else self.result.entries[name].index(entry)
            index[i] = known[label]
        place = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
        codes = index[place]
        for bad in np.flatnonzero(index[:-1] == _BAD):
            label = str(coded.dictionary[int(bad)])
            self._fault("RECORD_LABEL", name, label, start + np.flatnonzero(place == bad))
        self._fault("RECORD_LABEL", name, "", start + np.flatnonzero(coded.indices.is_null()))
        return cast(Ints, codes)

    def _bands(
        self, texts: pa.Array, days: NDArray[np.datetime64], good: NDArray[np.bool_], start: int
    ) -> Ints:
        """The band of the age in whole years on the day of crossing."""
        ages = self.record.ages
        assert ages is not None
        blank = pc.equal(pc.utf8_trim_whitespace(texts.fill_null("")), "").to_numpy(
            zero_copy_only=False
        )
        born, read = _days(texts, moment=False)
        bad = ~read & ~blank
        self._fault("RECORD_BIRTH", ages.column, None, start + np.flatnonzero(bad))
        years = _age(born, days)
        odd = read & good & ((years < 0) | (years > _OLDEST))
        self._fault("RECORD_AGE", ages.column, None, start + np.flatnonzero(odd))
        band = np.searchsorted(np.array(ages.starts), years, side="right") - 1
        band[blank] = len(ages.codes)
        band[bad | odd] = _BAD
        return band.astype(np.int64)

    # Crossings given twice

    def _remember(self, column: Mapping[str, pa.Array]) -> None:
        if self.record.once:
            parts = [column[name].fill_null("") for name in self.record.once]
            joined = pc.binary_join_element_wise(*parts, "\x1f")
            texts = joined.to_numpy(zero_copy_only=False)
            self.hashes.append(pd.util.hash_array(texts, hash_key=self.key, categorize=False))

    def _twice(self) -> None:
        if not self.hashes:
            return
        every = np.concatenate(self.hashes)
        self.hashes.clear()
        found = np.sort(every)
        twice = np.unique(found[1:][found[1:] == found[:-1]])
        if not len(twice):
            return
        rows = np.flatnonzero(np.isin(every, twice))
        _, first = np.unique(every[rows], return_index=True)
        self._fault("RECORD_TWICE", None, None, np.delete(rows, first))

    # Faults

    def _fault(self, rule: str, column: str | None, label: str | None, rows: Ints) -> None:
        """Note rows, counted from 0; of a personal column the label is ``None``."""
        if not len(rows):
            return
        what = (rule, column, label)
        named = self.places.setdefault(what, [])
        named += [int(row) for row in rows[: _NAMED - len(named)]]
        self.totals[what] = self.totals.get(what, 0) + len(rows)

    def _report(self) -> None:
        if self.short:
            self.places["RECORD_FIELDS", None, None] = self.short[:_NAMED]
            self.totals["RECORD_FIELDS", None, None] = len(self.short)
        for what, places in self.places.items():
            rule, column, label = what
            rows = places if rule == "RECORD_FIELDS" else [self._row(place) for place in places]
            text = ", ".join(map(str, rows)) + (" …" if self.totals[what] > len(rows) else "")
            self._say(
                rule, Severity.ERROR, column=column, label=label, row=rows[0],
                expected=f"{text} ({self.totals[what]})",
            )  # fmt: skip

    def _row(self, place: int) -> int:
        """The row of a file as a spreadsheet counts it; rows that were skipped count too."""
        row = place + 2
        for short in self.short:
            row += short <= row
        return row

    def _say(
        self, rule: str, severity: Severity, *, column: str | None = None,
        label: str | None = None, row: int | None = None, expected: str | None = None,
    ) -> None:  # fmt: skip
        text = sentence(rule, component=column, found=label, expected=expected)
        self.result.findings.append(
            Finding(
                rule, text, severity, file=self.path.name, row=row, column=column,
                component=column, found=label, expected=expected,
            )
        )  # fmt: skip


def _days(texts: pa.Array, *, moment: bool) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Days of dates (``2024-05-17``), or of moments (``2024-05-17T10:30``, seconds as may be).

    Time zones are refused: a crossing happens at the local time of its post.
    """
    trimmed = pc.utf8_trim_whitespace(texts.fill_null(""))
    clock = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
    form = rf"^\d{{4}}-\d{{2}}-\d{{2}}({clock})?$" if moment else r"^\d{4}-\d{2}-\d{2}$"
    fits = pc.match_substring_regex(trimmed, form).to_numpy(zero_copy_only=False)
    day = pc.utf8_slice_codeunits(trimmed, 0, 10)
    plain = pc.if_else(pa.array(fits), day, "1900-01-01")
    try:
        found = plain.cast(pa.date32())
        return found.to_numpy(zero_copy_only=False).astype("M8[D]"), fits
    except pa.ArrowInvalid:  # a 30 February somewhere
        dates = pd.to_datetime(plain.to_pandas(), format="%Y-%m-%d", errors="coerce")
        good = fits & dates.notna().to_numpy()
        return dates.fillna(pd.Timestamp(1900, 1, 1)).to_numpy().astype("M8[D]"), good


def _age(born: NDArray[np.datetime64], on: NDArray[np.datetime64]) -> Ints:
    """Whole years; who was born on 29 February is a year older on 1 March of other years."""

    def parts(days: NDArray[np.datetime64]) -> tuple[Ints, Ints]:
        months = days.astype("M8[M]")
        number = months.astype(np.int64)
        day = (days - months.astype("M8[D]")).astype(np.int64)
        return number // 12, number % 12 * 32 + day

    (year, at), (then, birthday) = parts(on), parts(born)
    return cast(Ints, year - then - (at < birthday))

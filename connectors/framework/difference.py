"""Months of a cumulative publication: the difference of two editions of it.

A publisher who counts from January to the month of the edition, and overwrites the file each month,
never prints a month. Two editions that were kept say it: what the later one counts and the earlier
one does not came in between. Both files go in together, as one tar archive, so that the hub has the
bytes of both and each figure can be followed to its two cells.

Nothing is guessed: a cell that only one edition prints gives no figure, and neither does one that
shrank (the publisher revised earlier months). Both are findings. Figures have the OBS_STATUS ``E``:
the hub computed them, and revisions of earlier months are in them.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.framework.discovery import Connector
from connectors.framework.faults import Place
from connectors.framework.mapping import COLUMN, ROW, TABLE, blocks, locate
from connectors.framework.pair import EARLIER, LATER, members
from connectors.framework.places import cells_of
from connectors.framework.run import FileRead, header_of, read_tables
from connectors.framework.snapshot import Snapshot
from connectors.framework.times import span_period
from hub.errors import SemanticError
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage
from hub.model.findings import Finding, Severity

__all__ = ["Pair", "read_pair"]

#: Status of a figure that the hub computed, and of one that two editions do not give.
_COMPUTED, _MISSING = "E", "O"
_BEFORE = "earlier "
_PERIODS = (
    re.compile(r"(?P<year>\d{4})-(?P<first>\d\d)-01/P(?P<months>\d{1,2})M"),
    re.compile(r"(?P<year>\d{4})-(?P<first>\d\d)"),
    re.compile(r"(?P<year>\d{4})"),
)


@dataclass(frozen=True)
class Pair:
    """Two editions and their difference.

    ``frame`` has a row for each observation, as the later edition places it; columns that begin
    with ``earlier `` say where the earlier one has it. ``names`` are those of the files.
    """

    snapshot: Snapshot
    later: FileRead
    earlier: FileRead
    names: Mapping[str, str]
    frame: pd.DataFrame
    findings: Sequence[Finding]

    @classmethod
    def read(cls, connector: Connector, path: Path, resolver: SchemaResolver) -> Self:
        """Read both editions and take one from the other.

        Raises ``SemanticError`` when the source does not count from January on, and what
        :func:`connectors.framework.run.read_file` raises.
        """
        if not connector.record.cumulative:
            raise SemanticError(
                f"The figures of {connector.id} do not count from January on: the difference of "
                "two editions means nothing."
            )
        names, reads = {}, []
        for name, snapshot in members(path).items():
            names[name.partition("/")[0]] = name
            reads.append(_read(connector, snapshot, resolver))
        earlier, later = reads
        findings: list[Finding] = [f for one in reads for f in one.faults.findings]
        frame = pd.DataFrame()
        if not any(f.severity is Severity.ERROR for f in findings):
            frame, more = _difference(earlier, later)
            findings += more
        return cls(Snapshot.take(path), later, earlier, names, frame, findings)

    def cells(
        self, first: int, rows: int
    ) -> tuple[pa.Array[pa.StringScalar], pa.Array[pa.StringScalar]]:
        """Both cells of observations, the later one first (see ``hub.model.dataset.Cells``)."""
        part = self.frame.iloc[first : first + rows]
        later = cells_of(part, self.later.tables)
        earlier = cells_of(part, self.earlier.tables, _BEFORE)
        sheets = _lines(f"{self.names[LATER]}/" + later[0], f"{self.names[EARLIER]}/" + earlier[0])
        return sheets, _lines(later[1], earlier[1])


def _lines(one: NDArray[np.object_], other: NDArray[np.object_]) -> pa.Array[pa.StringScalar]:
    joined: pa.Array[pa.StringScalar] = pa.array(one + "\n" + other, pa.string())
    return joined


def _read(connector: Connector, snapshot: Snapshot, resolver: SchemaResolver) -> FileRead:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / snapshot.filename
        path.write_bytes(snapshot.content)
        stamp = snapshot.modified.timestamp()
        os.utime(path, (stamp, stamp))
        return read_tables(connector, path, resolver)


def read_pair(connector: Connector, path: Path, resolver: SchemaResolver) -> DataMessage:
    """Read two editions of a cumulative publication into what came in between.

    Findings are those of both files and of their difference. Raises as :meth:`Pair.read`.
    """
    pair = Pair.read(connector, path, resolver)
    schema = pair.later.schema
    return DataMessage(
        header=header_of(connector, pair.snapshot),
        blocks=blocks(pair.frame, schema),
        locate=partial(locate, pair.frame, pair.later.tables, schema),
        findings=list(pair.findings),
        cells=pair.cells,
    )


def _difference(earlier: FileRead, later: FileRead) -> tuple[pd.DataFrame, list[Finding]]:
    schema = later.schema
    before_it, whole = _span(earlier.frame), _span(later.frame)
    if before_it is None or whole is None or not _follow(before_it, whole):
        return pd.DataFrame(), [_not_between(later, before_it, whole)]
    year, until, last = whole[0], before_it[2], whole[2]
    freq, period = span_period(year, until + 1, last)
    dims = [d for d in schema.key if d not in ("FREQ", "TIME_PERIOD")]
    before = earlier.frame.add_prefix(_BEFORE)
    both = later.frame.merge(
        before, how="outer", left_on=dims, right_on=[_BEFORE + d for d in dims],
        indicator="_side", sort=False,
    )  # fmt: skip
    findings = [*_one_sided(both, earlier, later)]
    frame = both[both["_side"] == "both"].reset_index(drop=True)
    measure = schema.primary_measure.id
    known = (frame[measure].notna() & frame[_BEFORE + measure].notna()).to_numpy()
    value = np.full(len(frame), None, dtype=object)
    value[known] = _subtract(
        frame.loc[known, measure].to_list(), frame.loc[known, _BEFORE + measure].to_list()
    )
    shrank = known.copy()
    shrank[known] = [text.startswith("-") for text in value[known]]
    findings += _shrank(frame[shrank], later, measure)
    value[shrank] = None
    remark = (
        f"What the edition of January to month {last} of {year} counts and that of January to"
        f" month {until} does not; computed by the hub."
    )
    frame["FREQ"], frame["TIME_PERIOD"], frame[measure] = freq, period, value
    frame["OBS_STATUS"] = np.where(pd.isna(value), _MISSING, _COMPUTED)
    notes = frame["COMMENT_OBS"].fillna("").astype(object)
    frame["COMMENT_OBS"] = (notes + " " + remark).str.strip()
    for name in (TABLE, ROW, COLUMN):
        for column in (name, _BEFORE + name):
            frame[column] = frame[column].astype(np.intp)
    return frame, findings


def _span(frame: pd.DataFrame) -> tuple[int, int, int] | None:
    """Year, first and last month of the one period of a file; ``None`` without one."""
    periods = frame["TIME_PERIOD"].unique().tolist() if len(frame) else []
    if len(periods) != 1:
        return None
    for pattern in _PERIODS:
        if (match := pattern.fullmatch(str(periods[0]))) is not None:
            given = match.groupdict()
            if "first" not in given:
                return int(given["year"]), 1, 12
            first = int(given["first"])
            return int(given["year"]), first, first + int(given.get("months") or 1) - 1
    return None


def _follow(earlier: tuple[int, int, int], later: tuple[int, int, int]) -> bool:
    """Whether both count from January of the same year, the later one further."""
    same_year = earlier[0] == later[0]
    return same_year and earlier[1] == later[1] == 1 and earlier[2] < later[2]


def _not_between(
    later: FileRead, before_it: tuple[int, int, int] | None, whole: tuple[int, int, int] | None
) -> Finding:
    said = [
        "no one period" if span is None else f"{span[0]}, months {span[1]} to {span[2]}"
        for span in (before_it, whole)
    ]
    return Finding(
        "DIFFERENCE_PERIODS",
        f"The earlier file is of {said[0]}, the later one of {said[1]}. Give two editions that"
        " count from January of the same year, the earlier one first.",
        file=later.snapshot.filename,
        found=said[1],
    )


def _subtract(later: Sequence[str], earlier: Sequence[str]) -> list[str]:
    """Exact differences of decimal texts."""
    places = max((len(t.partition(".")[2]) for t in (*later, *earlier)), default=0)
    kind = pa.decimal128(37, places)
    sides = [pa.array(texts, pa.string()).cast(kind) for texts in (later, earlier)]
    texts: list[str] = pc.subtract(*sides).cast(pa.string()).to_pylist()
    return texts


def _one_sided(both: pd.DataFrame, earlier: FileRead, later: FileRead) -> Iterable[Finding]:
    """A finding for each line of a table that only one of the editions has."""
    for side, read, other, prefix in (
        ("left_only", later, EARLIER, ""), ("right_only", earlier, LATER, _BEFORE),
    ):  # fmt: skip
        alone = both[both["_side"] == side]
        rows = alone.drop_duplicates([prefix + TABLE, prefix + ROW])
        for _, row in rows.iterrows():
            place = _place(read, row, prefix)
            yield _finding(
                "DIFFERENCE_ONE_SIDED", read, place,
                f"The {other} edition has nothing for this line or parts of it, so no month can be"
                " said for them. Ask the publisher whether it was nil or was counted elsewhere.",
            )  # fmt: skip


def _shrank(rows: pd.DataFrame, later: FileRead, measure: str) -> Iterable[Finding]:
    for _, row in rows.iterrows():
        yield _finding(
            "DIFFERENCE_NEGATIVE", later, _place(later, row, ""),
            f"The figure {row[measure]} is smaller than {row[_BEFORE + measure]} in the earlier"
            " edition: earlier months were revised downwards, so the month cannot be said. Ask the"
            " publisher for the revised months.",
            found=str(row[measure]), expected=f"at least {row[_BEFORE + measure]}",
        )  # fmt: skip


def _place(read: FileRead, row: pd.Series, prefix: str) -> Place:
    table = read.tables[int(row[prefix + TABLE])]
    return table.cell(int(row[prefix + ROW]), int(row[prefix + COLUMN]))


def _finding(
    rule: str,
    read: FileRead,
    place: Place,
    message: str,
    found: str | None = None,
    expected: str | None = None,
) -> Finding:
    return Finding(
        rule, message, Severity.WARNING, file=read.snapshot.filename, sheet=place.sheet,
        row=place.row, column=place.column, found=found, expected=expected,
    )  # fmt: skip

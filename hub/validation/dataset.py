"""Validation of a data message: the order of the checks and what they share."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from hub.errors import RequestSyntaxError
from hub.model.dataset import Action, Block, DataMessage
from hub.model.findings import MAX_FINDINGS, Finding, Report, Severity
from hub.model.schema import DataSchema, Level, StructureRef
from hub.validation.codes import Codes
from hub.validation.components import (
    deletes_everything,
    missing_attributes,
    missing_dimensions,
    unknown_components,
)
from hub.validation.constraints import Constraints
from hub.validation.duplicates import Duplicates
from hub.validation.faults import Fault, Faults
from hub.validation.field.context import FieldContext
from hub.validation.field.run import judge, sieve
from hub.validation.groups import DatasetAttributes, SeriesAttribute
from hub.validation.hashing import EXCLUDED, Hashes, text_hash
from hub.validation.phrases import say
from hub.validation.pieces import Pieces
from hub.validation.rules import sentence
from hub.validation.staging import HashFile, RowFile
from hub.validation.status import Status
from hub.validation.times import Times
from hub.validation.values import Values
from hub.validation.view import Mask, View

__all__ = ["syntax_finding", "validate"]

_LINE = re.compile(r"\b(?:line|row) (\d+)")


def validate(
    message: DataMessage,
    sink: Callable[[Block], None] | None = None,
    *,
    workspace: Path | None = None,
    file: str | None = None,
    field: FieldContext | None = None,
    errors: list[Fault] | None = None,
    plain: set[StructureRef] | None = None,
) -> Report:
    """Check a message and report everything that is wrong with it.

    Parameters
    ----------
    message:
        Its blocks are consumed, once.
    sink:
        Called with each block after its checks, faulty or not (to stage it for publication; the
        report says afterwards whether it may be).
    workspace:
        Folder for what is put aside on disk while the message streams by (some 100 bytes per
        observation), the system's temporary folder by default. Nothing is left there.
    file:
        Name of the file that findings state.
    field:
        Which rules of the field hold and what they may ask for; by default those shipped, without
        what is published and who sends.
    errors:
        Takes the faults that block publication, with the ordinals of their observations. It lacks
        those beyond the report's cap, and what the reader of the message found.
    plain:
        Takes the dataflows of which the message holds whole observations only, no key twice, each
        attribute of a series in all of its rows or in none.

    A message that breaks off or is not well formed is a finding too (MESSAGE_SYNTAX), the last
    one; what came before it is checked.

    """
    report = Report()
    faults = Faults(MAX_FINDINGS)
    context = FieldContext() if field is None else field
    with tempfile.TemporaryDirectory(dir=workspace, prefix="validate-") as folder:
        datasets: dict[str, _Dataset] = {}
        try:
            rows, broken = _check_blocks(
                message, sink, datasets, Path(folder), faults, report, context
            )
            report.dataflow = ", ".join(datasets) or None
            told = {finding.rule for finding in message.findings}
            # What a reader found wrong it did not read: sums may lack a part.
            read = not any(f.severity is Severity.ERROR for f in message.findings)
            for dataset in datasets.values():
                dataset.finish(faults)
                if plain is not None and dataset.plain:
                    plain.add(dataset.dataflow)
                if broken is None:
                    dataset.judge(faults, context, told, whole=read)
        finally:
            for dataset in datasets.values():
                dataset.close()
    if not rows and not message.findings and broken is None:
        faults.add(Fault("MESSAGE_EMPTY", expected=say("observations")))
    _tell(report, message, faults, file)
    if errors is not None:
        errors.extend(faults.errors())
    if broken is not None:
        report.add(syntax_finding(broken, file))
    return report


def _check_blocks(
    message: DataMessage,
    sink: Callable[[Block], None] | None,
    datasets: dict[str, _Dataset],
    folder: Path,
    faults: Faults,
    report: Report,
    context: FieldContext,
) -> tuple[int, RequestSyntaxError | None]:
    """Check block by block; the number of rows, and why the message broke off, if it did."""
    rows = 0
    try:
        for block in message.blocks:
            name = str(block.schema.dataflow)
            if name not in datasets:
                datasets[name] = _Dataset(block.schema, folder, len(datasets), context)
            view = View(block)
            datasets[name].check(view, faults)
            report.observations += int(view.observations.sum())
            rows += view.rows
            if sink is not None:
                sink(block)
    except RequestSyntaxError as error:
        return rows, error
    return rows, None


def _tell(report: Report, message: DataMessage, faults: Faults, file: str | None) -> None:
    """Put what the reader found and what the checks found into the report."""
    report.extend(_named(finding, file) for finding in message.findings)
    unknown = {f.component for f in message.findings if f.rule == "COMPONENT_UNKNOWN"}
    faults.into(report, message.locate, file, unless_unknown=unknown)


def syntax_finding(error: RequestSyntaxError, file: str | None) -> Finding:
    """The finding of a message that cannot be read, at the line its error names."""
    line = _LINE.search(error.message)
    return Finding(
        "MESSAGE_SYNTAX",
        sentence("MESSAGE_SYNTAX", component=None, found=error.message, expected=None),
        file=file,
        line=int(line[1]) if line else None,
        found=error.message,
        expected=say("well_formed"),
    )


class _Dataset:
    """The checks of one dataflow of a message."""

    def __init__(
        self, schema: DataSchema, folder: Path, number: int, context: FieldContext
    ) -> None:
        self._schema = schema
        self.dataflow = schema.dataflow
        self._folder = folder
        self._whole = True
        self._pieces = Pieces(schema.attributes_at(Level.SERIES))
        self._sound: list[Mask] = []
        self._left_out = False
        self._in_block = (
            unknown_components,
            missing_dimensions,
            Codes(schema),
            Values(schema),
            Times(schema),
            Constraints(schema),
            missing_attributes,
            Status(schema),
            deletes_everything,
        )
        self._dataset = DatasetAttributes(schema)
        self._rows = RowFile(folder / f"{number}-rows.arrow", schema)
        self._files = [HashFile(folder / f"{number}-keys", 2)]
        self._duplicates = Duplicates(schema, self._files[0], self._rows)
        self._series = []
        for attribute in schema.attributes_at(Level.SERIES):
            runs = HashFile(folder / f"{number}-{attribute.id}", 3)
            self._files.append(runs)
            self._series.append(SeriesAttribute(schema, attribute, runs, self._rows))
        self._rules = [rule for rule in context.rules if rule.applies(schema)]
        self._sieve = sieve(self._rules, schema, context, folder, f"{number}-records")

    def check(self, view: View, faults: Faults) -> None:
        """Judge a block and put aside what needs the whole message."""
        for check in self._in_block:
            check(view, faults)
        if not view.rows:
            return
        if view.action is Action.DELETE:
            self._whole = False
            return
        self._whole &= bool(view.observations.all())
        self._sound.append(self._judged(view))
        self._dataset(view, faults)
        series = self._hashes(view, self._schema.series_key)
        self._pieces(view, series)
        self._sieve(view, series, self._rows.length)
        of_group = {self._schema.series_key: series}
        for attribute in self._series:
            ids = attribute.dimensions
            if ids not in of_group:
                of_group[ids] = self._hashes(view, ids)
            attribute(view, of_group[ids], self._rows.length)
        self._duplicates(view, series)
        self._rows.append(view)

    def finish(self, faults: Faults) -> None:
        """Judge what was put aside."""
        self.close()
        self._dataset.finish(faults)
        self._void = self._duplicates.finish(faults)
        for attribute in self._series:
            attribute.finish(faults)

    @property
    def plain(self) -> bool:
        """Whether it is whole observations, each once, none in doubt; after :meth:`finish`."""
        distinct = self._duplicates.complete and not len(self._void)
        return self._whole and distinct and self._pieces.whole

    def judge(
        self, faults: Faults, context: FieldContext, told: Collection[str], *, whole: bool
    ) -> None:
        """Judge the sound rows by the rules of the field; after :meth:`finish`.

        ``told`` are rules by which the reader of the message has already found something; ``whole``
        is whether it read all observations.
        """
        rules = [rule for rule in self._rules if not set(rule.told_by) & set(told)]
        if not rules or not self._sound:
            return
        sound = np.concatenate(self._sound)
        sound[self._void] = False
        judge(rules, self._rows, sound, faults, context, folder=self._folder,
              whole=whole and not self._left_out, seen=self._sieve)  # fmt: skip

    def _judged(self, view: View) -> Mask:
        """Observations of a block without a structural fault."""
        time = self._schema.time
        sound = view.observations.copy()
        for component in (*self._schema.dimensions, *((time,) if time else ())):
            sound &= view.given(component.id)
        for component_id in view.bad:
            sound &= view.sound(component_id)
        self._left_out |= bool((~sound & view.observations).any())
        return sound

    def close(self) -> None:
        """Close the files; may be called twice."""
        self._rows.close()
        for file in self._files:
            file.close()

    def _hashes(self, view: View, ids: tuple[str, ...]) -> Hashes:
        """Hash of each row by some dimensions; rows with a fault in these are left out."""
        hashes = np.zeros(view.rows, np.uint64)
        sound = np.ones(view.rows, dtype=bool)
        for number, id_ in enumerate(ids):
            hashes += text_hash(view.column(id_), number, view.rows)
            sound &= view.sound(id_) & view.given(id_)
        hashes[hashes == EXCLUDED] = np.uint64(1)
        hashes[~sound] = EXCLUDED
        return hashes


def _named(finding: Finding, file: str | None) -> Finding:
    """A reader's finding with the file's name, where the reader does not know it."""
    return finding if finding.file is not None or file is None else replace(finding, file=file)

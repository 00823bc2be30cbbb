"""What any connector must do, asked in one call: for the test that ``connectors new`` writes.

The project's own connectors are asked more, in ``tests/connectors``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.framework.discovery import Connector, Connectors
from connectors.framework.golden import golden_of, kept_golden
from connectors.framework.run import read_file
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import by_name
from hub.model.findings import Severity
from hub.structures.repository import StructureSet
from hub.validation import validate

__all__ = ["left_to_do"]

_UNKNOWN = "LABEL_UNKNOWN"


def left_to_do(root: Path, connector: str) -> list[str]:
    """Sentences about what is not in order with the connector under ``root``; empty: all is.

    Labels without a code come first, by map. Only where there are none is the rest asked: no
    errors, valid data, the same bytes on every run, and what a person kept as right.

    Raises ``NotFound`` when there is no such connector, ``DataFileError`` when a file of it is
    wrong.
    """
    found, structures = Connectors(root).get(connector), StructureSet.shipped()
    samples = found.record.samples()
    if not samples:
        return ["There is no sample."]
    labels = [line for path in samples for line in _labels(found, path, structures)]
    if labels:
        return list(dict.fromkeys(labels))
    said = [line for path in samples for line in _faults(found, path, structures)]
    kept = kept_golden(found)
    if not said and kept is not None and kept != golden_of(found, structures):
        said.append(f"The samples come to something else than {found.folder.name}/golden.json.")
    return said


def _labels(found: Connector, path: Path, structures: StructureSet) -> Iterator[str]:
    for finding in read_file(found, path, structures).findings:
        if finding.rule == _UNKNOWN:
            place = f"{finding.sheet or path.name}, row {finding.row}, {finding.column}"
            where = (finding.expected or "the record").removeprefix("a label of ")
            yield f"{where}: no code for {finding.found!r} ({place})"


def _faults(found: Connector, path: Path, structures: StructureSet) -> Iterator[str]:
    report = validate(read_file(found, path, structures), lambda _: None, file=path.name)
    for finding in report:
        if finding.severity is Severity.ERROR:
            yield f"{path.name}: {finding.rule}: {finding.message}"
    if report.valid and not report.observations:
        yield f"{path.name}: it gives no observation"
    if _bytes(found, path, structures) != _bytes(found, path, structures):
        yield f"{path.name}: a second run gives something else"


def _bytes(found: Connector, path: Path, structures: StructureSet) -> bytes:
    message = read_file(found, path, structures)
    assert message.header is not None
    chunks = write_data(
        list(message.blocks), by_name("sdmx-csv-2.0"), message.header, WriteOptions()
    )
    return b"".join(chunks)

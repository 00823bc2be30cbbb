"""Parting a message outside a hub: what ``mighub validate --split`` does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hub.intake.returned import write
from hub.intake.split import split
from hub.intake.staging import Stage
from hub.messages.formats import by_name
from hub.model.dataset import DataMessage
from hub.model.findings import Severity
from hub.validation import FieldContext, validate
from hub.validation.faults import Fault

__all__ = ["part_file"]


def part_file(
    message: DataMessage,
    target: Path,
    *,
    file: str,
    format_: str | None,
    context: FieldContext,
    sender: str,
) -> dict[str, dict[str, Any]] | None:
    """Write the valid part of a message, the rest, and the rules it broke into a folder.

    The files are ``accepted``, ``rejected`` and ``rules`` with the extensions of their formats.
    Returns the rows and the format of each; ``None``, and nothing is written, when the message has
    no fault or cannot be parted (see :func:`hub.intake.split.split`).
    """
    errors: list[Fault] = []
    with tempfile.TemporaryDirectory(prefix="mighub-split-") as scratch:
        folder = Path(scratch)
        with Stage(folder / "stage") as stage:
            report = validate(
                message, stage.add, workspace=folder, file=file, field=context, errors=errors
            )
        if report.valid or any(f.severity is Severity.ERROR for f in message.findings):
            return None
        parts = split(
            stage.segments, errors, report, message.locate, folder / "parts",
            file=file, context=context, memory_mb=context.memory_mb,
        )  # fmt: skip
        if parts is None:
            return None
        written = write(parts, target, format_, sender)
    for name, content in written.items():
        kind = content["format"]
        extension = "csv" if kind == "csv" else by_name(kind).extension
        (target / name).replace(target / f"{name}.{extension}")
    return written

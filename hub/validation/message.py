"""Validation of a file, from its bytes to a report."""

from __future__ import annotations

from pathlib import Path

from hub.errors import NotFound, RequestSyntaxError
from hub.messages.api import SchemaResolver, read_data
from hub.messages.formats import Format
from hub.model.findings import Finding, Report
from hub.validation.dataset import syntax_finding, validate
from hub.validation.field.context import FieldContext
from hub.validation.phrases import say
from hub.validation.rules import sentence
from hub.validation.xml import check_schema

__all__ = ["check_file"]


def check_file(
    path: Path,
    format_: Format | str,
    resolver: SchemaResolver,
    *,
    workspace: Path | None = None,
    file: str | None = None,
    field: FieldContext | None = None,
) -> Report:
    """Read a data message and check it; what is wrong with it is in the report, never raised.

    Parameters
    ----------
    path, format_, resolver:
        As for :func:`hub.messages.api.read_data`.
    workspace, field:
        As for :func:`hub.validation.dataset.validate`.
    file:
        Name of the file that findings state; the name of ``path`` by default.

    """
    name = path.name if file is None else file
    try:
        message = read_data(path, format_, resolver)
        report = validate(message, workspace=workspace, file=name, field=field)
        check_schema(report, path, format_, resolver, file=name)
    except RequestSyntaxError as error:
        return _one(syntax_finding(error, name))
    except NotFound as error:
        expected = say("known_structure")
        text = error.message.rstrip(".") + "."
        return _one(
            Finding(
                "STRUCTURE_UNKNOWN",
                sentence("STRUCTURE_UNKNOWN", component=None, found=text, expected=expected),
                file=name,
                found=text,
                expected=expected,
            )
        )
    return report


def _one(finding: Finding) -> Report:
    report = Report()
    report.add(finding)
    return report

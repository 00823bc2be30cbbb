"""Files that replace earlier ones: what a source no longer prints is withdrawn.

A connector's record says so with ``edition``: the components within which a file is all that its
source has to say. Observations of other sources are never touched, nor those of anybody who
corrected the source's figures since.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hub.intake.reading import Reading
from hub.model.dataset import Action
from hub.model.findings import Report
from hub.plugins import connector_catalogue
from hub.store import tables
from hub.store.changes import Edition, Segment
from hub.store.home import Hub
from hub.store.submissions import Submission

__all__ = ["edition_by", "edition_of"]

#: Finding of a file that says of itself that it is only a part.
_EXTRACT = "EXTRACT"


def edition_of(hub: Hub, submission: Submission, reading: Reading) -> Edition | None:
    """What a submission replaces; ``None`` when it only adds and revises.

    ``reading`` is what reading it came to: rows that are given back are not gone from their source.
    """
    if submission.action is Action.DELETE:
        return None
    back: Sequence[Segment] = ()
    if reading.parts is not None:
        if not reading.parts.keyed:
            return None
        back = [segment for each in reading.parts.bad.values() for segment in each]
    return edition_by(hub, submission.connector, reading.report, back)


def edition_by(
    hub: Hub, connector: str | None, report: Report, back: Sequence[Segment] = ()
) -> Edition | None:
    """What a file that a connector reads replaces; ``None`` when it only adds and revises.

    ``back`` are rows of the file that are not published.
    """
    if connector is None or any(finding.rule == _EXTRACT for finding in report):
        return None
    catalogue = connector_catalogue()
    scope = catalogue.record(connector).edition if connector in catalogue.ids() else None
    if scope is None:
        return None
    query = select(tables.submission.c.token).where(tables.submission.c.connector == connector)
    with hub.catalogue.read() as connection:
        tokens = connection.execute(query).scalars().all()
    return Edition(tuple(scope), tuple(tokens), tuple(str(segment.path) for segment in back))

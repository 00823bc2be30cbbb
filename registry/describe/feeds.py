"""Feeds of releases."""

from __future__ import annotations

from registry.describe.common import PLAIN_UNEXPECTED, plain_error
from registry.describe.model import Answer, Operation, choice, text
from registry.feeds import ENTRIES
from registry.pages.i18n import LANGUAGES

__all__ = ["OPERATIONS"]

OPERATIONS = (
    Operation(
        "releaseFeed",
        "/feeds/releases.atom",
        "What was released, as a feed",
        f"Atom (RFC 4287), newest first, up to {ENTRIES} entries: one for each dataset of a "
        "release, with links to its page and to what changed since just before it.",
        {
            200: Answer(
                "The feed.",
                {"application/atom+xml": None},
                {"ETag": "Changes with the feed.", "Last-Modified": "When it changed."},
            ),
            304: Answer("The client has this feed already."),
            400: plain_error("A parameter cannot be read."),
            404: plain_error("There is no such dataflow."),
            **PLAIN_UNEXPECTED,
        },
        tag="events",
        parameters=(
            text("dataflow", "Only releases of this dataflow.", "MIGHUB:DF_MIG_BORDER(1.0.0)"),
            choice("lang", "Language of titles and summaries.", [*LANGUAGES], default="en"),
        ),
    ),
)

"""Undo of a release: another release that puts back what the first one changed.

The undo is a submission of its own, whose bytes are the order to undo. It goes through the same
protocol as any other, so a crash anywhere is harmless, and it can itself be undone. Nothing is
undone where a later release touched the same cells; see :mod:`hub.intake.reversal`.
"""

from __future__ import annotations

import orjson

from hub.errors import Conflict
from hub.intake.protocol import process_now
from hub.intake.receive import keep_order
from hub.intake.reversal import UndoConflict, conflicts
from hub.store.home import Hub
from hub.store.submissions import State, Submission

__all__ = ["UndoConflict", "undo"]

#: Seconds to wait for another process that publishes.
_PATIENCE_S = 60.0


def undo(hub: Hub, token: str, *, actor: str | None = None) -> Submission:
    """Take back the release of the submission ``token``; returns the submission that did it.

    ``actor`` is who asks for it. The undone submission becomes ``undone``; what the undo of an
    undo brings back becomes ``published`` again.

    Raises ``NotFound`` when there is no such submission, ``Conflict`` when it has no release or
    one that was undone already, :class:`UndoConflict` when later releases changed the same cells
    (nothing is done then), and ``Unavailable`` when another process publishes for too long.
    """
    hub.submissions.get(token)
    with hub.writer_lock(timeout=_PATIENCE_S):
        undone = hub.submissions.get(token)
        if undone.state is State.UNDONE:
            raise Conflict("This submission was undone already.")
        if undone.state is not State.PUBLISHED:
            raise Conflict(
                f"There is no release to undo: the state of this submission is "
                f"{undone.state.value}."
            )
        if found := conflicts(hub, token):
            raise UndoConflict(found)
        sha256, size = keep_order(hub, orjson.dumps({"undo": token}))
        entered = hub.submissions.add(
            filename=f"undo of {undone.filename}", sha256=sha256, size=size, format_=None,
            connector=None, provider=undone.provider, submitted_by=actor, undoes=token,
        )  # fmt: skip
        hub.audit(actor or "", "undo", token, {"by": entered.token})
        return process_now(hub, entered)

"""The page of packs for consumers."""

from __future__ import annotations

from flask import render_template

from hub.delivery.consumers import consumers
from hub.delivery.ledger import entries
from registry.context import current_hub
from registry.pages.site import blueprint, say

__all__ = ["deliveries"]

_MOST = 100


@blueprint.get("/deliveries")
def deliveries() -> str:
    """Packs, newest first, with what each holds."""
    hub, language = current_hub(), say().language
    names = {one.id: one.names.get(language) or one.id for one in consumers(hub)}
    return render_template("pages/deliveries.html", found=entries(hub, limit=_MOST), names=names)

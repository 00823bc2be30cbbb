"""Examining a hub: what is wrong, and what to do about it.

Later checks need what earlier ones look at: without settings there is no database, without a
database no tables. So an examination ends where nothing more can be said, and each check that
breaks off says so itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from hub.errors import HubError
from hub.operations import look_base, look_data, look_state
from hub.operations.finding import FAULT, NOTE, OK, Found, fault
from hub.settings import Settings
from hub.store.home import Hub

__all__ = ["FAULT", "NOTE", "OK", "Found", "examine"]

#: Looks at an open hub.
_Look = Callable[[Hub], Iterator[Found]]


def examine(
    environ: Mapping[str, str] | None = None,
    *,
    deep: bool = False,
    against: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Found]:
    """Everything that is found about the hub of the settings.

    ``deep`` also reads all data: hashes of kept files, rows of tables, the audit trail. ``against``
    is a place of backups, with the newest of which every file is compared.
    """
    try:
        settings = Settings.load(environ)
    except HubError as error:
        yield fault("settings", error.message, "Correct it: docs/settings.md explains each.")
        return
    yield from look_base.settings(settings)
    yield from look_base.home(settings)
    base = list(look_base.database(settings))
    yield from base
    if any(one.state == FAULT for one in base):
        return
    looks: list[tuple[str, _Look]] = [
        ("clock", look_base.clock),
        ("store", look_base.store),
        ("structures", look_state.structures),
        ("tables", partial(look_data.tables_of, deep=deep)),
        ("kept files", partial(look_data.kept, deep=deep)),
        ("orphans", look_data.orphans),
        ("submissions", look_state.submissions),
        ("people", look_state.people),
        ("subscribers", look_state.subscribers),
    ]
    if deep:
        looks.append(("audit trail", look_state.audit_trail))
    if against is not None:
        looks.append(("backup", partial(look_data.as_backed_up, destination=against)))
    with Hub(settings) as hub:
        for name, look in looks:
            say(f"Looking at: {name} ...")
            try:
                yield from look(hub)
            except Exception as error:  # whatever is broken, the rest is looked at too
                text = str(error).strip().partition("\n")[0][:300]
                yield fault(name, f"This could not be looked at: {text}", "See the other lines.")

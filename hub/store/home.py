"""A hub: its folder, its catalogue, its observations, its structures.

Home folder::

    catalogue.db   the catalogue (unless HUB_DATABASE_URL says otherwise)
    store/         Delta tables, <agency>/<dataflow>/<version> (unless HUB_STORE_URL ...)
    incoming/      bytes handed in, by content hash              } kept files: on the object
    reports/       JSON reports of submissions                   } store, where the tables are
    preview/       what publishing a submission that waits       } on one, so that every node
                   would change                                  } has them (hub.store.blobs)
    returned/      the two parts of messages that were           }
                   published in part                             }
    uploads/       pieces of files that are still arriving       }
    snapshots/     files of publishers as they were fetched      }
    cache/         copies of files of an object store; may be deleted when nothing runs
    staging/ tmp/  work in progress; may be deleted when nothing runs
    admin.key      key of the first administrator, readable by the owner only
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select

from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store import audit, tables
from hub.store.artefacts import Artefacts, Guards
from hub.store.blobs import blobs_of
from hub.store.catalogue import Catalogue
from hub.store.durable import write_durably
from hub.store.events import Events
from hub.store.keys import Keys, Role, new_key
from hub.store.locks import start_lock, writer_lock
from hub.store.metadata import MetadataSets
from hub.store.observations import ObservationStore
from hub.store.people import People
from hub.store.registrations import Registrations
from hub.store.releases import Releases
from hub.store.sessions import Sessions
from hub.store.submissions import Submissions
from hub.store.subscribers import Subscribers
from hub.store.subscriptions import Subscriptions
from hub.structures.kinds import Key
from hub.structures.repository import StructureSet
from hub.structures.submission import Change, Outcome

__all__ = ["Hub"]

_ADMIN_LABEL = "First administrator"


class Hub:
    """An open hub. One per process; safe to use from several threads, and across a fork.

    Use :meth:`open` or :meth:`init`, not the constructor.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalogue = Catalogue(settings.database_url)
        self.observations = ObservationStore(
            settings.store_url, settings.home / "cache", settings.cache_mb * 1024 * 1024
        )
        self.blobs = blobs_of(settings, settings.home / "cache")
        self.releases = Releases(self.catalogue)
        self.submissions = Submissions(self.catalogue)
        self.keys = Keys(self.catalogue)
        self.people = People(self.catalogue)
        self.sessions = Sessions(
            self.catalogue, idle=settings.session_idle_minutes, whole=settings.session_hours
        )
        self.artefacts = Artefacts(self.catalogue)
        self.metadata = MetadataSets(self.catalogue)
        self.registrations = Registrations(self.catalogue)
        self.subscriptions = Subscriptions(self.catalogue, self.settings.sender)
        self.subscribers = Subscribers(self.catalogue)
        self.events = Events(self.catalogue)
        self._structures: tuple[int, StructureSet] | None = None
        self._guard = threading.Lock()

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """The hub of ``settings`` (default: of the environment), as it is.

        Raises ``HubError`` when ``init`` has never been run there.
        """
        hub = cls(settings or Settings.load())
        hub.catalogue.require_tables()
        return hub

    @classmethod
    def init(cls, settings: Settings | None = None) -> Self:
        """Make the hub of ``settings``, or bring it up to this program. Loses nothing.

        Makes the home folder and the tables, enters the shipped structures and the key of the
        first administrator.
        """
        hub = cls(settings or Settings.load())
        hub.settings.home.mkdir(parents=True, exist_ok=True)
        with start_lock(hub.catalogue, hub.settings.home):
            hub.catalogue.migrate()
            hub.artefacts.load_shipped()
            hub.metadata.load_shipped()
            hub._ensure_admin()
        return hub

    def close(self) -> None:
        """Give back database connections."""
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def structures(self) -> StructureSet:
        """All structures, as the catalogue has them now."""
        version = self.artefacts.version()
        known = self._structures
        if known is not None and known[0] == version:
            return known[1]
        with self._guard:
            if self._structures is None or self._structures[0] != version:
                self._structures = (version, self.artefacts.read())
            return self._structures[1]

    def structures_at(self, instant: datetime | None) -> StructureSet:
        """All structures as they were at an instant (aware); ``None`` is now."""
        then = None if instant is None else self.artefacts.as_of(instant)
        return self.structures if then is None else then

    def maintain(self, changes: Sequence[Change], *, actor: str, dry_run: bool = False) -> Outcome:
        """Change structures as far as the rules allow; see :meth:`Artefacts.apply`.

        Subscribers of what changes get their notifications in the same transaction.
        """
        return self.artefacts.apply(
            changes,
            actor=actor,
            known=self._known,
            guards=self._guards,
            also=self.subscriptions.notify_structures,
            dry_run=dry_run,
        )

    def _known(self) -> tuple[int, StructureSet]:
        """The structures and their version, which belong together."""
        _ = self.structures  # brings the pair up to date
        known = self._structures
        assert known is not None
        return known

    def _guards(self, connection: Connection) -> Guards:
        """What may not be deleted, and which dataflows have observations."""
        flows = connection.execute(select(tables.pointer.c.dataflow)).scalars()
        in_use = frozenset(StructureRef.parse(text) for text in flows)
        protected = dict.fromkeys(self.artefacts.shipped(connection), "it comes with the hub")
        agreements = connection.execute(select(tables.registration.c.agreement)).scalars()
        for text in agreements:
            key = Key("provisionagreement", StructureRef.parse(text))
            protected[key] = "data are registered under it"
        for ref in in_use:
            protected[Key("dataflow", ref)] = "it has observations"
        return Guards(protected, in_use)

    @property
    def admin_key(self) -> str | None:
        """Key of the first administrator, if this machine knows it in plain."""
        if self.settings.admin_key:
            return self.settings.admin_key
        path = self.settings.home / "admin.key"
        return path.read_text("utf-8").strip() if path.exists() else None

    def folder(self, name: str) -> Path:
        """A folder of the home folder, made when it is not there."""
        path = self.settings.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def writer_lock(
        self, *, timeout: float | None = None, stop: Callable[[], bool] | None = None
    ) -> AbstractContextManager[bool]:
        """The lock of the one writer; see :func:`hub.store.locks.writer_lock`."""
        return writer_lock(self.catalogue, self.settings.home, timeout=timeout, stop=stop)

    def audit(
        self, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Add a line to the audit trail. ``detail`` must hold no secret."""
        with self.catalogue.write() as connection:
            audit.append(connection, actor, action, subject, detail)

    def _ensure_admin(self) -> None:
        admins = [k for k in self.keys.all() if k.valid() and Role.ADMIN in k.principal.roles]
        path = self.settings.home / "admin.key"
        if not self.settings.admin_key:
            if path.exists() and self.keys.find(path.read_text("utf-8").strip()) is None:
                path.unlink()  # revoked, or replaced by the setting of another node
            if not admins:
                key = new_key()
                write_durably(path, f"{key}\n".encode(), mode=0o600)
                self.keys.add(key, _ADMIN_LABEL, Role.ADMIN)
            return
        wanted = self.keys.add(self.settings.admin_key, _ADMIN_LABEL, Role.ADMIN)
        for key_ in admins:  # the setting replaces the key of an earlier start
            if key_.label == _ADMIN_LABEL and key_.sha256 != wanted.sha256:
                self.keys.revoke(key_.id)
        path.unlink(missing_ok=True)

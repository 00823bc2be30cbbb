"""Settings of a hub: one frozen object, from the environment and one optional TOML file.

Every field below is an environment variable ``HUB_<FIELD>`` (``PORT`` has no prefix, as hosting
platforms set it) and, in lower case, a key of ``hub.toml`` in the home folder. The environment
wins. ``docs/settings.md`` documents each; a test compares the two.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from hub.errors import HubError

__all__ = ["Settings"]

#: Settings that are a word of a few.
_CHOICES = {
    "log_format": ("auto", "json", "text"),
    "log_level": ("debug", "info", "warning", "error"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a hub lives and how much it may use."""

    home: Path
    #: SQLAlchemy URL of the catalogue.
    database_url: str
    #: Folder or object-store URL of the Delta tables.
    store_url: str
    #: Key of the first administrator; made at random by ``init`` when empty.
    admin_key: str = ""
    port: int = 8080
    host: str = "127.0.0.1"
    workers: int = 2
    threads: int = 8
    #: Largest body of a submission, in bytes, as sent.
    max_upload: int = 512 * 1024 * 1024
    #: Largest body after inflating, in bytes.
    max_inflated: int = 8 * 1024 * 1024 * 1024
    #: Memory one query or check may take in the engine, in mebibytes.
    engine_memory_mb: int = 512
    #: Query engine: empty (DuckDB), ``chdb://``, or the address of a ClickHouse server.
    engine_url: str = ""
    #: Local copies of files of an object store, in mebibytes.
    cache_mb: int = 10_240
    #: Most observations in one answer; 0: any number.
    max_observations: int = 10_000_000
    #: Seconds the query engine may work for one request; 0: any time.
    query_seconds: int = 120
    #: Seconds that running answers and the intake get to end when the hub is stopped.
    grace_seconds: int = 20
    #: Lines of the log: ``json``, ``text``, or ``auto`` (text at a terminal, else JSON).
    log_format: str = "auto"
    #: Least severity that is logged.
    log_level: str = "info"
    #: Id the hub states as sender of its messages.
    sender: str = "MIGHUB"

    #: Minutes after which a session that is not used ends, and hours after which any ends.
    session_idle_minutes: int = 60
    session_hours: int = 12
    #: Reverse proxies in front whose X-Forwarded headers are believed.
    proxies: int = 0
    #: OpenID provider for signing in (its issuer), and this hub as its client.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    #: Which claims give which grants, ``groups=hub-admins > admin; groups=inm > provider:MEX_INM``.
    oidc_grants: str = ""
    #: How `connectors fetch` names itself to publishers; the default is the program's name.
    fetch_agent: str = ""
    #: Seconds between two questions to a publisher's server.
    fetch_pause: int = 1
    #: Address at which others reach the hub, for links in mails, events and descriptions.
    public_url: str = ""
    #: Address of the licence under which the hub publishes, for descriptions of datasets.
    data_licence: str = ""
    #: Mail server, ``smtp://user:password@host:port`` or ``smtps://``, and who mails come from.
    smtp_url: str = ""
    mail_from: str = ""
    #: Whether webhooks may be at plain http and at addresses of the operator's own network.
    webhook_private: int = 0
    #: Seconds before a delivery that failed is tried again, which grow, and days it is tried.
    event_retry_seconds: int = 30
    event_days: int = 3

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings of this process.

        Raises
        ------
        HubError
            A number is not a number, or ``hub.toml`` has a key nobody knows.
        """
        env = os.environ if environ is None else environ
        home = Path(env.get("HUB_HOME") or "hub-home").resolve()
        given: dict[str, str | int] = dict(_toml(home / "hub.toml"))
        for f in fields(cls):
            value = env.get("PORT" if f.name == "port" else f"HUB_{f.name.upper()}")
            if value:
                given[f.name] = value
        given.pop("home", None)
        given.setdefault("database_url", f"sqlite:///{home / 'catalogue.db'}")
        given.setdefault("store_url", str(home / "store"))
        numbers = {f.name for f in fields(cls) if f.type == "int"}
        values = {k: _number(k, v) if k in numbers else str(v) for k, v in given.items()}
        for name, choices in _CHOICES.items():
            if values.get(name, choices[0]) not in choices:
                raise HubError(f"The setting {name} must be one of {', '.join(choices)}")
        return cls(home=home, **values)  # type: ignore[arg-type]


def _toml(path: Path) -> dict[str, str | int]:
    if not path.exists():
        return {}
    read = tomllib.loads(path.read_text("utf-8"))
    unknown = read.keys() - {f.name for f in fields(Settings)}
    if unknown:
        raise HubError(f"{path.name} has settings the hub does not know: {sorted(unknown)}")
    return read


def _number(name: str, value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise HubError(f"The setting {name} must be a whole number, not {value!r}") from None

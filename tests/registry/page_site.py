"""A hub with the shipped samples, published by the real intake, and what pages are read with."""

from __future__ import annotations

import atexit
import io
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from hub import intake
from hub.plugins import connector_catalogue
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.keys import Role
from registry.app import create_app

ADMIN = "test-admin-key-0123456789"
PROVIDER = "test-provider-key-0123456789"
READER = "test-reader-key-0123456789"

BORDER = "/data/MIGHUB/DF_MIG_BORDER/1.0.0"
STOCK = "/data/MIGHUB/DF_MIG_STOCK/1.0.0"
EMPTY = "/data/MIGHUB/DF_MIG_FLOW/1.0.0"

#: Beginnings of the addresses of pages that are not for everybody.
PRIVATE = ("/submissions/", "/subscriptions", "/account", "/admin/")

#: One right row and one with an unknown code, an unknown sex and a value that is no number.
HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
)
GOOD = "MIGHUB:DF_MIG_BORDER(1.0.0),M,MEX,ENTRIES,{c},_T,_T,_T,AIR,_T,_T,{s},_T,EV,{t},{v},A\n"


def message(*rows: tuple[str, str, str, str]) -> bytes:
    """An SDMX-CSV 1.0 message of entries into Mexico: citizenship, sex, period, value."""
    lines = (GOOD.format(c=c, s=s, t=t, v=v) for c, s, t, v in rows)
    return (HEADER + "".join(lines)).encode()


BAD = message(("USA", "_T", "2026-06", "100"), ("USB", "X", "2026-06", "abc"))


@dataclass(frozen=True)
class Site:
    """A hub, its application, and the tokens of what was published."""

    hub: Hub
    app: Flask
    tokens: list[str]

    @property
    def client(self) -> FlaskClient:
        """A new client, without cookies."""
        return self.app.test_client()

    @property
    def staff(self) -> FlaskClient:
        """A client of an administrator who is signed in."""
        client = self.client
        assert client.post("/sign-in", data={"key": ADMIN}).status_code == 303
        return client


def new_hub(home: Path) -> Hub:
    """An empty hub with a key of each kind."""
    hub = Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": ADMIN}))
    hub.keys.add(PROVIDER, "INM", Role.PROVIDER, "MEX_INM")
    hub.keys.add(READER, "A reader", Role.READER)
    return hub


@cache
def site() -> Site:
    """The site with the samples, made once per run. Tests must not publish into it."""
    folder = tempfile.TemporaryDirectory(prefix="mighub-pages-")
    atexit.register(folder.cleanup)
    hub = new_hub(Path(folder.name))
    catalogue = connector_catalogue()
    tokens = [
        intake.submit(hub, sample, sample.name, connector=connector)
        for connector in ("dom/bcrd_air_arrivals", "int/undesa_stock", "mex/upm_air_entries")
        for sample in catalogue.samples(connector)
        if "2019" not in sample.name  # what the pages show stays the same as sources are added
    ]
    tokens.append(intake.submit(hub, io.BytesIO(BAD), "bad.csv"))
    intake.run_pending(hub)
    return Site(hub, create_app(hub), tokens)


def page(client: FlaskClient, path: str, language: str = "en", status: int = 200):  # type: ignore[no-untyped-def]
    """The parsed page at ``path`` in a language."""
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.text[:500]
    assert answer.mimetype == "text/html"
    return html.document_fromstring(answer.text)


@cache
def fetched(path: str, language: str) -> tuple[str, str]:
    """A page and its content security policy, asked for once per run."""
    client = site().staff if path.startswith(PRIVATE) else site().client
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return answer.text, answer.headers["Content-Security-Policy"]


def parsed(path: str, language: str = "en"):  # type: ignore[no-untyped-def]
    """The parsed page at ``path``, from :func:`fetched`."""
    return html.document_fromstring(fetched(path, language)[0])


def said(node) -> str:  # type: ignore[no-untyped-def]
    """What a reader sees in a node: no scripts, no drawings, spaces as one."""
    parts = node.xpath(
        ".//text()[not(ancestor::script) and not(ancestor::style) and not(ancestor::noscript)"
        " and not(ancestor::svg)]"
    )
    return " ".join(" ".join(parts).split())

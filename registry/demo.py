"""``mighub demo``: the whole way through the house, with the shipped samples, in one command."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import click
import pyarrow as pa

from hub import intake
from hub.derived.publish import refresh
from hub.errors import HubError
from hub.intake import State
from hub.intake.disclosure import DisclosurePolicy, all_rules, set_rule
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import Block
from hub.plugins import connector_catalogue
from hub.settings import Settings
from hub.store.home import Hub
from hub.terminal import progress

__all__ = ["show"]

_INVENTED = "Invented figures that show how small counts are protected; of no institution"


def show(*, serve: bool) -> None:
    """Make a hub, publish the samples in it, and serve it unless told not to."""
    settings = Settings.load()
    if serve:
        _port_is_free(settings)
    with Hub.init(settings) as hub:
        click.echo(f"Hub in {settings.home}")
        intake.run_pending(hub)
        _load_samples(hub)
        _load_registers(hub)
        _derive(hub)
        key = hub.admin_key
    if not serve:
        return
    base = f"http://{settings.host}:{settings.port}"
    click.echo(
        f"\nCatalogue   {base}/"
        f"\nOne dataset {base}/data/MIGHUB/DF_MIG_BORDER/1.0.0"
        f"\nSDMX REST   {base}/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0/all"
        "?lastNObservations=1&format=csvdata"
        f"\nAdmin key   {key or 'known to its owner only (it was set by HUB_ADMIN_KEY)'}"
        "\n\nCtrl-C stops the hub."
    )
    sys.stdout.flush()
    # The engines that loaded the samples have threads, which no fork of a server would survive.
    os.execv(sys.executable, [sys.executable, "-m", "hub", "serve"])  # noqa: S606


def _load_samples(hub: Hub) -> None:
    catalogue = connector_catalogue()
    for connector in catalogue.ids():
        if catalogue.record(connector).invented:
            # Invented figures do not stand under the name of an institution.
            click.echo(f"  {connector:24} invented figures, left out")
            continue
        for path in catalogue.samples(connector):
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            if hub.submissions.was_taken(sha256, connector):
                click.echo(f"  {connector:24} {path.name}: already there")
                continue
            click.echo(f"  {connector:24} {path.name}: {_publish(hub, connector, path)}")


def _publish(hub: Hub, connector: str, path: Path) -> str:
    with progress() as say:
        say(f"Reading {path.name} ...")
        token = intake.submit(hub, path, path.name, connector=connector, submitted_by="demo")
        return _finished(hub, token, path)


def _finished(hub: Hub, token: str, path: Path) -> str:
    done = intake.process(hub, token)
    if done.state not in (State.PUBLISHED, State.UNCHANGED):
        report = intake.report(hub, token)
        first = next((f["message"] for f in report["findings"]), done.error)
        raise HubError(f"The sample {path.name} was {done.state}: {first}")
    counts = done.counts or {}
    return f"{counts.get('observations', 0):,} observations, {done.state}"


def _derive(hub: Hub) -> None:
    """The indicators that the hub computes from the samples."""
    found = refresh(hub)
    intake.run_pending(hub)
    if found is not None:
        results = sum(one.results for one in found.counts)
        click.echo(f"  computed by the hub      {results:,} observations of indicators")


def _load_registers(hub: Hub) -> None:
    """Counts of invented registers of small countries, small counts protected."""
    catalogue = connector_catalogue()
    for id_ in catalogue.registers():
        register = catalogue.register(id_)
        agreement = register.provision_agreement
        if register.disclosure and agreement not in [p.subject for p in all_rules(hub)]:
            policy = DisclosurePolicy("agreement", agreement, register.disclosure)
            set_rule(hub, policy, actor="demo")
        for path in register.samples():
            message = catalogue.count(id_, path, hub.structures)
            assert message.header is not None
            blocks = map(_invented, message.blocks)
            body = b"".join(write_data(blocks, "sdmx-csv-2.0", message.header, WriteOptions()))
            token = intake.submit(
                hub, io.BytesIO(body), f"{path.stem}_counts.csv", provider=register.provider,
                submitted_by="demo",
            )  # fmt: skip
            click.echo(f"  {id_:24} {path.name}: {_finished(hub, token, path)}")


def _invented(block: Block) -> Block:
    """The block with a SOURCE that says whose figures these are: nobody's."""
    column = pa.array([_INVENTED]).dictionary_encode().take(pa.array([0] * block.batch.num_rows))
    place = block.batch.schema.get_field_index("SOURCE")
    return replace(block, batch=block.batch.set_column(place, "SOURCE", column))


def _port_is_free(settings: Settings) -> None:
    """Say so before anything is loaded, not after."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise HubError(
                f"Port {settings.port} of {settings.host} cannot be used ({error.strerror}). "
                "Choose another with PORT=..."
            ) from None

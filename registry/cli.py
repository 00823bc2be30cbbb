"""Commands that the registry adds to ``mighub``."""

from __future__ import annotations

from dataclasses import replace

import click

from hub.settings import Settings

__all__ = ["serve"]


@click.command(
    epilog="Example: HUB_HOME=/srv/hub mighub serve --port 8080",
    help="Serve the hub: SDMX REST, submissions and pages.",
)
@click.option("--host", help="Address to listen on (HUB_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (PORT).")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes (HUB_WORKERS).")
@click.option("--threads", type=click.IntRange(1, 256), help="Threads of each (HUB_THREADS).")
@click.option("--intake/--no-intake", default=True, help="Run the intake worker beside it.")
def serve(
    host: str | None, port: int | None, workers: int | None, threads: int | None, intake: bool
) -> None:
    """Serve until told to stop."""
    # The command line shows its help without loading stores and servers.
    from hub.store.home import Hub  # noqa: PLC0415
    from registry.server import Server, intake_worker  # noqa: PLC0415

    given = {"host": host, "port": port, "workers": workers, "threads": threads}
    settings = replace(Settings.load(), **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    Hub.init(settings).close()
    click.echo(
        f"The hub of {settings.home} listens on http://{settings.host}:{settings.port}", err=True
    )
    if not intake:
        Server(settings).run()
        return
    with intake_worker(settings):
        Server(settings).run()

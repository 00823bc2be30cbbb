"""Commands that the registry adds to ``mighub``."""

from __future__ import annotations

from dataclasses import replace

import click

from hub.settings import Settings
from registry.counting import counting_together

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
    given = {"host": host, "port": port, "workers": workers, "threads": threads}
    settings = replace(Settings.load(), **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    with counting_together(settings.home):
        _serve(settings, intake=intake)


def _serve(settings: Settings, *, intake: bool) -> None:
    # The command line shows its help without loading stores and servers.
    from hub import logs  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415
    from registry.server import Server, intake_worker  # noqa: PLC0415

    logs.configure(settings.log_format, settings.log_level)
    Hub.init(settings).close()
    address = f"http://{settings.host}:{settings.port}"
    logs.logger("registry").info("listening", home=str(settings.home), address=address)
    if not intake:
        Server(settings).run()
        return
    with intake_worker(settings) as worker:
        Server(settings, worker.stop).run()

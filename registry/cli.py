"""Commands that the registry adds to ``mighub``."""

from __future__ import annotations

import gc
from dataclasses import replace

import click

from hub.settings import Settings
from registry.counting import counting_together

__all__ = ["demo", "serve"]


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


@click.command(epilog="Example: PORT=9000 HUB_HOME=/tmp/hub mighub demo")
@click.option("--no-serve", is_flag=True, help="Load the samples and stop.")
def demo(no_serve: bool) -> None:
    """Make a hub in HUB_HOME, publish the samples of every source in it, and serve it.

    What is published already is not loaded again.
    """
    from registry.demo import show  # noqa: PLC0415

    show(serve=not no_serve)


def _serve(settings: Settings, *, intake: bool) -> None:
    gc.disable()  # until all is imported: what is made till then stays
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

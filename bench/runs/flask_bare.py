"""The least a Flask service can do: 2 KB from memory, from two gunicorn processes of threads."""

import sys

from flask import Flask, Response
from gunicorn.app.base import BaseApplication

app = Flask(__name__)
BODY = b"x" * 2_000


@app.get("/")
def answer() -> Response:
    """Two kilobytes."""
    return Response(BODY, mimetype="text/csv")


class Server(BaseApplication):
    """Gunicorn as the hub runs it."""

    def load_config(self) -> None:
        """Two processes of four threads."""
        settings = {"bind": f"127.0.0.1:{sys.argv[1]}", "workers": 2, "threads": 4}
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application."""
        return app


Server().run()

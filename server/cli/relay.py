"""`rekey relay`."""

from __future__ import annotations

import os
import sys

from typer import echo

from server.cli.opening import Desk, database_faults, open_and_do
from server.cli.output import Json, answering, show
from server.logs import configure_logs
from server.settings import load


def relay(as_json: Json = False) -> None:
    """Delivers what is queued until SIGTERM or Ctrl-C; `serve` does so too, unless REKEY_RELAY is false."""
    from server.channels import open_channels  # noqa: PLC0415  slow to import
    from server.relaying import run  # noqa: PLC0415  the same

    with answering(as_json), database_faults():
        settings = load()
        configure_logs(settings)
        open_channels(settings)
        # Whatever is wrong with the installation is said now, and an embedded database is migrated.
        open_and_do(settings, _nothing, may_found=not settings.production)

        def ready() -> None:
            if as_json:
                show({"relay": "running", "pid": os.getpid()}, as_json)
            else:
                echo(f"Rekey delivers what is queued (process {os.getpid()}).")
            sys.stdout.flush()

        run(settings, ready)


async def _nothing(_desk: Desk) -> None:
    """The installation was opened, and that is all."""

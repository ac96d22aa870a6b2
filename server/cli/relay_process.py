"""The process that `rekey relay` goes on as."""

from __future__ import annotations

import json
import os

from server.channels import open_channels
from server.cli.answering import answering
from server.cli.handing_over import begin
from server.cli.opening import Desk, database_faults, open_and_do
from server.cli.streams import say
from server.logs import configure_logs
from server.relaying import run
from server.settings import load


def relay(as_json: bool) -> None:
    """Delivers until SIGTERM or Ctrl-C."""
    with answering(as_json), database_faults():
        settings = load()
        configure_logs(settings)
        open_channels(settings)
        # Whatever is wrong with the installation is said now, and an embedded database is migrated.
        open_and_do(settings, _nothing, may_found=not settings.production)

        def ready() -> None:
            if as_json:
                say(json.dumps({"relay": "running", "pid": os.getpid()}))
            else:
                say(f"Rekey delivers what is queued (process {os.getpid()}).")

        run(settings, ready)


async def _nothing(_desk: Desk) -> None:
    """The installation was opened, and that is all."""


if __name__ == "__main__":
    begin(relay)

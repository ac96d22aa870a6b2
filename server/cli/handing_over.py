"""How a command that stays goes on: in the same process, with what it needs alone."""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from server.cli.streams import prepare_streams, telling_what_is_lost

if TYPE_CHECKING:
    from collections.abc import Callable

#: What structlog loads wherever it is installed, for tracebacks and threads that a server has not: 5 MiB.
UNUSED = ("rich", "greenlet")


def hand_over(module: str, *arguments: str | int) -> NoReturn:
    """Becomes a module that calls `begin`, which gets the arguments.

    What reads a command line (Typer, Pydantic) would stay with the server: 11 MiB of 192.
    """
    # -P: what the folder that it was started in has of Python is none of ours.
    command = [sys.executable, "-P", "-m", "server.cli.handing_over", module, *map(json.dumps, arguments)]
    os.execv(sys.executable, command)  # noqa: S606  no shell


def begin(command: Callable[..., Any]) -> None:
    """Runs a command in a process that was handed over to it."""
    # Until it listens to Ctrl-C itself: Python's own answer is a trace of where it was.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    prepare_streams()
    with telling_what_is_lost():
        command(*map(json.loads, sys.argv[2:]))


def import_structlog() -> None:
    """Imports structlog without what it would load and not use; later imports find that as ever."""
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # None: an import of it fails
    import structlog  # noqa: F401, PLC0415  others find it loaded

    for name in UNUSED:
        del sys.modules[name]


if __name__ in ("__main__", "__mp_main__"):  # the latter in each of several processes
    import_structlog()
if __name__ == "__main__":
    runpy.run_module(sys.argv[1], run_name="__main__")

"""How a command that stays goes on: in the same process, with what it needs alone."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from server.cli.streams import prepare_streams, telling_what_is_lost

if TYPE_CHECKING:
    from collections.abc import Callable


def hand_over(module: str, *arguments: str | int) -> NoReturn:
    """Becomes a module that calls `begin`, which gets the arguments.

    What reads a command line (Typer, Pydantic) would stay with the server: 12 MiB of 200.
    """
    # -P: what the folder that it was started in has of Python is none of ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *map(json.dumps, arguments)])  # noqa: S606  no shell


def begin(command: Callable[..., Any]) -> None:
    """Runs a command in a process that was handed over to it."""
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # until it listens to Ctrl-C itself: no trace of where it was
    prepare_streams()
    with telling_what_is_lost():
        command(*map(json.loads, sys.argv[1:]))

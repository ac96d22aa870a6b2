"""`rekey relay`: what is queued is delivered by a process that answers no requests."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import uvloop

from credentials.chance import Chance
from credentials.hash_threads import NICENESS
from server.background import background
from server.channels import make_sealer, open_relay
from server.composition import open_services
from server.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.settings import Settings


async def relay(settings: Settings, ready: Callable[[], None]) -> None:
    """Delivers until SIGTERM or SIGINT, then lets what is under way end. `ready` is called at the start."""
    configure_logs(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopping.set)
    # Nothing is hashed here: one thread, and the memory of one hash, is the least that there is.
    async with (
        open_services(replace(settings, hash_workers=1), Chance()) as services,
        open_relay(settings, services) as delivering,
        background(services, delivering, make_sealer(settings, services)),
    ):
        ready()
        await stopping.wait()


def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Delivers in this process, on uvloop's event loop, and steps back for others."""
    # As the hashing threads, so that those go first who wait for an answer (docs/performance.md). What was
    # started with less already is left so: only root may take it back.
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(relay(settings, ready))

"""What a server does besides answering: the relay, and a sweep each minute."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from resolvers.expire_activation_codes import expire_activation_codes
from store.faults import StoreUnavailable
from store.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from delivery.relay import Relay
    from resolvers.services import Services

#: How late an activation code may end, and how often old rows are looked for.
SWEEP_SECONDS = 60.0

_log = structlog.get_logger()


@asynccontextmanager
async def background(services: Services, relay: Relay | None) -> AsyncIterator[None]:
    """Runs the relay, where this process has one, and the sweep for as long as the block lasts."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_sweep_until(stopping, services), name="sweep")]
    if relay is not None:
        tasks.append(asyncio.create_task(relay.run(), name="relay"))
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        stopping.set()
        if relay is not None:
            relay.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _sweep_until(stopping: asyncio.Event, services: Services) -> None:
    while not stopping.is_set():
        try:
            await expire_activation_codes(services)
            now = services.chance.now()
            await services.store.write(sweep, now)
        except StoreUnavailable as fault:
            _log.warning("sweep.waits", reason=str(fault))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), SWEEP_SECONDS)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (defect := task.exception()) is not None:
        _log.critical("background.ended", task=task.get_name(), exc_info=defect)

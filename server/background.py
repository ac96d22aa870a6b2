"""What a process does besides answering: it seals, delivers, follows events, and sweeps each minute."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import structlog

from resolvers.expire_activation_codes import expire_activation_codes
from resolvers.prune_audit import prune_audit
from resolvers.throttled import record_throttled
from resolvers.verifier_parameters import learn_parameters
from store.faults import StoreUnavailable
from store.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from resolvers.services import Services

#: How late an activation code may end, and how often old rows are looked for.
SWEEP_SECONDS = 60.0

_log = structlog.get_logger()


class Worker(Protocol):
    """What works until it is stopped."""

    async def run(self) -> None:
        """Works until `stop`."""
        ...

    def stop(self) -> None:
        """Asks `run` to end."""
        ...


@asynccontextmanager
async def background(services: Services, *workers: Worker) -> AsyncIterator[None]:
    """Runs the workers, the reading of keys and the sweep for as long as the block lasts."""
    stopping = asyncio.Event()
    with suppress(StoreUnavailable):  # the sweep says so
        await learn_parameters(services)  # before anybody is answered
    workers = (services.keys, *workers)
    tasks = [asyncio.create_task(_sweep_until(stopping, services), name="sweep")]
    tasks += [asyncio.create_task(each.run(), name=type(each).__name__.lower()) for each in workers]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        stopping.set()
        for each in workers:
            each.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _sweep_until(stopping: asyncio.Event, services: Services) -> None:
    while not stopping.is_set():
        try:
            await expire_activation_codes(services)
            now = services.chance.now()
            await services.store.write(sweep, now)
            await record_throttled(services)
            await prune_audit(services)
            await learn_parameters(services)
        except StoreUnavailable as fault:
            _log.warning("sweep.waits", reason=str(fault))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), SWEEP_SECONDS)
    try:
        await record_throttled(services)
    except StoreUnavailable as fault:
        _log.warning("throttled.lost", refusals=services.throttled.total(), reason=str(fault))


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (defect := task.exception()) is not None:
        _log.critical("background.ended", task=task.get_name(), exc_info=defect)

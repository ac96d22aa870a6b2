"""What a process does besides answering: it seals, delivers, follows events, and sweeps each minute."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from resolvers.expire_activation_codes import BATCH, expire_activation_codes
from resolvers.prune_audit import prune_audit
from resolvers.throttled import record_throttled
from resolvers.verifier_parameters import learn_parameters
from store.faults import StoreUnavailable
from store.sweep import KINDS, sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from resolvers.services import Services

#: How late an activation code may end, and how often old rows are looked for.
SWEEP_SECONDS = 60.0
#: Between two pieces of what is over. One takes 10 to 30 ms of SQLite's only writer (1,000 rows, or 500 lines
#: of the audit, on two cores): nine tenths of its time stay with the requests. 1,800 lines a second can go,
#: nearly what the sealer seals at most.
REST_SECONDS = 0.25

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
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        until = loop.time() + SWEEP_SECONDS
        try:
            await record_throttled(services)
            await learn_parameters(services)
            await _clear(stopping, services, until)
        except StoreUnavailable as fault:
            _log.warning("sweep.waits", reason=str(fault))
        await _rest(stopping, until - loop.time())
    try:
        await record_throttled(services)
    except StoreUnavailable as fault:
        _log.warning("throttled.lost", refusals=services.throttled.total(), reason=str(fault))


async def _clear(stopping: asyncio.Event, services: Services, until: float) -> None:
    """Ends and deletes what is over, a piece of each kind in turn, until all is gone or the time is up."""
    now, time = services.chance.now(), asyncio.get_running_loop().time
    pieces: deque[Callable[[], Awaitable[bool]]] = deque([partial(_expire_codes, services)])
    pieces += [partial(services.store.write, sweep, kind, now) for kind in KINDS]
    pieces.append(partial(prune_audit, services))
    while pieces and not stopping.is_set() and time() < until:
        piece = pieces.popleft()
        if await piece():
            pieces.append(piece)
            await _rest(stopping, REST_SECONDS)


async def _expire_codes(services: Services) -> bool:
    return await expire_activation_codes(services) >= BATCH


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (defect := task.exception()) is not None:
        _log.critical("background.ended", task=task.get_name(), exc_info=defect)

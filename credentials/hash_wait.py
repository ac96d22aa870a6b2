"""How a task waits for a job of the hashing threads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from credentials.arena import Arena
    from credentials.chance import Chance
    from credentials.hash_line import Line
    from credentials.hash_queue import Place

T = TypeVar("T")


async def hashed(line: Line, place: Place, work: Callable[[Arena], T], chance: Chance) -> T:
    """Do work on a hashing thread; what it raises is raised.

    Cancelled while it waits, it never runs; cancelled while it runs, it ends unheard, and its place is taken
    until then.

    Args:
        line: Where it waits.
        place: In whose turn.
        work: What is done with a thread's memory.
        chance: The clock by which the place is charged.

    Raises:
        RuntimeError: The line is closed, or the place was given back.
    """

    def measured(arena: Arena) -> T:
        start = place.began = chance.monotonic()
        try:
            return work(arena)
        finally:
            place.end(chance.monotonic() - start)

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    place.begin()
    try:
        job = line.add(measured, partial(_tell, loop, future), place.network, first=place.is_first)
    except RuntimeError:
        place.end(0.0)
        raise
    try:
        return await future
    except asyncio.CancelledError:
        if line.withdraw(job):
            place.end(0.0)
        raise


def settle(future: Future[Any] | asyncio.Future[Any], result: object, fault: BaseException | None) -> None:
    """Give a future what came of a job, unless nobody waits for it any more."""
    if future.done():
        return
    if fault is None:
        future.set_result(result)
    else:
        future.set_exception(fault)


def _tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: object, fault: BaseException | None
) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits
        loop.call_soon_threadsafe(settle, future, result, fault)

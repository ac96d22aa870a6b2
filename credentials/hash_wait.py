"""How a task waits for a job of the hashing threads."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from credentials.waiting import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.chance import Chance
    from credentials.hash_line import Given, Line
    from credentials.hash_queue import Place

T = TypeVar("T")


async def hashed(line: Line[Given], place: Place, work: Callable[[Given], T], chance: Chance) -> T:
    """Do work on a thread of a line; what it raises is raised.

    Cancelled while it waits, it never runs; cancelled while it runs, it ends unheard, and its place is taken
    until then.

    Args:
        line: Where it waits.
        place: In whose turn.
        work: What is done with what the thread gives.
        chance: The clock by which the place is charged.

    Raises:
        RuntimeError: The line is closed, or the place was given back.
    """

    def measured(given: Given) -> T:
        start = place.began = chance.monotonic()
        try:
            return work(given)
        finally:
            place.end(chance.monotonic() - start)

    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    place.begin()
    try:
        job = line.add(measured, partial(tell, future), place.network, first=place.is_first)
    except RuntimeError:
        place.end(0.0)
        raise
    try:
        return await future
    except asyncio.CancelledError:
        if line.withdraw(job):
            place.end(0.0)
        raise

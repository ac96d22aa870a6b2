"""credentials/hash_wait.py; what a request sees of it is in test_hashing.py."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from credentials.arena import Arena
from credentials.chance import Chance
from credentials.hash_line import Line
from credentials.hash_parameters import HashParameters
from credentials.hash_queue import HashQueue, Place
from credentials.hash_wait import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """The thread's memory."""
    with Arena(HashParameters(memory_kib=8)) as made:
        yield made


def reserved(queue: HashQueue) -> Place:
    """A place that was not refused."""
    place = queue.reserve("one")
    assert isinstance(place, Place)
    return place


def test_a_job_outlives_its_event_loop(arena: Arena) -> None:
    """A process that ends does not wait for a hash, and the thread goes on to its next job.

    Planted: the closed loop's refusal let through; failed.
    """
    line, queue = Line[Arena](), HashQueue(1, 60.0, 1.0)
    began, finish = threading.Event(), threading.Event()
    went_on = list[bool]()

    def slow(_arena: Arena) -> None:
        began.set()
        assert finish.wait(10)

    async def leave() -> None:
        with reserved(queue) as place:
            waiting = asyncio.create_task(hashed(line, place, slow, Chance()))
            await asyncio.to_thread(began.wait, 10)
            waiting.cancel()

    thread = threading.Thread(target=lambda: went_on.append(line.run_next(arena)))
    thread.start()
    asyncio.run(leave())
    assert queue.taken == 1
    finish.set()
    thread.join(10)
    assert went_on == [True]
    assert queue.taken == 0


def test_a_closed_line_takes_no_place(arena: Arena) -> None:
    """Who comes too late is told, and its place is free. Planted: the place kept; failed."""
    line, queue = Line[Arena](), HashQueue(1, 60.0, 1.0)
    line.close()

    async def come() -> None:
        with reserved(queue) as place:
            await hashed(line, place, lambda _: None, Chance())

    with pytest.raises(RuntimeError, match="have ended"):
        asyncio.run(come())
    assert queue.taken == 0
    assert not line.run_next(arena)

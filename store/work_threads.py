"""Threads for what would hold up the event loop: transactions, and files."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from credentials.chance import Chance
from credentials.waiting import do, tell

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_chance = Chance()


class Job(NamedTuple):
    """Work that is queued.

    Attributes:
        work: What is to be done; whatever else it takes, the thread's own `do` gives it.
        future: Whoever waits for it.
        queued: When it came, on the monotonic clock.
    """

    work: Callable[..., Any]
    future: asyncio.Future[Any]
    queued: float

    def run(self) -> None:
        """Does it on the calling thread, unless nobody waits for it any more."""
        if not self.future.cancelled():
            do(self.work, partial(tell, self.future))


class WorkThreads:
    """Threads that run work in the order in which it came; whoever asked waits on the event loop.

    An executor does it too, with two futures for each job, one with a lock and a condition of its own.

    Args:
        count: how many; they start with the first work.
        name: theirs, in what lists threads.
    """

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._jobs = SimpleQueue[Job | None]()
        self._threads = list[threading.Thread]()
        self._closed = False

    def run(self, work: Callable[..., Result]) -> asyncio.Future[Result]:
        """Has a thread do it; what it raises is raised. Cancelled before it begins, it never does.

        Raises:
            RuntimeError: they were closed.
        """
        if self._closed:
            message = f"The threads of {self._name} have ended."
            raise RuntimeError(message)
        if not self._threads:
            self._start()
        job = Job(work, asyncio.get_running_loop().create_future(), _chance.monotonic())
        self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Takes no more, and waits until what was taken is done."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        for number in range(self._count):
            # A process that ends in haste does not wait for them.
            thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def do(self, job: Job) -> None:
        """Does a job that has its turn, on one of the threads."""
        job.run()

    def take_behind(self) -> Job | None:
        """Takes the job that is queued behind, where there is one; for a `do` on a single thread."""
        with suppress(Empty):
            if (job := self._jobs.get_nowait()) is not None:
                return job
            self._jobs.put(None)  # the end is for the thread to see
        return None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self.do(job)
            del job  # what it worked on is not kept until the next one comes

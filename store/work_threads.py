"""Threads for what would hold up the event loop: transactions, and files."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from credentials.waiting import do, tell

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class _Job(NamedTuple):
    work: Callable[[], Any]
    future: asyncio.Future[Any]

    def run(self) -> None:
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
        self._jobs = SimpleQueue[_Job | None]()
        self._threads = list[threading.Thread]()
        self._closed = False

    def run(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Has a thread do it; what it raises is raised. Cancelled before it begins, it never does.

        Raises:
            RuntimeError: they were closed.
        """
        if self._closed:
            message = f"The threads of {self._name} have ended."
            raise RuntimeError(message)
        if not self._threads:
            self._start()
        job = _Job(work, asyncio.get_running_loop().create_future())
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

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # what it worked on is not kept until the next one comes

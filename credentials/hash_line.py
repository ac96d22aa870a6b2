"""The jobs that wait for a hashing thread, and which of them is next."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.arena import Arena

#: Every so many-th job is one of those that do not go first, so that they wait longer but not for ever.
FAIR_TURN = 4

T = TypeVar("T")


class _Job(NamedTuple):
    future: Future[Any]
    work: Callable[[Arena], Any]

    def run(self, arena: Arena) -> None:
        try:
            result = self.work(arena)
        except BaseException as fault:  # noqa: BLE001  as an executor does: whoever waits for it gets it
            self.future.set_exception(fault)
        else:
            self.future.set_result(result)


class _Turns:
    """The jobs of several networks: a network's own in the order in which they came, the networks in turn.

    However many jobs a network has here, another's next one waits for one of them.
    """

    def __init__(self) -> None:
        self._networks: OrderedDict[str, deque[_Job]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._networks)

    def add(self, network: str, job: _Job) -> None:
        self._networks.setdefault(network, deque()).append(job)

    def take(self) -> _Job:
        network, jobs = next(iter(self._networks.items()))
        job = jobs.popleft()
        if jobs:
            self._networks.move_to_end(network)
        else:
            del self._networks[network]
        return job


class Line:
    """Two lines, one of which goes first; within each the networks take turns."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first = _Turns()
        self._others = _Turns()
        self._turns = 0
        self._closed = False

    def add(self, work: Callable[[Arena], T], network: str, *, first: bool) -> Future[T]:
        """Line a job up. Cancelled in time, it never runs.

        Raises:
            RuntimeError: The line is closed.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                message = "The hashing threads have ended."
                raise RuntimeError(message)
            (self._first if first else self._others).add(network, _Job(future, work))
            self._changed.notify()
        return future

    def run_next(self, arena: Arena) -> bool:
        """Wait for a job and run it on the calling thread; False: the line is closed and none is left."""
        while (job := self._take()) is not None:
            if job.future.set_running_or_notify_cancel():
                job.run(arena)
                return True
        return False

    def close(self) -> None:
        """Take no more jobs; those that wait still run."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._first or self._others or self._closed)
            if not self._first and not self._others:
                return None
            self._turns += 1
            is_fair_turn = self._turns % FAIR_TURN == 0
            line = self._others if self._others and (is_fair_turn or not self._first) else self._first
            return line.take()

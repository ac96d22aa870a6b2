"""The jobs that wait for a hashing thread, and which of them is next."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

#: Every so many-th job is one of those that do not go first, so that they wait longer but not for ever.
FAIR_TURN = 4

T = TypeVar("T")


class _Job(NamedTuple):
    future: Future[Any]
    work: Callable[[], Any]

    def run(self) -> None:
        try:
            result = self.work()
        except BaseException as fault:  # noqa: BLE001  as an executor does: whoever waits for it gets it
            self.future.set_exception(fault)
        else:
            self.future.set_result(result)


class Line:
    """Two lines, one of which goes first; within each whoever came first is first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: deque[_Job] = deque()
        self._others: deque[_Job] = deque()
        self._turns = 0

    def add(self, work: Callable[[], T], *, first: bool) -> Future[T]:
        """Lines a job up; `run_next` is to be called once for each. Cancelled in time, it never runs."""
        future: Future[T] = Future()
        with self._lock:
            (self._first if first else self._others).append(_Job(future, work))
        return future

    def run_next(self) -> None:
        """Runs the job whose turn it is, on the calling thread; none if all that wait were cancelled."""
        while (job := self._take()) is not None:
            if job.future.set_running_or_notify_cancel():
                job.run()
                return

    def _take(self) -> _Job | None:
        with self._lock:
            if not self._first and not self._others:
                return None
            self._turns += 1
            is_fair_turn = self._turns % FAIR_TURN == 0
            line = self._others if self._others and (is_fair_turn or not self._first) else self._first
            return line.popleft()

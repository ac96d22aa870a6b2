"""The jobs that wait for a thread, and which of them is next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from credentials.waiting import do

if TYPE_CHECKING:
    from credentials.waiting import Tell

#: What a thread gives to each of its jobs: a hashing thread its arena.
Given = TypeVar("Given")

#: Every so many-th job is one of those that do not go first, so that they wait longer but not for ever.
FAIR_TURN = 4
#: Results that are told together. A hash leaves little in the processor's caches: whoever goes on with four
#: sign-ins at once fetches what that takes from memory once (docs/performance.md).
TOGETHER = 4
#: A job that waited for so many turns of others may wait for three more until it is told.
LONG = 16


class Job(Generic[Given]):
    """Work that waits for a thread.

    A thousand may wait: a `concurrent.futures.Future` has a lock, a list and a queue of its own, 2 KiB.
    """

    __slots__ = ("came", "tell", "waited", "waits", "work")

    def __init__(self, work: Callable[[Given], Any], tell: Tell, came: int) -> None:
        self.work = work
        self.tell = tell
        #: The turn of the line at which it came, and for how many it waited until it had its own.
        self.came, self.waited = came, 0
        self.waits = True


class _Turns(Generic[Given]):
    """The jobs of several networks: a network's own in the order in which they came, the networks in turn.

    However many jobs a network has here, another's next one waits for one of them.
    """

    def __init__(self) -> None:
        # A list of few is a tenth of a deque's size, and nearly every network has one job.
        self._networks: OrderedDict[str, list[Job[Given]]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._networks)

    def add(self, network: str, job: Job[Given]) -> None:
        self._networks.setdefault(network, []).append(job)

    def take(self) -> Job[Given]:
        network, jobs = next(iter(self._networks.items()))
        job = jobs.pop(0)
        if jobs:
            self._networks.move_to_end(network)
        else:
            del self._networks[network]
        return job


class Line(Generic[Given]):
    """Two lines, one of which goes first; within each the networks take turns.

    Where jobs wait for long, what came of them is told a few at a time.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first = _Turns[Given]()
        self._others = _Turns[Given]()
        self._turns = 0
        self._held = list[Callable[[], object]]()
        self._closed = False

    def add(self, work: Callable[[Given], Any], tell: Tell, network: str, *, first: bool) -> Job[Given]:
        """Line work up; `tell` is told what came of it.

        Raises:
            RuntimeError: The line is closed.
        """
        with self._changed:
            if self._closed:
                message = "The hashing threads have ended."
                raise RuntimeError(message)
            job = Job(work, tell, self._turns)
            (self._first if first else self._others).add(network, job)
            self._changed.notify()
        return job

    def withdraw(self, job: Job[Given]) -> bool:
        """Let a job never run, and nobody be told; False: a thread has taken it."""
        with self._changed:
            waited, job.waits = job.waits, False
        return waited

    def run_next(self, given: Given) -> bool:
        """Wait for a job and run it on the calling thread; False: the line is closed and none is left."""
        job = self._take()
        if job is not None:
            do(partial(job.work, given), partial(self._hold, job))
        return job is not None

    def close(self) -> None:
        """Take no more jobs; those that wait still run."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _hold(self, job: Job[Given], result: object, fault: BaseException | None) -> None:
        with self._changed:
            self._held.append(partial(job.tell, result, fault))
            if job.waited < LONG or len(self._held) == TOGETHER:
                self._tell_held()

    def _tell_held(self) -> None:
        held, self._held = self._held, []
        for tell in held:
            tell()

    def _take(self) -> Job[Given] | None:
        with self._changed:
            while True:
                if not self._first and not self._others:
                    self._tell_held()
                self._changed.wait_for(lambda: self._first or self._others or self._closed)
                if not self._first and not self._others:
                    return None
                job = self._next().take()
                if job.waits:
                    job.waits = False
                    job.waited = self._turns - 1 - job.came
                    return job

    def _next(self) -> _Turns[Given]:
        self._turns += 1
        is_fair_turn = self._turns % FAIR_TURN == 0
        return self._others if self._others and (is_fair_turn or not self._first) else self._first

"""SQLite's one writer: a thread with a connection, and one transaction for all that is queued by then."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from credentials.chance import Chance
from credentials.waiting import tell
from store.faults import Locked, StoreUnavailable
from store.work_threads import Job, WorkThreads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.sqlite import Lane

#: Pieces of work in one transaction at most: the first is answered after the last, each taking some 0.3 ms.
TOGETHER = 16

_chance = Chance()


class WriteThread(WorkThreads):
    """Writes in the order in which it is asked to; what is queued together is committed together.

    A commit waits for the disk, and costs more than most of what it commits. Work is a function of a `Unit`,
    and is answered after the commit. Where a piece of it fails nothing is written, and each is done again by
    itself.

    Args:
        lane: The connection.
        busy_timeout: For how long it waits for another process's lock, in seconds.
    """

    def __init__(self, lane: Lane, busy_timeout: float) -> None:
        super().__init__(1, "rekey-write")
        self._lane = lane
        self._busy_timeout = busy_timeout
        self._locked_at = -math.inf

    def do(self, job: Job) -> None:
        """Does a job, and with it those that are queued behind it."""
        jobs = [job]
        while len(jobs) < TOGETHER and (behind := self.take_behind()) is not None:
            jobs.append(behind)
        if len(jobs) == 1 or any(self._has_outwaited(each) or each.future.cancelled() for each in jobs):
            self._do_each(jobs)
            return
        done: list[Any] = []
        fault = self._fault_of(jobs, done)
        if fault is None:
            for each, result in zip(jobs, done, strict=True):
                tell(each.future, result, None)
        elif len(done) == len(jobs) and isinstance(fault, StoreUnavailable):
            # The commit's answer was lost, and it may have happened: nothing is done a second time.
            for each in jobs:
                tell(each.future, None, type(fault)(*fault.args))
        else:
            self._note(fault)
            self._do_each(jobs)

    def _fault_of(self, jobs: Sequence[Job], done: list[Any]) -> BaseException | None:
        try:
            self._lane.run_all([job.work for job in jobs], done)
        except BaseException as fault:  # noqa: BLE001  whoever brought it gets it when each is done by itself
            return fault
        return None

    def _do_each(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            job._replace(work=partial(self._write, job)).run()

    def _write(self, job: Job) -> Any:  # noqa: ANN401  any work's result
        if self._has_outwaited(job):
            message = "the database did not answer: it was locked all the time that this was queued"
            raise Locked(message)
        try:
            return self._lane.run(job.work)
        except Locked as fault:
            self._note(fault)
            raise

    def _note(self, fault: BaseException) -> None:
        if isinstance(fault, Locked):
            self._locked_at = _chance.monotonic()

    def _has_outwaited(self, job: Job) -> bool:
        # One wait for a lock is that of all who were queued before it; else the fiftieth waits fifty times.
        return self._locked_at - job.queued >= self._busy_timeout

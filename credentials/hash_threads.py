"""The threads that hash, each with an arena, and one beside them; all step back for the event loop."""

from __future__ import annotations

import contextlib
import os
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from credentials.arena import Arena, NoArena

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.hash_line import Line
    from credentials.hash_parameters import HashParameters

NICENESS = 10  # measured: the event loop's slowest answers take a third of the time, no hash is lost


class HashThreads:
    """Threads that run the jobs of a line until it is closed.

    Args:
        count: How many; more than cores gain nothing.
        parameters: What an arena has room for.
        line: Where the jobs wait.
        alarm: Told, in a sentence, of an arena that there is no memory for; the others go on without it.

    Raises:
        NoArena: There is not the memory for one of them.
    """

    def __init__(
        self, count: int, parameters: HashParameters, line: Line[Arena], alarm: Callable[[str], None]
    ) -> None:
        self._line = line
        started = [self._start(number, parameters) for number in range(count)]
        faults = [fault for _, mapped in started if (fault := mapped.exception()) is not None]
        self._threads = [thread for thread, mapped in started if mapped.exception() is None]
        if not self._threads:
            raise faults[0]
        for fault in faults:
            alarm(f"{fault} Hashing goes on with {len(self._threads)} of {count} threads.")

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._threads)

    def join(self) -> None:
        """Wait until all have ended; the line is to be closed before."""
        for thread in self._threads:
            thread.join()

    def _start(self, number: int, parameters: HashParameters) -> tuple[threading.Thread, Future[None]]:
        mapped: Future[None] = Future()
        # A process that ends in haste does not wait for them.
        thread = threading.Thread(
            target=self._work, args=(parameters, mapped), name=f"hashing-{number}", daemon=True
        )
        thread.start()
        mapped.exception()  # one after the other: the kernel clears memory no faster for two
        return thread, mapped

    def _work(self, parameters: HashParameters, mapped: Future[None]) -> None:
        _step_back()
        try:
            arena = Arena(parameters)
        except NoArena as fault:
            mapped.set_exception(fault)
            return
        with arena:
            mapped.set_result(None)
            while self._line.run_next(arena):
                pass


def start_beside(line: Line[None]) -> threading.Thread:
    """Start the one thread for what Python computes itself, below the event loop's priority too.

    Python computes on one thread at a time: on two of the hashing threads each would wait for the other,
    and a core would stand still that has a hash to compute.
    """

    def work() -> None:
        _step_back()
        while line.run_next(None):
            pass

    thread = threading.Thread(target=work, name="beside-hashing", daemon=True)
    thread.start()
    return thread


def _step_back() -> None:
    """Let the event loop go first; where the operating system refuses, hashing goes on as it is."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

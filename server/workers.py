"""Several server processes on one socket: kept alive, and ended together."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, cast

import structlog

from server.serving import run
from server.settings import load
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Event
    from types import FrameType

#: How soon a process that died is missed.
WATCH_SECONDS = 0.5
#: How often the pause doubles where a replacement fails too: half a minute, when a failover is mostly over.
MOST_DOUBLINGS = 6

_log = structlog.get_logger()
_spawn = multiprocessing.get_context("spawn")


def _work(listening: socket.socket, ready: Event) -> None:
    # A terminal sends Ctrl-C to every process: the parent alone passes it on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = cast("BaseProcess", multiprocessing.parent_process())
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    run(load(), listening, ready.set)


def _end_with(parent: BaseProcess) -> None:
    # Nobody would replace or end what it leaves behind, and the port would stay taken.
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class _Place:
    """What is kept about one of the processes.

    Attributes:
        process: The process itself.
        answers: Set once it answers requests.
        failures: How many before it, one after another, ended before they answered.
        looks: How often the place of a dead process is still looked at before another is started.
    """

    process: SpawnProcess
    answers: Event
    failures: int = 0
    looks: int = 0

    def pause(self) -> float:
        """Leaves the place empty, each time twice as long; gives the seconds."""
        self.failures += 1
        self.looks = 2 ** min(self.failures, MOST_DOUBLINGS)
        return self.looks * WATCH_SECONDS


class Workers:
    """Starts processes and puts another in the place of one that dies.

    Args:
        count: how many.
        listening: the socket that all of them serve.
    """

    def __init__(self, count: int, listening: socket.socket) -> None:
        self._count = count
        self._listening = listening
        # Not an event, whose lock the thread may hold where the signal comes that is to set it.
        self._stops = SimpleQueue[None]()
        self._announced = False
        self._unfit = False
        self._places: list[_Place] = []

    def run(self, ready: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT; `ready` is called once every process answers.

        After that the others go on where one cannot be replaced; it is tried again, with pauses.

        Raises:
            BadSettings: a process ended before every one answered; another would do the same.
        """
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, self._stop)
        self._places = [_Place(*self._start()) for _ in range(self._count)]
        try:
            self._watch(ready)
        finally:
            for place in self._places:
                place.process.terminate()
            for place in self._places:
                place.process.join()
        if self._unfit:
            msg = "A server process ended before it was ready; the log above says why."
            raise BadSettings(msg)

    def _watch(self, ready: Callable[[], None]) -> None:
        while not self._is_stopped():
            for place in self._places:
                self._look_at(place)
            if not self._announced and all(place.answers.is_set() for place in self._places):
                self._announced = True
                ready()

    def _start(self) -> tuple[SpawnProcess, Event]:
        answers = _spawn.Event()
        process = _spawn.Process(target=_work, args=(self._listening, answers), name="rekey-server")
        process.start()
        return process, answers

    def _look_at(self, place: _Place) -> None:
        if place.process.is_alive():
            return
        if not place.looks:
            self._miss(place)
        place.looks -= 1
        if place.looks:
            return
        try:
            place.process, place.answers = self._start()
        except OSError as fault:  # too many processes or files, no memory
            _log.error("server.process_not_started", reason=fault.strerror, next_in=place.pause())

    def _miss(self, place: _Place) -> None:
        log = _log.bind(exit_code=place.process.exitcode)
        if place.answers.is_set():
            place.failures, place.looks = 0, 1
            log.error("server.process_ended")
        elif self._announced:
            log.error("server.process_ended", next_in=place.pause())
        else:
            place.pause()
            log.error("server.process_ended")
            self._unfit = True
            self._stops.put(None)

    def _is_stopped(self) -> bool:
        """Waits for the next look, or until it is asked to end."""
        with suppress(Empty):
            self._stops.get(timeout=WATCH_SECONDS)
            return True
        return False

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stops.put(None)

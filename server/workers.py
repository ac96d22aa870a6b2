"""Several server processes on one socket: kept alive, and ended together."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from typing import TYPE_CHECKING

import structlog

from server.serving import run
from server.settings import load
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess
    from multiprocessing.synchronize import Event
    from types import FrameType

#: How soon a process that died is missed.
WATCH_SECONDS = 0.5

_log = structlog.get_logger()
_spawn = multiprocessing.get_context("spawn")


def _work(listening: socket.socket, ready: Event) -> None:
    # A terminal sends Ctrl-C to every process: the parent alone passes it on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(load(), listening, ready.set)


class Workers:
    """Starts processes and puts another in the place of one that dies.

    Args:
        count: how many.
        listening: the socket that all of them serve.
    """

    def __init__(self, count: int, listening: socket.socket) -> None:
        self._count = count
        self._listening = listening
        self._stopping = threading.Event()
        self._unfit = False
        self._processes: list[tuple[SpawnProcess, Event]] = []

    def run(self, ready: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT; `ready` is called once every process answers.

        Raises:
            BadSettings: a process ended before it ever answered; another would do the same.
        """
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, self._stop)
        self._processes = [self._start() for _ in range(self._count)]
        announced = False
        while not self._stopping.wait(WATCH_SECONDS):
            self._processes = [self._alive(*each) for each in self._processes]
            if not announced and all(answers.is_set() for _, answers in self._processes):
                announced = True
                ready()
        for process, _ in self._processes:
            process.terminate()
        for process, _ in self._processes:
            process.join()
        if self._unfit:
            msg = "A server process ended before it was ready; the log above says why."
            raise BadSettings(msg)

    def _start(self) -> tuple[SpawnProcess, Event]:
        answers = _spawn.Event()
        process = _spawn.Process(target=_work, args=(self._listening, answers), name="rekey-server")
        process.start()
        return process, answers

    def _alive(self, process: SpawnProcess, answers: Event) -> tuple[SpawnProcess, Event]:
        if process.is_alive():
            return process, answers
        _log.error("server.process_ended", exit_code=process.exitcode)
        if not answers.is_set():
            self._unfit = True
            self._stopping.set()
            return process, answers
        return self._start()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()

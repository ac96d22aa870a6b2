"""How much memory a server takes while a thousand people sign in at once.

Compares, on a real `rekey serve` at its default settings on the embedded database, with a client for each on
a connection of its own who signs in again and again:

- the resident memory of the server's process, the highest of each round, from the first round to the last;

with its memory before anybody came, and with the limit that the settings promise: 120 MiB, and for each
hashing thread the memory of one hash (46 MiB). `python -m benchmarks.memory 600` goes on for ten minutes.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.common import Measure, Took, alternate
from benchmarks.figures import MEBIBYTES, show
from benchmarks.load import drive
from benchmarks.people import COST
from benchmarks.services import data_of, keeps_signing_in, rekey_service, settled
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Figures
    from benchmarks.services import Service
    from benchmarks.visitors import Answer

ROUNDS = 5
IN_FLIGHT = 1000
#: Of all rounds together.
SECONDS = 30.0
#: What a server may take beside the hashing threads' own memory, in MiB.
REST = 120
#: How often the memory is looked at, in seconds.
LOOK_SECONDS = 0.1
#: Files that a process may have open: a connection is one, and so is a database.
FILES = 2 * IN_FLIGHT + 200


@contextmanager
def highest(pid: int) -> Iterator[list[float]]:
    """The resident memory of a process in MiB, the highest while the block runs; known at its end."""
    found: list[float] = []
    over = threading.Event()

    def look() -> None:
        while True:
            found[:] = [max([_resident(pid), *found])]
            if over.wait(LOOK_SECONDS):
                return

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


def _resident(pid: int) -> float:
    fields = Path(f"/proc/{pid}/status").read_text().split()
    return int(fields[fields.index("VmRSS:") + 1]) / 1024


class Crowd:
    """People who sign in again and again.

    Args:
        service: Rekey.
        people: how many.
        seconds: for how long in a round.
    """

    def __init__(self, service: Service, people: int, seconds: float) -> None:
        self._service = service
        self._people = people
        self._seconds = seconds
        self.refused: list[Answer] = []

    def sign_in(self) -> Took:
        """All at once, for the seconds of a round; the highest memory."""
        service = self._service
        visitors = [
            Visitor(service.port, keeps_signing_in(service, number, self.refused), service.source(number))
            for number in range(self._people)
        ]
        with highest(service.pid) as found:
            drove = drive(visitors, limit=self._seconds)
        return Took(found[0], drove.client_seconds / drove.seconds * found[0])


def run(rounds: int = ROUNDS, calls: int = IN_FLIGHT, seconds: float = SECONDS) -> Figures:
    """Measures in rounds and gives the table; `calls` are the people."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[0] < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, limits[1]), limits[1]))
    cores = os.cpu_count() or 1
    promised = REST + cores * COST.memory_kib / 1024
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as folder,
        rekey_service(Path(folder), calls) as service,
    ):
        crowd = Crowd(service, calls, min(seconds, calls) / rounds)
        before = Measure("before", lambda: Took(_resident(service.pid)), 1)
        before.run()
        busy = Measure(f"{calls} sign-ins in flight", crowd.sign_in, 1)
        alternate([busy], rounds)
        settled(service)  # else it would not end in time
    first, last = busy.rounds[0].seconds, busy.rounds[-1].seconds
    notes = [f"The limit is {promised:.0f} MiB. Last round ÷ first round: {last / first:.3f}."]
    for said, times in Counter(data_of(each, "signIn")["__typename"] for each in crowd.refused).items():
        notes.append(f"Answered {said}: {times}.")
    rows = [
        (each, {"÷ before": each.figure / before.figure, "÷ limit": each.figure / promised})
        for each in (busy, before)
    ]
    return show(f"Memory of a server, over {seconds:.0f} seconds", MEBIBYTES, rows, notes)


if __name__ == "__main__":
    Console().print(run(seconds=float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))

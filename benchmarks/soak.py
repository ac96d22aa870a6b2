"""How a server bears more than it can do, for as long as is asked.

Compares, on a real `rekey serve` at its default settings on the embedded database:

- a sign-in from a quiet network while another network floods, with that network's own sign-ins and with the
  quiet one's when it is alone: networks take turns at the hashing threads;
- people of many networks, twice as many as the hashing threads can serve: those who get in, and those who are
  told at once to come again;

and the resident memory of the last round with that of the first. Whatever is answered that is neither a
success nor `Overloaded` is counted. `python -m benchmarks.soak 600` goes on for ten minutes.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.change_password import SIGN_IN
from benchmarks.client import spell
from benchmarks.common import Measure, Took, alternate
from benchmarks.figures import MILLISECONDS, show
from benchmarks.load import drive
from benchmarks.memory import FILES, highest
from benchmarks.people import PASSWORD, name, rekey
from benchmarks.services import described, settled
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.figures import Figures
    from benchmarks.services import Service
    from benchmarks.visitors import Script

ROUNDS = 5
SECONDS = 60.0
#: Sign-ins that a network has under way: with thirty it fails on thirty names until they are settled.
FLOOD = 28
QUIET_PAUSE = 0.1
#: Two threads hash some eighty times a second and let nobody wait longer than five seconds: with the pause
#: that is five hundred people.
PEOPLE = 1000
#: Seconds after which somebody comes again.
PAUSE = 2.0
FLOODING, QUIET = "127.9.0.1", "127.9.0.2"


class Soak:
    """What is answered to whom, round by round.

    Args:
        service: Rekey.
        people: how many there are.
        seconds: of each part of a round.

    Attributes:
        answers: how many of each kind there were.
        memory: the highest of each round, in MiB.
    """

    def __init__(self, service: Service, people: int, seconds: float) -> None:
        self._service = service
        self._people = people
        self._seconds = seconds
        self._took: dict[str, list[float]] = {}
        self._client = 0.0
        self.answers = Counter[str]()
        self.memory: list[float] = []
        self.measures = [
            self._measure("a quiet network alone", "alone", self._alone),
            self._measure("a quiet network beside one that floods", "quiet", self._flooded),
            self._measure("the network that floods", "flood"),
            self._measure("twice as many as can be served: who gets in", "crowd", self._crowded),
            self._measure("twice as many as can be served: Overloaded", "Overloaded"),
        ]

    def _measure(self, name: str, kind: str, before: Callable[[], None] = lambda: None) -> Measure:
        def call() -> Took:
            seconds = median(self._took.get(kind) or [self._seconds])  # nobody of the kind had an answer
            return Took(seconds, self._client * seconds)

        return Measure(name, call, 1, before)

    def _drive(self, visitors: Sequence[Visitor]) -> None:
        with highest(self._service.pid) as found:
            drove = drive(visitors, limit=self._seconds)
        self._client = drove.client_seconds / drove.seconds
        self.memory.append(found[0])
        settled(self._service)

    def _alone(self) -> None:
        self._took.clear()
        self._drive([self._quiet("alone")])

    def _flooded(self) -> None:
        flood = [self._visitor("flood", number, FLOODING) for number in range(1, min(FLOOD, self._people))]
        self._drive([self._quiet("quiet"), *flood])

    def _crowded(self) -> None:
        sources = [self._service.source(number) for number in range(1, self._people)]
        self._drive(
            [self._visitor("crowd", number, source, PAUSE) for number, source in enumerate(sources, start=1)]
        )

    def _quiet(self, kind: str) -> Visitor:
        return self._visitor(kind, 0, QUIET, QUIET_PAUSE)

    def _visitor(self, kind: str, number: int, source: str, pause: float = 0.0) -> Visitor:
        return Visitor(self._service.port, self._signs_in(kind, number), source, pause)

    def _signs_in(self, kind: str, number: int) -> Script:
        given = {"input": {"login": name(number), "password": PASSWORD}}
        request = spell("/graphql", {"query": SIGN_IN, "variables": given})
        while True:
            answer = yield request
            is_in = self._service.token(answer) is not None
            said = "success" if is_in else "Overloaded" if b"Overloaded" in answer.body else str(answer.body)
            self.answers[said] += 1
            self._took.setdefault(kind if is_in else said, []).append(answer.seconds)


def run(rounds: int = ROUNDS, calls: int = PEOPLE, seconds: float = SECONDS) -> Figures:
    """Measures in rounds and gives the table; `calls` are the people."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[0] < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, limits[1]), limits[1]))
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as folder,
        rekey(Path(folder), calls, REKEY_HASH_MAX_WAIT="5s") as server,
    ):
        soak = Soak(described(server), calls, min(seconds, calls) / rounds / 3)
        alternate(soak.measures, rounds)
    alone = soak.measures[0]
    said = ", ".join(f"{count} {each}" for each, count in soak.answers.most_common())
    notes = [
        f"Answers: {said}.",
        f"Memory: {soak.memory[2]:.0f} MiB at most in the first round, {soak.memory[-1]:.0f} in the last.",
    ]
    rows = [(each, {"÷ alone": each.figure / alone.figure}) for each in soak.measures]
    return show(f"More than can be done, over {seconds:.0f} seconds: sign-ins", MILLISECONDS, rows, notes)


if __name__ == "__main__":
    Console().print(run(seconds=float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))

"""How long a cheap read takes while many people sign in.

Compares, over HTTP on loopback, two people who read who they are a hundred times a second, one on a
connection that stays open and one on a new connection each time, while 64 sign-ins are always in flight:

- the read that 99 of 100 are not slower than, with the same while nobody signs in. It is one of all rounds'
  reads: where a service has several processes, a round's reader may meet the one that nobody signs in at;
- Rekey's with those of others on SQLite: fastapi-users with JWTs (in as many processes as cores),
  django-allauth (the same, four threads each), Directus (one process, hashes on threads of its own).

A read that fails, or is not answered after five seconds, counts as five. Rekey's people have each an address
of their own, since a network with thirty failing names waits; the others count nothing, and one person signs
in.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.common import Measure, Took, alternate
from benchmarks.figures import MILLISECONDS, show
from benchmarks.load import drive
from benchmarks.peer import open_peers
from benchmarks.peer_services import ALLAUTH, DIRECTUS, FASTAPI_USERS_JWT
from benchmarks.services import is_me, keeps_signing_in, rekey_service, settled
from benchmarks.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.figures import Figures
    from benchmarks.peer import Peer
    from benchmarks.services import Service
    from benchmarks.visitors import Answer, Script

PEERS = (FASTAPI_USERS_JWT, ALLAUTH, DIRECTUS)
ROUNDS = 5
IN_FLIGHT = 64
#: Reads of each kind in a round; with two hundred the second slowest is the one that counts.
CALLS = 200
PAUSE_SECONDS = 0.01
#: In which the sign-ins come to be spread over their queue.
LEAD_SECONDS = 1.0
LIMIT = 5.0
SLOWEST = MILLISECONDS._replace(meaning="milliseconds: the 99th percentile of {} rounds together")
IDLE, BEST = "÷ idle", "÷ best peer's"


class Reads(Measure):
    """Reads, the slowest hundredth of which counts; `all` are those of every round, in seconds."""

    def __init__(
        self, name: str, call: Callable[[], Took], before: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(name, call, 1, before)
        self.all: list[float] = []

    @property
    def figure(self) -> float:
        """What 99 of 100 are not slower than, in seconds."""
        return _slowest(self.all)


class Probe:
    """Two people who read, and those who sign in beside them.

    Args:
        service: that is asked.
        calls: how often each reads in a round.

    Attributes:
        refused: what sign-ins were answered that were no success.
        failed: how many reads were.
    """

    def __init__(self, service: Service, calls: int) -> None:
        self._service = service
        self._calls = calls
        self._token = ""
        self._last_new = Took(0)
        self.refused: list[Answer] = []
        self.failed = 0
        self.idle = Reads(f"{service.name}: idle", self._idle, self._settle)
        self.idle_new = Reads(f"{service.name}: idle, new connections", self._new)
        self.busy = Reads(f"{service.name}: busy", self._busy)
        self.busy_new = Reads(f"{service.name}: busy, new connections", self._new)

    @property
    def name(self) -> str:
        """The service's."""
        return self._service.name

    @property
    def measures(self) -> list[Reads]:
        """In the order in which they must run."""
        return [self.idle, self.idle_new, self.busy, self.busy_new]

    def _settle(self) -> None:
        self._token = settled(self._service)

    def _idle(self) -> Took:
        return self._read([], self.idle, self.idle_new)

    def _busy(self) -> Took:
        beside = [
            Visitor(
                self._service.port,
                keeps_signing_in(self._service, number, self.refused),
                self._service.source(number),
            )
            for number in range(min(IN_FLIGHT, self._calls))
        ]
        return self._read(beside, self.busy, self.busy_new)

    def _read(self, beside: list[Visitor], on_open: Reads, on_new: Reads) -> Took:
        kept, new = list[float](), list[float]()
        visitors = [
            Visitor(
                self._service.port,
                self._reads(took),
                pause=PAUSE_SECONDS,
                is_new=is_new,
            )
            for took, is_new in ((kept, False), (new, True))
        ]
        drove = drive(visitors, beside, limit=LIMIT, lead=LEAD_SECONDS if beside else 0)
        client = drove.client_seconds / drove.seconds
        for took, visitor in zip((kept, new), visitors, strict=True):
            if visitor in drove.waiting:
                took.append(drove.waiting[visitor])
        on_open.all += kept
        on_new.all += new
        self._last_new = _took(new, client)
        return _took(kept, client)

    def _reads(self, took: list[float]) -> Script:
        request = self._service.me(self._token)
        for _ in range(self._calls):
            answer = yield request
            took.append(answer.seconds if is_me(answer) else LIMIT)
            self.failed += not is_me(answer)

    def _new(self) -> Took:
        return self._last_new


def _took(reads: list[float], client: float) -> Took:
    high = _slowest(reads)
    return Took(high, client * high)


def _slowest(reads: list[float]) -> float:
    """What 99 of 100 are not slower than."""
    return sorted(reads)[math.ceil(0.99 * len(reads)) - 1]


def run(rounds: int = ROUNDS, calls: int = CALLS, peers: Sequence[Peer] = ()) -> Figures:
    """Measures in rounds and gives the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="rekey-benchmark-")))
        ours = stack.enter_context(rekey_service(folder, IN_FLIGHT))
        services, notes = open_peers(stack, peers, folder, alone=False)
        probes = [Probe(each, calls) for each in (ours, *services)]
        alternate([measure for probe in probes for measure in probe.measures], rounds)
        for each in (ours, *services):
            settled(each)  # else it would not end in time
    notes += [f"{each.name} refused {len(each.refused)} sign-ins." for each in probes if each.refused]
    notes += [f"{each.failed} reads of {each.name} failed." for each in probes if each.failed]
    title = f"`me` while {IN_FLIGHT} sign-ins are in flight: what 99 of 100 reads are not slower than"
    return show(title, SLOWEST, _rows(*probes), notes)


def _rows(ours: Probe, *others: Probe) -> list[tuple[Measure, dict[str, float | None]]]:
    best = min((each.busy.figure for each in others), default=None)
    best_new = min((each.busy_new.figure for each in others), default=None)
    rows = list[tuple[Measure, dict[str, float | None]]]()
    for probe in (ours, *others):
        kept = {IDLE: probe.busy.figure / probe.idle.figure}
        new = {IDLE: probe.busy_new.figure / probe.idle_new.figure}
        if probe is ours and best and best_new:
            kept[BEST] = probe.busy.figure / best
            new[BEST] = probe.busy_new.figure / best_new
        rows += [(probe.idle, {}), (probe.idle_new, {}), (probe.busy, {**kept}), (probe.busy_new, {**new})]
    return rows


if __name__ == "__main__":
    Console().print(run(peers=PEERS))

"""Who may hash, and who has to come again: the accounting of the hashing threads."""

import math
import threading
from collections import Counter
from typing import NamedTuple, Self

# Of a new measurement in the running mean. The wait that decides, of some seconds, is that of two hundred
# hashes: a mean of the last eight takes a stall for what all will cost (docs/performance.md).
_NEWEST_WEIGHT = 1 / 64


class Overload(NamedTuple):
    """The queue is too long; nothing was begun.

    Attributes:
        retry_after: Seconds until a place is expected to be granted.
    """

    retry_after: float


class HashQueue:
    """Counts the places that are taken, and knows how long one keeps a thread busy.

    Networks take turns, so that a network waits for as many places of another as it has itself, and one
    more: whoever has few waits little, however many another has.

    Args:
        workers: Hashing threads.
        max_wait: Seconds; who would wait longer is refused.
        cost: Seconds that one place keeps a thread busy, measured once before anybody comes.
    """

    def __init__(self, workers: int, max_wait: float, cost: float) -> None:
        self._workers = workers
        self._max_wait = max_wait
        self._cost = cost
        self._first = Counter[str]()
        self._others = Counter[str]()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """The places that are taken, waiting and hashing ones alike."""
        return self._first.total() + self._others.total()

    @property
    def cost(self) -> float:
        """Seconds that one place keeps a thread busy: a running mean."""
        return self._cost

    def reserve(self, network: str, *, first: bool = False) -> "Place | Overload":
        """Take a place at once, or say when to come again.

        Args:
            network: Whose turn it takes.
            first: It goes before those that do not, so that only such places lengthen its wait: however
                many strangers there are, it is not refused for them.
        """
        with self._lock:
            share = self._cost / self._workers  # seconds by which one place lengthens the wait
            ahead = _ahead(network, self._first)
            if not first:
                ahead = self._first.total() + _ahead(network, self._others)
            excess = ahead * share - self._max_wait
            if excess > 0:
                return Overload(retry_after=math.ceil(excess / share) * share)
            self._line(first=first)[network] += 1
        return Place(self, network, first=first)

    def go_first(self, network: str) -> None:
        """Count one of a network's places as one that goes first from now on."""
        with self._lock:
            _free(self._others, network)
            self._first[network] += 1

    def give_back(self, network: str, busy: float, *, first: bool = False) -> None:
        """Free a place that kept a thread busy for that many seconds; one that did not says nothing."""
        with self._lock:
            _free(self._line(first=first), network)
            if busy > 0:
                self._cost += _NEWEST_WEIGHT * (busy - self._cost)

    def _line(self, *, first: bool) -> Counter[str]:
        return self._first if first else self._others


def _ahead(network: str, line: Counter[str]) -> int:
    """Return how many places have their turn before a network's next one."""
    own = line[network]
    return sum(min(count, own + 1) for other, count in line.items() if other != network) + own


def _free(line: Counter[str], network: str) -> None:
    line[network] -= 1
    if not line[network]:
        del line[network]


class Place:
    """A reserved place; leaving its `with` block gives it back once its last job has ended.

    A request may be cancelled while its hash runs on. The thread is still busy then, and the place
    stays counted until it is not.
    """

    def __init__(self, queue: HashQueue, network: str, *, first: bool = False) -> None:
        self._queue = queue
        self._network = network
        self._first = first
        self._lock = threading.Lock()
        #: When its latest job began, on the engine's clock.
        self.began = 0.0
        self._jobs = 0
        self._busy = 0.0
        self._left = False

    @property
    def network(self) -> str:
        """Whose turns its jobs take."""
        return self._network

    @property
    def is_first(self) -> bool:
        """Whether its jobs go before those of other places."""
        return self._first

    def go_first(self) -> None:
        """Let its jobs from now on go before those of other places."""
        if not self._first:
            self._first = True
            self._queue.go_first(self._network)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        with self._lock:
            over = not self._left and not self._jobs
            self._left = True
        if over:
            self._queue.give_back(self._network, self._busy, first=self._first)

    def begin(self) -> None:
        """Count a job of this place.

        Raises:
            RuntimeError: The place was given back.
        """
        with self._lock:
            if self._left:
                message = "This place in the hashing queue was given back."
                raise RuntimeError(message)
            self._jobs += 1

    def end(self, busy: float) -> None:
        """Note that a job ended, and for how many seconds it kept a thread busy."""
        with self._lock:
            self._jobs -= 1
            self._busy += busy
            over = self._left and not self._jobs
        if over:
            self._queue.give_back(self._network, self._busy, first=self._first)

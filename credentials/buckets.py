"""How many attempts a network may make at once, by this process's memory, before anything is written."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

#: Attempts a second that a network may go on failing: about a fifth of what two threads hash at the default
#: parameters (two in 45 ms, docs/performance.md), so that no network keeps the others out.
RATE = 10.0
#: Attempts that a network may fail at once: a minute's worth, for an office that comes back from an outage.
BURST = 60 * RATE
#: Networks that are remembered: some megabytes. Who has more of them forgets the one that was quiet longest.
MOST_NETWORKS = 10_000


class _Level(NamedTuple):
    """How many tokens there were, and when."""

    tokens: float
    at: datetime


class Buckets:
    """A bucket of tokens for each network; it belongs to one thread, as an event loop does.

    A network that was not seen for a while has a full bucket, so that it need not be remembered. Who was
    right gives the token back: only failures empty a bucket.

    Args:
        rate: tokens a second that flow in.
        burst: tokens that a full bucket holds.
        most: buckets that are remembered.
    """

    def __init__(self, rate: float = RATE, burst: float = BURST, most: int = MOST_NETWORKS) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._levels: OrderedDict[str, _Level] = OrderedDict()

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._levels)

    def wait(self, network: str, now: datetime) -> float:
        """Seconds until there is a token; 0 where there is one. None is taken."""
        missing = 1 - self._tokens(network, now)
        return max(0.0, missing / self._rate)

    def take(self, network: str, now: datetime) -> float:
        """Takes a token: 0. Or takes none: the seconds until there is one."""
        if wait := self.wait(network, now):
            return wait
        self._fill(network, self._tokens(network, now) - 1, now)
        return 0.0

    def give_back(self, network: str, now: datetime) -> None:
        """Puts a token back."""
        self._fill(network, self._tokens(network, now) + 1, now)

    def _tokens(self, network: str, now: datetime) -> float:
        level = self._levels.get(network)
        if level is None:
            return self._burst
        # A clock that was set back brings no token, and takes none away.
        passed = max(0.0, (now - level.at).total_seconds())
        return min(self._burst, level.tokens + passed * self._rate)

    def _fill(self, network: str, tokens: float, now: datetime) -> None:
        if tokens >= self._burst:
            self._levels.pop(network, None)
            return
        self._levels[network] = _Level(tokens, now)
        self._levels.move_to_end(network)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)

"""How many streams one process carries, and how all of them are told that it ends."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Sockets and event streams of a process. One with a subscription was measured to take 35 KiB, so this is
#: some 170 MiB; more listeners are served by more processes (`--workers`).
MOST = 5_000
#: Sockets that have not said who they are. Each lasts five seconds at most, so a hundred let twenty sign in
#: each second; an address (or an IPv6 /64) has ten of them: the tabs that a browser opens again at once.
MOST_UNPROVEN = 100
MOST_UNPROVEN_OF_NETWORK = 10

FULL = 503
TOO_MANY = 429


def most_streams(descriptors: int | None = None) -> int:
    """What this process may carry.

    Half of its file descriptors (by default as the system tells) are left to requests and the database.
    """
    if descriptors is None:
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if descriptors == resource.RLIM_INFINITY else min(MOST, descriptors // 2)


class Place:
    """The place of one stream.

    It is kept, unless `rest` says that nothing is streamed and how it can be ended.

    Args:
        streams: where it counts.
        network: whose unproven sockets it belongs to; None where the caller need not be proven first.
    """

    def __init__(self, streams: Streams, network: str | None) -> None:
        self._streams = streams
        self._end: Callable[[], None] | None = None
        self.network = network

    def may_be_ended(self, end: Callable[[], None]) -> None:
        """From now on `end` may be called while it rests, by who needs the place; it rests."""
        self._end = end
        self.rest()

    def may_not_be_ended(self) -> None:
        """It is ending already."""
        self._end = None
        self.work()

    def work(self) -> None:
        """Something is streamed."""
        self._streams.idle.pop(self, None)

    def rest(self) -> None:
        """Nothing is streamed: since now, unless it was before."""
        if self._end is not None:
            self._streams.idle.setdefault(self, self._end)

    def proven(self) -> None:
        """From now on it counts among the known callers' streams."""
        if self.network is not None:
            self._streams.unproven.subtract([self.network])
            self._streams.unproven += Counter()  # forgets the networks that have none
            self.network = None

    def free(self) -> None:
        """Gives the place back; a second time changes nothing."""
        self.proven()
        self.may_not_be_ended()
        self._streams.places.discard(self)


class Streams:
    """The streams of one process.

    Args:
        most: how many there may be.

    Attributes:
        places: those that are taken.
        idle: how to end those of them that stream nothing, the longest idle first.
        unproven: by network, how many of them have not said who they are.
        stopping: set when the process drains: whoever streams over HTTP ends then.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.places: set[Place] = set()
        self.idle: dict[Place, Callable[[], None]] = {}
        self.unproven: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    @property
    def taken(self) -> int:
        """How many there are."""
        return len(self.places)

    def take(self, network: str | None = None) -> Place | int:
        """Takes a place, or gives the status of the refusal: 503 (full), 429 (too many of this network).

        Where there is none, the longest idle socket is ended for it; one that has not said who it is, where
        it is those that are too many.
        """
        if network is not None and self.unproven[network] >= MOST_UNPROVEN_OF_NETWORK:
            return TOO_MANY
        strangers = (place for place in self.idle if place.network is not None)
        if network is not None and self.unproven.total() >= MOST_UNPROVEN and not self._end(strangers):
            return FULL
        if self.taken >= self._most and not self._end(self.idle):
            return FULL
        place = Place(self, network)
        self.places.add(place)
        if network is not None:
            self.unproven[network] += 1
        return place

    def _end(self, idle: Iterable[Place]) -> bool:
        longest = next(iter(idle), None)
        if longest is None:
            return False
        end = self.idle[longest]
        longest.free()
        end()
        return True

"""How many streams one process carries, and how all of them are told that it ends."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter

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
    """The place of one stream, to be freed once.

    Args:
        streams: where it counts.
        network: whose unproven sockets it belongs to; None where the caller need not be proven first.
    """

    def __init__(self, streams: Streams, network: str | None) -> None:
        self._streams = streams
        self._network = network

    def proven(self) -> None:
        """From now on it counts among the known callers' streams."""
        if self._network is not None:
            self._streams.unproven.subtract([self._network])
            self._streams.unproven += Counter()  # forgets the networks that have none
            self._network = None

    def free(self) -> None:
        """Gives the place back."""
        self.proven()
        self._streams.taken -= 1


class Streams:
    """The streams of one process.

    Args:
        most: how many there may be.

    Attributes:
        taken: how many there are.
        unproven: by network, how many of them have not said who they are.
        stopping: set when the process drains: whoever streams over HTTP ends then.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.taken = 0
        self.unproven: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    def take(self, network: str | None = None) -> Place | int:
        """Takes a place, or gives the status of the refusal: 503 (full), 429 (too many of this network)."""
        if self.taken >= self._most:
            return FULL
        if network is not None:
            if self.unproven[network] >= MOST_UNPROVEN_OF_NETWORK:
                return TOO_MANY
            if self.unproven.total() >= MOST_UNPROVEN:
                return FULL
            self.unproven[network] += 1
        self.taken += 1
        return Place(self, network)

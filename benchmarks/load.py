"""Many clients at once that cost next to nothing: one thread and one selector for all of them."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.visitors import Answer, Visitor


class Drove(NamedTuple):
    """What driving took.

    Attributes:
        seconds: from the first request to the last answer.
        client_seconds: how much of that the clients kept all the machine's cores busy.
        waiting: whose answer had not come when the time was over, and how long they had waited, in seconds.
    """

    seconds: float
    client_seconds: float
    waiting: dict[Visitor, float]


def drive(
    visitors: Sequence[Visitor], beside: Sequence[Visitor] = (), *, limit: float, lead: float = 0.0
) -> Drove:
    """Lets all go on at once until every script of `visitors` has ended, or `limit` seconds are over.

    Those `beside` them begin `lead` seconds before, and go on for as long. Then whoever is still under way
    hangs up.

    Raises:
        ConnectionError: a server refused or closed a connection.
    """
    own, start = time.process_time(), time.perf_counter()
    crowd = _Crowd(visitors)
    try:
        for each in beside:
            crowd.go_on(each, None)
        while time.perf_counter() < start + lead:
            crowd.turn(start + lead)
        for each in visitors:
            crowd.go_on(each, None)
        over = start + lead + limit
        while crowd.leading and time.perf_counter() < over:
            crowd.turn(over)
        end = time.perf_counter()
    finally:
        crowd.close()
        for each in (*visitors, *beside):
            each.hang_up()
    waiting = {each: end - each.begun for each in crowd.leading if each.begun}
    return Drove(end - start, (time.process_time() - own) / (os.cpu_count() or 1), waiting)


class _Crowd:
    """Visitors under way; `leading` are those that have not ended."""

    def __init__(self, leading: Sequence[Visitor]) -> None:
        self.leading = set(leading)
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Visitor]] = []
        self._numbers = itertools.count()

    def close(self) -> None:
        self._selector.close()

    def go_on(self, visitor: Visitor, answer: Answer | None) -> None:
        """Gives a script its answer; what it asks next is sent after the pause."""
        if not visitor.think(answer):
            self._hang_up(visitor)
            self.leading.discard(visitor)
        elif visitor.pause:
            due = (time.perf_counter() + visitor.pause, next(self._numbers), visitor)
            heapq.heappush(self._due, due)
        else:
            self._ask(visitor)

    def turn(self, end: float) -> None:
        """Waits for whatever comes next, until `end` at most, and does it."""
        until = min(end, self._due[0][0]) if self._due else end
        for key, events in self._selector.select(max(0.0, until - time.perf_counter())):
            visitor: Visitor = key.data
            if visitor.connection is None:
                continue
            if events & selectors.EVENT_WRITE:
                visitor.connected(visitor.connection)
                self._selector.modify(visitor.connection, selectors.EVENT_READ, visitor)
            elif (answer := visitor.receive(visitor.connection)) is not None:
                if visitor.is_new:
                    self._hang_up(visitor)
                self.go_on(visitor, answer)
        while self._due and self._due[0][0] <= time.perf_counter():
            self._ask(heapq.heappop(self._due)[2])

    def _ask(self, visitor: Visitor) -> None:
        if opened := visitor.ask():
            self._selector.register(opened, selectors.EVENT_WRITE, visitor)

    def _hang_up(self, visitor: Visitor) -> None:
        if visitor.connection is not None:
            self._selector.unregister(visitor.connection)
            visitor.hang_up()

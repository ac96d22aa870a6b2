"""The feed: wakes whoever follows events in this process, and ends those who may not follow any more."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import structlog

from resolvers.follower import Follower, alive, id_of
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from credentials.chance import Chance
    from resolvers.follower import Asker
    from store.unit_of_work import Store, Unit

#: How soon events that another process sealed are seen.
LOOK_SECONDS = 0.25
#: How often it is asked who may still follow: twice within the second in which a stream has to end.
CHECK_SECONDS = 0.5
#: How long streams go on while nobody can say whether they may: the contract's figure.
PATIENCE_SECONDS = 5.0
#: Events that one look reads; where there are more, the next follows at once.
EVENTS_AT_ONCE = 500

_log = structlog.get_logger()


class _Seen(NamedTuple):
    position: int
    users: set[str | None]
    is_full: bool
    alive: set[str]


class Feed:
    """Knows who follows in this process. While nobody does, it reads nothing.

    Args:
        store: where events and sessions lie.
        chance: the clock of tokens and sessions.
        patience: seconds for which streams go on while the database cannot be read.
    """

    def __init__(self, store: Store, chance: Chance, patience: float = PATIENCE_SECONDS) -> None:
        self._store = store
        self._chance = chance
        self._patience = patience
        # By the user whose events they follow; None: everybody's.
        self._followers: dict[str | None, set[Follower]] = {}
        self._somebody = asyncio.Event()
        self._is_running = False
        self._is_stopping = False
        self._position: int | None = None
        self._read_at = 0.0
        self._check_at = 0.0

    @contextmanager
    def follow(self, caller: Asker, user_id: str | None) -> Iterator[Follower]:
        """Registers a stream of one user's events, or of everybody's, for as long as the block lasts."""
        follower = Follower(caller, self._chance)
        if not self._is_running:
            follower.blind()  # nobody would end it when its session does
        among = self._followers.setdefault(user_id, set())
        among.add(follower)
        self._somebody.set()
        try:
            yield follower
        finally:
            among.discard(follower)
            if not among:
                del self._followers[user_id]

    async def run(self) -> None:
        """Works until `stop`; then, or where it fails, every stream ends."""
        self._is_running = True
        try:
            while not self._is_stopping:
                await self._somebody.wait()
                await self._watch()
                self._somebody.clear()
        finally:
            self._is_running = False
            self._blind()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._is_stopping = True
        self._somebody.set()
        self._store.events_sealed.set()

    async def _watch(self) -> None:
        """Looks again and again, for as long as somebody follows."""
        self._position = None
        self._read_at = self._check_at = asyncio.get_running_loop().time()
        fails = False
        while self._followers and not self._is_stopping:
            self._store.events_sealed.clear()
            is_full = False
            try:
                async with asyncio.timeout_at(self._read_at + self._patience):
                    is_full = await self._look()
            except (StoreUnavailable, TimeoutError) as fault:
                if not fails:
                    _log.warning("feed.waits", reason=str(fault) or "the database takes too long")
                fails = True
                self._lose_patience()
            else:
                if fails:
                    _log.info("feed.goes_on")
                fails = False
            if not is_full:
                await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._store.events_sealed.wait(), LOOK_SECONDS)

    async def _look(self) -> bool:
        """Reads what is new and, when it is time, who is alive; True: there may be more events."""
        began = asyncio.get_running_loop().time()
        asked = [*chain(*self._followers.values())] if began >= self._check_at else []
        callers = [follower.caller for follower in asked]
        seen = await self._store.read(_see, self._position, callers, self._chance.now())
        self._read_at = began
        if asked:
            self._check_at = began + CHECK_SECONDS
        for follower in asked:
            if id_of(follower.caller) not in seen.alive:
                follower.revoke()
            elif follower.is_expired:
                follower.wake()
        self._wake(None if self._position is None else seen.users)
        self._position = seen.position
        return seen.is_full

    def _wake(self, users: set[str | None] | None) -> None:
        """Wakes those whom events about these users concern; None: nobody knows, so all."""
        if users is None:
            users = set(self._followers)
        elif users:
            users = {*users, None}
        for follower in chain(*(self._followers.get(user, ()) for user in users)):
            follower.wake()

    def _lose_patience(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._read_at + self._patience:
            self._blind()
            self._read_at = now  # for whoever comes now, and was let in by a read

    def _blind(self) -> None:
        for follower in chain(*self._followers.values()):
            follower.blind()


def _see(unit: Unit, position: int | None, callers: Sequence[Asker], now: datetime) -> _Seen:
    if position is None:
        return _Seen(unit.events.last_position(), set(), is_full=False, alive=alive(unit, callers, now))
    events = unit.events.after(position, EVENTS_AT_ONCE)
    return _Seen(
        events[-1][0] if events else position,
        {event.user_id for _, event in events},
        is_full=len(events) == EVENTS_AT_ONCE,
        alive=alive(unit, callers, now),
    )

"""Who follows events: one stream, when it has to look, and when it has to end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from resolvers.outcomes import Unauthenticated
from resolvers.services import KeyCaller, SessionCaller
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.chance import Chance
    from store.unit_of_work import Unit

#: Sessions or keys that one statement asks about: far fewer than the values that a database takes in one.
ASKED_AT_ONCE = 1000

Asker: TypeAlias = SessionCaller | KeyCaller


@dataclass(frozen=True, slots=True)
class SessionRevoked:
    """The session or the key that a stream was opened with is dead: the stream's last word."""


Ending: TypeAlias = SessionRevoked | Unauthenticated


class Follower:
    """One stream.

    Args:
        caller: who opened it.
        chance: the clock by which the caller's token expires.
    """

    def __init__(self, caller: Asker, chance: Chance) -> None:
        self.caller = caller
        self._chance = chance
        self._news = asyncio.Event()
        self._is_revoked = False
        self._is_blind = False

    @property
    def is_expired(self) -> bool:
        """Whether the caller's token is over."""
        return self.caller.expires_at <= self._chance.now()

    @property
    def ending(self) -> Ending | None:
        """Why the stream has to end now; None: it goes on.

        Raises:
            StoreUnavailable: for too long nobody could say whether it may.
        """
        if self._is_revoked:
            return SessionRevoked()
        if self._is_blind:
            message = "whether a stream may go on could not be checked"
            raise StoreUnavailable(message)
        return Unauthenticated() if self.is_expired else None

    async def news(self) -> None:
        """Waits until there may be an event to read, or the stream has to end."""
        await self._news.wait()
        self._news.clear()

    def wake(self) -> None:
        """There may be an event to read, or the token is over."""
        self._news.set()

    def revoke(self) -> None:
        """Ends the stream: its caller is dead. A key that expired is so too, and is not called revoked."""
        self._is_revoked = not self.is_expired
        self.wake()

    def blind(self) -> None:
        """Ends the stream: nobody can say whether its caller is alive."""
        self._is_blind = True
        self.wake()


def id_of(caller: Asker) -> str:
    """The id of the caller's session or key."""
    return caller.session.id if isinstance(caller, SessionCaller) else caller.key.id


def alive(unit: Unit, callers: Sequence[Asker], now: datetime) -> set[str]:
    """The ids of the sessions and keys that still speak for their callers: what a new request would find."""
    sessions = {caller.session.id for caller in callers if isinstance(caller, SessionCaller)}
    keys = {caller.key.id for caller in callers if isinstance(caller, KeyCaller)}
    found: set[str] = set()
    for ids in _portions(sorted(sessions)):
        found |= unit.sessions.alive(ids, now)
    for ids in _portions(sorted(keys)):
        found |= unit.api_keys.alive(ids, now)
    return found


def _portions(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + ASKED_AT_ONCE] for start in range(0, len(ids), ASKED_AT_ONCE)]

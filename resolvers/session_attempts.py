"""Attempts on the old password by who is signed in: counted by session, so that nobody else's touch them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials import attempt_keys
from credentials.hashing import Overload
from credentials.model import EventKind
from resolvers.audit import record
from resolvers.counting import longest, owner_key, too_many
from resolvers.outcomes import Overloaded, TooManyAttempts
from store.attempts import Level

if TYPE_CHECKING:
    from credentials.hash_queue import Place
    from credentials.model import User
    from resolvers.services import Origin, Services, SessionCaller
    from store.unit_of_work import Unit

#: Wrong old passwords that end a session: the contract's figure. Whoever has the session has no more guesses.
WRONG_IN_A_SESSION = 10

_DOOR = "change"


@dataclass(frozen=True, slots=True)
class SessionAttempt:
    """A signed-in user's attempt. It waits as a name's does; no bucket holds it back: it is one of ten."""

    services: Services
    origin: Origin
    caller: SessionCaller

    async def take_place(self) -> Place | Overloaded:
        """A place in the hashing queue that goes first: the caller is known."""
        place = self.services.hashing.reserve(self.origin.site, first=True)
        return Overloaded(place.retry_after) if isinstance(place, Overload) else place

    async def enter(self) -> TooManyAttempts | None:
        """Refuses a session that waits by a read alone."""
        levels, now = [self._level], self.services.chance.now()
        return longest(await self.services.store.glance(lambda unit: unit.attempts.waits(levels, now)), now)

    def leave(self) -> None:
        """Nothing was taken."""

    def find(self, unit: Unit) -> User | None:
        """The caller, as they were read with their session."""
        del unit
        return self.caller.user

    def has_ended(self, unit: Unit) -> bool:
        """Whether the session alone was ended while hashes were waited for: that turns no epoch."""
        found = unit.sessions.with_user(self.caller.session.id)
        return found is not None and found[0].ended_at is not None and found[0].epoch == found[1].epoch

    def count(self, unit: Unit, user: User | None) -> CountedSession | TooManyAttempts:
        """Counts the attempt as failed."""
        now = self.services.chance.now()
        subject = attempt_keys.subject_key(self.services.digests, self.caller.user.id)
        if until := unit.attempts.reserve(self._level, now, subject):
            return too_many(until, now)
        total_key = owner_key(self.services, f"{_DOOR} total", self.caller.session.id)
        wrong = unit.attempts.add(total_key, now, self.services.rules.session_ttl)
        return CountedSession(self, user, wrong, [self._level.key, total_key])

    @property
    def _level(self) -> Level:
        return Level(owner_key(self.services, _DOOR, self.caller.session.id))


@dataclass(frozen=True, slots=True)
class CountedSession:
    """An attempt that stands as failed until it is settled; `wrong` are this session's with this one."""

    attempt: SessionAttempt
    user: User | None
    wrong: int
    keys: list[bytes]

    @property
    def is_barred(self) -> bool:
        """A live session is never touched by what others do to its user's name."""
        return False

    def overtake(self, place: Place) -> None:
        """It goes first already."""

    def fail(self, unit: Unit) -> None:
        """Leaves it counted; the tenth wrong one ends the session."""
        services, caller = self.attempt.services, self.attempt.caller
        now = services.chance.now()
        if self.wrong >= WRONG_IN_A_SESSION and unit.sessions.end(caller.session.id, caller.user.id, now):
            kind, origin = EventKind.SESSION_REVOKED, self.attempt.origin
            record(unit, services, origin, kind, now=now, actor=caller.actor, user_id=caller.user.id)

    def take_back(self, unit: Unit) -> None:
        """Takes back an attempt that was right but came to nothing."""
        unit.attempts.give_back(self.keys)

    def succeed(self, unit: Unit, user: User) -> None:
        """Forgets the session's counts, which ends now, and the user's failures in a row."""
        in_a_row = owner_key(self.attempt.services, attempt_keys.PASSWORD, user.id)
        unit.attempts.clear([*self.keys, in_a_row])

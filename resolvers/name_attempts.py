"""Attempts on what a name stands for: counted by name and network, by network, and in a row by user.

An attempt is one of several counts, all of which are made before a hash is computed:

- of what was typed, from this network; for IPv6 from its /64, and again from the /48 around it;
- of the names on which this network fails within an hour, which few guesses at each of many names would fill;
- of passwords that failed in a row for one user, from networks that never signed them in.

A network that signed the user in of late keeps its own count: what others do to the name, in the /48 or
anywhere else, does not touch it. Whether a network as a whole waits does not depend on the name, so that
nobody learns from it which names are known there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials import attempt_keys
from credentials.attempt_keys import PASSWORD, known_digests
from credentials.hashing import Overload
from credentials.login_names import fold
from resolvers.counted_name import CountedName
from resolvers.counting import DAY, SITE, enter_bucket, leave_bucket, longest, owner_key, too_many
from resolvers.outcomes import Overloaded, TooManyAttempts
from store.attempts import Level

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.hash_queue import Place
    from credentials.model import User
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: How far back failures are in a row; guesses that are rarer find nothing.
YEAR = timedelta(days=365)
#: How many networks' worth of failures nobody comes to within a day.
NEVER = 10**6


@dataclass(frozen=True, slots=True)
class NameAttempt:
    """A name that was typed at a door, and where it is counted, this network's level first."""

    services: Services
    origin: Origin
    door: str
    typed: str
    now: datetime
    levels: tuple[Level, ...]

    async def take_place(self) -> Place | Overloaded:
        """A place in the hashing queue; where strangers fill it, one that goes first for who is known."""
        place = self.services.hashing.reserve(self.origin.site)
        # With an empty bucket it would come to nothing: the database is not asked.
        is_welcome = self.services.buckets.wait(self.origin.site, self.now) == 0
        if isinstance(place, Overload) and is_welcome and await self.services.store.read(self._is_known_name):
            place = self.services.hashing.reserve(self.origin.site, first=True)
        return Overloaded(place.retry_after) if isinstance(place, Overload) else place

    async def enter(self) -> TooManyAttempts | None:
        """Refuses a name or a network that waits by reads alone, then takes from the network's bucket."""
        waits = await self.services.store.glance(lambda unit: unit.attempts.waits(self.levels, self.now))
        refusal = longest(waits, self.now)
        # The wait that the /48 around brought on itself is not for who is known.
        if refusal and (waits[0] or not await self.services.store.read(self._is_known_name)):
            return refusal
        return enter_bucket(self.services, self.origin, self.now)

    def leave(self) -> None:
        """Gives the token back to the network's bucket, for who was right."""
        leave_bucket(self.services, self.origin)

    def find(self, unit: Unit) -> User | None:
        """Whose name it is."""
        return unit.users.by_login(self.typed)

    def count(self, unit: Unit, user: User | None) -> CountedName | TooManyAttempts:
        """Counts the attempt as failed, whoever's name it is; the same statements for everyone."""
        digests = self._digests(user)
        is_known = self._is_known(unit, user, digests)
        unshared = self._unshared("" if user is None else user.id)
        levels = unshared if is_known else self.levels
        for level in levels:
            if until := unit.attempts.reserve_name(level, self.now):
                return too_many(until, self.now)
        levels = tuple(sorted(levels))
        if refusal := self._reserve(unit, levels):
            return refusal
        row_key, window = self._row(user, is_known=is_known)
        in_a_row = unit.attempts.add(row_key, self.now, window)
        return CountedName(
            self.services,
            self.now,
            user,
            self.levels[0],
            levels,
            is_known,
            in_a_row,
            row_key,
            digests[0],
        )

    def _unshared(self, user_id: str) -> tuple[Level, ...]:
        """This network's level; in place of the /48 around it one that holds nobody back: the same work."""
        whose = f"{user_id} {self.origin.network}"
        keys = [owner_key(self.services, f"known {self.door} {part}", whose) for part in ("site", "names")]
        return self.levels[:1] + (Level(keys[0], keys[1], NEVER),) * (len(self.levels) - 1)

    def _reserve(self, unit: Unit, levels: tuple[Level, ...]) -> TooManyAttempts | None:
        subject = attempt_keys.subject_key(self.services.digests, self.typed)
        reserved = list[bytes]()
        for level in levels:
            if until := unit.attempts.reserve(level, self.now, subject):
                unit.attempts.give_back(reserved)
                return too_many(until, self.now)
            reserved.append(level.key)
        return None

    def _row(self, user: User | None, *, is_known: bool) -> tuple[bytes, timedelta]:
        # Failures that lock nobody are counted too, for the same work.
        if user is None or self.door != PASSWORD:
            return owner_key(self.services, f"nobody {self.door}", fold(self.typed)), DAY
        if is_known:
            return owner_key(self.services, f"known {self.door}", f"{user.id} {self.origin.network}"), DAY
        return owner_key(self.services, self.door, user.id), YEAR

    def _is_known_name(self, unit: Unit) -> bool:
        user = self.find(unit)
        return self._is_known(unit, user, self._digests(user))

    def _is_known(self, unit: Unit, user: User | None, digests: list[bytes]) -> bool:
        return unit.known_networks.has("" if user is None else user.id, digests, self.now)

    def _digests(self, user: User | None) -> list[bytes]:
        user_id = "" if user is None else user.id
        return known_digests(self.services.digests, user_id, self.origin.network)


def attempt_at(services: Services, origin: Origin, door: str, typed: str) -> NameAttempt:
    """An attempt of which nothing is counted yet."""
    levels = tuple(
        Level(
            attempt_keys.typed_key(services.digests, network, door, typed),
            attempt_keys.network_key(services.digests, network, door),
            times,
        )
        for network, times in zip(origin.networks, (1, SITE), strict=False)
    )
    return NameAttempt(services, origin, door, typed, services.chance.now(), levels)

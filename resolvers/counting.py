"""Attempts are counted before anything is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from credentials import attempt_keys
from resolvers.outcomes import TooManyAttempts
from store.attempts import Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import User
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: A count of a day, as the contract's bounds on codes are.
DAY = timedelta(days=1)
#: How many networks' worth of failures an IPv6 /48 has: it is one site's, of several networks.
SITE = 4


def typed_key(services: Services, origin: Origin, door: str, typed: str) -> bytes:
    """The count of one name or secret from this network, at one door."""
    return attempt_keys.typed_key(services.digests, origin.network, door, typed)


def network_key(services: Services, origin: Origin, door: str) -> bytes:
    """The count of this network at one door, whatever was typed."""
    return attempt_keys.network_key(services.digests, origin.network, door)


def network_limits(services: Services, origin: Origin, door: str, limit: int) -> list[tuple[bytes, int]]:
    """The counts of this network, and of the /48 around it where there is one, with their limits."""
    keys = [attempt_keys.network_key(services.digests, network, door) for network in origin.networks]
    return list(zip(keys, (limit, SITE * limit), strict=False))


def owner_key(services: Services, door: str, owner: str) -> bytes:
    """The count of one user, system, session, address or the whole service at one door."""
    return attempt_keys.owner_key(services.digests, door, owner)


async def enter(services: Services, origin: Origin, *keys: bytes) -> TooManyAttempts | None:
    """Refuses a count that waits by a read alone, then takes from the network's bucket.

    Only who passes here may count, which writes.
    """
    now = services.chance.now()
    levels = [Level(key) for key in keys]
    waits = await services.store.glance(lambda unit: unit.attempts.waits(levels, now))
    return longest(waits, now) or enter_bucket(services, origin, now)


def enter_bucket(services: Services, origin: Origin, now: datetime) -> TooManyAttempts | None:
    """Takes from the network's bucket in this process: an IPv4 address's, or an IPv6 /48's."""
    wait = services.buckets.take(origin.site, now)
    return TooManyAttempts(wait) if wait else None


def leave_bucket(services: Services, origin: Origin) -> None:
    """Gives back what was taken from the network's bucket by who was right."""
    services.buckets.give_back(origin.site, services.chance.now())


def reserve(
    unit: Unit, services: Services, now: datetime, key: bytes, typed: str | None = None
) -> TooManyAttempts | None:
    """Counts an attempt as failed before anything is looked at, or says how long to wait."""
    subject = None if typed is None else attempt_keys.subject_key(services.digests, typed)
    until = unit.attempts.reserve(Level(key), now, subject)
    return None if until is None else too_many(until, now)


def longest(waits: Sequence[datetime | None], now: datetime) -> TooManyAttempts | None:
    """The refusal of the count that waits longest, if one does."""
    until = max((each for each in waits if each is not None), default=None)
    return None if until is None else too_many(until, now)


def too_many(until: datetime, now: datetime) -> TooManyAttempts:
    """The refusal of a count that is full until then."""
    return TooManyAttempts((until - now).total_seconds())


def forget_failures(unit: Unit, services: Services, user: User) -> None:
    """Ends every network's count for this user's names, and theirs in a row: a reset lets its owner in."""
    names = (user.username, user.email_address, user.id)
    unit.attempts.clear_subjects([attempt_keys.subject_key(services.digests, name) for name in names])
    unit.attempts.clear([owner_key(services, attempt_keys.PASSWORD, user.id)])

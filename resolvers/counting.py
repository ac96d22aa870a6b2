"""Attempts are counted before anything is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from credentials import attempt_keys
from resolvers.outcomes import TooManyAttempts

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import User
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: A count of a day, as the contract's bounds on codes are.
DAY = timedelta(days=1)


def typed_key(services: Services, origin: Origin, door: str, typed: str) -> bytes:
    """The count of one name or secret from this network, at one door."""
    return attempt_keys.typed_key(services.digests, origin.network, door, typed)


def network_key(services: Services, origin: Origin, door: str) -> bytes:
    """The count of this network at one door, whatever was typed."""
    return attempt_keys.network_key(services.digests, origin.network, door)


def owner_key(services: Services, door: str, owner: str) -> bytes:
    """The count of one user, system, address or the whole service at one door."""
    return attempt_keys.owner_key(services.digests, door, owner)


def reserve(
    unit: Unit, services: Services, now: datetime, key: bytes, typed: str | None = None
) -> TooManyAttempts | None:
    """Counts an attempt as failed before anything is looked at, or says how long to wait."""
    subject = None if typed is None else attempt_keys.subject_key(services.digests, typed)
    until = unit.attempts.reserve(key, now, subject)
    return None if until is None else too_many(until, now)


def too_many(until: datetime, now: datetime) -> TooManyAttempts:
    """The refusal of a count that is full until then."""
    return TooManyAttempts((until - now).total_seconds())


def forget_failures(unit: Unit, services: Services, user: User) -> None:
    """Ends every network's count for this user's names: a reset always lets its owner in."""
    names = (user.username, user.email_address, user.id)
    unit.attempts.clear_subjects([attempt_keys.subject_key(services.digests, name) for name in names])

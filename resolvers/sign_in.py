"""Sign in by username or e-mail address: the same work and the same refusal for everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.hashing import Overload
from credentials.model import EventKind
from resolvers.audit import record
from resolvers.counting import reserve, typed_key
from resolvers.outcomes import (
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordExpired,
    TooManyAttempts,
)
from resolvers.sessions import SignedIn, new_session, tokens
from resolvers.shape import faults, old_password, refused, text_fault

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.hashing import Verifier
    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

Refused = InvalidCredentials | PasswordExpired | TooManyAttempts | Overloaded | InvalidInput


@dataclass(frozen=True, slots=True)
class _Try:
    """One attempt: where from, under which count, when."""

    services: Services
    origin: Origin
    key: bytes
    now: datetime


async def sign_in(services: Services, origin: Origin, login: str, password: Secret) -> SignedIn | Refused:
    """Opens a session for who knows the password."""
    if wrong := refused(faults(text_fault("login", login))):
        return wrong
    opened = old_password("password", password)
    if isinstance(opened, InvalidInput):
        return opened
    place = services.hashing.reserve()
    if isinstance(place, Overload):
        return Overloaded(place.retry_after)
    with place:
        attempt = _Try(
            services, origin, typed_key(services, origin, "password", login), services.chance.now()
        )
        found = await services.store.write(_count_and_find, attempt, login)
        if isinstance(found, TooManyAttempts):
            return found
        usable = found if found is not None and can_sign_in(found, attempt.now) else None
        right = await services.hashing.prove(place, usable.verifier if usable else None, opened)
        if usable is None or not right:
            return await services.store.write(_fail, attempt, found)
        fresh = None
        if usable.verifier is not None and services.hashing.is_stale(usable.verifier):
            fresh = await services.hashing.seal(place, opened)
    return await services.store.write(_begin, attempt, usable, fresh)


def can_sign_in(user: User, now: datetime) -> bool:
    """Whether a right password of this user says anything at all.

    A disabled user's, an externally managed one's and a dead temporary password prove nothing.
    """
    if user.is_disabled or user.is_external or user.password is None:
        return False
    return not (user.password.is_temporary and user.password.is_expired(now))


def _count_and_find(unit: Unit, attempt: _Try, login: str) -> User | TooManyAttempts | None:
    refusal = reserve(unit, attempt.services, attempt.now, attempt.key, login)
    return unit.users.by_login(login) if refusal is None else refusal


def _fail(unit: Unit, attempt: _Try, user: User | None) -> InvalidCredentials:
    record(
        unit,
        attempt.services,
        attempt.origin,
        EventKind.SIGN_IN_FAILED,
        now=attempt.now,
        code="INVALID_CREDENTIALS",
        user_id=None if user is None else user.id,
    )
    return InvalidCredentials()


def _begin(unit: Unit, attempt: _Try, user: User, fresh: Verifier | None) -> SignedIn | Refused:
    services, now = attempt.services, attempt.now
    if user.password is not None and (user.password.is_temporary or user.password.is_expired(now)):
        unit.attempts.give_back([attempt.key])
        _note(unit, attempt, user, "PASSWORD_EXPIRED")
        expired_at = user.password.expires_at if user.password.is_expired(now) else None
        return PasswordExpired(expired_at, user.password.is_temporary)
    session = new_session(services, attempt.origin, user, now)
    if not unit.sessions.begin(session):
        unit.attempts.give_back([attempt.key])
        _note(unit, attempt, user, "INVALID_CREDENTIALS")
        return InvalidCredentials()
    unit.attempts.clear([attempt.key])
    if fresh is not None:
        unit.verifiers.rehash(user, fresh)
    _note(unit, attempt, user, None)
    return tokens(services, session, user)


def _note(unit: Unit, attempt: _Try, user: User, code: str | None) -> None:
    record(
        unit,
        attempt.services,
        attempt.origin,
        EventKind.SIGNED_IN if code is None else EventKind.SIGN_IN_FAILED,
        now=attempt.now,
        actor=f"user:{user.id}",
        code=code,
        user_id=user.id,
    )

"""Sign in by username or e-mail address: the same work and the same refusal for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.attempt_keys import PASSWORD
from credentials.model import EventKind
from resolvers.audit import record
from resolvers.name_attempts import attempt_at
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

    from credentials.hash_queue import Place
    from credentials.hashing import Verifier
    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.counted_name import CountedName
    from resolvers.name_attempts import NameAttempt
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

Refused = InvalidCredentials | PasswordExpired | TooManyAttempts | Overloaded | InvalidInput


async def sign_in(services: Services, origin: Origin, login: str, password: Secret) -> SignedIn | Refused:
    """Opens a session for who knows the password."""
    if wrong := refused(faults(text_fault("login", login))):
        return wrong
    opened = old_password("password", password)
    if isinstance(opened, InvalidInput):
        return opened
    attempt = attempt_at(services, origin, PASSWORD, login)
    place = await attempt.take_place()
    if isinstance(place, Overloaded):
        return place
    with place:
        proven = await attempt.enter() or await _prove(attempt, place, opened)
    if isinstance(proven, InvalidCredentials):
        await services.deadline.keep(place)
    if not isinstance(proven, tuple):
        return proven
    attempt.leave()
    return await services.store.write(_begin, *proven)


async def _prove(
    attempt: NameAttempt, place: Place, opened: Secret
) -> tuple[NameAttempt, CountedName, User, Verifier | None] | TooManyAttempts | InvalidCredentials:
    services = attempt.services
    counted = await services.store.write(_count_and_find, attempt)
    if isinstance(counted, TooManyAttempts):
        return counted
    counted.overtake(place)
    user = counted.user
    usable = user if user is not None and can_sign_in(user, attempt.now) and not counted.is_barred else None
    right = await services.hashing.prove(place, usable.verifier if usable else None, opened)
    if usable is None or not right:
        return await services.store.write(_fail, attempt, counted)
    fresh = None
    if usable.verifier is not None and services.hashing.is_stale(usable.verifier):
        fresh = await services.hashing.seal(place, opened)
    return attempt, counted, usable, fresh


def can_sign_in(user: User, now: datetime) -> bool:
    """Whether a right password of this user says anything at all.

    A disabled user's, an externally managed one's and a dead temporary password prove nothing.
    """
    if user.is_disabled or user.is_external or user.password is None:
        return False
    return not (user.password.is_temporary and user.password.is_expired(now))


def _count_and_find(unit: Unit, attempt: NameAttempt) -> CountedName | TooManyAttempts:
    return attempt.count(unit, attempt.find(unit))


def _fail(unit: Unit, attempt: NameAttempt, counted: CountedName) -> InvalidCredentials:
    counted.fail(unit)
    _note(unit, attempt, counted.user, "anonymous", "INVALID_CREDENTIALS")
    return InvalidCredentials()


def _begin(
    unit: Unit, attempt: NameAttempt, counted: CountedName, user: User, fresh: Verifier | None
) -> SignedIn | Refused:
    services, now, actor = attempt.services, attempt.now, f"user:{user.id}"
    if user.password is not None and (user.password.is_temporary or user.password.is_expired(now)):
        counted.take_back(unit)
        _note(unit, attempt, user, actor, "PASSWORD_EXPIRED")
        expired_at = user.password.expires_at if user.password.is_expired(now) else None
        return PasswordExpired(expired_at, user.password.is_temporary)
    if fresh is not None:
        # Before the session, which shares the user's row: two that share it could not both write it after.
        unit.verifiers.rehash(user, fresh)
    session = new_session(services, attempt.origin, user, now)
    if not unit.sessions.begin(session):
        counted.take_back(unit)
        _note(unit, attempt, user, actor, "INVALID_CREDENTIALS")
        return InvalidCredentials()
    counted.succeed(unit, user)
    counted.know(unit, user)
    _note(unit, attempt, user, actor, None)
    return tokens(services, session, user)


def _note(unit: Unit, attempt: NameAttempt, user: User | None, actor: str, code: str | None) -> None:
    record(
        unit,
        attempt.services,
        attempt.origin,
        EventKind.SIGNED_IN if code is None else EventKind.SIGN_IN_FAILED,
        now=attempt.now,
        actor=actor,
        code=code,
        user_id=None if user is None else user.id,
    )

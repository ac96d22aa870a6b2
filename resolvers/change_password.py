"""Change a password with the old one: by its signed-in owner, or where it opens no session any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from credentials.attempt_keys import PASSWORD
from credentials.kinds import LetterName
from credentials.model import EventKind
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.counted_name import CountedName
from resolvers.name_attempts import NameAttempt, attempt_at
from resolvers.outbox import letter
from resolvers.outcomes import (
    Conflict,
    ExternallyManaged,
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
    Unauthenticated,
)
from resolvers.replacing import against_user, seal_new, swap, too_guessable
from resolvers.session_attempts import CountedSession, SessionAttempt
from resolvers.shape import faults, new_password, old_password, refused, text_fault
from resolvers.sign_in import can_sign_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.hash_queue import Place
    from credentials.model import Effect, User
    from credentials.secret import Secret
    from resolvers.replacing import Replacement
    from resolvers.services import Origin, Services, SessionCaller
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The password is another one, and everything that was open has ended."""

    user: User
    revoked_sessions: int
    effects: Sequence[Effect]


Refused = (
    InvalidCredentials
    | PasswordRejected
    | InvalidInput
    | ExternallyManaged
    | Conflict
    | TooManyAttempts
    | Overloaded
    | Unauthenticated
)


Counted = CountedName | CountedSession
Turned = TypeVar("Turned", InvalidCredentials, PasswordRejected, Conflict, Unauthenticated)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be changed from what to what, and where it is counted."""

    services: Services
    origin: Origin
    attempt: NameAttempt | SessionAttempt
    old: Secret
    new: Secret


async def change_password(
    services: Services, origin: Origin, caller: SessionCaller, old: Secret, new: Secret, repeat: Secret | None
) -> PasswordChanged | Refused:
    """Changes the caller's own password; the tenth wrong old one in a session ends it."""
    opened = _open(services, old, new, repeat)
    if not isinstance(opened, tuple):
        return opened
    if caller.user.is_external:
        return ExternallyManaged(caller.user.identity_source)
    return await _change(_Change(services, origin, SessionAttempt(services, origin, caller), *opened))


async def change_expired_password(
    services: Services, origin: Origin, username: str, old: Secret, new: Secret, repeat: Secret
) -> PasswordChanged | Refused:
    """Changes a password that is expired, temporary or still valid, for who knows it."""
    if wrong := refused(faults(text_fault("username", username))):
        return wrong
    opened = _open(services, old, new, repeat)
    if not isinstance(opened, tuple):
        return opened
    return await _change(_Change(services, origin, attempt_at(services, origin, PASSWORD, username), *opened))


def _open(
    services: Services, old: Secret, new: Secret, repeat: Secret | None
) -> tuple[Secret, Secret] | InvalidInput | PasswordRejected:
    present = old_password("oldPassword", old)
    if isinstance(present, InvalidInput):
        return present
    opened = new_password(services.policy, "newPassword", new, repeat)
    return (present, opened) if not isinstance(opened, InvalidInput | PasswordRejected) else opened


async def _change(change: _Change) -> PasswordChanged | Refused:
    services = change.services
    place = await change.attempt.take_place()
    if isinstance(place, Overloaded):
        return place
    with place:
        if refusal := await too_guessable(services, place, change.new):
            return refusal
        proven = await change.attempt.enter() or await _prove(change, place)
    if isinstance(proven, InvalidCredentials):
        await services.deadline.keep(place)
    if not isinstance(proven, tuple):
        return proven
    return await services.store.write(_swap, change, *proven)


async def _prove(
    change: _Change, place: Place
) -> tuple[User, Counted, Replacement] | InvalidCredentials | PasswordRejected | TooManyAttempts:
    services = change.services
    counted = await services.store.write(_count, change)
    if isinstance(counted, TooManyAttempts):
        return counted
    counted.overtake(place)
    user, is_open = counted.user, not counted.is_barred
    usable = user if user is not None and can_sign_in(user, services.chance.now()) and is_open else None
    right = await services.hashing.prove(place, usable.verifier if usable else None, change.old)
    if usable is None or not right:
        return await services.store.write(_refuse, change, counted, InvalidCredentials())
    change.attempt.leave()
    if rejected := await against_user(services, place, usable, change.new, present=change.old):
        return await services.store.write(_refuse, change, counted, rejected)
    return usable, counted, await seal_new(services, place, change.new)


def _count(unit: Unit, change: _Change) -> Counted | TooManyAttempts:
    return change.attempt.count(unit, change.attempt.find(unit))


def _refuse(unit: Unit, change: _Change, counted: Counted, refusal: Turned) -> Turned:
    codes = {
        InvalidCredentials: "INVALID_CREDENTIALS",
        Conflict: "CONFLICT",
        Unauthenticated: "UNAUTHENTICATED",
    }
    _note(unit, change, counted.user, codes.get(type(refusal), "PASSWORD_REJECTED"))
    if isinstance(refusal, InvalidCredentials):
        counted.fail(unit)
    else:
        counted.take_back(unit)
    return refusal


def _swap(
    unit: Unit, change: _Change, user: User, counted: Counted, replacement: Replacement
) -> PasswordChanged | Conflict | Unauthenticated:
    services, now = change.services, change.services.chance.now()
    if isinstance(change.attempt, SessionAttempt) and change.attempt.has_ended(unit):
        return _refuse(unit, change, counted, Unauthenticated())
    changed = swap(unit, services, user, replacement, now)
    if changed is None:
        return _refuse(unit, change, counted, Conflict())
    counted.succeed(unit, user)
    mail = letter(services, LetterName.PASSWORD_CHANGED, user, now, tells={"address": change.origin.address})
    closed = close_access(unit, services, user, now, [mail])
    _note(unit, change, user, None)
    return PasswordChanged(changed, closed.revoked_sessions, closed.effects)


def _note(unit: Unit, change: _Change, user: User | None, code: str | None) -> None:
    is_sure = code != "INVALID_CREDENTIALS" or isinstance(change.attempt, SessionAttempt)
    record(
        unit,
        change.services,
        change.origin,
        EventKind.PASSWORD_CHANGED,
        now=change.services.chance.now(),
        actor=f"user:{user.id}" if user is not None and is_sure else "anonymous",
        code=code,
        user_id=None if user is None else user.id,
    )

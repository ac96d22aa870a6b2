"""Change a password with the old one: by its signed-in owner, or where it opens no session any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.hashing import Overload
from credentials.kinds import LetterName
from credentials.model import EventKind
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.counting import reserve, typed_key
from resolvers.outbox import letter
from resolvers.outcomes import (
    Conflict,
    ExternallyManaged,
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
)
from resolvers.replacing import against_user, seal_new, swap, too_guessable
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
)


@dataclass(frozen=True, slots=True)
class _Change:
    """One attempt to change: at which name's door, whose password if that is known, from what to what."""

    services: Services
    origin: Origin
    typed: str
    owner: User | None
    old: Secret
    new: Secret

    @property
    def key(self) -> bytes:
        return typed_key(self.services, self.origin, "password", self.typed)


async def change_password(
    services: Services, origin: Origin, caller: SessionCaller, old: Secret, new: Secret, repeat: Secret | None
) -> PasswordChanged | Refused:
    """Changes the caller's own password."""
    opened = _open(services, old, new, repeat)
    if not isinstance(opened, tuple):
        return opened
    if caller.user.is_external:
        return ExternallyManaged(caller.user.identity_source)
    return await _change(_Change(services, origin, caller.user.id, caller.user, *opened))


async def change_expired_password(
    services: Services, origin: Origin, username: str, old: Secret, new: Secret, repeat: Secret
) -> PasswordChanged | Refused:
    """Changes a password that is expired, temporary or still valid, for who knows it."""
    if wrong := refused(faults(text_fault("username", username))):
        return wrong
    opened = _open(services, old, new, repeat)
    if not isinstance(opened, tuple):
        return opened
    return await _change(_Change(services, origin, username, None, *opened))


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
    place = services.hashing.reserve()
    if isinstance(place, Overload):
        return Overloaded(place.retry_after)
    with place:
        if refusal := await too_guessable(services, place, change.new):
            return refusal
        proven = await _prove(change, place)
        if not isinstance(proven, tuple):
            return proven
        user, replacement = proven
    return await services.store.write(_swap, change, user, replacement)


async def _prove(change: _Change, place: Place) -> tuple[User, Replacement] | Refused:
    services = change.services
    found = await services.store.write(_count_and_find, change)
    if isinstance(found, TooManyAttempts):
        return found
    usable = found if found is not None and can_sign_in(found, services.chance.now()) else None
    right = await services.hashing.prove(place, usable.verifier if usable else None, change.old)
    if usable is None or not right:
        return await services.store.write(_refuse, change, found, InvalidCredentials())
    if rejected := await against_user(services, place, usable, change.new, present=change.old):
        return await services.store.write(_refuse, change, usable, rejected)
    return usable, await seal_new(services, place, change.new)


def _count_and_find(unit: Unit, change: _Change) -> User | TooManyAttempts | None:
    refusal = reserve(unit, change.services, change.services.chance.now(), change.key, change.typed)
    if refusal is not None:
        return refusal
    return change.owner or unit.users.by_login(change.typed)


def _refuse(
    unit: Unit, change: _Change, user: User | None, refusal: InvalidCredentials | PasswordRejected | Conflict
) -> Refused:
    codes = {InvalidCredentials: "INVALID_CREDENTIALS", Conflict: "CONFLICT"}
    if not isinstance(refusal, InvalidCredentials):
        unit.attempts.give_back([change.key])
    _note(unit, change, user, codes.get(type(refusal), "PASSWORD_REJECTED"))
    return refusal


def _swap(unit: Unit, change: _Change, user: User, replacement: Replacement) -> PasswordChanged | Refused:
    services, now = change.services, change.services.chance.now()
    changed = swap(unit, services, user, replacement, now)
    if changed is None:
        return _refuse(unit, change, user, Conflict())
    unit.attempts.clear([change.key])
    mail = letter(services, LetterName.PASSWORD_CHANGED, user, now, tells={"address": change.origin.address})
    closed = close_access(unit, services, user, now, [mail])
    _note(unit, change, user, None)
    return PasswordChanged(changed, closed.revoked_sessions, closed.effects)


def _note(unit: Unit, change: _Change, user: User | None, code: str | None) -> None:
    proven = user is not None and code != "INVALID_CREDENTIALS"
    record(
        unit,
        change.services,
        change.origin,
        EventKind.PASSWORD_CHANGED,
        now=change.services.chance.now(),
        actor=f"user:{user.id}" if user is not None and (proven or change.owner) else "anonymous",
        code=code,
        user_id=None if user is None else user.id,
    )

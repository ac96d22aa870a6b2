"""Make a user, with a password, a temporary one, or none yet."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from credentials.hashing import Overload
from credentials.model import EventKind, IdentitySource, Role
from resolvers.adding_user import add_user
from resolvers.administration import act, is_operator, needs_fresh_sign_in, tell_administrators
from resolvers.audit import record
from resolvers.jids import jid_fault, jid_of
from resolvers.outcomes import (
    AlreadyExists,
    FieldFault,
    Forbidden,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    ReauthenticationRequired,
    Unauthenticated,
)
from resolvers.replacing import against_words, seal_new, seal_temporary, too_guessable
from resolvers.shape import faults, new_password, refused, text_fault
from resolvers.user_input import profile_faults

if TYPE_CHECKING:
    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.replacing import Replacement
    from resolvers.services import Caller, Origin, Services
    from resolvers.user_input import NewUser
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class UserCreated:
    """The user is there and can sign in, if there is a password."""

    user: User


Refused = (
    AlreadyExists
    | PasswordRejected
    | InvalidInput
    | Overloaded
    | Forbidden
    | ReauthenticationRequired
    | Unauthenticated
)


async def create_user(
    services: Services, origin: Origin, caller: Caller, new: NewUser, *, only_first: bool = False
) -> UserCreated | Refused:
    """Makes a user. Granting ADMIN needs a fresh sign-in.

    With `only_first` the user is made on a database that never had one: of all who try, one wins.
    """
    if Role.ADMIN in new.roles and (refusal := needs_fresh_sign_in(services, caller)):
        return refusal
    if wrong := refused(_shape(services, caller, new)):
        return wrong
    replacement = None if new.password is None else await _seal(services, origin, new, new.password)
    if isinstance(replacement, PasswordRejected | Overloaded | InvalidInput):
        return replacement
    work = _create_first if only_first else _create
    return await act(services, caller, work, services, origin, caller, new, replacement)


def _shape(services: Services, caller: Caller, new: NewUser) -> list[FieldFault]:
    found = faults(
        text_fault("username", new.username),
        _password_fault(services, caller, new),
        jid_fault(services, "jidIm", new.jid_im),
        jid_fault(services, "jidTel", new.jid_tel),
    )
    # What is null here was left out: only what was given is looked at.
    values = {field.name: getattr(new, field.name) for field in fields(new)}
    given = {name: value for name, value in values.items() if value is not None}
    if new.jid_im is not None and new.jid_tel is not None and jid_of(new.jid_im) == jid_of(new.jid_tel):
        found.append(FieldFault("jidTel", "NOT_ALLOWED", "jidIm and jidTel are two accounts."))
    return found + profile_faults(given)


def _password_fault(services: Services, caller: Caller, new: NewUser) -> FieldFault | None:
    if new.password is None:
        return None
    if new.identity_source is not IdentitySource.LOCAL:
        return FieldFault("password", "NOT_ALLOWED", "An externally managed user has no password here.")
    if services.rules.admin_may_set_password or new.password_is_made or is_operator(caller):
        return None
    message = "Administrators do not set passwords here: leave it out, then use adminResetPassword."
    return FieldFault("password", "NOT_ALLOWED", message)


async def _seal(
    services: Services, origin: Origin, new: NewUser, password: Secret
) -> Replacement | PasswordRejected | InvalidInput | Overloaded:
    opened = password if new.password_is_made else new_password(services.policy, "password", password)
    if isinstance(opened, InvalidInput | PasswordRejected):
        return opened
    place = services.hashing.reserve(origin.site, first=True)
    if isinstance(place, Overload):
        return Overloaded(place.retry_after)
    with ExitStack() as held:
        held.enter_context(place)
        names = (new.username, new.email_address, new.full_name)
        if not new.password_is_made and (
            rejected := await too_guessable(services, place, opened, "password")
            or await against_words(services, place, opened, names, "password")
        ):
            return rejected
        seal = seal_temporary if new.require_change else seal_new
        replacement: Replacement = await seal(services, place, opened)
    return replacement


def _create_first(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: Caller,
    new: NewUser,
    replacement: Replacement | None,
) -> UserCreated | AlreadyExists:
    if not unit.installation.first_user():
        return AlreadyExists("username")
    return _add(unit, services, origin, caller, new, replacement)


def _create(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: Caller,
    new: NewUser,
    replacement: Replacement | None,
) -> UserCreated | AlreadyExists:
    unit.installation.first_user()
    done = _add(unit, services, origin, caller, new, replacement)
    if isinstance(done, UserCreated) and done.user.is_admin:
        what, now = "ADMIN_GRANTED", done.user.created_at
        tell_administrators(unit, services, caller, now, what=what, subject=done.user.username)
    return done


def _add(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: Caller,
    new: NewUser,
    replacement: Replacement | None,
) -> UserCreated | AlreadyExists:
    now = services.chance.now()
    user = add_user(unit, services, new, replacement, now)
    if isinstance(user, AlreadyExists):
        return user
    record(unit, services, origin, EventKind.USER_CREATED, now=now, actor=caller.actor, user_id=user.id)
    return UserCreated(user)

"""An administrator resets a user's password: sets one, makes a temporary one, or has a link mailed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.hashing import Overload
from credentials.kinds import LetterName
from credentials.model import EffectKind, EventKind
from credentials.one_time import temporary_password
from resolvers.administration import act, is_operator, user_id_of
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.counting import forget_failures
from resolvers.outbox import effect, letter
from resolvers.outcomes import (
    Conflict,
    ExternallyManaged,
    FieldFault,
    Forbidden,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    Unauthenticated,
    UserNotFound,
)
from resolvers.replacing import against_user, seal_new, seal_temporary, swap, too_guessable
from resolvers.shape import new_password

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect, User
    from credentials.secret import Secret
    from resolvers.replacing import Replacement
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class PasswordResetByAdmin:
    """What was done; `temporary_password` is shown once, where one was made."""

    user: User
    temporary_password: Secret | None
    temporary_password_expires_at: datetime | None
    unlocked: bool
    revoked_sessions: int
    effects: Sequence[Effect]


Refused = (
    UserNotFound
    | ExternallyManaged
    | PasswordRejected
    | InvalidInput
    | Conflict
    | Overloaded
    | Forbidden
    | Unauthenticated
)


@dataclass(frozen=True, slots=True)
class _Reset:
    """Who resets whose password."""

    services: Services
    origin: Origin
    caller: Caller
    user: User


async def admin_reset_password(
    services: Services,
    origin: Origin,
    caller: Caller,
    user: UserSelector,
    new: Secret | None,
    *,
    require_change: bool,
    send_mail: bool,
) -> PasswordResetByAdmin | Refused:
    """Resets the password of another user."""
    if wrong := _shape(services, new, send_mail=send_mail):
        return wrong
    found = await services.store.read(user.find)
    if found is None:
        return UserNotFound()
    if found.id == user_id_of(caller) or (found.is_admin and not send_mail and not is_operator(caller)):
        return Forbidden()
    if found.is_external:
        return ExternallyManaged(found.identity_source)
    reset = _Reset(services, origin, caller, found)
    if send_mail:
        return await act(services, caller, _mail, reset)
    return await _set(reset, new, require_change=require_change)


def _shape(services: Services, new: Secret | None, *, send_mail: bool) -> InvalidInput | None:
    if new is None:
        return None
    if send_mail:
        message = "Send either newPassword or sendMail: with sendMail the user chooses the password."
        return InvalidInput([FieldFault("newPassword", "NOT_ALLOWED", message)])
    if not services.rules.admin_may_set_password:
        message = "Administrators do not set passwords here: omit it, or use sendMail."
        return InvalidInput([FieldFault("newPassword", "NOT_ALLOWED", message)])
    return None


async def _set(reset: _Reset, new: Secret | None, *, require_change: bool) -> PasswordResetByAdmin | Refused:
    services = reset.services
    made = temporary_password(services.chance) if new is None else None
    opened = made or new_password(services.policy, "newPassword", new or temporary_password(services.chance))
    if isinstance(opened, InvalidInput | PasswordRejected):
        return opened
    place = services.hashing.reserve(reset.origin.site, first=True)
    if isinstance(place, Overload):
        return Overloaded(place.retry_after)
    with ExitStack() as held:
        held.enter_context(place)
        if made is None and (
            rejected := await too_guessable(services, place, opened)
            or await against_user(services, place, reset.user, opened)
        ):
            return rejected
        temporary = require_change or made is not None
        replacement = await (seal_temporary if temporary else seal_new)(services, place, opened)
    return await act(services, reset.caller, _swap, reset, replacement, made)


def _swap(
    unit: Unit, reset: _Reset, replacement: Replacement, made: Secret | None
) -> PasswordResetByAdmin | Conflict:
    services, user, now = reset.services, reset.user, reset.services.chance.now()
    changed = swap(unit, services, user, replacement, now)
    if changed is None:
        _note(unit, reset, EventKind.PASSWORD_RESET_BY_ADMIN, now, "CONFLICT")
        return Conflict()
    forget_failures(unit, services, user)
    tells = {"mustChange": replacement.is_temporary}
    mail = letter(services, LetterName.PASSWORD_RESET_BY_ADMIN, user, now, tells=tells)
    closed = close_access(unit, services, user, now, [mail])
    _note(unit, reset, EventKind.PASSWORD_RESET_BY_ADMIN, now, None)
    return PasswordResetByAdmin(
        user=changed,
        temporary_password=made,
        temporary_password_expires_at=replacement.expires_at if replacement.is_temporary else None,
        unlocked=user.locked_at is not None,
        revoked_sessions=closed.revoked_sessions,
        effects=closed.effects,
    )


def _mail(unit: Unit, reset: _Reset) -> PasswordResetByAdmin:
    services, user, now = reset.services, reset.user, reset.services.chance.now()
    draft = effect(services, EffectKind.MAIL_RESET, f"mail:{user.id}", "", now, user.id)
    draft["target"] = draft["id"]
    effects = unit.effects.add([draft])
    _note(unit, reset, EventKind.RESET_REQUESTED, now, None)
    return PasswordResetByAdmin(user, None, None, unlocked=False, revoked_sessions=0, effects=effects)


def _note(unit: Unit, reset: _Reset, kind: EventKind, now: datetime, code: str | None) -> None:
    record(
        unit,
        reset.services,
        reset.origin,
        kind,
        now=now,
        actor=reset.caller.actor,
        code=code,
        user_id=reset.user.id,
    )

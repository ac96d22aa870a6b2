"""Delete a user with all that belongs to them; the audit keeps what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import LetterName
from credentials.model import EventKind
from resolvers.administration import (
    act,
    hold,
    loses_last_administrator,
    needs_fresh_sign_in,
    tell_administrators,
    user_id_of,
)
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.outbox import letter
from resolvers.outcomes import (
    Conflict,
    FieldFault,
    Forbidden,
    InvalidInput,
    ReauthenticationRequired,
    Unauthenticated,
    UserNotFound,
)
from resolvers.update_user import LAST

if TYPE_CHECKING:
    from credentials.model import User
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class UserDeleted:
    """The user is gone; neither id is used again."""


Refused = UserNotFound | InvalidInput | Conflict | Forbidden | ReauthenticationRequired | Unauthenticated


async def delete_user(
    services: Services, origin: Origin, caller: Caller, user: UserSelector
) -> UserDeleted | Refused:
    """Deletes a user. One who is an administrator needs a fresh sign-in."""
    return await act(services, caller, _delete, services, origin, caller, user)


def _delete(
    unit: Unit, services: Services, origin: Origin, caller: Caller, selector: UserSelector
) -> UserDeleted | Refused:
    user = hold(unit, selector)
    if user is None:
        return UserNotFound()
    if refusal := _may(unit, services, caller, user):
        return refusal
    now = services.chance.now()
    close_access(unit, services, user, now, [letter(services, LetterName.ACCOUNT_DELETED, user, now)])
    unit.users.delete(user.id)
    if user.is_admin:
        unit.api_keys.revoke_made_by(f"user:{user.id}", now)
        tell_administrators(unit, services, caller, now, what="ADMIN_CHANGED", subject=user.username)
    record(unit, services, origin, EventKind.USER_DELETED, now=now, actor=caller.actor, user_id=user.id)
    return UserDeleted()


def _may(
    unit: Unit, services: Services, caller: Caller, user: User
) -> InvalidInput | Conflict | Forbidden | ReauthenticationRequired | None:
    if user.is_admin and (refusal := needs_fresh_sign_in(services, caller)):
        return refusal
    if user.id == user_id_of(caller):
        return InvalidInput([FieldFault("user", "NOT_ALLOWED", "Nobody deletes themselves.")])
    return Conflict(LAST) if user.is_admin and loses_last_administrator(unit, user) else None

"""Unlock a user: the lock and every network's count of failed attempts end; the password stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from credentials.kinds import EventKind
from resolvers.administration import act, hold
from resolvers.audit import record
from resolvers.counting import forget_failures
from resolvers.outcomes import Unauthenticated, UserNotFound

if TYPE_CHECKING:
    from credentials.model import User
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class UserUnlocked:
    """The user may try again from everywhere. `was_locked`: there was more to end than counts."""

    user: User
    was_locked: bool


async def unlock_user(
    services: Services, origin: Origin, caller: Caller, user: UserSelector
) -> UserUnlocked | UserNotFound | Unauthenticated:
    """Unlocks a user. The epoch stays, so that their sessions do: the password is as good as it was."""
    return await act(services, caller, _unlock, services, origin, caller, user)


def _unlock(
    unit: Unit, services: Services, origin: Origin, caller: Caller, selector: UserSelector
) -> UserUnlocked | UserNotFound:
    user = hold(unit, selector)
    if user is None:
        return UserNotFound()
    unit.users.change(user.id, user.epoch, {"locked_at": None}, turn=False)
    forget_failures(unit, services, user)
    now = services.chance.now()
    record(unit, services, origin, EventKind.USER_UPDATED, now=now, actor=caller.actor, user_id=user.id)
    return UserUnlocked(replace(user, locked_at=None), was_locked=user.locked_at is not None)

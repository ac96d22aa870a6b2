"""End every session of a user, whatever it was opened by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import LetterName
from credentials.model import EventKind
from resolvers.administration import act, hold
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.outbox import letter
from resolvers.outcomes import Unauthenticated, UserNotFound

if TYPE_CHECKING:
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class SessionsRevoked:
    """How many sessions ended."""

    revoked_sessions: int


async def revoke_user_sessions(
    services: Services, origin: Origin, caller: Caller, user: UserSelector
) -> SessionsRevoked | UserNotFound | Unauthenticated:
    """Ends the user's sessions; the password stays."""
    return await act(services, caller, _revoke, services, origin, caller, user)


def _revoke(
    unit: Unit, services: Services, origin: Origin, caller: Caller, selector: UserSelector
) -> SessionsRevoked | UserNotFound:
    user = hold(unit, selector)
    if user is None:
        return UserNotFound()
    now = services.chance.now()
    unit.users.change(user.id, user.epoch, {}, turn=True)
    closed = close_access(
        unit, services, user, now, [letter(services, LetterName.SESSIONS_REVOKED, user, now)]
    )
    record(
        unit,
        services,
        origin,
        EventKind.SESSION_REVOKED,
        now=now,
        actor=caller.actor,
        user_id=user.id,
    )
    return SessionsRevoked(closed.revoked_sessions)

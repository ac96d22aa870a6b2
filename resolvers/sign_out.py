"""End one's own sessions: this one, or another by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind
from resolvers.audit import record
from resolvers.outcomes import NotFound
from resolvers.selectors import storable

if TYPE_CHECKING:
    from resolvers.services import Origin, Services, SessionCaller
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The caller's session has ended."""


@dataclass(frozen=True, slots=True)
class SessionRevoked:
    """The named session of the caller has ended."""


async def sign_out(services: Services, origin: Origin, caller: SessionCaller) -> SignedOut:
    """Ends the caller's session. That it ended in between is as good."""
    await services.store.write(_end, services, origin, caller, caller.session.id, kind=EventKind.SIGNED_OUT)
    return SignedOut()


async def revoke_session(
    services: Services, origin: Origin, caller: SessionCaller, session_id: str
) -> SessionRevoked | NotFound:
    """Ends one of the caller's sessions."""
    ended = await services.store.write(
        _end, services, origin, caller, storable(session_id), kind=EventKind.SESSION_REVOKED
    )
    return SessionRevoked() if ended else NotFound()


def _end(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: SessionCaller,
    session_id: str,
    *,
    kind: EventKind,
) -> bool:
    now = services.chance.now()
    # One that was ended while it waited for its turn ends no other.
    is_alive = bool(unit.sessions.alive([caller.session.id], now))
    ended = is_alive and unit.sessions.end(session_id, caller.user.id, now)
    if ended:
        record(unit, services, origin, kind, now=now, actor=caller.actor, user_id=caller.user.id)
    return ended

"""A session is begun, and what its owner is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from credentials.model import Session

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.services import Origin, Services


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens of a session, and whose it is."""

    access_token: Secret
    access_token_expires_at: datetime
    refresh_token: Secret
    refresh_token_expires_at: datetime
    user: User
    session_id: str


def new_session(services: Services, origin: Origin, user: User, now: datetime) -> Session:
    """A session of the epoch that was read."""
    agent = origin.user_agent
    session = Session(
        id=services.chance.new_id(),
        user_id=user.id,
        epoch=user.epoch,
        refresh_n=0,
        refreshed_at=now,
        created_at=now,
        expires_at=now,
        ended_at=None,
        address=origin.address,
        user_agent=None if agent is None else agent[:256],
    )
    return replace(session, expires_at=lasts_until(services, session, now))


def lasts_until(services: Services, session: Session, refreshed_at: datetime) -> datetime:
    """When a session that is refreshed now is over: idle for too long, or too old."""
    rules = services.rules
    return min(refreshed_at + rules.refresh_token_ttl, session.created_at + rules.session_ttl)


def tokens(services: Services, session: Session, user: User) -> SignedIn:
    """The tokens of a session at its present number; the access token does not outlive the session."""
    now = services.chance.now()
    ttl = min(services.rules.access_token_ttl, session.expires_at - now)
    access = services.access_tokens.issue(user.id, session.id, ttl)
    refresh = services.refresh_tokens.make(session.id, session.refresh_n, session.epoch)
    return SignedIn(access.token, access.expires_at, refresh, session.expires_at, user, session.id)

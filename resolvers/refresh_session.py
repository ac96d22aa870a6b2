"""Refresh a session: its token's number is spent for the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.model import EventKind
from resolvers.audit import record
from resolvers.counting import enter, leave_bucket, reserve, typed_key
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.sessions import SignedIn, lasts_until, tokens
from resolvers.shape import MAX_SECRET
from store.sessions import is_alive

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import Session, User
    from credentials.refresh_tokens import PresentedRefresh
    from credentials.secret import Secret
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: How long the token before gets its successor again: an answer was lost, or two tabs asked at once.
GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RefreshAdmission:
    """A session whose refresh token was presented, and with which number."""

    session: Session
    user: User
    n: int

    def close(self) -> None:
        """Nothing is held."""


async def admit(
    services: Services, origin: Origin, refresh_token: Secret
) -> RefreshAdmission | InvalidToken | TooManyAttempts:
    """Counts the attempt and looks the session up; a token that is too old ends it."""
    text = refresh_token.reveal()
    presented = services.refresh_tokens.read(text) if len(text) <= MAX_SECRET else None
    if presented is None:
        return InvalidToken()
    key = typed_key(services, origin, "refresh", presented.session_id)
    if refusal := await enter(services, origin, key):
        return refusal
    admitted = await services.store.write(_admit, services, origin, presented, key)
    if isinstance(admitted, RefreshAdmission):
        leave_bucket(services, origin)
    return admitted


def _admit(
    unit: Unit, services: Services, origin: Origin, presented: PresentedRefresh, key: bytes
) -> RefreshAdmission | InvalidToken | TooManyAttempts:
    now = services.chance.now()
    if refusal := reserve(unit, services, now, key):
        return refusal
    found = unit.sessions.with_user(presented.session_id)
    if found is None:
        return InvalidToken()
    session, user = found
    if not services.refresh_tokens.matches(presented, session.epoch):
        return InvalidToken()
    unit.attempts.give_back([key])
    if not is_alive(session, user, now) or _password_is_over(user, now):
        return InvalidToken()
    if presented.n == session.refresh_n or _in_grace(session, presented.n, now):
        return RefreshAdmission(session, user, presented.n)
    unit.sessions.end(session.id, user.id, now)
    _note(unit, services, origin, session, EventKind.SESSION_REVOKED, "INVALID_TOKEN")
    return InvalidToken()


def _in_grace(session: Session, n: int, now: datetime) -> bool:
    return n == session.refresh_n - 1 and now < session.refreshed_at + GRACE


def _password_is_over(user: User, now: datetime) -> bool:
    return user.password is not None and (user.password.is_temporary or user.password.is_expired(now))


async def refresh_session(
    services: Services, origin: Origin, admission: RefreshAdmission
) -> SignedIn | InvalidToken:
    """Gives the session's next tokens; the token before, for ten seconds, the same ones again."""
    return await services.store.write(_rotate, services, origin, admission)


def _rotate(
    unit: Unit, services: Services, origin: Origin, admission: RefreshAdmission
) -> SignedIn | InvalidToken:
    session, now = admission.session, services.chance.now()
    until = lasts_until(services, session, now)
    if admission.n == session.refresh_n and unit.sessions.rotate(session, at=now, expires_at=until):
        _note(unit, services, origin, session, EventKind.SIGNED_IN, None)
        rotated = replace(session, refresh_n=session.refresh_n + 1, expires_at=until)
        return tokens(services, rotated, admission.user)
    # It is the token before, or is so now, since another request was first.
    found = unit.sessions.with_user(session.id)
    if found is None or not is_alive(*found, now) or not _in_grace(found[0], admission.n, now):
        return InvalidToken()
    return tokens(services, *found)


def _note(
    unit: Unit, services: Services, origin: Origin, session: Session, kind: EventKind, code: str | None
) -> None:
    record(
        unit,
        services,
        origin,
        kind,
        now=services.chance.now(),
        actor=f"user:{session.user_id}",
        code=code,
        user_id=session.user_id,
    )

"""For whom a user is shown: who may see an XMPP password, who may see a lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolvers.services import SessionCaller
from schema.context import administrator

if TYPE_CHECKING:
    from datetime import datetime

    from schema.context import Info


@dataclass(frozen=True, slots=True)
class View:
    """For whom a user is shown.

    Attributes:
        now: The time by the service's clock; aware.
        own: For the user themselves, in `me` and after a sign-in: with the XMPP passwords.
        administrator: For an administrator: with `lockedAt`.
        session: The id of the session that asks, which is marked as current; or None.
    """

    now: datetime
    own: bool = False
    administrator: bool = False
    session: str | None = None


def to_owner(info: Info, session: str | None = None) -> View:
    """For the user themselves, in `me` and after a sign-in; `session` is theirs."""
    return View(_now(info), own=True, session=session)


def to_user(info: Info) -> View:
    """For the user themselves after a change that ended every session: no XMPP password."""
    return View(_now(info))


def to_administrator(info: Info) -> View:
    """For whom `@adminOnly` let through."""
    caller = administrator(info)
    session = caller.session.id if isinstance(caller, SessionCaller) else None
    return View(_now(info), administrator=True, session=session)


def _now(info: Info) -> datetime:
    return info.context.services.chance.now()

"""What every end of a user's access has in common: sessions, one-time secrets, chat passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials.one_time import xmpp_password
from credentials.places import account_password
from resolvers.outbox import account_effects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect, User
    from credentials.secret import Secret
    from resolvers.services import Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class Closed:
    """How many sessions ended, and what the world will be told."""

    revoked_sessions: int
    effects: Sequence[Effect]


def close_access(
    unit: Unit,
    services: Services,
    user: User,
    now: datetime,
    letters: Sequence[dict[str, Any]],
    *,
    disconnect: bool = True,
) -> Closed:
    """Ends everything that was open for `user`, as they were before their epoch turned.

    Sessions and one-time secrets end; each chat account is given a random password that only its
    owner's next sign-in shows, and disconnected, unless the change leaves the user's access as it is.
    The chat effects are followed by `letters`.
    """
    revoked = unit.sessions.end_all(user.id, user.epoch, now)
    unit.one_time_secrets.end_all(user.id, now)
    effects: list[dict[str, Any]] = []
    for account in unit.xmpp_accounts.of_users([user.id]) if disconnect else ():
        renew(unit, services, account.jid)
        effects += account_effects(services, account, now)
    return Closed(revoked, unit.effects.add([*effects, *letters]))


def renew(unit: Unit, services: Services, jid: str) -> None:
    """Gives an XMPP account a random password that nobody holds yet."""
    seal_account(unit, services, jid, xmpp_password(services.chance))


def seal_account(
    unit: Unit, services: Services, jid: str, password: Secret, *, is_code: bool = False
) -> None:
    """Makes `password` the account's current one."""
    unit.xmpp_accounts.set_password(
        jid, services.vault.seal(password, **account_password(jid)), is_code=is_code
    )

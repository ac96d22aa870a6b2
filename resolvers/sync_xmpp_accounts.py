"""Tell an XMPP server that was added later what every account's password is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials.kinds import EffectKind
from resolvers.after_effects import renew
from resolvers.outbox import effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolvers.services import Services
    from store.unit_of_work import Unit
    from store.xmpp_accounts import Account

#: Accounts of one transaction: some tens of milliseconds, so that nobody else waits for long.
CHUNK = 200


@dataclass(frozen=True, slots=True)
class XmppAccountsSynced:
    """How many accounts will be told to the server."""

    accounts: int


async def sync_xmpp_accounts(
    services: Services, progress: Callable[[int], object], chunk: int = CHUNK
) -> XmppAccountsSynced:
    """Puts the password of every account into the outbox once more, chunk by chunk.

    An account that has none, since its code was forgotten while there was no server, is given a random one.
    Nobody is disconnected: who is connected has the right password already. Run again it does the same.

    Args:
        services: the rooms below.
        progress: told the number of accounts after each chunk.
        chunk: accounts of one transaction.
    """
    accounts, after = 0, ""
    while done := await services.store.write(_sync_chunk, services, after, chunk):
        accounts, after = accounts + len(done), done[-1].jid
        progress(accounts)
    return XmppAccountsSynced(accounts)


def _sync_chunk(unit: Unit, services: Services, after: str, size: int) -> list[Account]:
    accounts = unit.xmpp_accounts.page(after, size)
    for account in accounts:
        if not account.has_password:
            renew(unit, services, account.jid)
    unit.effects.add([_told(services, account) for account in accounts])
    return accounts


def _told(services: Services, account: Account) -> dict[str, Any]:
    subject, now = f"xmpp:{account.jid}", services.chance.now()
    made = effect(services, EffectKind.XMPP_PASSWORD, subject, account.jid, now, account.user_id)
    return {**made, "system_id": account.system_id}

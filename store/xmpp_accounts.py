"""The XMPP accounts of users and systems: one JID, one owner, one sealed password while it is current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from credentials.model import ChatAccount, ChatAccountKind
from credentials.vault import Sealed
from store.dialect import upsert
from store.tables import users, xmpp_accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_OF_USERS = (
    select(xmpp_accounts)
    .where(xmpp_accounts.c.user_id.in_(bindparam("users", expanding=True)))
    .order_by(xmpp_accounts.c.user_id, xmpp_accounts.c.kind)
)

_PASSWORDS = (
    select(xmpp_accounts)
    .join(users)
    .where(users.c.id == bindparam("of_user"), users.c.epoch == bindparam("of_epoch"))
)


class AccountPassword(NamedTuple):
    """What an account's password is now; `sealed` is None where nobody may hold it any more."""

    jid: str
    sealed: Sealed | None
    holds_code: bool


class Account(NamedTuple):
    """An account, its owner, and whether anything is kept as its password."""

    jid: str
    user_id: str | None
    system_id: str | None
    has_password: bool


def _password_of(row: Row[Any]) -> AccountPassword:
    sealed = None if row.sealed is None else Sealed(row.sealed_key, row.sealed)
    return AccountPassword(row.jid, sealed, row.holds_code)


class XmppAccounts:
    """The rows of XMPP accounts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim_for_user(self, user_id: str, kind: ChatAccountKind, jid: str) -> bool:
        """Makes `jid` this user's; False: it is taken."""
        return self._claim(jid=jid, kind=kind, user_id=user_id)

    def claim_for_system(self, system_id: str, jid: str) -> bool:
        """Makes `jid` this system's; False: it is taken."""
        return self._claim(jid=jid, kind="PBXAGENT", system_id=system_id)

    def _claim(self, **values: str) -> bool:
        claimed = self._connection.execute(
            upsert(self._connection.dialect.name, xmpp_accounts)
            .values(**values, holds_code=False)
            .on_conflict_do_nothing(index_elements=[xmpp_accounts.c.jid])
        )
        return claimed.rowcount == 1

    def give_up(self, user_id: str) -> None:
        """Takes the user's accounts away."""
        self._connection.execute(delete(xmpp_accounts).where(xmpp_accounts.c.user_id == user_id))

    def of_users(self, user_ids: Sequence[str]) -> list[ChatAccount]:
        """The accounts of these users."""
        rows = self._connection.execute(_OF_USERS, {"users": list(user_ids)})
        return [ChatAccount(row.user_id, ChatAccountKind(row.kind), row.jid) for row in rows]

    def set_password(self, jid: str, sealed: Sealed, *, is_code: bool = False) -> None:
        """Makes a sealed password the account's current one."""
        self._connection.execute(
            update(xmpp_accounts)
            .where(xmpp_accounts.c.jid == jid)
            .values(sealed=sealed.box, sealed_key=sealed.key_id, holds_code=is_code)
        )

    def password(self, jid: str) -> AccountPassword | None:
        """The account's current password; None: there is no such account."""
        query = select(xmpp_accounts).where(xmpp_accounts.c.jid == jid)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _password_of(row)

    def passwords_of(self, user_id: str, epoch: int) -> list[AccountPassword]:
        """The current passwords of a user's accounts; none once the user's epoch is another."""
        values = {"of_user": user_id, "of_epoch": epoch}
        return [_password_of(row) for row in self._connection.execute(_PASSWORDS, values)]

    def forget_code(self, jid: str, sealed: Sealed) -> None:
        """Forgets the activation code that was sealed so: the XMPP server has it, or there is none.

        What took its place meanwhile stays.
        """
        self._connection.execute(
            update(xmpp_accounts)
            .where(
                xmpp_accounts.c.jid == jid,
                xmpp_accounts.c.holds_code,
                xmpp_accounts.c.sealed == sealed.box,
                xmpp_accounts.c.sealed_key == sealed.key_id,
            )
            .values(sealed=None, sealed_key=None)
        )

    def page(self, after: str, limit: int) -> list[Account]:
        """Accounts in the order of their JIDs, from behind `after`."""
        query = (
            select(xmpp_accounts)
            .where(xmpp_accounts.c.jid > after)
            .order_by(xmpp_accounts.c.jid)
            .limit(limit)
            .with_for_update()
        )
        rows = self._connection.execute(query)
        return [Account(row.jid, row.user_id, row.system_id, row.sealed is not None) for row in rows]

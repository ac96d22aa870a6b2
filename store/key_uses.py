"""What each root key is still needed for: verifiers, digests and sealed values, a bounded page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, select, update

from credentials.key_uses import KeyUse
from credentials.vault import Sealed
from store.tables import (
    api_keys,
    events,
    one_time_secrets,
    password_history,
    signing_keys,
    systems,
    users,
    wishes,
    xmpp_accounts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection


class NamedPage(NamedTuple):
    """Which root key each row names, None for none; and behind what the next page begins, None: it ends."""

    key_ids: list[str | None]
    after: Any


class SealedRow(NamedTuple):
    """A row that may hold a sealed value."""

    id: str
    sealed: Sealed | None


# By what rows are put in order, and the column that names a root key.
_NAMING: dict[KeyUse, tuple[Column[Any], Column[Any]]] = {
    KeyUse.PASSWORDS: (users.c.system_user_id, users.c.verifier_key),
    KeyUse.FORMER_PASSWORDS: (password_history.c.sequence, password_history.c.verifier_key),
    KeyUse.API_KEYS: (api_keys.c.sequence, api_keys.c.digest_key),
    KeyUse.RESET_SECRETS: (one_time_secrets.c.id, one_time_secrets.c.digest_key),
    KeyUse.ACTIVATION_CODES: (systems.c.sequence, systems.c.code_key),
    KeyUse.XMPP_PASSWORDS: (xmpp_accounts.c.jid, xmpp_accounts.c.sealed_key),
    KeyUse.WISHES: (wishes.c.id, wishes.c.sealed_key),
    KeyUse.SIGNING_KEYS: (signing_keys.c.kid, signing_keys.c.sealed_key),
    KeyUse.AUDIT: (events.c.sequence, events.c.digest_key),
}
#: What is sealed, and so can be sealed anew.
SEALED = (KeyUse.SIGNING_KEYS, KeyUse.XMPP_PASSWORDS, KeyUse.WISHES)


class KeyUses:
    """Reads what names a root key, and seals anew."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, use: KeyUse, after: object, limit: int, now: datetime) -> NamedPage:
        """The next rows behind `after` (None: the first); an API key that is over names none."""
        order, key_id = _NAMING[use]
        named: ColumnElement[Any] = key_id
        if use is KeyUse.API_KEYS:
            # In the result and not in the condition: a page is bounded by its rows, whatever they say.
            alive = and_(api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > now)
            named = case((alive, key_id))
        query = select(order, named).order_by(order).limit(limit)
        if after is not None:
            query = query.where(order > after)
        rows = self._connection.execute(query).all()
        return NamedPage([row[1] for row in rows], rows[-1][0] if len(rows) == limit else None)

    def sealed(self, use: KeyUse, after: str | None, limit: int) -> list[SealedRow]:
        """The next rows behind `after` (None: the first) of what is sealed."""
        order, key_id = _NAMING[use]
        box = order.table.c.sealed
        query = select(order, key_id, box).order_by(order).limit(limit)
        if after is not None:
            query = query.where(order > after)
        rows = self._connection.execute(query)
        return [SealedRow(row[0], None if row[2] is None else Sealed(row[1], row[2])) for row in rows]

    def reseal(self, use: KeyUse, changed: Sequence[tuple[SealedRow, Sealed]]) -> None:
        """Replaces sealed values, each where it is still the one that was read."""
        order, key_id = _NAMING[use]
        table = order.table
        for row, now in changed:
            was = None if row.sealed is None else row.sealed.box
            self._connection.execute(
                update(table)
                .where(order == row.id, table.c.sealed == was)
                .values({table.c.sealed: now.box, key_id: now.key_id})
            )

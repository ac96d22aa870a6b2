"""One-time secrets: struck by the relay, kept as digests, spent by a guarded UPDATE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from credentials.digests import Digest
from store.tables import one_time_secrets, users

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

#: Wrong codes that kill a code (not its link); the contract's figure.
CODE_FAILURES = 5
#: Wrong codes a day for one user, after which mails carry the link alone; the contract's figure.
CODES_A_DAY = 20

_END_ALL = (
    update(one_time_secrets)
    .where(one_time_secrets.c.user_id == bindparam("of_user"), one_time_secrets.c.spent_at.is_(None))
    .values(spent_at=bindparam("now", type_=one_time_secrets.c.spent_at.type))
)


@dataclass(frozen=True, slots=True)
class ResetSecret:
    """A struck token and its code, as digests."""

    id: str
    user_id: str
    epoch: int
    token: Digest
    code: Digest | None
    expires_at: datetime


def _secret_of(row: Row[Any]) -> ResetSecret:
    code = None if row.code_digest is None else Digest(row.digest_key, row.code_digest)
    return ResetSecret(
        row.id, row.user_id, row.epoch, Digest(row.digest_key, row.token_digest), code, row.expires_at
    )


class OneTimeSecrets:
    """The rows of one-time secrets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def strike(self, secret: ResetSecret, lookup: bytes, now: datetime) -> ResetSecret | None:
        """Keeps a new secret, and every older one of the user dies.

        The same id again changes nothing: what is returned is the one that is kept, with the key of back
        then. None: that secret is dead already, or its user is gone.
        """
        # Two relays that strike for one user at once: the second sees what the first one struck.
        holder = select(users.c.id).where(users.c.id == secret.user_id).with_for_update(key_share=True)
        if self._connection.execute(holder).one_or_none() is None:
            return None
        mine = select(one_time_secrets).where(one_time_secrets.c.id == secret.id)
        struck = self._connection.execute(mine).one_or_none()
        if struck is not None:
            return _secret_of(struck) if struck.spent_at is None and struck.expires_at > now else None
        self.end_all(secret.user_id, now)
        self._connection.execute(
            insert(one_time_secrets).values(
                id=secret.id,
                user_id=secret.user_id,
                epoch=secret.epoch,
                lookup=lookup,
                token_digest=secret.token.value,
                code_digest=None if secret.code is None else secret.code.value,
                digest_key=secret.token.key_id,
                code_failures=0,
                created_at=now,
                expires_at=secret.expires_at,
            )
        )
        return secret

    def by_lookup(self, lookups: list[bytes], now: datetime) -> ResetSecret | None:
        """The live secret whose token has one of these look-up digests (one for each key)."""
        row = self._connection.execute(
            select(one_time_secrets).where(one_time_secrets.c.lookup.in_(lookups), *self._live(now))
        ).one_or_none()
        return None if row is None else _secret_of(row)

    def count_code(self, user_id: str, now: datetime) -> ResetSecret | None:
        """Counts a code's attempt before it is looked at; None: no code of this user takes one more."""
        row = self._connection.execute(
            update(one_time_secrets)
            .where(
                one_time_secrets.c.user_id == user_id,
                one_time_secrets.c.code_digest.is_not(None),
                one_time_secrets.c.code_failures < CODE_FAILURES,
                *self._live(now),
            )
            .values(code_failures=one_time_secrets.c.code_failures + 1)
            .returning(one_time_secrets)
        ).one_or_none()
        return None if row is None else _secret_of(row)

    def uncount_code(self, secret_id: str) -> None:
        """Takes back the attempt of a code that was right."""
        self._connection.execute(
            update(one_time_secrets)
            .where(one_time_secrets.c.id == secret_id)
            .values(code_failures=one_time_secrets.c.code_failures - 1)
        )

    def spend(self, secret_id: str, now: datetime) -> bool:
        """Uses the secret up; False: it was used, superseded or expired in between."""
        spent = self._connection.execute(
            update(one_time_secrets)
            .where(one_time_secrets.c.id == secret_id, *self._live(now))
            .values(spent_at=now)
        )
        return spent.rowcount == 1

    def end_all(self, user_id: str, now: datetime) -> None:
        """Ends every live secret of a user."""
        self._connection.execute(_END_ALL, {"of_user": user_id, "now": now})

    @staticmethod
    def _live(now: datetime) -> tuple[Any, Any]:
        return one_time_secrets.c.spent_at.is_(None), one_time_secrets.c.expires_at > now

"""The keys of applications, as digests."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from credentials.digests import Digest
from credentials.model import ApiKey, Role
from store.tables import api_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_FIELDS = tuple(field.name for field in fields(ApiKey))


def _key_of(row: Row[Any]) -> ApiKey:
    values = {name: getattr(row, name) for name in _FIELDS}
    return ApiKey(**{**values, "role": Role(row.role)})


class ApiKeys:
    """The rows of API keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey, digest: Digest) -> None:
        """Keeps a new key."""
        values = {name: getattr(key, name) for name in _FIELDS}
        self._connection.execute(
            insert(api_keys).values(**values, digest=digest.value, digest_key=digest.key_id)
        )

    def find(self, key_id: str) -> tuple[ApiKey, Digest] | None:
        """A key and its digest, revoked and expired ones too."""
        row = self._connection.execute(select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
        return None if row is None else (_key_of(row), Digest(row.digest_key, row.digest))

    def used(self, key_id: str, at: datetime, address: str | None) -> bool:
        """Notes when and from where a key was used last; False: it is not alive any more."""
        noted = self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > at)
            .values(last_used_at=at, last_used_address=address)
        )
        return noted.rowcount == 1

    def revoke(self, key_id: str, now: datetime) -> bool:
        """Ends a key; False: there is none alive with this id."""
        ended = self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return ended.rowcount == 1

    def revoke_made_by(self, actor: str, now: datetime) -> list[str]:
        """Ends every live key that this actor made, and says which."""
        rows = self._connection.execute(
            update(api_keys)
            .where(api_keys.c.created_by == actor, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(api_keys.c.id)
        )
        return [row.id for row in rows]

    def alive(self, key_ids: Sequence[str], now: datetime) -> set[str]:
        """Which of these are neither revoked nor expired, in one statement."""
        query = select(api_keys.c.id).where(
            api_keys.c.id.in_(key_ids), api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > now
        )
        return set(self._connection.execute(query).scalars())

    def page(self, after: int | None, limit: int) -> list[tuple[int, ApiKey]]:
        """Keys with their numbers, in the order they were made, from beyond the number `after`."""
        query = select(api_keys).order_by(api_keys.c.sequence).limit(limit)
        if after is not None:
            query = query.where(api_keys.c.sequence > after)
        return [(row.sequence, _key_of(row)) for row in self._connection.execute(query)]

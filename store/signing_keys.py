"""Signing keys, sealed, as rows that every node reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select

from credentials.vault import Sealed
from store.tables import installation, signing_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


class KeptKey(NamedTuple):
    """A signing key as it is kept; `created_at` tells when it signs."""

    kid: str
    private: Sealed
    created_at: datetime


class SigningKeys:
    """The rows of `signing_keys`: a handful."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[KeptKey]:
        """Every key, the newest first."""
        rows = self._connection.execute(
            select(signing_keys).order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid)
        )
        return [KeptKey(row.kid, Sealed(row.sealed_key, row.sealed), row.created_at) for row in rows]

    def hold(self) -> list[KeptKey]:
        """Every key, and no other process changes which there are until the commit."""
        self._connection.execute(select(installation).with_for_update()).one()
        return self.all()

    def add(self, key: KeptKey) -> None:
        """Adds a key; called on keys that are held."""
        self._connection.execute(
            insert(signing_keys).values(
                kid=key.kid, sealed=key.private.box, sealed_key=key.private.key_id, created_at=key.created_at
            )
        )

    def drop(self, kids: Sequence[str]) -> None:
        """Deletes keys; what they signed is believed no more."""
        self._connection.execute(delete(signing_keys).where(signing_keys.c.kid.in_(kids)))

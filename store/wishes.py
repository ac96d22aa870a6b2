"""Wishes: addresses that asked for a reset, sealed, until the relay has looked them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from credentials.vault import Sealed
from store.tables import wishes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class Wishes:
    """The rows of wishes; each has the id of its effect."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, effect_id: str, address: Sealed, now: datetime) -> None:
        """Keeps a sealed address."""
        self._connection.execute(
            insert(wishes).values(id=effect_id, sealed=address.box, sealed_key=address.key_id, created_at=now)
        )

    def find(self, effect_id: str) -> Sealed | None:
        """The sealed address of this effect."""
        row = self._connection.execute(select(wishes).where(wishes.c.id == effect_id)).one_or_none()
        return None if row is None else Sealed(row.sealed_key, row.sealed)

    def drop(self, effect_id: str) -> None:
        """Forgets an address: its letter was sent, or there is none to send."""
        self._connection.execute(delete(wishes).where(wishes.c.id == effect_id))

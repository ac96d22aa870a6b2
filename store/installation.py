"""The installation itself: which root key does its new work, and whether it ever had a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from store.dialect import upsert
from store.revision import revision_of
from store.tables import installation

if TYPE_CHECKING:
    from sqlalchemy import Connection


class CheckValue(NamedTuple):
    """What tells the installation's root key from another one, without showing it."""

    key_id: str
    value: str


class Installation:
    """The one row of `installation`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def check_value(self) -> CheckValue | None:
        """Which root key does the new work; None: there is no installation yet."""
        row = self._connection.execute(select(installation)).one_or_none()
        return None if row is None else CheckValue(row.root_key_id, row.check_value)

    def found(self, check: CheckValue) -> None:
        """Makes the installation. The second of two founders changes nothing."""
        self._connection.execute(
            upsert(self._connection.dialect.name, installation)
            .values(id=1, root_key_id=check.key_id, check_value=check.value, had_user=False)
            .on_conflict_do_nothing()
        )

    def use_root(self, was: CheckValue, now: CheckValue) -> bool:
        """Names another root key for new work; False: another process did so since `was` was read."""
        named = self._connection.execute(
            update(installation)
            .where(installation.c.root_key_id == was.key_id)
            .values(root_key_id=now.key_id, check_value=now.value)
        )
        return named.rowcount == 1

    def first_user(self) -> bool:
        """Notes that there is a user now; True for the one who made the first."""
        noted = self._connection.execute(
            update(installation).where(~installation.c.had_user).values(had_user=True)
        )
        return noted.rowcount == 1

    def had_user(self) -> bool:
        """Whether there ever was a user."""
        return self._connection.execute(select(installation.c.had_user)).scalar_one_or_none() is True

    def revision(self) -> str | None:
        """The migration that this database has come to; None: none yet."""
        return revision_of(self._connection)

"""The installation itself: which root key it was made with, its signing keys, whether it ever had a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, update

from credentials.vault import Sealed
from store.dialect import upsert
from store.tables import installation, signing_keys

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class CheckValue(NamedTuple):
    """What tells the installation's root key from another one, without showing it."""

    key_id: str
    value: str


class Installation:
    """The one row of `installation`, and the signing keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def check_value(self) -> CheckValue | None:
        """What the root key was when the installation was made; None: it was not."""
        row = self._connection.execute(select(installation)).one_or_none()
        return None if row is None else CheckValue(row.root_key_id, row.check_value)

    def found(self, check: CheckValue) -> None:
        """Makes the installation. The second of two founders changes nothing."""
        self._connection.execute(
            upsert(self._connection.dialect.name, installation)
            .values(id=1, root_key_id=check.key_id, check_value=check.value, had_user=False)
            .on_conflict_do_nothing()
        )

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
        return MigrationContext.configure(self._connection).get_current_revision()

    def signing_keys(self) -> list[tuple[str, Sealed]]:
        """Every signing key, sealed, the newest first."""
        rows = self._connection.execute(
            select(signing_keys).order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid)
        )
        return [(row.kid, Sealed(row.sealed_key, row.sealed)) for row in rows]

    def add_first_signing_key(self, kid: str, private: Sealed, now: datetime) -> None:
        """Keeps a signing key where there is none yet. The row of `installation` is the lock."""
        self._connection.execute(select(installation).with_for_update()).one()
        if self._connection.execute(select(signing_keys.c.kid)).first() is None:
            self._connection.execute(
                insert(signing_keys).values(
                    kid=kid, sealed=private.box, sealed_key=private.key_id, created_at=now
                )
            )

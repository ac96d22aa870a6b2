"""Which migration a database has come to, and which one this code expects.

Read without Alembic: a server whose database is ready has no use for it, and its modules are megabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import column, inspect, select, table

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: The last file of migrations/versions; who adds one writes it here, and a test holds the two together.
NEWEST: Final = "0014"
#: Alembic's own table.
_VERSION: Final = table("alembic_version", column("version_num"))


class SchemaTooNew(Exception):  # noqa: N818  what is so, not what was done wrong
    """A newer version of this program made the database what it is; this one cannot read it."""


def revision_of(connection: Connection) -> str | None:
    """The migration that a database has come to; None: none yet."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    revision: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    return revision

"""What a database server says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class ServerCondition(NamedTuple):
    """A database server.

    Attributes:
        role: Who Rekey is there.
        is_superuser: Whether that role may do everything.
        size: Bytes of this database.
        now: The server's clock.
    """

    role: str
    is_superuser: bool
    size: int
    now: datetime


class Condition:
    """Reads it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def server(self) -> ServerCondition | None:
        """The server's; None: the database is embedded, and there is no server."""
        if self._connection.dialect.name == "sqlite":
            return None
        query = select(
            func.current_user(),
            func.current_setting("is_superuser"),
            func.pg_database_size(func.current_database()),
            func.clock_timestamp(),
        )
        role, is_superuser, size, now = self._connection.execute(query).one()
        return ServerCondition(role, is_superuser == "on", size, now)

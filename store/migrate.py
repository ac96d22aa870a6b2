"""Makes a database what this code expects: one start at a time, whatever else starts meanwhile."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.revision import NEWEST, revision_of
from store.sqlite import sqlite_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from credentials.secret import Secret

#: Any number that other programs on the same database do not take: "rekey" in ASCII.
MIGRATION_LOCK = int.from_bytes(b"rekey")
#: How long a migration waits for a table that others read or write: whoever comes meanwhile waits behind it,
#: and must be served before the driver cuts them off.
TABLE_WAIT = "1s"


def _upgrade(connection: Connection) -> None:
    present = revision_of(connection)
    if present != NEWEST:
        from store.migrate_steps import migrate  # noqa: PLC0415  megabytes that few starts need

        migrate(connection, present)


def upgrade_sqlite(path: Path) -> None:
    """Makes or migrates the embedded database at `path`. BEGIN IMMEDIATE keeps two starts apart.

    Raises:
        SchemaTooNew: a newer version made it.
    """
    with _first(path.parent):
        path.touch(0o600)
        with sqlite_engine(path, writing=True).begin() as connection:
            _upgrade(connection)


@contextmanager
def _first(folder: Path) -> Iterator[None]:
    """Lets one start after the other in: to make a database a WAL one, SQLite waits for nobody."""
    # The folder's lock: to close a second descriptor of the database itself would end SQLite's own locks.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def upgrade_postgresql(url: Secret) -> None:
    """Migrates a PostgreSQL database; an advisory lock keeps two starts apart.

    Raises:
        SchemaTooNew: a newer version made it.
        NoHostAnswers: none of the hosts does.
    """
    from store.postgresql import postgresql_engine  # noqa: PLC0415  megabytes that SQLite does not need

    async def run() -> None:
        engine = postgresql_engine(url, command_timeout=None)
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                bound = f"SELECT set_config('lock_timeout', '{TABLE_WAIT}', true)"
                await connection.exec_driver_sql(bound)
                await connection.run_sync(_upgrade)
        finally:
            await engine.dispose()

    asyncio.run(run())

"""Migrations: Alembic's, run from here so that nobody needs its command."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from store.installation import Installation
from store.postgresql import postgresql_engine
from store.sqlite import sqlite_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from credentials.secret import Secret

#: Any number that other programs on the same database do not take: "rekey" in ASCII.
MIGRATION_LOCK = int.from_bytes(b"rekey")
MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


class SchemaTooNew(Exception):  # noqa: N818  what is so, not what was done wrong
    """A newer version of this program made the database what it is; this one cannot read it."""


def newest() -> str | None:
    """The revision that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    present = Installation(connection).revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if present is not None and present not in known:
        message = (
            f"the database is at revision {present}, which this version does not know; it knows {newest()}"
        )
        raise SchemaTooNew(message)
    if present != newest():
        command.upgrade(_config(connection), "head")


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

    async def run() -> None:
        engine = postgresql_engine(url, command_timeout=None)
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                await connection.run_sync(_upgrade)
        finally:
            await engine.dispose()

    asyncio.run(run())

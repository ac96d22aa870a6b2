"""A test's own connection to a database, beside the store's: to fill, to look, to hold a lock."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from store.columns import metadata
from store.opening import embedded_path
from store.postgresql import postgresql_engine
from store.sqlite import sqlite_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection

    from credentials.secret import Secret

Result = TypeVar("Result")


async def direct(url: Secret, work: Callable[[Connection], Result]) -> Result:
    """Runs `work` in a transaction on a connection of its own."""
    path = embedded_path(url)
    if path is not None:
        with sqlite_engine(path, writing=True).begin() as connection:
            return work(connection)
    engine = postgresql_engine(url, command_timeout=None)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


@asynccontextmanager
async def held_open(url: Secret, *statements: str) -> AsyncIterator[None]:
    """A writing transaction that has run these statements; it commits at the end of the block."""
    path = embedded_path(url)
    if path is not None:
        with sqlite_engine(path, writing=True).begin() as file:
            for statement in statements:
                file.exec_driver_sql(statement)
            yield
        return
    connection = await asyncpg.connect(url.reveal())
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
            yield
    finally:
        await connection.close()


#: Of an expression: SQLAlchemy does not read it on SQLite, and PostgreSQL spells it in its own way.
EXPRESSED = "ix_users_verifier_parameters"


def _is_compared(_object: object, name: str | None, *_rest: object) -> bool:
    return name != EXPRESSED


def differences(connection: Connection) -> list[object]:
    """What Alembic would change so that a database is as the tables say; nothing, if all is well."""
    context = MigrationContext.configure(connection, opts={"include_object": _is_compared})
    return list(compare_metadata(context, metadata))

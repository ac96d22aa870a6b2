"""The migrations make what the tables say, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from store.columns import metadata
from tests.direct import direct

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_migrations_and_the_tables_say_the_same(database_url: Secret) -> None:
    """Alembic finds nothing to change. Planted: an index and a column left out; seen to fail."""
    assert asyncio.run(direct(database_url, _differences)) == []


def test_the_partial_indexes_are_partial(database_url: Secret) -> None:
    """Alembic does not compare their conditions."""

    def indexes(connection: Connection) -> str:
        query = "SELECT sql FROM sqlite_master WHERE type = 'index'"
        if connection.dialect.name == "postgresql":
            query = "SELECT indexdef FROM pg_indexes"
        return "\n".join(row[0] for row in connection.exec_driver_sql(query) if row[0])

    made = asyncio.run(direct(database_url, indexes)).splitlines()
    for index in (index for table in metadata.sorted_tables for index in table.indexes):
        is_partial = index.dialect_options["sqlite"]["where"] is not None
        assert is_partial == (index.dialect_options["postgresql"]["where"] is not None)
        (line,) = [line for line in made if f"INDEX {index.name} ON" in line]
        assert (" WHERE " in line) == is_partial, line

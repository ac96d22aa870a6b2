"""The migrations make what the tables say, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert

from store.columns import metadata
from store.migrations.versions import r0007_audit_positions, r0010_audit_chain
from store.opening import open_store
from store.tables import events
from tests.direct import EXPRESSED, differences, direct
from tests.following import CHAIN
from tests.rows import event_values

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # EXPRESSED; the next test looks for it
def test_the_migrations_and_the_tables_say_the_same(database_url: Secret) -> None:
    """Alembic finds nothing to change. Planted: an index and a column left out; seen to fail."""
    assert asyncio.run(direct(database_url, differences)) == []


def test_every_index_has_its_condition_or_expression(database_url: Secret) -> None:
    """Alembic does not compare them."""

    def indexes(connection: Connection) -> str:
        query = "SELECT sql FROM sqlite_master WHERE type = 'index'"
        if connection.dialect.name == "postgresql":
            query = "SELECT indexdef FROM pg_indexes"
        found = [row[0] for row in connection.exec_driver_sql(query) if row[0]]
        return "\n".join(" ".join(each.split()) for each in found)

    made = asyncio.run(direct(database_url, indexes)).splitlines()
    for index in (index for table in metadata.sorted_tables for index in table.indexes):
        is_partial = index.dialect_options["sqlite"]["where"] is not None
        (line,) = [line for line in made if f"INDEX {index.name} ON" in line]
        assert (" WHERE " in line) == is_partial, line
        assert ("substr" in line) == (index.name == EXPRESSED), line


def test_events_of_before_are_numbered_by_the_migration(database_url: Secret) -> None:
    """They are told to nobody again: seal and chain go on behind them. Planted: no UPDATE; seen to fail."""

    def migrate(connection: Connection) -> None:
        connection.execute(insert(events).values(**event_values("old")))
        for statement in (
            "DROP TABLE event_seal",
            "DROP TABLE event_checkpoint",
            "DROP INDEX ix_events_position",
            "DROP INDEX ix_events_user_id_position",
            "DROP INDEX ix_events_unsealed",
            *(
                f"ALTER TABLE events DROP COLUMN {name}"
                for name in ("position", "digest", "digest_key", "counted")
            ),
        ):
            connection.exec_driver_sql(statement)
        with Operations.context(MigrationContext.configure(connection)):
            r0007_audit_positions.upgrade()
            r0010_audit_chain.upgrade()
        connection.execute(insert(events).values(**event_values("new")))

    async def sealed() -> list[tuple[str, int | None]]:
        await direct(database_url, migrate)
        store = open_store(database_url)
        found = await store.write(lambda unit: unit.events.seal(9, CHAIN))
        await store.close()
        return [(event.id, event.position) for event in found]

    assert asyncio.run(sealed()) == [("new", 2)]

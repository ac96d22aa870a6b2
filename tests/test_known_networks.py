"""Networks that signed a user in, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from store.attempts import Level
from store.known_networks import KNOWN_FOR
from store.migrations.versions import r0008_known_networks
from store.opening import open_store
from tests.chance import START
from tests.direct import direct
from tests.rows import DAY, add_user

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from credentials.secret import Secret
    from store.unit_of_work import Store

pytestmark = pytest.mark.anyio
MOMENT = timedelta(microseconds=1)


async def _has(store: Store, user_id: str, *digests: bytes, now: datetime = START) -> bool:
    return await store.read(lambda unit: unit.known_networks.has(user_id, digests, now))


async def test_a_network_is_known_for_ninety_days(store: Store) -> None:
    """To its user, by any of its digests, from its last sign-in on. Planted: no time; seen to fail."""
    mary, john = await store.write(add_user), await store.write(lambda unit: add_user(unit, "john"))
    assert not await _has(store, mary.id, b"here")
    await store.write(lambda unit: unit.known_networks.saw(mary.id, b"here", START))
    assert await _has(store, mary.id, b"other key's", b"here")
    assert not await _has(store, mary.id, b"there")
    assert not await _has(store, mary.id)
    assert not await _has(store, john.id, b"here")
    assert await _has(store, mary.id, b"here", now=START + KNOWN_FOR - MOMENT)
    assert not await _has(store, mary.id, b"here", now=START + KNOWN_FOR)
    await store.write(lambda unit: unit.known_networks.saw(mary.id, b"here", START + DAY))
    assert await _has(store, mary.id, b"here", now=START + KNOWN_FOR)


async def test_a_deleted_user_knows_no_network(store: Store) -> None:
    """The rows go with their user."""
    mary = await store.write(add_user)
    await store.write(lambda unit: unit.known_networks.saw(mary.id, b"here", START))
    await store.write(lambda unit: unit.users.delete(mary.id))
    assert not await _has(store, mary.id, b"here")


async def test_counts_of_before_go_on_after_the_migration(database_url: Secret) -> None:
    """A count that was begun waits on, and goes when its day is over. Planted: no UPDATE; seen to fail."""
    before = int(START.timestamp() * 1_000_000)

    def migrate(connection: Connection) -> None:
        for statement in (
            "DROP TABLE known_networks",
            "DROP INDEX ix_attempts_network",
            "DROP INDEX ix_attempts_kept_until",
            *(f"ALTER TABLE attempts DROP COLUMN {name}" for name in ("network", "last_at", "kept_until")),
            "CREATE INDEX ix_attempts_started_at ON attempts (started_at)",
        ):
            connection.exec_driver_sql(statement)
        old = {"key": b"key", "before": before, "until": before + 60_000_000}
        connection.execute(text("INSERT INTO attempts VALUES (:key, NULL, 9, :before, :until)"), old)
        with Operations.context(MigrationContext.configure(connection)):
            r0008_known_networks.upgrade()

    await direct(database_url, migrate)
    store = open_store(database_url)
    await store.write(lambda unit: unit.leftovers.attempts(START + DAY))
    waits = await store.glance(lambda unit: unit.attempts.waits([Level(b"key")], START))
    assert waits == [START + timedelta(minutes=1)]
    await store.write(lambda unit: unit.leftovers.attempts(START + DAY + MOMENT))
    assert await store.glance(lambda unit: unit.attempts.waits([Level(b"key")], START)) == [None]
    await store.close()

"""How a database becomes what this code expects: from nothing, again, twice at once, and from the future."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import DBAPIError

from credentials.secret import Secret
from store.columns import metadata
from store.faults import Locked, StoreUnavailable
from store.installation import Installation
from store.migrate import MIGRATION_LOCK
from store.migrate_steps import MIGRATIONS
from store.opening import embedded_path, upgrade
from store.postgresql import NoHostAnswers
from store.revision import NEWEST, SchemaTooNew
from tests.conftest import DATABASES
from tests.direct import direct, held_open

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.postgres import PostgresServer

UPGRADE = """
import sys
from credentials.secret import Secret
from store.opening import upgrade
upgrade(Secret(sys.argv[1]))
"""
STARTS = 2
#: Seconds. Many times what a migration of nothing takes, and the wait for a table.
PATIENCE = 30


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Secret]:
    """The URL of a database without a table; the embedded one's file is not there yet."""
    if request.param == "sqlite":
        yield Secret(f"sqlite:///{tmp_path / 'new.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    yield Secret(server.create_database(name))
    server.drop_database(name)


def _revision(url: Secret) -> str | None:
    return asyncio.run(direct(url, lambda connection: Installation(connection).revision()))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_an_empty_database_gets_every_table(empty_url: Secret) -> None:
    """And says which migration it has come to."""
    upgrade(empty_url)
    assert asyncio.run(direct(empty_url, _tables)) == {*metadata.tables, "alembic_version"}
    assert _revision(empty_url) == NEWEST


def test_a_second_start_changes_nothing(database_url: Secret) -> None:
    """Not a statement that writes or defines."""
    sent: list[str] = []

    def note(*call: object) -> None:
        sent.append(str(call[2]).split()[0])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        upgrade(database_url)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(sent) <= {"BEGIN", "PRAGMA", "SELECT"}
    assert "SELECT" in sent


def test_two_first_starts_at_once_both_succeed(empty_url: Secret) -> None:
    """One migrates, the other finds nothing to do."""
    command = [sys.executable, "-c", UPGRADE, empty_url.reveal()]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(STARTS)]
    faults = [start.communicate(timeout=60)[1] for start in starts]
    assert [start.returncode for start in starts] == [0] * STARTS, faults
    assert _revision(empty_url) == NEWEST


async def _start_beside(url: Secret, lock: tuple[str, ...]) -> None:
    async with held_open(url, *lock):
        start = asyncio.create_task(asyncio.to_thread(upgrade, url))
        done, _ = await asyncio.wait([start], timeout=0.3)
        assert not done
    await start


def test_a_start_waits_for_anothers_migration(database_url: Secret) -> None:
    """By SQLite's own lock, by an advisory one of PostgreSQL's. Planted: no lock; seen to fail."""
    embedded = embedded_path(database_url) is not None
    lock = () if embedded else (f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})",)
    asyncio.run(_start_beside(database_url, lock))
    assert _revision(database_url) == NEWEST


def test_a_database_from_the_future_is_refused(database_url: Secret) -> None:
    """Both revisions are named, nothing is changed."""

    def advance(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    asyncio.run(direct(database_url, advance))
    with pytest.raises(SchemaTooNew, match=f"9999.*{NEWEST}"):
        upgrade(database_url)
    assert _revision(database_url) == "9999"


def test_a_migration_needs_a_database() -> None:
    """A server that is not there is named as such; port 9 (discard) has no server here."""
    with pytest.raises(NoHostAnswers, match="ConnectionRefusedError"):
        upgrade(Secret("postgresql://postgres@127.0.0.1:9/rekey"))


def _before_names_by_user(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "0012")


async def _start_beside_a_backup(url: Secret) -> None:
    async with held_open(url, "LOCK TABLE login_names IN ACCESS SHARE MODE"):
        start = asyncio.create_task(asyncio.to_thread(upgrade, url))
        done, _ = await asyncio.wait([start], timeout=PATIENCE)
        assert done
    with pytest.raises(DBAPIError) as raised:
        await start
    assert isinstance(StoreUnavailable.because(raised.value), Locked)


def test_a_table_that_is_read_for_long_is_not_waited_for(postgres: PostgresServer) -> None:
    """PostgreSQL: everybody would wait behind the migration; it gives up, and goes through another time.

    Planted: no bound; seen to fail.
    """
    url = Secret(postgres.create_database("held"))
    asyncio.run(direct(url, _before_names_by_user))
    asyncio.run(_start_beside_a_backup(url))
    assert _revision(url) == "0012"
    upgrade(url)
    assert _revision(url) == NEWEST
    postgres.drop_database("held")

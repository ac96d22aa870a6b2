"""The installation, opened and made."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy.exc import ProgrammingError

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from credentials.secret import Secret
from server.installation import Opened, migrate, open_installation, prepare
from server.root_key import make_root_key
from server.settings import BadSettings, Settings, load
from store.unit_of_work import StoreUnavailable
from tests.servers import CHEAP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer

pytestmark = pytest.mark.anyio
CHANCE = Chance()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with everything in one folder."""
    return load({**CHEAP, "REKEY_DATA_DIR": str(tmp_path / "var")}, dotenv=None)


@pytest.fixture
def prepared(settings: Settings) -> Settings:
    """The same, with a database that is migrated and empty."""
    prepare(settings, may_found=True)
    return settings


async def opened(settings: Settings, *, may_found: bool = False) -> Opened:
    """Opens an installation, and closes it again."""
    async with open_installation(settings, CHANCE, may_found=may_found) as found:
        return found


async def refusal(settings: Settings, *, may_found: bool = False) -> str:
    """The line with which opening is refused."""
    with pytest.raises(BadSettings) as caught:
        await opened(settings, may_found=may_found)
    return str(caught.value)


def test_nothing_is_made_where_nothing_may_be(settings: Settings) -> None:
    """Without leave to found, a missing database is named with what to do, and nothing is made."""
    with pytest.raises(BadSettings, match=r"no database at .*rekey\.db; run rekey init"):
        prepare(settings, may_found=False)
    assert not settings.data_dir.exists()


async def test_an_installation_is_founded_once(prepared: Settings) -> None:
    """The second opening finds the first's root key and signing key, and needs no leave."""
    first = await opened(prepared, may_found=True)
    second = await opened(prepared)
    assert second.ring.current_id == first.ring.current_id
    assert second.signing_keys[0].key.kid == first.signing_keys[0].key.kid
    assert len(first.signing_keys) == 1


async def test_an_empty_database_is_refused_without_leave(prepared: Settings) -> None:
    """Keys are not made by whoever comes first; the line names `rekey init`."""
    assert "run rekey init" in await refusal(prepared)
    assert not prepared.root_key_file.exists()


async def test_founders_at_once_share_one_key(prepared: Settings) -> None:
    """Four that found the same installation at once end with one root key and one signing key."""
    founders = [opened(prepared, may_found=True) for _ in range(4)]
    found = await asyncio.gather(*founders)
    assert len({each.ring.current_id for each in found}) == 1
    assert len({dated.key.kid for each in found for dated in each.signing_keys}) == 1


async def test_a_root_key_that_was_there_is_used(prepared: Settings) -> None:
    """A key that an operator put there is not replaced by a new one."""
    ring = make_root_key(prepared.root_key_file, CHANCE)
    assert (await opened(prepared, may_found=True)).ring.current_id == ring.current_id


async def test_a_lost_root_key_is_not_replaced(prepared: Settings) -> None:
    """A database whose root key is gone is refused, also to whoever may found.

    Planted: a new key made there; seen to fail.
    """
    await opened(prepared, may_found=True)
    prepared.root_key_file.unlink()
    assert "restore it" in await refusal(prepared, may_found=True)
    assert not prepared.root_key_file.exists()


async def test_another_root_key_is_refused(prepared: Settings) -> None:
    """A database opens with the root key that it was made with, and no other.

    Planted: the comparison with the check value removed; seen to fail.
    """
    await opened(prepared, may_found=True)
    prepared.root_key_file.unlink()
    make_root_key(prepared.root_key_file, CHANCE)
    assert "not the one" in await refusal(prepared)


async def test_a_second_root_key_is_known_and_not_yet_used(prepared: Settings) -> None:
    """What a start finds in the file is used once the installation names it. Planted: the last; failed."""
    first = await opened(prepared, may_found=True)
    with prepared.root_key_file.open("a") as file:
        file.write(KeyRing.new_text(CHANCE))
    second = await opened(prepared)
    assert second.ring.current_id == first.ring.current_id
    assert len(second.ring.ids) == 2


async def test_a_signing_key_that_does_not_open_is_told(prepared: Settings) -> None:
    """Where its root key was taken out of the file, the line says so."""
    await opened(prepared, may_found=True)
    connection = sqlite3.connect(prepared.data_dir / "rekey.db")
    connection.execute("UPDATE signing_keys SET sealed_key = '00000000'")
    connection.commit()
    connection.close()
    assert "restore the file" in await refusal(prepared)


async def test_a_database_of_another_version_is_refused(prepared: Settings) -> None:
    """A database that is not migrated is named with what to do."""
    connection = sqlite3.connect(prepared.data_dir / "rekey.db")
    connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.commit()
    connection.close()
    assert "run rekey db upgrade" in await refusal(prepared)


async def make_a_table_in_the_way(url: str) -> None:
    """Makes a table that the first migration makes too."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE users (id text)")
    await connection.close()


def test_what_passes_is_told_from_defects(tmp_path: Path, postgres: PostgresServer) -> None:
    """A database that is not there is unavailable; a migration that the database refuses is a defect."""
    with pytest.raises(StoreUnavailable, match="FileNotFoundError"):
        migrate(Secret(f"sqlite:///{tmp_path}/nowhere/rekey.db"))
    url = postgres.create_database("migrate_defect")
    asyncio.run(make_a_table_in_the_way(url))
    with pytest.raises(ProgrammingError):
        migrate(Secret(url))
    postgres.drop_database("migrate_defect")

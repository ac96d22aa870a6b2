"""The embedded database: how its connections are set up, and who waits for whom."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from credentials.secret import Secret
from store.opening import upgrade
from store.sqlite import READERS, SqliteStore, sqlite_engine
from tests.direct import held_open
from tests.rows import add_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from store.unit_of_work import Unit

pytestmark = pytest.mark.anyio


@pytest.fixture
async def embedded(path: Path) -> AsyncIterator[SqliteStore]:
    """A store on the file."""
    store = SqliteStore(path)
    yield store
    await store.close()


@pytest.mark.parametrize("writing", [True, False])
def test_every_connection_is_set_up(path: Path, *, writing: bool) -> None:
    """A commit is on the disk, references hold, readers cannot write, and a lock is waited for."""
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "query_only": int(not writing),
    }
    if not writing:
        sqlite_engine(path, writing=True).connect().close()
    with sqlite_engine(path, writing=writing).begin() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    assert found == wanted


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    """Only a migration makes it; an empty database in its place would look like a first start."""
    with pytest.raises(OperationalError, match="unable to open"):
        sqlite_engine(tmp_path / "none.db", writing=True).connect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.db", "a%20b?mode=ro.db", "a#b.db", "ä.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    """What means something in a URL means nothing here."""
    upgrade(Secret(f"sqlite:///{tmp_path / name}"))
    assert name in {file.name for file in tmp_path.iterdir()}


async def test_readers_do_not_wait_for_a_writer(path: Path, embedded: SqliteStore) -> None:
    """While another process writes, reads see what was committed before."""
    await embedded.write(add_user)
    async with held_open(Secret(f"sqlite:///{path}"), "DELETE FROM users"):
        for run in (embedded.read, embedded.glance):
            assert await asyncio.wait_for(run(lambda unit: unit.users.by_login("mary")), 1)
    assert await embedded.read(lambda unit: unit.users.by_login("mary")) is None


async def test_a_writer_waits_for_another_process(path: Path, embedded: SqliteStore) -> None:
    """It has its turn after the other's commit."""
    async with held_open(Secret(f"sqlite:///{path}")):
        waiting = asyncio.create_task(embedded.write(add_user))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
    assert (await waiting).username == "mary"


async def test_each_kind_of_work_has_its_thread(embedded: SqliteStore) -> None:
    """Writes one, reads a few, a glance the caller's own."""

    def thread(_unit: Unit) -> str:
        return threading.current_thread().name

    writes = await asyncio.gather(*(embedded.write(thread) for _ in range(9)))
    reads = await asyncio.gather(*(embedded.read(thread) for _ in range(9)))
    assert len(set(writes)) == 1
    assert 1 <= len(set(reads)) <= READERS
    assert not set(writes) & set(reads)
    assert await embedded.glance(thread) == threading.current_thread().name


async def test_others_go_on_before_a_glance(embedded: SqliteStore) -> None:
    """What waits for the event loop has its turn before something is read there. Planted: no turn given."""
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    assert await embedded.glance(lambda _unit: turn.is_set())


async def test_a_closed_store_leaves_one_file(path: Path, embedded: SqliteStore) -> None:
    """The journal is folded in when the last connection goes: the file alone can be copied."""
    await embedded.write(add_user)
    assert await embedded.read(lambda unit: unit.users.by_login("mary"))
    assert len(list(path.parent.iterdir())) > 1
    await embedded.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]

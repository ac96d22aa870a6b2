"""A database that cannot: said clearly, nothing lost, and the next request works once it is mended."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from credentials.secret import Secret
from store.faults import StoreUnavailable, is_defect, reason_of
from store.opening import embedded_path
from store.sqlite import Lane, SqliteStore, sqlite_engine
from tests.direct import direct, held_open
from tests.rows import add_user, session_of, user_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

#: A lock is not waited for as long as in production.
SHORT_TIMEOUT_MS = 50
#: Debian's user for nobody: chmod does not bind root.
NOBODY = 65534
SECRET = "a-value-that-nobody-may-see"  # noqa: S105  a test's


async def _works(store: SqliteStore) -> None:
    """Every way through the store, once."""
    user = await store.write(add_user, "after")
    assert await store.read(lambda unit: unit.users.by_id(user.id)) == user
    assert await store.glance(lambda unit: unit.users.by_id(user.id)) == user


async def test_a_lock_of_another_process_is_waited_for_and_then_told(path: Path) -> None:
    """Busy for longer than the timeout: unavailable; free again: the next write works."""
    store = SqliteStore(path, SHORT_TIMEOUT_MS)
    async with held_open(Secret(f"sqlite:///{path}")):
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            await store.write(add_user)
    await _works(store)
    await store.close()


async def test_queued_writes_do_not_wait_for_a_lock_one_after_the_other(path: Path) -> None:
    """Of those queued at once one waits, or a second that came a moment later; what comes after tries again.

    Planted: each of them waiting after the other; the later one refused too; seen to fail.
    """
    store = SqliteStore(path, SHORT_TIMEOUT_MS)
    async with held_open(Secret(f"sqlite:///{path}")):
        writes = [store.write(add_user, str(number)) for number in range(9)]
        told = [str(each) for each in await asyncio.gather(*writes, return_exceptions=True)]
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            await store.write(add_user)
    refused = told.count("the database did not answer: it was locked all the time that this was queued")
    assert told.count("the database did not answer: SQLITE_BUSY") == 9 - refused
    assert refused >= 7
    await _works(store)
    await store.close()


async def test_a_long_queue_of_writes_that_succeed_is_served(path: Path) -> None:
    """However long they wait for each other. Planted: refused for their waiting alone; seen to fail."""
    store = SqliteStore(path, busy_timeout_ms=0)
    await asyncio.gather(*(store.write(add_user, str(number)) for number in range(9)))
    await store.close()


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """A file system that takes no writes, as far as this process is concerned."""
    files = [folder, *folder.iterdir()]
    modes = [file.stat().st_mode for file in files]
    for file in files:
        file.chmod(0o555)
    me = os.geteuid()
    os.seteuid(me or NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)
        for file, mode in zip(files, modes, strict=True):
            file.chmod(mode)


@pytest.fixture
def reachable(migrated_sqlite: bytes) -> Iterator[Path]:
    """A migrated file in a folder that another user may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "rekey.db"
        file.write_bytes(migrated_sqlite)
        yield file


async def test_a_read_only_file_is_told(reachable: Path) -> None:
    """Writes fail, nothing is changed; made writable, the next one works."""
    store = SqliteStore(reachable)
    with (
        _read_only(reachable.parent),
        pytest.raises(StoreUnavailable, match=r"SQLITE_(READONLY|CANTOPEN)"),
    ):
        await store.write(add_user)
    await _works(store)
    await store.close()


async def test_a_full_disk_is_told(path: Path) -> None:
    """Everything of the transaction is gone; with room again, the next one works."""
    engine = sqlite_engine(path, writing=True)
    room = {"pages": 1}

    @event.listens_for(engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")

    lane = Lane(engine, path)

    def fill(unit: Unit) -> None:
        add_user(unit, full_name="x" * 100_000)

    with pytest.raises(StoreUnavailable, match="SQLITE_FULL"):
        lane.run(fill)
    room["pages"] = 10_000
    assert lane.run(lambda unit: unit.users.by_login("mary")) is None
    lane.run(fill)
    lane.close()


async def test_a_file_that_is_gone_is_told_and_not_made_anew(path: Path) -> None:
    """SQLite would go on with the removed file, and a new process with an empty one."""
    store = SqliteStore(path)
    await store.write(add_user)
    await store.close()
    store = SqliteStore(path)
    await store.read(lambda unit: unit.users.by_login("mary"))
    away = path.with_suffix(".away")
    shutil.move(path, away)
    for run in (store.write, store.read, store.glance):
        with pytest.raises(StoreUnavailable, match="FileNotFoundError"):
            await run(lambda unit: unit.users.by_login("mary"))
    assert path.name not in {file.name for file in path.parent.iterdir()}
    shutil.move(away, path)
    assert await store.read(lambda unit: unit.users.by_login("mary"))
    await _works(store)
    await store.close()


async def test_a_file_that_was_replaced_is_the_one_that_is_used(path: Path, migrated_sqlite: bytes) -> None:
    """A backup that was put back under a running process is read, not the file that is no more."""
    store = SqliteStore(path)
    await store.write(add_user)
    assert await store.read(lambda unit: unit.users.by_login("mary"))
    backup = path.with_suffix(".backup")
    backup.write_bytes(migrated_sqlite)
    for journal in path.parent.glob("rekey.db-*"):
        journal.unlink()
    backup.replace(path)
    for run in (store.read, store.glance, store.write):
        assert await run(lambda unit: unit.users.by_login("mary")) is None
    await _works(store)
    await store.close()


async def test_what_is_no_database_is_told(path: Path) -> None:
    """A file that was overwritten; mended, the next request works."""
    kept = path.with_suffix(".kept")
    shutil.copy(path, kept)
    shutil.copy(__file__, path)
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB"):
        await store.read(lambda unit: unit.users.by_login("mary"))
    kept.replace(path)
    await _works(store)
    await store.close()


async def test_a_read_that_writes_is_refused(store: Store) -> None:
    """On either database: what is asked for as a read changes nothing."""
    for run in (store.read, store.glance):
        with pytest.raises(StoreUnavailable, match=r"SQLITE_READONLY|SQLSTATE 25006"):
            await run(add_user)
    assert await store.write(lambda unit: unit.users.by_login("mary")) is None


async def test_a_defect_comes_through_as_it_is(store: Store) -> None:
    """A broken constraint would be broken again; its text holds no value, and the next request works."""
    user = await store.write(add_user)
    with pytest.raises(IntegrityError) as raised:
        await store.write(lambda unit: unit.users.add(user_values("mary", verifier=SECRET)))
    assert SECRET not in str(raised.value)
    assert await store.read(lambda unit: unit.users.by_id(user.id)) == user


async def test_a_reference_is_checked_at_the_commit(store: Store) -> None:
    """Names that are claimed for a user who never comes."""
    with pytest.raises(IntegrityError):
        await store.write(lambda unit: unit.users.claim_names("nobody", ["mary"]))
    assert await store.write(lambda unit: unit.users.claim_names("nobody", [])) is None
    assert await store.read(lambda unit: unit.users.by_login("mary")) is None


async def test_unavailable_carries_neither_statement_nor_value(database_url: Secret, store: Store) -> None:
    """Not in its text, nor in an exception that hangs on it."""
    user = await store.write(add_user)
    await direct(database_url, _rename_table)
    session = session_of(user, address=SECRET)
    with pytest.raises(DBAPIError if embedded_path(database_url) is None else StoreUnavailable) as raised:
        await store.write(lambda unit: unit.sessions.begin(session))
    assert SECRET not in str(raised.value)
    if isinstance(raised.value, StoreUnavailable):
        assert str(raised.value) == "the database did not answer: SQLITE_ERROR"
        assert raised.value.__context__ is raised.value.__cause__ is None


def _rename_table(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE sessions RENAME TO elsewhere")


def _wrapped(kind: type[DBAPIError], driver: BaseException) -> DBAPIError:
    return kind("SELECT 1", None, driver)


class AnsweredError(Exception):
    """What a driver raises for an answer of PostgreSQL's."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"answered {sqlstate}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("fault", "defect"),
    [
        (_wrapped(IntegrityError, sqlite3.IntegrityError()), True),
        (_wrapped(ProgrammingError, sqlite3.ProgrammingError()), True),
        (_wrapped(DBAPIError, AnsweredError("22003")), True),  # numeric value out of range
        (_wrapped(DBAPIError, AnsweredError("57P01")), False),  # admin shutdown
        (_wrapped(DBAPIError, AnsweredError("40P01")), False),  # deadlock detected
        (_wrapped(DBAPIError, sqlite3.OperationalError()), False),
        (TimeoutError(), False),
        (OSError(), False),
    ],
)
def test_what_would_fail_again_is_a_defect(fault: BaseException, *, defect: bool) -> None:
    """Classes of SQLSTATE by PostgreSQL's documentation, appendix A."""
    assert is_defect(fault) is defect


async def test_a_value_that_does_not_fit_is_a_defect(store: Store) -> None:
    """Either driver refuses it by itself; no database is to blame."""
    with pytest.raises((DBAPIError, OverflowError)):
        await store.write(lambda unit: unit.users.change("id", 2**70, {}, turn=False))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (_wrapped(DBAPIError, AnsweredError("57P01")), "SQLSTATE 57P01"),
        (_wrapped(DBAPIError, ConnectionResetError()), "ConnectionResetError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_reason_is_the_name_of_a_kind(fault: BaseException, reason: str) -> None:
    """No text of the server's: it repeats what was sent."""
    assert reason_of(fault) == reason
    assert str(StoreUnavailable.because(fault)).endswith(reason)

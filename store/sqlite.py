"""SQLite: one writing connection on one thread, a few reading ones, and one that reads in place."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from store.faults import FAULTS, StoreUnavailable, is_defect
from store.stretch import give_way
from store.unit_of_work import Store, Unit
from store.work_threads import WorkThreads
from store.write_thread import WriteThread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from sqlalchemy import Connection

Result = TypeVar("Result")

#: Longer than any transaction here; another process writes for a few milliseconds at a time.
BUSY_TIMEOUT_MS = 10_000
#: On the event loop nothing may wait: readers of a WAL never do, unless somebody locks the whole file.
IN_PLACE_TIMEOUT_MS = 20
#: Reads are short; a second thread keeps a long list from holding up a short one.
READERS = 2

#: By whether it writes: one that does takes the lock at once, since to take it later may be refused.
_BEGIN = {True: "BEGIN IMMEDIATE", False: "BEGIN DEFERRED"}


def sqlite_engine(path: Path, *, writing: bool, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine on a file that is there, whose transactions begin IMMEDIATE (writing) or DEFERRED."""
    engine = _engine(path, writing=writing, busy_timeout_ms=busy_timeout_ms)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_BEGIN[writing])

    return engine


def glancing_engine(path: Path, busy_timeout_ms: int) -> Engine:
    """An engine for one statement at a time, which SQLite itself makes a transaction of."""
    return _engine(path, writing=False, busy_timeout_ms=busy_timeout_ms)


def _engine(path: Path, *, writing: bool, busy_timeout_ms: int) -> Engine:
    # SQLite makes a missing file unless told; an empty database in place of one that is gone helps nobody.
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def creator() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, check_same_thread=False)

    # A defect's text may be logged: it must not repeat the values.
    engine = create_engine("sqlite://", creator=creator, poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        pragmas = [f"busy_timeout = {busy_timeout_ms}", "foreign_keys = on", "synchronous = full"]
        pragmas.append("journal_mode = wal" if writing else "query_only = on")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


class Lane:
    """One connection, opened when first needed and again after a fault. Used by one thread at a time.

    Args:
        engine: where connections come from.
        path: the file that they must be to.
        begin: the statement that begins a transaction, which the driver is not to do; none for one statement.
    """

    def __init__(self, engine: Engine, path: Path, begin: str | None = None) -> None:
        self._engine = engine
        self._path = path
        self._begin = begin
        self._file: tuple[int, int] | None = None
        self._connection: Connection | None = None

    def run(self, work: Callable[[Unit], Result]) -> Result:
        """Runs `work` in a transaction of its own.

        Raises:
            StoreUnavailable: the database could not.
        """
        done = list[Result]()
        self.run_all([work], done)
        return done[0]

    def run_all(self, works: Iterable[Callable[[Unit], Result]], done: list[Result]) -> None:
        """Runs each of `works` in one transaction, and puts what it gives into `done` before the commit.

        Raises:
            StoreUnavailable: the database could not.
        """
        try:
            connection = self._open()
            with connection.begin():
                if self._begin is not None:
                    connection.exec_driver_sql(self._begin)
                done.extend(work(Unit(connection)) for work in works)
        except FAULTS as fault:
            self.close()
            if is_defect(fault):
                raise
            unavailable = StoreUnavailable.because(fault)
        else:
            return
        raise unavailable

    def _open(self) -> Connection:
        # SQLite goes on with a file that was removed or replaced, and what it writes there is lost.
        status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        if file != self._file:
            self.close()
        if self._connection is None:
            self._connection = self._engine.connect()
            self._file = file
        return self._connection

    def close(self) -> None:
        """Closes the connection; the next `run` opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SqliteStore(Store):
    """The embedded database at `path`, already migrated.

    Args:
        path: the database's file.
        busy_timeout_ms: how long to wait for another process's lock, in milliseconds.
    """

    def __init__(self, path: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        super().__init__()
        self._path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._writer = self._lane(busy_timeout_ms, writing=True)
        self._write_thread = WriteThread(self._writer, busy_timeout_ms / 1000)
        self._read_threads = WorkThreads(READERS, "rekey-read")
        in_place_ms = min(IN_PLACE_TIMEOUT_MS, busy_timeout_ms)
        self._here = Lane(glancing_engine(path, in_place_ms), path)
        self._per_thread = threading.local()
        self._readers: list[Lane] = []

    def _lane(self, busy_timeout_ms: int, *, writing: bool) -> Lane:
        engine = _engine(self._path, writing=writing, busy_timeout_ms=busy_timeout_ms)
        return Lane(engine, self._path, _BEGIN[writing])

    def _reader(self) -> Lane:
        lane: Lane | None = getattr(self._per_thread, "lane", None)
        if lane is None:
            lane = self._per_thread.lane = self._lane(self._busy_timeout_ms, writing=False)
            self._readers.append(lane)
        return lane

    def _write(self, work: Callable[[Unit], Result]) -> Awaitable[Result]:
        return self._write_thread.run(work)

    def _read(self, work: Callable[[Unit], Result]) -> Awaitable[Result]:
        def read() -> Result:
            return self._reader().run(work)

        return self._read_threads.run(read)

    async def _glance(self, work: Callable[[Unit], Result]) -> Result:
        await give_way()  # what is read here holds up the event loop
        return self._here.run(work)

    async def _close(self) -> None:
        await asyncio.to_thread(self._write_thread.close)
        await asyncio.to_thread(self._read_threads.close)
        for lane in (self._writer, self._here, *self._readers):
            lane.close()

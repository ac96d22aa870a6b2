"""PostgreSQL by asyncpg, READ COMMITTED; transactions are the same plain functions, by `run_sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.faults import FAULTS, Deadlock, StoreUnavailable, is_defect
from store.unit_of_work import Store, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from credentials.secret import Secret

Result = TypeVar("Result")

#: Seconds. A frozen host must not hold up the next in the list for longer than a user waits.
CONNECT_TIMEOUT = 1.0
#: How often the list is gone through: a server that is busy with many new connections may be late once.
ROUNDS = 2
#: Seconds. The slowest statement here is a page of the audit; more means that the server hangs.
COMMAND_TIMEOUT = 2.0
#: PostgreSQL's default is 100 connections; this leaves room for several processes.
POOL_SIZE = 10
#: Seconds. Who waits longer for a free connection is better told to come again.
POOL_TIMEOUT = 5.0
#: How often a transaction is begun that was ended for another's sake; a deadlock costs a second to notice.
TRIES = 3
#: What asyncpg raises for a host that cannot serve; the last is a standby's.
_HOST_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.TargetServerAttributeNotMatched,
)


class NoHostAnswers(OSError):  # noqa: N818  what is so, not what was done wrong
    """No host of the URL answers in time and may be written to."""


def hosts_of(url: Secret) -> list[str]:
    """One URL for each host of `postgresql://user:pw@host1:5432,host2:5432/db`, in order."""
    parts = urlsplit(url.reveal())
    account, at, hosts = parts.netloc.rpartition("@")
    return [
        urlunsplit(("postgresql", f"{account}{at}{host}", parts.path, parts.query, ""))
        for host in hosts.split(",")
    ]


async def connect(
    url: Secret, command_timeout: float | None = COMMAND_TIMEOUT
) -> asyncpg.Connection[asyncpg.Record]:
    """Connects to the first host that answers in time and may be written to.

    Raises:
        NoHostAnswers: none does; it names the kind of the last host's fault.
    """
    reason = ""
    for host in ROUNDS * hosts_of(url):
        try:
            return await asyncpg.connect(
                host,
                timeout=CONNECT_TIMEOUT,
                command_timeout=command_timeout,
                target_session_attrs=SessionAttribute.read_write,
            )
        except _HOST_FAULTS as fault:
            reason = type(fault).__name__
    raise NoHostAnswers(reason)


def postgresql_engine(url: Secret, command_timeout: float | None = COMMAND_TIMEOUT) -> AsyncEngine:
    """An engine on the first host that can be written to."""

    async def creator() -> asyncpg.Connection[asyncpg.Record]:
        return await connect(url, command_timeout)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=creator,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        # A defect's text may be logged: it must not repeat the values.
        hide_parameters=True,
        isolation_level="READ COMMITTED",
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401  SQLAlchemy's adapter
        # The server's end of a connection is noticed at once; asking it each time would cost a round trip.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine


class PostgresqlStore(Store):
    """The database behind `url`, already migrated."""

    def __init__(self, url: Secret) -> None:
        super().__init__()
        self._writing_engine = postgresql_engine(url)
        # The same connections, with BEGIN READ ONLY: a read that writes fails here as it does on SQLite.
        self._reading_engine = self._writing_engine.execution_options(postgresql_readonly=True)

    async def _run(self, engine: AsyncEngine, work: Callable[[Unit], Result]) -> Result:
        def run(connection: Connection) -> Result:
            return work(Unit(connection))

        try:
            async with engine.begin() as connection:
                return await connection.run_sync(run)
        except FAULTS as fault:
            if is_defect(fault):
                raise
            unavailable = StoreUnavailable.because(fault)
        raise unavailable

    async def _write(self, work: Callable[[Unit], Result], tries: int = TRIES) -> Result:
        try:
            return await self._run(self._writing_engine, work)
        except Deadlock:
            if tries == 1:
                raise
        return await self._write(work, tries - 1)

    async def _read(self, work: Callable[[Unit], Result]) -> Result:
        return await self._run(self._reading_engine, work)

    async def _glance(self, work: Callable[[Unit], Result]) -> Result:
        return await self._run(self._reading_engine, work)

    async def _close(self) -> None:
        await self._writing_engine.dispose()

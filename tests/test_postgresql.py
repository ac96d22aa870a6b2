"""PostgreSQL: which host is used, and that a server which went away is used again."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from credentials.secret import Secret
from store.faults import StoreUnavailable
from store.opening import open_store, upgrade
from store.postgresql import CONNECT_TIMEOUT, TRIES, NoHostAnswers, connect, hosts_of
from tests.chance import START
from tests.direct import direct, held_open
from tests.postgres import LOOPBACK, SERVER_USER, missing_postgres, postgres_server
from tests.requirements import require
from tests.rows import add_user, strike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from credentials.model import User
    from store.unit_of_work import Unit
    from tests.postgres import PostgresServer

pytestmark = pytest.mark.anyio

#: Slack on a busy machine; asyncpg's own limit for a list of hosts is a minute.
SOON = 2 * CONNECT_TIMEOUT


@pytest.fixture
def url(databases: Callable[[str], AbstractContextManager[Secret]]) -> Iterator[Secret]:
    """The URL of a migrated database."""
    with databases("postgresql") as made:
        yield made


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://me:p%40ss@a:1,b:2/db?x=y", ["me:p%40ss@a:1/db?x=y", "me:p%40ss@b:2/db?x=y"]),
        ("postgres://[::1]:1,b/db", ["[::1]:1/db", "b/db"]),
        ("postgresql://a/db", ["a/db"]),
    ],
)
def test_each_host_has_its_url(url: str, hosts: list[str]) -> None:
    """In the order of the setting, each with the account, the database and the parameters."""
    assert hosts_of(Secret(url)) == [f"postgresql://{host}" for host in hosts]


def _before(url: Secret, port: int) -> Secret:
    """The same URL with another host before its own."""
    return Secret(url.reveal().replace(f"@{LOOPBACK}:", f"@{LOOPBACK}:{port},{LOOPBACK}:"))


@pytest.mark.parametrize("listens", [False, True])
async def test_the_next_host_is_used_where_the_first_does_not_answer(url: Secret, *, listens: bool) -> None:
    """A host that refuses costs nothing, one that is frozen a second. Planted: no timeout; seen to fail."""
    with socket.socket() as frozen:
        frozen.bind((LOOPBACK, 0))
        if listens:
            frozen.listen()
        store = open_store(_before(url, frozen.getsockname()[1]))
        begun = time.monotonic()
        await store.write(add_user)
        assert time.monotonic() - begun < SOON
        await store.close()


async def test_a_host_that_cannot_be_written_to_is_not_used(url: Secret) -> None:
    """As a standby cannot: its session is read-only."""
    connection = await asyncpg.connect(url.reveal())
    name = url.reveal().rpartition("/")[2]
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await connection.close()
    with pytest.raises(NoHostAnswers, match="TargetServerAttributeNotMatched"):
        await connect(url)


async def test_a_fault_names_no_account() -> None:
    """Neither the host's name nor the password."""
    with pytest.raises(NoHostAnswers) as raised:
        await connect(Secret("postgresql://me:secret@127.0.0.1:9/db"))
    assert str(raised.value) == "ConnectionRefusedError"
    assert raised.value.__context__ is None


async def test_connections_that_the_server_ended_are_replaced(url: Secret) -> None:
    """Nobody notices: the pool looks before it hands one out."""
    store = open_store(url)

    def me(unit: Unit) -> bool:
        return unit.installation.had_user()

    await asyncio.gather(*(store.read(me) for _ in range(4)))
    await _end_connections(url)
    await asyncio.sleep(0.1)  # for the news to arrive
    await asyncio.gather(*(store.read(me) for _ in range(4)))
    await store.write(add_user)
    await store.close()


async def _end_connections(url: Secret) -> None:
    """Ends those that do nothing, and those that wait for a lock."""
    connection = await asyncpg.connect(url.reveal())
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (state = 'idle' OR wait_event_type = 'Lock')"
    )
    await connection.close()


async def test_a_transaction_whose_connection_ends_is_unavailable(url: Secret) -> None:
    """Rolled back, said so, and the next one works."""
    store = open_store(url)
    user = await store.write(add_user)
    async with held_open(url, "LOCK TABLE users"):
        waiting = asyncio.create_task(store.write(lambda unit: unit.users.delete(user.id)))
        await asyncio.sleep(0.2)
        await _end_connections(url)
        with pytest.raises(StoreUnavailable, match=r"SQLSTATE (57P01|08003)"):
            await waiting
    assert await store.read(lambda unit: unit.users.by_id(user.id)) == user
    await store.close()


def crossing(names: list[bytes], runs: list[bytes], most: int) -> Callable[[Unit], None]:
    """A transaction that holds its rows in this order, and says each time that it is run."""

    def work(unit: Unit) -> None:
        runs.append(names[0])
        assert len(runs) <= most
        for name in names:
            unit.attempts.add(name, START, timedelta(days=1))

    return work


async def test_a_transaction_that_was_ended_for_another_is_begun_anew(url: Secret) -> None:
    """Of two that wait for each other PostgreSQL ends one; it runs once more, and both are committed.

    Planted: given up at once; seen to fail.
    """
    store = open_store(url)
    runs = list[bytes]()
    orders = ([b"a", b"b"], [b"b", b"a"])
    await asyncio.gather(*(store.write(crossing(names, runs, 3)) for names in orders))
    assert await store.read(lambda unit: unit.attempts.taken(b"a", START, timedelta(days=1))) == 2
    await store.close()


async def test_one_that_is_always_ended_is_given_up(url: Secret) -> None:
    """After three tries it is unavailable, and nothing of it is written. Planted: tried for ever; failed."""
    store = open_store(url)
    runs = list[int]()

    def unlucky(unit: Unit) -> None:
        runs.append(1)
        unit.attempts.add(b"a", START, timedelta(days=1))
        text = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"
        unit._connection.exec_driver_sql(text)  # noqa: SLF001  PostgreSQL raises it when it will

    with pytest.raises(StoreUnavailable, match="SQLSTATE 40001"):
        await store.write(unlucky)
    assert len(runs) == TRIES
    assert await store.read(lambda unit: unit.attempts.taken(b"a", START, timedelta(days=1))) == 0
    await store.close()


HOLDERS: dict[str, Callable[[Unit, User], object]] = {
    "strike": strike,
    "by_id": lambda unit, user: unit.users.by_id(user.id, hold=True),
    "administrators": lambda unit, _user: unit.user_lists.administrators(hold=True),
}


@pytest.mark.parametrize("holder", HOLDERS)
async def test_a_user_who_is_held_can_be_referred_to(url: Secret, holder: str) -> None:
    """As who types a code does, who holds the code's row and must not wait for who waits for that.

    A foreign key asks for the user's key once more where its row is written twice in a transaction. Who
    would change the user waits. Planted: FOR UPDATE; seen to fail.
    """
    store = open_store(url)
    user = await store.write(add_user, is_admin=True)

    def hold(unit: Unit) -> None:
        HOLDERS[holder](unit, user)
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, _run(url, "SELECT 1 FROM users FOR KEY SHARE NOWAIT")).result()
            with pytest.raises(DBAPIError, match="could not obtain lock"):
                aside.submit(asyncio.run, _run(url, "SELECT 1 FROM users FOR NO KEY UPDATE NOWAIT")).result()

    await store.write(hold)
    await store.close()


async def _run(url: Secret, statement: str) -> None:
    await direct(url, lambda connection: connection.exec_driver_sql(statement))


class Control:
    """Stops and starts a server, as its operator would."""

    def __init__(self, server: PostgresServer, data: str) -> None:
        self._command = [str(server.binaries / "pg_ctl"), "-D", data, "-w", "-s"]

    def stop(self) -> None:
        """At once, without a goodbye."""
        self._run("-m", "immediate", "stop")

    def start(self) -> None:
        """With the settings that it was told to keep."""
        self._run("-l", "/dev/null", "start")

    def _run(self, *arguments: str) -> None:
        user = SERVER_USER if os.geteuid() == 0 else None
        extra: list[int] | None = [] if user else None
        subprocess.run(
            [*self._command, *arguments],
            check=True,
            user=user,
            group=user,
            extra_groups=extra,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


async def _control(server: PostgresServer) -> Control:
    """Has the server keep the settings that its first start was given."""
    connection = await asyncpg.connect(server.url())
    for name in ("port", "listen_addresses", "unix_socket_directories"):
        value = await connection.fetchval(f"SHOW {name}")
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    data = await connection.fetchval("SHOW data_directory")
    await connection.close()
    return Control(server, data)


def test_a_server_that_stops_and_starts_again_is_used_again() -> None:
    """While it is down every request is told so; the first one after works, and finds what was committed."""
    require(missing_postgres())
    with postgres_server() as server:
        url = Secret(server.create_database("rekey"))
        upgrade(url)
        asyncio.run(_outage(server, url))


async def _outage(server: PostgresServer, url: Secret) -> None:
    control = await _control(server)
    store = open_store(url)
    user = await store.write(add_user)

    def find(unit: Unit) -> bool:
        return unit.users.by_id(user.id) == user

    await asyncio.gather(*(store.read(find) for _ in range(4)))
    await asyncio.to_thread(control.stop)
    for run in (store.write, store.read, store.glance):
        with pytest.raises(StoreUnavailable, match="NoHostAnswers"):
            await run(find)
    await asyncio.to_thread(control.start)
    assert await asyncio.gather(*(store.read(find) for _ in range(4))) == [True] * 4
    await store.close()

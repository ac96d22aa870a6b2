"""A database that is full, read-only, locked or gone: a clear error, dead tokens stay so, all works again."""

from __future__ import annotations

import asyncio
import resource
import shlex
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from credentials.secret import Secret
from store.opening import upgrade
from tests.conftest import TEMPLATE
from tests.postgres import missing_postgres, postgres_server
from tests.proofs.client import QUICK, clients
from tests.requirements import require
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.postgres import PostgresServer
    from tests.proofs.client import Client
    from tests.servers import RunningServer

pytestmark = pytest.mark.anyio

OLD = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"


@contextmanager
def full_disk(server: RunningServer) -> Iterator[None]:
    """No file of the server grows beyond what its journal has now: each write there fails with EFBIG."""
    journal = server.folder / "var" / "rekey.db-wal"
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (journal.stat().st_size, hard))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def read_only(postgres: PostgresServer, database: str) -> Iterator[None]:
    """The database takes no write, as after a failover to a standby; the server's connections are cut."""

    def cut(setting: str) -> None:
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"  # noqa: S608  a name of ours
        change = f"ALTER DATABASE {database} SET default_transaction_read_only = {setting}"
        for statement in (change, ended):
            call = [str(postgres.binaries / "psql"), "--dbname", postgres.url(), "-qc", statement]
            subprocess.run(call, check=True, capture_output=True)

    cut("on")
    yield
    cut("off")


@contextmanager
def locked(server: RunningServer) -> Iterator[None]:
    """Another process has the database for itself; readers of the journal still read."""
    with closing(sqlite3.connect(server.folder / "var" / "rekey.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def gone(server: RunningServer) -> Iterator[None]:
    """The database's file is not there."""
    file = server.folder / "var" / "rekey.db"
    away = file.rename(file.with_suffix(".away"))
    yield
    away.rename(file)


@contextmanager
def stopped(postgres: PostgresServer) -> Iterator[None]:
    """The cluster is stopped without a shutdown, as by a crash, and started again."""
    psql = [str(postgres.binaries / "psql"), "--dbname", postgres.url(), "-Atc", "SHOW data_directory"]
    data = Path(subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip())
    options = shlex.join(shlex.split((data / "postmaster.opts").read_text())[1:])
    call = [str(postgres.binaries / "pg_ctl"), "-D", str(data), "-w"]
    user: dict[str, Any] = {"user": data.owner(), "group": data.group(), "extra_groups": [], "cwd": "/"}
    subprocess.run([*call, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, **user)
    yield
    start = [*call, "-l", str(data.parent / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, **user)


async def fails_and_recovers(server: RunningServer, broken: AbstractContextManager[None]) -> None:
    """While it is broken nothing changes, the answer is INTERNAL and a dead token dead; then all works."""
    async with clients(server.url) as (client,):
        admin = await client.bearer(server.admin_username, server.admin_password)
        given = {"username": "mary", "emailAddress": "mary@example.org", "password": OLD}
        assert (await client.do("createUser", given, bearer=admin)).is_success
        bearer, revoked = await client.bearer("mary", OLD), await client.bearer("mary", OLD)
        assert (await client.do("signOut", bearer=revoked)).is_success
        change = {"oldPassword": OLD, "newPassword": NEW}
        with broken:
            for name, asked in (
                ("changePassword", change),
                ("requestPasswordReset", {"emailAddress": "x@y.z"}),
            ):
                await is_internal(client, name, asked, bearer)
            assert await client.me(revoked) in ("UNAUTHENTICATED", "INTERNAL")
        assert await client.me(revoked) == "UNAUTHENTICATED"
        assert await client.me(bearer) == "mary"
        assert (await client.do("changePassword", change, bearer=bearer)).is_success
        assert (await client.sign_in("mary", NEW)).is_success


async def is_internal(client: Client, name: str, given: dict[str, Any], bearer: str) -> None:
    """The answer is masked, and names the request as its header does."""
    kind = name[0].upper() + name[1:]
    document = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
    headers = {"Authorization": f"Bearer {bearer}"}
    body = {"query": document, "variables": {"input": given}}
    response = await client.http.post("/graphql", json=body, headers=headers)
    (error,) = response.json()["errors"]
    assert error["message"] == "Internal error."
    request_id = response.headers["X-Request-Id"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": request_id}


async def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    """Where no byte can be written requests fail closed, and go on once there is room.

    Planted: such a fault is taken for a defect of ours; seen to fail.
    """
    settings: dict[str, Any] = QUICK | {"REKEY_RELAY": "false"}
    with server_process(tmp_path, **settings) as server:
        await fails_and_recovers(server, full_disk(server))
        assert "request.store_unavailable" in server.log()


async def test_a_read_only_database_is_a_clear_error(postgres: PostgresServer, tmp_path: Path) -> None:
    """Where a standby answers requests fail closed, and go on once it is the primary again."""
    url = postgres.create_database("read_only", TEMPLATE)
    settings: dict[str, Any] = QUICK | {"REKEY_RELAY": "false", "REKEY_DATABASE_URL": url}
    with server_process(tmp_path, **settings) as server:
        await fails_and_recovers(server, read_only(postgres, "read_only"))
        assert "request.store_unavailable" in server.log()


@pytest.mark.parametrize("fault", [locked, gone])
async def test_a_file_that_is_locked_or_gone_is_a_clear_error(
    tmp_path: Path, fault: Callable[[RunningServer], AbstractContextManager[None]]
) -> None:
    """ASVS 16.5.3: where another process has the file, or somebody moved it, requests fail closed, and go on.

    Planted: the removed file used on; a lock waited for longer than a client waits; each seen to fail.
    """
    settings: dict[str, Any] = QUICK | {"REKEY_RELAY": "false"}
    with server_process(tmp_path, **settings) as server:
        await fails_and_recovers(server, fault(server))
        assert "request.store_unavailable" in server.log()


async def test_a_cluster_that_is_killed_amid_requests(tmp_path: Path) -> None:
    """ASVS 16.5.2: what runs meanwhile is done or INTERNAL; once the cluster is back all works by itself."""
    require(missing_postgres())
    with postgres_server() as postgres:
        url = postgres.create_database("killed")
        await asyncio.to_thread(upgrade, Secret(url))
        settings: dict[str, Any] = QUICK | {"REKEY_RELAY": "false", "REKEY_DATABASE_URL": url}
        with server_process(tmp_path, **settings) as server:
            async with clients(server.url) as (client,):
                first = (server.admin_username, server.admin_password)
                running = [asyncio.create_task(client.sign_in(*first)) for _ in range(20)]
                with stopped(postgres):
                    kinds = {answer.kind for answer in await asyncio.gather(*running)}
                assert kinds <= {"SignInSuccess", "INTERNAL"}
            await fails_and_recovers(server, stopped(postgres))
            assert "request.store_unavailable" in server.log()

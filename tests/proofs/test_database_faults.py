"""A full disk or a read-only database under a running server: a clear error, and all works once mended."""

from __future__ import annotations

import resource
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TEMPLATE
from tests.proofs.client import QUICK, clients
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

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


async def fails_and_recovers(server: RunningServer, broken: AbstractContextManager[None]) -> None:
    """While it is broken nothing changes and the answer is INTERNAL; afterwards the same request works."""
    async with clients(server.url) as (client,):
        admin = await client.bearer(server.admin_username, server.admin_password)
        given = {"username": "mary", "emailAddress": "mary@example.org", "password": OLD}
        assert (await client.do("createUser", given, bearer=admin)).is_success
        bearer = await client.bearer("mary", OLD)
        change = {"oldPassword": OLD, "newPassword": NEW}
        with broken:
            for name, asked in (
                ("changePassword", change),
                ("requestPasswordReset", {"emailAddress": "x@y.z"}),
            ):
                await is_internal(client, name, asked, bearer)
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

"""Tests of the cluster that the tests start."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.postgres import PostgresServer, find_binaries, missing_postgres, postgres_server
from tests.requirements import require


def _ask(url: str, query: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            answer: object = await connection.fetchval(query)
            return answer
        finally:
            await connection.close()

    return asyncio.run(ask())


def _check_databases(server: PostgresServer) -> None:
    template = server.create_database("model")
    _ask(template, "CREATE TABLE kept (n int)")
    copy = server.create_database("copy", template="model")
    assert _ask(copy, "SELECT count(*) FROM kept") == 0
    server.drop_database("copy")
    server.drop_database("never_made")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        _ask(copy, "SELECT 1")
    assert _ask(server.url(), "SHOW listen_addresses") == "127.0.0.1"
    with pytest.raises(asyncpg.DuplicateDatabaseError):
        server.create_database("model")


def test_a_cluster_serves_databases_and_is_gone_afterwards() -> None:
    """Databases are made, copied and dropped on loopback; nothing listens once the block is left."""
    require(missing_postgres())
    with postgres_server() as server:
        _check_databases(server)
    with pytest.raises(OSError, match="Connect call failed"):
        _ask(server.url(), "SELECT 1")


def test_the_newest_version_is_found(tmp_path: Path) -> None:
    """Of several versions in Debian's folders the highest number is used, not the last name."""
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
    assert find_binaries(f"{tmp_path}/*/bin", "") == tmp_path / "17/bin"


def test_binaries_on_the_path_are_found(tmp_path: Path) -> None:
    """Where Debian's folders are not, the programs on PATH are used; where neither is, none."""
    program = tmp_path / "pg_ctl"
    program.touch(mode=0o755)
    nowhere = f"{tmp_path}/*/bin"
    assert find_binaries(nowhere, str(tmp_path)) == tmp_path
    assert find_binaries(nowhere, str(tmp_path / "empty")) is None

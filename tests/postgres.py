"""A PostgreSQL cluster for the tests: a folder of its own, a free port on loopback, removed at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_USER = "postgres"
LOOPBACK = "127.0.0.1"
# Debian's folders; the highest version comes last.
DEBIAN_BINARIES = "/usr/lib/postgresql/*/bin"
# Races run on many connections of several processes; PostgreSQL's own default is 100.
MAX_CONNECTIONS = 200
START_SECONDS = 60


def find_binaries(debian: str = DEBIAN_BINARIES, search_path: str | None = None) -> Path | None:
    """Gives the folder of initdb and pg_ctl: of the newest version in Debian's folders, else on PATH.

    Args:
        debian: an absolute pattern of folders, their parent's name a version.
        search_path: stands for PATH.
    """
    folders = Path("/").glob(debian.lstrip("/"))
    on_path = shutil.which("pg_ctl", path=search_path)
    return max(
        folders,
        key=lambda folder: int(folder.parent.name),
        default=Path(on_path).resolve().parent if on_path else None,
    )


def missing_postgres() -> str | None:
    """Tells why no PostgreSQL can be started here, or gives None."""
    return None if find_binaries() else "PostgreSQL is not installed (Debian: apt-get install postgresql)"


def url_of(port: int, database: str) -> str:
    """Gives the URL of a database, as REKEY_DATABASE_URL takes it."""
    return f"postgresql://{SERVER_USER}@{LOOPBACK}:{port}/{database}"


class Desk:
    """Where databases are made and dropped: one connection on a thread of its own.

    A program started for each would take four times as long, and a test's own event loop may be running.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection = self._thread.submit(self._connect).result()

    def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        return self._runner.run(asyncpg.connect(self._url))

    def execute(self, statement: str) -> None:
        """Runs a statement and waits for it."""
        self._thread.submit(self._execute, statement).result()

    def _execute(self, statement: str) -> None:
        self._runner.run(self._connection.execute(statement))

    def close(self) -> None:
        """Ends the thread, and with it the connection."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _close(self) -> None:
        self._connection.terminate()
        self._runner.close()


@dataclass(frozen=True)
class PostgresServer:
    """A running cluster; every local connection is trusted."""

    binaries: Path
    port: int
    desk: Desk

    def url(self, database: str = "postgres") -> str:
        """Gives the URL of a database, as REKEY_DATABASE_URL takes it."""
        return url_of(self.port, database)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Makes a database, a copy of another where one is named, and gives its URL."""
        copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
        self.desk.execute(f'CREATE DATABASE "{name}"{copied}')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database, ending its connections."""
        self.desk.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Starts a cluster and stops it; about two seconds.

    Commits are not flushed to the disk, which changes what a power cut would lose and nothing about races.
    """
    binaries = find_binaries()
    assert binaries, missing_postgres()
    with tempfile.TemporaryDirectory(prefix="rekey-pg-") as temporary:
        folder = Path(temporary)
        shutil.chown(folder, _server_user() or os.geteuid())
        data, port = folder / "data", _free_port()
        _run_as_server(
            str(binaries / "initdb"),
            *("-D", str(data), "-A", "trust", "-U", SERVER_USER, "-E", "UTF8", "--locale=C.UTF-8", "-N"),
        )
        options = (
            f"-c listen_addresses={LOOPBACK} -c port={port} -c unix_socket_directories={folder} "
            f"-c max_connections={MAX_CONNECTIONS} -c fsync=off -c full_page_writes=off"
        )
        control = (str(binaries / "pg_ctl"), "-D", str(data), "-w")
        _run_as_server(*control, "-t", str(START_SECONDS), "-l", str(folder / "log"), "-o", options, "start")
        desk = Desk(url_of(port, "postgres"))
        try:
            yield PostgresServer(binaries, port, desk)
        finally:
            desk.close()
            _run_as_server(*control, "-m", "immediate", "stop")


def _server_user() -> str | None:
    return SERVER_USER if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _run_as_server(*command: str) -> None:
    _run(list(command), user=_server_user())


def _run(command: list[str], user: str | None = None) -> None:
    # A file takes the output: the server that pg_ctl leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        output.seek(0)
        text = output.read().decode(errors="replace")
    assert done.returncode == 0, f"{command[0]} failed: {text}"

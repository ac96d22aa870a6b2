"""A server holds in memory what it needs: what others' databases and channels need stays on the disk."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.servers import environment

if TYPE_CHECKING:
    from pathlib import Path

#: PostgreSQL's driver and the parts of SQLAlchemy that go with it, migrations, XMPP, webhooks, what reads a
#: command line and what draws on a terminal: 35 MiB.
NOT_NEEDED = (
    "asyncpg",
    "sqlalchemy.orm",
    "sqlalchemy.dialects.postgresql",
    "alembic",
    "slixmpp",
    "httpx",
    "typer",
    "pydantic",
    "rich",
    "greenlet",
)
START = f"""
import sys
from server.cli.handing_over import import_structlog
import_structlog()
import server.cli.relay_process, server.cli.server_process
from server.channels import open_channels
from server.installation import prepare
from server.settings import load
settings = load()
prepare(settings, may_found=True)
open_channels(settings)
print(*(name for name in {NOT_NEEDED} if name in sys.modules))
"""


def _loaded(folder: Path) -> list[str]:
    command = [sys.executable, "-c", START]
    return subprocess.check_output(command, cwd=folder, env=environment(folder), text=True).split()


def test_a_server_on_sqlite_loads_what_it_needs(tmp_path: Path) -> None:
    """Its first start migrates, each later one finds the database ready.

    Planted: the PostgreSQL store imported with the others; an index that names PostgreSQL; what structlog
    finds left to it; seen to fail.
    """
    assert set(_loaded(tmp_path)) == {"alembic", "sqlalchemy.dialects.postgresql"}
    assert _loaded(tmp_path) == []

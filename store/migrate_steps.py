"""The migrations themselves, run by Alembic from here so that nobody needs its command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from store.revision import NEWEST, SchemaTooNew

if TYPE_CHECKING:
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def known() -> list[str]:
    """The revisions that there are files for, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def migrate(connection: Connection, present: str | None) -> None:
    """Brings a database from the revision that it is at to the newest.

    Raises:
        SchemaTooNew: a newer version made it.
    """
    if present is not None and present not in known():
        message = (
            f"the database is at revision {present}, which this version does not know; it knows {NEWEST}"
        )
        raise SchemaTooNew(message)
    command.upgrade(_config(connection), "head")


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config

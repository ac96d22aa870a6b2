"""Which database a URL names, made ready."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store.migrate import upgrade_postgresql, upgrade_sqlite
from store.sqlite import SqliteStore

if TYPE_CHECKING:
    from credentials.secret import Secret
    from store.unit_of_work import Store

_SQLITE = "sqlite:///"


def embedded_path(url: Secret) -> Path | None:
    """The file of an embedded database (`sqlite:///{path}`); None for a server's."""
    text = url.reveal()
    return Path(text.removeprefix(_SQLITE)) if text.startswith(_SQLITE) else None


def upgrade(url: Secret) -> None:
    """Makes the database what this code expects. Runs its own event loop for PostgreSQL."""
    path = embedded_path(url)
    if path is None:
        upgrade_postgresql(url)
    else:
        upgrade_sqlite(path)


def open_store(url: Secret) -> Store:
    """Opens a database that is migrated; nothing is connected before it is needed."""
    path = embedded_path(url)
    if path is not None:
        return SqliteStore(path)
    from store.postgresql import PostgresqlStore  # noqa: PLC0415  megabytes that SQLite does not need

    return PostgresqlStore(url)

"""Which database a URL names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from credentials.secret import Secret
from store.opening import embedded_path, open_store, upgrade
from store.postgresql import PostgresqlStore
from store.sqlite import SqliteStore

if TYPE_CHECKING:
    from store.unit_of_work import Store


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/rekey.db", Path("var/rekey.db")),
        ("sqlite:////srv/rekey.db", Path("/srv/rekey.db")),
        ("postgresql://rekey:secret@db1,db2:5433/rekey", None),
    ],
)
def test_an_embedded_database_is_a_file(url: str, path: Path | None) -> None:
    """Three slashes are relative to the folder of the process, four absolute; a server has none."""
    assert embedded_path(Secret(url)) == path


@pytest.mark.anyio
async def test_the_url_says_which_store(database_url: Secret, store: Store) -> None:
    """Both kinds behind one class."""
    embedded = embedded_path(database_url) is not None
    assert isinstance(store, SqliteStore if embedded else PostgresqlStore)


def test_nothing_is_connected_before_it_is_needed(tmp_path: Path) -> None:
    """A process starts without its database, and closes without it."""

    async def open_and_close(url: str) -> None:
        await open_store(Secret(url)).close()

    for url in (f"sqlite:///{tmp_path / 'none.db'}", "postgresql://postgres@127.0.0.1:9/rekey"):
        asyncio.run(open_and_close(url))
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask: neither the database nor what lies beside it is for others."""
    path = tmp_path / "rekey.db"
    upgrade(Secret(f"sqlite:///{path}"))
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}

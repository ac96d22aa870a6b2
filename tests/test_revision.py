"""store/revision.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.secret import Secret
from store.migrate_steps import known
from store.opening import upgrade
from store.revision import NEWEST, revision_of
from store.sqlite import sqlite_engine

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_is_the_last_files() -> None:
    """Planted: a migration whose revision nobody wrote down; seen to fail."""
    assert known()[0] == NEWEST


def test_a_database_is_at_none_until_it_is_migrated(tmp_path: Path) -> None:
    """Not a fault: the first start makes it."""
    path = tmp_path / "rekey.db"
    path.touch()
    with sqlite_engine(path, writing=False).begin() as connection:
        assert revision_of(connection) is None
    upgrade(Secret(f"sqlite:///{path}"))
    with sqlite_engine(path, writing=False).begin() as connection:
        assert revision_of(connection) == NEWEST

"""The benchmarks' databases are the product's own: sound, with every index, and used by its use cases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from benchmarks.installations import bytes_of, made, quiet
from benchmarks.made_rows import Rows, Unmade, check
from benchmarks.ten_million import proof
from store.opening import embedded_path
from tests.direct import differences, direct

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from credentials.secret import Secret

#: Enough for one of each that is made of every hundredth user.
USERS = 1000
#: What has the same length whoever made it, in rows that were made here and in those of a walk.
LENGTHS = {
    26: ("users.id", "sessions.id", "events.id", "effects.id", "one_time_secrets.id", "systems.id"),
    32: (
        *("known_networks.digest", "attempts.key", "events.digest"),
        *("one_time_secrets.lookup", "one_time_secrets.token_digest", "one_time_secrets.code_digest"),
    ),
    71: ("xmpp_accounts.sealed",),
}


def _lengths(connection: Connection) -> dict[str, set[int]]:
    return {
        name: set(
            connection.exec_driver_sql(
                "SELECT DISTINCT length({1}) FROM {0} WHERE {1} IS NOT NULL".format(*name.split("."))  # noqa: S608  ours
            ).scalars()
        )
        for names in LENGTHS.values()
        for name in names
    }


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # as in test_migrations
def test_a_filled_database_is_walked_through(tmp_path: Path, database_url: Secret) -> None:
    """Everything that is measured works there, by index; what was made is as long as what the product writes.

    Planted: ids of 24 characters, an index left out; seen to fail.
    """
    settings = made(tmp_path / "many", USERS, database_url.reveal())
    with quiet():
        shown = asyncio.run(proof(USERS, settings))
    # PostgreSQL reads tables whole that are as small as these.
    assert " 0 without an index" in shown or embedded_path(database_url) is None
    assert asyncio.run(direct(database_url, differences)) == []
    found = asyncio.run(direct(database_url, _lengths))
    assert found == {name: {length} for length, names in LENGTHS.items() for name in names}
    assert bytes_of(settings) > 1000 * USERS


def test_sqlite_finds_nothing_wrong_with_a_filled_database(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """The file is whole, and its schema the migrations', to the letter.

    Planted: an index left out; seen to fail.
    """
    (tmp_path / "empty.db").write_bytes(migrated_sqlite)
    path = embedded_path(made(tmp_path / "many", USERS).database_url)
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    with (
        closing(sqlite3.connect(tmp_path / "empty.db")) as empty,
        closing(sqlite3.connect(str(path))) as full,
    ):
        assert full.execute(schema).fetchall() == empty.execute(schema).fetchall()
        assert full.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert full.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_filled_database_is_not_filled_again(tmp_path: Path) -> None:
    """The second call opens what is there."""
    first = made(tmp_path / "many", USERS)
    size = bytes_of(first)
    assert bytes_of(made(tmp_path / "many", USERS)) == size


@pytest.mark.parametrize("columns", [{}, {"nickname": "'x'"}])
def test_a_column_that_the_table_gained_or_lost_is_noticed(columns: dict[str, str]) -> None:
    """What is made is compared with the table's own definition."""
    with pytest.raises(Unmade):
        check(Rows("users", columns))

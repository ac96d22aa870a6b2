"""The command `rekey` as a whole: its help, its exit statuses, its refusals."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from server.cli.answering import Refused
from server.cli.opening import database_faults
from store.faults import Locked
from tests.commands import Rekey
from tests.servers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = {
    "REKEY_PRODUCTION": "true",
    "REKEY_PUBLIC_URL": "https://rekey.example.org",
    "REKEY_MAIL_URL": "smtp://mail.example.org:587?starttls=required",
    "REKEY_MAIL_FROM": "rekey@example.org",
    "REKEY_TRUSTED_PROXIES": "none",
}
NOBODY = "postgresql://rekey@127.0.0.1:1/rekey"  # port 1 (RFC 1078) is served nowhere


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ((), ("serve", "init", "user", "system", "api-key", "schema", "db")),
        (("user",), ("create", "list", "reset-password", "unlock")),
        (("system",), ("create", "reset-password")),
        (("api-key",), ("create", "list", "revoke")),
        (("db",), ("upgrade",)),
    ],
)
def test_help_names_every_command(rekey: Rekey, group: tuple[str, ...], commands: tuple[str, ...]) -> None:
    """--help lists the commands, and touches nothing."""
    done = rekey(*group, "--help")
    assert done.status == 0
    assert all(f" {name} " in done.output for name in commands)
    assert not list(rekey.folder.iterdir())


def test_python_m_server_is_rekey(rekey: Rekey) -> None:
    """`python -m server` runs the same commands, and prints the SDL that schema.graphql holds."""
    done = rekey.process("schema")
    assert (done.status, done.errors) == (0, "")
    assert done.output == (ROOT / "schema.graphql").read_text()


def test_the_schema_is_printed_as_json_too(rekey: Rekey) -> None:
    """`rekey schema --json` holds the same text, and `rekey schema` alone prints it."""
    assert rekey.ok("schema")["schema"] == rekey("schema").output


def test_wrong_usage_ends_with_2(rekey: Rekey) -> None:
    """An unknown command or option, and no command at all, are wrong usage."""
    assert [rekey(*words).status for words in (("frobnicate",), ("user", "list", "--frobnicate"), ())] == [
        2
    ] * 3


def test_a_wrong_setting_is_one_line(rekey: Rekey) -> None:
    """A setting that is refused is one line on standard error, without a trace.

    Planted: BadSettings not caught in `answering`; seen to fail.
    """
    done = Rekey(rekey.folder, {"REKEY_LOG_LEVEL": "shout"}).process("user", "list")
    assert (done.status, done.output) == (1, "")
    assert done.errors == "rekey: REKEY_LOG_LEVEL must be one of debug, info, warning, error.\n"


def test_any_command_makes_an_embedded_database_in_development(rekey: Rekey) -> None:
    """The first command of all prepares folder, database and key, each for its owner alone."""
    assert rekey.ok("user", "list") == {"users": []}
    var = rekey.folder / "var"
    assert var.stat().st_mode & 0o777 == 0o700
    assert {each.name: each.stat().st_mode & 0o777 for each in var.iterdir()} == {
        "rekey.db": 0o600,
        "root.key": 0o600,
    }


@pytest.mark.parametrize("command", [("user", "list"), ("db", "upgrade"), ("api-key", "list")])
def test_in_production_only_init_makes_an_installation(rekey: Rekey, command: tuple[str, ...]) -> None:
    """In production other commands say that there is none, and make nothing.

    Planted: `may_found=True` for every command; seen to fail.
    """
    assert Rekey(rekey.folder, PRODUCTION).refused(*command) == "BAD_SETTINGS"
    assert not (rekey.folder / "var").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_only_the_owner_runs_commands(rekey: Rekey) -> None:
    """A data directory of another user is refused, to root too."""
    rekey.ok("user", "list")
    os.chown(rekey.folder / "var", 65534, -1)
    assert rekey.refused("user", "list") == "BAD_SETTINGS"


@pytest.mark.parametrize("command", [("user", "list"), ("db", "upgrade")])
def test_a_database_server_that_is_gone_is_one_line(rekey: Rekey, command: tuple[str, ...]) -> None:
    """No answer from the database is a refusal, not a trace."""
    assert Rekey(rekey.folder, {"REKEY_DATABASE_URL": NOBODY}).refused(*command) == "UNAVAILABLE"


def test_a_table_that_another_program_holds_is_one_line() -> None:
    """It says to try again; that the database runs, nobody need look for."""
    with (
        pytest.raises(
            Refused, match=r"holds the database or a table of it.* Try again after it\.$"
        ) as refused,
        database_faults(),
    ):
        raise Locked
    assert refused.value.code == "UNAVAILABLE"


def test_a_file_that_is_no_database_is_one_line(rekey: Rekey) -> None:
    """Another file in the database's place is refused and left as it is."""
    other = rekey.folder / "notes.txt"
    other.write_text("no database\n" * 100)
    assert (
        Rekey(rekey.folder, {"REKEY_DATABASE_URL": f"sqlite:///{other}"}).refused("user", "list")
        == "UNAVAILABLE"
    )
    assert other.read_text() == "no database\n" * 100


def test_a_newer_database_is_one_line(rekey: Rekey) -> None:
    """A database that a newer version migrated is refused with its revision."""
    rekey.ok("db", "upgrade")
    with sqlite3.connect(rekey.folder / "var" / "rekey.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    connection.close()
    assert rekey.refused("user", "list") == "SCHEMA_TOO_NEW"
    assert "revision later" in rekey("user", "list").errors


def test_what_others_typed_does_not_steer_the_terminal(rekey: Rekey) -> None:
    """Names are shown without markup, and without characters that are not printed."""
    name = "[bold]x[/]\x9b31m\u202e"
    rekey.ok(
        "user",
        "create",
        "--username",
        "mary",
        "--email",
        "mary@example.org",
        "--no-password",
        "--full-name",
        name,
    )
    shown = rekey(
        "user",
        "create",
        "--username",
        "m2",
        "--email",
        "m2@example.org",
        "--no-password",
        "--full-name",
        name,
    )
    assert "[bold]x[/]�31m�" in shown.output


def test_db_upgrade_names_the_revision(rekey: Rekey) -> None:
    """`rekey db upgrade` says what the database has come to, however often it is called."""
    assert rekey.ok("db", "upgrade") == rekey.ok("db", "upgrade")
    assert "revision" in rekey("db", "upgrade").output

"""`rekey user` and `rekey init`."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands import Rekey
from tests.servers import COMMAND, PATIENCE, environment
from tests.test_cli import PRODUCTION
from tests.world import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

MARY = ("--username", "mary", "--email", "mary@example.org")
CREATE = ("user", "create", *MARY)


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


def test_a_user_is_created_from_standard_input(rekey: Rekey) -> None:
    """Every option arrives in the user, and the password, less one newline, is not printed."""
    made = rekey.ok(
        *CREATE,
        *("--full-name", "Mary Q", "--role", "admin", "--role", "USER"),
        *("--jid-im", "mary@localhost", "--jid-tel", "mary.tel@localhost", "--password-stdin"),
        typed=PASSWORD + "\n",
    )
    assert made["username"] == "mary"
    assert (made["emailAddress"], made["fullName"]) == ("mary@example.org", "Mary Q")
    assert made["roles"] == ["ADMIN", "USER"]
    assert made["systemUserId"] == 1
    assert "password" not in made


@pytest.mark.parametrize(
    "typed",
    [f"{PASSWORD}\nmore\n", f"{PASSWORD}\n\n", "x" * 5000, PASSWORD.encode() + b"\xff", "", "short\n"],
)
def test_what_is_no_password_is_refused(rekey: Rekey, typed: str | bytes) -> None:
    """More lines, too much, no UTF-8, nothing, and what the policy refuses make no user.

    Planted: every final newline dropped (`rstrip`); seen to fail.
    """
    assert rekey.refused(*CREATE, "--password-stdin", typed=typed) in {"INVALID_INPUT", "PASSWORD_REJECTED"}
    assert rekey.ok("user", "list") == {"users": []}


def test_a_windows_line_end_is_no_part_of_the_password(rekey: Rekey) -> None:
    """CR LF ends a line as LF does."""
    assert rekey.ok(*CREATE, "--password-stdin", typed=PASSWORD + "\r\n")["username"] == "mary"


def test_a_generated_password_is_temporary_and_shown_once(rekey: Rekey) -> None:
    """--generate-password shows a password that expires; the list does not."""
    made = rekey.ok(*CREATE, "--generate-password")
    assert len(made["password"]) == 19
    assert made["passwordExpiresAt"] > made["createdAt"]
    assert made["password"] not in rekey("user", "list", "--json").output


def test_a_user_may_have_no_password(rekey: Rekey) -> None:
    """--no-password makes a user of another provider; a password for one is refused."""
    assert rekey.ok(*CREATE, "--identity-source", "saml", "--no-password")["identitySource"] == "SAML"
    other = ("user", "create", "--username", "eve", "--email", "eve@example.org", "--identity-source", "LDAP")
    assert rekey.refused(*other, "--generate-password") == "INVALID_INPUT"


@pytest.mark.parametrize("given", [(), ("--no-password", "--generate-password")])
def test_exactly_one_way_to_a_password_is_named(rekey: Rekey, given: tuple[str, ...]) -> None:
    """None, or two, of the three options are wrong usage."""
    assert rekey(*CREATE, *given).status == 2


def test_a_taken_name_is_refused_with_its_field(rekey: Rekey) -> None:
    """The refusal has the API's code, and names the field on its one line."""
    rekey.ok(*CREATE, "--no-password")
    assert rekey.refused(*CREATE, "--no-password") == "ALREADY_EXISTS"
    assert rekey(*CREATE, "--no-password").errors.startswith("rekey: username: This name is taken.")


def test_a_password_is_reset_by_any_name(rekey: Rekey) -> None:
    """Break glass: username, address and id each find the user; an administrator's goes too."""
    made = rekey.ok(*CREATE, "--role", "ADMIN", "--no-password")
    shown = [rekey.ok("user", "reset-password", name) for name in ("MARY", "mary@example.org", made["id"])]
    assert {each["id"] for each in shown} == {made["id"]}
    assert len({each["password"] for each in shown}) == 3
    assert "password " in rekey("user", "reset-password", "mary").output


def test_who_is_not_there_or_not_ours_is_not_reset(rekey: Rekey) -> None:
    """An unknown user, a name that is no text, and one of another provider are refused."""
    rekey.ok(*CREATE, "--identity-source", "OIDC", "--no-password")
    assert rekey.refused("user", "reset-password", "nobody") == "USER_NOT_FOUND"
    assert rekey.refused("user", "reset-password", "\udcff") == "USER_NOT_FOUND"
    assert rekey.refused("user", "reset-password", "mary") == "EXTERNALLY_MANAGED"


def test_a_user_is_unlocked(rekey: Rekey) -> None:
    """`user unlock` answers whether there was a lock, and refuses an unknown user."""
    made = rekey.ok(*CREATE, "--no-password")
    assert rekey.ok("user", "unlock", "mary") == {"id": made["id"], "username": "mary", "unlocked": False}
    assert rekey("user", "unlock", made["id"]).output.split()[-1] == "no"
    assert rekey.refused("user", "unlock", "nobody") == "USER_NOT_FOUND"


def test_users_are_listed_and_searched(rekey: Rekey) -> None:
    """The list has all users, or the first ones, or those of a prefix; the table is not broken into lines."""
    for name in ("mary", "martha", "zoe"):
        address = f"{name}@a-very-long-domain-of-a-company.example.org"
        rekey.ok("user", "create", "--username", name, "--email", address, "--no-password")

    def names(*options: str) -> list[str]:
        return [each["username"] for each in rekey.ok("user", "list", *options)["users"]]

    assert names() == ["mary", "martha", "zoe"]
    assert names("--limit", "2") == ["mary", "martha"]
    assert names("--search", "MAR") == ["martha", "mary"]
    assert rekey("user", "list", "--limit", "0").status == 2
    assert rekey.refused("user", "list", "--search", " ") == "BAD_USER_INPUT"
    (line,) = [each for each in rekey("user", "list").output.splitlines() if "zoe@" in each]
    assert "zoe@a-very-long-domain-of-a-company.example.org" in line


def test_init_makes_the_first_administrator_once(rekey: Rekey) -> None:
    """It works in production too; where there was a user it is refused before anything is asked."""
    production = Rekey(rekey.folder, {**PRODUCTION, "REKEY_DATA_DIR": str(rekey.folder / "var")})
    made = production.ok(
        "init", "--username", "root", "--email", "root@example.org", "--password-stdin", typed=PASSWORD
    )
    assert made["roles"] == ["ADMIN"]
    assert production.refused("init") == "CONFLICT"


def test_init_asks_for_what_is_not_given(rekey: Rekey) -> None:
    """Name, address and, twice and again where they differ, the password; asked on standard error."""
    answers = f"root\nroot@example.org\n{PASSWORD}\nanother\n{PASSWORD}\n{PASSWORD}\n"
    done = rekey("init", typed=answers)
    assert done.status == 0
    assert "username " in done.output
    assert "Username" in done.errors
    assert PASSWORD not in done.errors + done.output


def test_init_takes_a_password_from_standard_input_alone(rekey: Rekey) -> None:
    """With --password-stdin the names must be given: wrong usage otherwise."""
    assert rekey("init", "--password-stdin", "--username", "root").status == 2


def test_a_terminal_is_asked_twice_without_echo(rekey: Rekey) -> None:
    """On a terminal --password-stdin asks, twice, and what is typed is not shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *CREATE, "--password-stdin", "--json"],
        cwd=rekey.folder,
        env=environment(rekey.folder),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    for question in (b"Password: ", b"Repeat for confirmation: "):
        while question not in seen:
            seen += os.read(ours, 1024)
        time.sleep(0.1)  # the echo is switched off before the question is asked, the rest of it just after
        os.write(ours, PASSWORD.encode() + b"\n")
    output, _ = process.communicate(timeout=PATIENCE)
    os.close(ours)
    assert process.returncode == 0
    assert b'"username": "mary"' in output
    assert PASSWORD.encode() not in seen + output

"""`rekey system` and `rekey api-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import Rekey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


def test_a_system_is_created_and_reset(rekey: Rekey) -> None:
    """Each shows a code once, and the reset another one, of the digits that were asked for."""
    given = ("--pbx-id", "PBX-7", "--jid-pbxagent", "pbx7@localhost", "--digits", "12")
    made = rekey.ok("system", "create", "--name", "exchange", *given)
    assert (made["pbxId"], made["jidPbxagent"], made["status"]) == ("PBX-7", "pbx7@localhost", "CREATED")
    assert len(made["activationCode"]) == 12
    reset = rekey.ok("system", "reset-password", made["id"])
    assert len(reset["activationCode"]) == 4
    assert reset["previousStatus"] == "CREATED"
    assert "activationCode " in rekey("system", "reset-password", made["id"]).output


def test_wrong_systems_are_refused(rekey: Rekey) -> None:
    """A taken pbxId and an unknown id are refused."""
    create = ("system", "create", "--name", "exchange", "--pbx-id", "PBX-7")
    rekey.ok(*create)
    assert rekey.refused(*create) == "ALREADY_EXISTS"
    assert rekey.refused("system", "reset-password", "nothing") == "SYSTEM_NOT_FOUND"


@pytest.mark.parametrize("command", [("create", "--name", "x"), ("reset-password", "nothing")])
@pytest.mark.parametrize("digits", ["3", "17", "9" * 30])
def test_digits_out_of_range_are_wrong_usage(rekey: Rekey, command: tuple[str, ...], digits: str) -> None:
    """Both commands name the option, and their --help its range.

    Planted: the API's refusal, which calls them codeDigits; seen to fail.
    """
    done = rekey("system", *command, "--digits", digits)
    assert done.status == 2
    assert "'--digits'" in done.errors
    assert "4<=x<=16" in rekey("system", command[0], "--help").output


def test_keys_are_made_listed_and_revoked(rekey: Rekey) -> None:
    """A key is shown once, is in the list by its name, and is revoked once."""
    made = rekey.ok("api-key", "create", "--name", "portal", "--role", "user", "--expires-in", "24h")
    assert made["apiKey"].startswith(f"rk_{made['id']}_")
    listed = rekey("api-key", "list")
    assert "portal" in listed.output
    assert made["apiKey"] not in listed.output + str(rekey.ok("api-key", "list"))
    assert rekey.ok("api-key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert rekey.refused("api-key", "revoke", made["id"]) == "NOT_FOUND"
    (key,) = rekey.ok("api-key", "list")["apiKeys"]
    assert (key["createdBy"].partition(":")[0], key["role"]) == ("cli", "USER")
    assert key["revokedAt"] is not None


def test_wrong_keys_are_refused(rekey: Rekey) -> None:
    """An empty name is refused; a life beyond a year or the role GUEST is wrong usage."""
    assert rekey.refused("api-key", "create", "--name", " ", "--role", "ADMIN") == "INVALID_INPUT"
    assert rekey("api-key", "create", "--name", "x", "--role", "ADMIN", "--expires-in", "366d").status == 2
    assert rekey("api-key", "create", "--name", "x", "--role", "GUEST").status == 2

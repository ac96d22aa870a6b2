"""`rekey keys`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from server.root_key import read_root_key
from server.root_key_changes import alone_with
from tests.api import PRODUCTION
from tests.commands import Rekey
from tests.world import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "vorhalquem zistolper quabdrin"  # noqa: S105  a test's
TYPED = ("--passphrase-stdin",)


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own; its log is quiet, which tells of every act otherwise."""
    return Rekey(tmp_path, {"REKEY_LOG_LEVEL": "warning"})


def root_key(rekey: Rekey) -> Path:
    """The file of the root keys."""
    return rekey.folder / "var" / "root.key"


def settle(rekey: Rekey) -> None:
    """Makes the root key's file two minutes old."""
    path = root_key(rekey)
    at = path.stat().st_mtime - 120
    os.utime(path, (at, at))


def states(rekey: Rekey) -> dict[str, str]:
    """The states of the signing keys."""
    return {key["kid"]: key["state"] for key in rekey.ok("keys", "status")["signingKeys"]}


def test_a_signing_key_is_rotated(rekey: Rekey) -> None:
    """A new key waits, a second is refused, and `--now` leaves one that signs."""
    (first,) = states(rekey)
    new = rekey.ok("keys", "rotate")
    assert (new["dropped"], new["revokedSessions"]) == ([], 0)
    assert states(rekey) == {new["kid"]: "WAITING", first: "SIGNING"}
    assert rekey.refused("keys", "rotate") == "CONFLICT"
    at_once = rekey.ok("keys", "rotate", "--now")
    assert set(at_once["dropped"]) == {first, new["kid"]}
    assert states(rekey) == {at_once["kid"]: "SIGNING"}
    assert rekey("keys", "rotate", "--now", "--root").status == 2


def test_what_is_done_is_logged_with_the_operator(tmp_path: Path) -> None:
    """In production a rotation is a line of the log that names the account on this machine, and no key."""
    rekey = Rekey(tmp_path, {**PRODUCTION, "REKEY_DATA_DIR": str(tmp_path / "var")})
    rekey.ok("init", "--username", "root", "--email", "r@example.org", "--password-stdin", typed=PASSWORD)
    done = rekey.process("keys", "rotate")
    assert "keys.rotated" in done.errors
    assert f"cli:{os.getuid()}" in done.errors


def test_keys_are_shown_in_tables(rekey: Rekey) -> None:
    """Both kinds of keys are shown to people too."""
    shown = rekey("keys", "status").output
    (key,) = states(rekey)
    assert key in shown
    assert read_root_key(root_key(rekey)).current_id in shown


def test_a_root_key_is_added_used_and_the_old_one_forgotten(rekey: Rekey) -> None:
    """A new root key changes nothing until `rewrap`; that waits until all processes can have read it.

    Then the old one can go: while it is needed it is kept. Planted: no wait; forgotten while it is needed;
    each seen to fail.
    """
    made = rekey.ok("user", "create", "--username", "mary", "--email", "m@example.org", "--generate-password")
    (old,) = (key["rootKey"] for key in rekey.ok("keys", "status")["rootKeys"])
    new = rekey.ok("keys", "rotate", "--root")["rootKey"]
    assert root_key(rekey).stat().st_mode & 0o777 == 0o600
    assert rekey.refused("keys", "rotate", "--root") == "CONFLICT"
    current = {key["rootKey"]: key["current"] for key in rekey.ok("keys", "status")["rootKeys"]}
    assert current == {old: True, new: False}
    assert rekey.refused("keys", "rewrap") == "TOO_EARLY"
    settle(rekey)
    assert rekey.ok("keys", "rewrap") == {"rootKey": new, "rewrapped": 1, "unreadable": 0}
    assert "rewrapped" in rekey("keys", "rewrap").output
    assert rekey.refused("keys", "forget", old) == "CONFLICT"
    assert rekey.refused("keys", "forget", new) == "CONFLICT"
    assert rekey.refused("keys", "forget", "00000000") == "NOT_FOUND"
    rekey.ok("user", "reset-password", made["id"])
    assert rekey.ok("keys", "forget", old) == {"rootKeys": [new]}
    assert [key["rootKey"] for key in rekey.ok("keys", "status")["rootKeys"]] == [new]


def test_keys_are_exported_and_imported(rekey: Rekey) -> None:
    """What was exported opens the database again where the file is lost; importing it twice is no harm."""
    rekey.ok("keys", "status")
    file = rekey.folder / "keys.txt"
    done = rekey.ok("keys", "export", str(file), *TYPED, typed=PASSPHRASE + "\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert rekey.refused("keys", "export", str(file), *TYPED, typed=PASSPHRASE) == "INVALID_INPUT"
    kept = root_key(rekey).read_text()
    root_key(rekey).unlink()
    assert rekey.refused("keys", "status") == "BAD_SETTINGS"
    for _ in range(2):
        found = rekey.ok("keys", "import", str(file), *TYPED, typed=PASSPHRASE)
        assert found["rootKeys"] == done["rootKeys"]
        assert root_key(rekey).read_text() == kept
    assert root_key(rekey).stat().st_mode & 0o777 == 0o600
    assert len(states(rekey)) == 1


def test_an_import_adds_to_the_keys_that_are_there(rekey: Rekey) -> None:
    """A node learns a newer root key; an older export takes none away; a stranger's keys are refused."""
    rekey.ok("keys", "status")
    files = [rekey.folder / name for name in ("old", "new")]
    rekey.ok("keys", "export", str(files[0]), *TYPED, typed=PASSPHRASE)
    first = root_key(rekey).read_text()
    rekey.ok("keys", "rotate", "--root")
    both = root_key(rekey).read_text()
    rekey.ok("keys", "export", str(files[1]), *TYPED, typed=PASSPHRASE)
    root_key(rekey).write_text(first)
    rekey.ok("keys", "import", str(files[1]), *TYPED, typed=PASSPHRASE)
    assert root_key(rekey).read_text() == both
    rekey.ok("keys", "import", str(files[0]), *TYPED, typed=PASSPHRASE)
    assert root_key(rekey).read_text() == both
    root_key(rekey).write_text(KeyRing.new_text(Chance()))
    assert rekey.refused("keys", "import", str(files[1]), *TYPED, typed=PASSPHRASE) == "CONFLICT"


def test_passphrases_are_asked_for(rekey: Rekey) -> None:
    """Twice for an export, once for an import, and neither is shown."""
    rekey.ok("keys", "status")
    done = rekey("keys", "export", "keys.txt", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert (done.status, done.errors.count("Passphrase"), done.errors.count("epeat")) == (0, 1, 1)
    done = rekey("keys", "import", "keys.txt", typed=f"{PASSPHRASE}\n")
    assert (done.status, done.errors.count("Passphrase")) == (0, 1)
    assert PASSPHRASE not in done.output + done.errors


def test_weak_passphrases_are_refused(rekey: Rekey) -> None:
    """A short, a common and a guessable passphrase protect no file; nothing is written."""
    rekey.ok("keys", "status")
    for weak in ("short", "aaaaaaaaaaaaaaaaaaaa", "x" * 2000):
        assert rekey.refused("keys", "export", "keys.txt", *TYPED, typed=weak) == "INVALID_INPUT"
    done = rekey("keys", "export", "keys.txt", typed=f"{'x' * 5000}\n{'x' * 5000}\n")
    assert (done.status, "at most 256" in done.errors) == (1, True)
    assert not (rekey.folder / "keys.txt").exists()


def test_files_that_are_no_export_are_refused(rekey: Rekey) -> None:
    """A missing file, other bytes, another text and one without an end are each told.

    Planted: the whole of the file read; seen to fail, for want of memory.
    """
    rekey.ok("keys", "status")
    (rekey.folder / "bytes").write_bytes(b"\xff")
    (rekey.folder / "text").write_text("no keys")
    with (rekey.folder / "endless").open("wb") as endless:
        endless.truncate(2**42)  # four tebibytes of nothing, which take no room
    for name in ("missing", "bytes", "text", "endless"):
        assert rekey.refused("keys", "import", name, *TYPED, typed=PASSPHRASE) == "INVALID_INPUT"


def test_one_command_at_a_time_changes_the_file(rekey: Rekey) -> None:
    """While one command changes the file, another is refused."""
    rekey.ok("keys", "status")
    with alone_with(root_key(rekey)):
        assert rekey.refused("keys", "rotate", "--root") == "BAD_SETTINGS"
    rekey.ok("keys", "rotate", "--root")
    assert len(read_root_key(root_key(rekey)).ids) == 2

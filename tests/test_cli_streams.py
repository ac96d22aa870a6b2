"""What the command `rekey` reads and writes: streams that are closed or full, or take ASCII alone."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands import Done, Rekey
from tests.servers import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from pathlib import Path

MARY = ("--username", "mary", "--email", "mary@example.org")
LOST = (
    "rekey: Standard output cannot be written: No space left on device. "
    "A password, code or key that it was to show is lost: make another.\n"
)


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


def redirected(rekey: Rekey, redirection: str, *arguments: str) -> Done:
    """Runs a command in a process of its own, with a redirection as a shell writes it."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments],
        cwd=rekey.folder,
        env=environment(rekey.folder, **rekey.settings) | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_closed_standard_input_is_an_empty_one(rekey: Rekey) -> None:
    """A password that cannot be read is refused in one line; a question that nobody answers ends the command.

    Planted: Python's None in its place; seen to fail.
    """
    done = redirected(rekey, "<&-", "user", "create", *MARY, "--password-stdin")
    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith("rekey: password: ")
    assert done.errors.count("\n") == 1
    asked = redirected(rekey, "<&-", "init")
    assert (asked.status, "Traceback" in asked.errors) == (1, False)


def test_a_closed_standard_output_takes_everything(rekey: Rekey) -> None:
    """What is shown goes nowhere, as to /dev/null. Planted: Python's None in its place; seen to fail."""
    assert redirected(rekey, ">&-", "user", "list") == Done(0, "", "")


@pytest.mark.parametrize(
    "command",
    [
        ("user", "create", *MARY, "--generate-password"),
        ("user", "create", *MARY, "--generate-password", "--json"),
        ("--help",),
    ],
)
def test_a_full_standard_output_is_told(rekey: Rekey, command: tuple[str, ...]) -> None:
    """One line says that what would be shown once is lost, and the status is 1.

    Planted: the system's error not caught, and the rest written again at the end; each seen to fail.
    """
    assert redirected(rekey, ">/dev/full", *command) == Done(1, "", LOST)


def test_a_server_that_cannot_be_announced_ends(rekey: Rekey) -> None:
    """Nobody would learn the port or the administrator's password: all processes end, with that line."""
    done = redirected(rekey, ">/dev/full", "serve", "--port", "0", "--workers", "2", "--json")
    assert done.status == 1
    assert done.errors.endswith(LOST)


def test_a_character_that_the_terminal_does_not_know_is_escaped(rekey: Rekey) -> None:
    """Where standard output takes ASCII alone, a name is shown whole, as Python writes it.

    Planted: Python's own way, which raises; seen to fail.
    """
    named = ("--username", "jürgen", "--email", "j@example.org", "--full-name", "日本")
    made = redirected(rekey, "", "user", "create", *named, "--no-password")
    assert (made.status, made.errors) == (0, "")
    assert "j\\xfcrgen" in made.output
    assert "\\u65e5\\u672c" in made.output
    listed = redirected(rekey, "", "user", "list")
    assert (listed.status, "j\\xfcrgen" in listed.output) == (0, True)

"""server/cli/handing_over.py: what a command that stays goes on as."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers import PATIENCE, environment

if TYPE_CHECKING:
    from pathlib import Path

#: `rekey` as it is installed: the folder that it is called in is not searched for Python.
INSTALLED = (sys.executable, "-P", "-m", "server")
WAITS = """
import sys, time
from server.cli.handing_over import begin
from server.cli.streams import say

def wait(seconds: int, *said: str) -> None:
    say(" ".join(said))
    time.sleep(seconds)

begin(wait)
"""


@pytest.mark.parametrize("command", ["serve", "relay"])
def test_the_folder_it_is_called_in_is_not_searched(tmp_path: Path, command: str) -> None:
    """Where that has a `server` of its own, ours goes on. Planted: without -P; seen to fail."""
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("raise SystemExit('not ours')\n")
    settings = environment(tmp_path, REKEY_DATABASE_URL="mysql://x")
    done = subprocess.run(
        [*INSTALLED, command],
        cwd=tmp_path,
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("rekey: REKEY_DATABASE_URL"), done.stderr


def test_ctrl_c_before_it_listens_ends_it_at_once(tmp_path: Path) -> None:
    """Its status says by what, and no trace of where it was is printed; its arguments came as they were.

    Planted: Python's own answer to SIGINT left; arguments read from the first; each seen to fail.
    """
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, "module", "60", '"two words"', '"ä"'],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "two words ä\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
        assert process.stderr.read() == ""

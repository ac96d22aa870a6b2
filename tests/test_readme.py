"""README.md: what it says to type, typed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.requirements import require

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WALK = README.partition("<!-- walk: begin -->")[2].partition("<!-- walk: end -->")[0]


def blocks(text: str) -> list[str]:
    """The commands of each block, in order."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def made_serve(folder: Path, port: int) -> Iterator[str]:
    """Runs `make serve` in a copy of the project until it is ready: gives what it printed so far."""
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REKEY_")}
    with subprocess.Popen(
        ["make", "serve", f"ARGS=--port {port}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        printed = line = process.stdout.readline()
        while not line.startswith("Rekey on http"):
            assert line, f"it ended: {printed}"
            line = process.stdout.readline()
            printed += line
        try:
            yield printed
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)


def walk_with_repeat() -> str:
    """The walk, then its reset once more, where the first mail's file has a name before all others."""
    steps = blocks(WALK)
    reset = next(step for step in steps if "RESET_TOKEN" in step)
    rename = "mv $(grep -l '#token=' var/mail/*.eml) var/mail/0.eml\n"
    return "\n".join([*steps, rename, reset])


def missing() -> str | None:
    """Why the walk cannot be typed here."""
    wanted = [name for name in ("make", "curl", "bash", "git") if shutil.which(name) is None]
    return f"not installed: {', '.join(wanted)}" if wanted else None


def test_the_walk_does_what_it_says(tmp_path: Path) -> None:
    """A reader pastes block after block, with the password that `make serve` printed, and each step succeeds.

    So does a second reset. Planted: a misspelt field in one of the operations, and the token of the mail
    whose file has the first name instead of the newest mail's; seen to fail.
    """
    require(missing())
    port = free_port()
    with made_serve(tmp_path, port) as printed:
        password = re.search(r"password\W+([a-z0-9]{4}(?:-[a-z0-9]{4})+)", printed, re.IGNORECASE)
        assert password, printed
        script = walk_with_repeat().replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        script = script.replace("the password that make serve printed", password[1])
        walked = subprocess.run(
            ["bash", "-eu"],
            input=script,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    answers = walked.stdout
    assert walked.returncode == 0, walked.stderr + answers
    assert answers.count('"success":true') == 7, answers
    assert '"success":false' not in answers
    assert '"revokedSessions":1' in answers
    assert answers.count("UNAUTHENTICATED") == 1, answers
    assert '"status":"ACTIVATED"' in answers


@pytest.mark.parametrize("command", ["make serve", "make test"])
def test_both_commands_are_the_makefile_s(command: str) -> None:
    """The two commands that the README begins with are targets."""
    assert any(block.strip() == command for block in blocks(README))
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

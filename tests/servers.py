"""`rekey serve` as a process of its own, on a free port, with everything that it keeps in one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: OWASP's cheapest parameters: what the settings allow, and quick.
CHEAP = {"REKEY_ARGON2_MEMORY_KIB": "7168", "REKEY_ARGON2_TIME_COST": "5", "REKEY_HASH_WORKERS": "2"}
ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "server")
#: Seconds. Several times what a start takes on a busy machine with two cores, coverage measured.
PATIENCE = 180.0
READY = "Rekey on "


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a command that keeps everything in `folder`/var; no settings of the caller's own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REKEY_")}
    return {**inherited, **CHEAP, "REKEY_DATA_DIR": str(folder / "var"), **settings}


@dataclass
class RunningServer:
    """A server that said it was ready.

    Attributes:
        process: The process that was started; with several workers, their parent.
        folder: Where it runs, and where `output` and `errors` are.
        url: Such as `http://127.0.0.1:34567`.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    url: str = ""

    @property
    def mailbox(self) -> Path:
        """The development mailbox: a folder of `.eml` files, there from the first mail on."""
        return self.folder / "var" / "mail"

    @property
    def admin_username(self) -> str:
        """The first administrator's name; empty where this start made none."""
        return self._said("username")

    @property
    def admin_password(self) -> str:
        """The first administrator's password; empty where this start made none."""
        return self._said("password")

    def output(self) -> str:
        """What it wrote to standard output."""
        return (self.folder / "output").read_text()

    def log(self) -> str:
        """What it wrote to standard error: its log."""
        return (self.folder / "errors").read_text()

    def stop(self) -> int:
        """Asks it to end by SIGTERM, unless it has ended; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Ends it and its workers by SIGKILL."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def wait_until_ready(self) -> None:
        """Waits for the line that says where it listens."""
        self.wait_for(lambda: READY in self.output())
        self.url = self._line(READY)

    def wait_for(self, happened: Callable[[], bool], *, ends: bool = False) -> None:
        """Waits until it happened; the test fails, with the log, where it never does or the server ends.

        The one loop for all: whether a test has to wait at all is chance, and so would be its coverage.
        """
        end = time.monotonic() + PATIENCE
        while not happened():
            assert ends or self.process.poll() is None, f"the server ended: {self.log()}"
            assert time.monotonic() < end, f"it never happened: {self.log()}"
            time.sleep(0.02)

    def _said(self, name: str) -> str:
        return self._line(f"  {name}: ")

    def _line(self, beginning: str) -> str:
        lines = self.output().splitlines()
        return next((line.removeprefix(beginning) for line in lines if line.startswith(beginning)), "")


def start(folder: Path, *arguments: str, **settings: str) -> RunningServer:
    """Starts `rekey serve` in a folder that is there, and does not wait for it."""
    with (folder / "output").open("wb") as output, (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *arguments],
            cwd=folder,
            env=environment(folder, **settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
    return RunningServer(process, folder)


@contextmanager
def server_process(folder: Path, *, workers: int = 1, **settings: str) -> Iterator[RunningServer]:
    """A server that is ready, ended by SIGTERM at the end of the block; a second one finds what was kept.

    Args:
        folder: The database (unless REKEY_DATABASE_URL names another), the keys and the mails lie in its
            `var`. Two servers that run at once each take a folder, and share what the settings say.
        workers: Processes.
        settings: REKEY_ names.
    """
    folder.mkdir(exist_ok=True)
    server = start(folder, "--workers", str(workers), **settings)
    try:
        server.wait_until_ready()
        yield server
        if server.process.poll() is None:
            status = server.stop()
            assert status == 0, f"the server ended with {status}: {server.log()}"
    finally:
        server.kill()

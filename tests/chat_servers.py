"""What the tests' Prosody and ejabberd have in common: a process on loopback, ended by its id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from credentials.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.certificates import Certificates

LOOPBACK = "127.0.0.1"
DOMAIN = "localhost"
ADMIN = f"admin@{DOMAIN}"
ADMIN_PASSWORD = "the password of the admin"  # noqa: S105  a test's
#: Seconds; a start takes two on an idle machine.
PATIENCE = 60.0


class ChatServer(Protocol):
    """A running server whose administrator is `ADMIN`, for accounts at `DOMAIN`."""

    @property
    def port(self) -> int:
        """Where clients connect."""
        ...

    @property
    def ca(self) -> Path:
        """Signed the server's certificate."""
        ...

    def register(self, name: str, password: str) -> str:
        """Makes an account; gives its JID."""
        ...


@dataclass
class Program:
    """A server's process, which may be ended and started again on the same data and port."""

    command: list[str]
    port: int
    log: Path
    environment: Mapping[str, str]
    user: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it takes connections."""
        owner = self.user if os.geteuid() == 0 else None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not _takes_connections(self.port):
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()}"
            assert time.monotonic() < end, f"the server is not ready: {self.log.read_text()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it and whatever it started, at once."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


def url_of(port: int, ca: Path | None = None, *, jid: str = ADMIN, password: str = ADMIN_PASSWORD) -> Secret:
    """A server's URL, as REKEY_XMPP_URL takes it; without an authority nothing is encrypted."""
    trust = "starttls=none" if ca is None else f"ca={quote(str(ca))}"
    return Secret(f"xmpp://{quote(jid, safe='')}:{quote(password)}@{LOOPBACK}:{port}?{trust}")


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def readable_copy(certificates: Certificates, folder: Path, user: str) -> tuple[Path, Path]:
    """Certificate and key where the server's own user may read them."""
    copies = tuple(Path(shutil.copy(each, folder)) for each in (certificates.certificate, certificates.key))
    hand_over(folder, user)
    return copies[0], copies[1]


def hand_over(folder: Path, user: str) -> None:
    """Gives a folder and what is in it to the server's user."""
    for each in (folder, *folder.rglob("*")):
        shutil.chown(each, user if os.geteuid() == 0 else os.geteuid())


def _takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0

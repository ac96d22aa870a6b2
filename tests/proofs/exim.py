"""Exim, a mail server as people run it: STARTTLS, AUTH, a Maildir; on loopback, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from tests.certificates import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certificates import Certificates

EXIM = "/usr/sbin/exim4"
#: Debian's; Exim was built to run as this user.
SERVER_USER = "Debian-exim"
USER, PASSWORD = "rekey", "violet anvil harvest"
START_SECONDS = 10
DELIVERY_SECONDS = 10

CONFIGURATION = """
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
deliver_drop_privilege = true
smtp_accept_queue_per_connection = 0
never_users =
smtputf8_advertise_hosts = *
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = receiver
acl_smtp_data = accept
begin acl
receiver:
  require authenticated = *
  accept  domains = example.org
          local_parts = ! nobody
  deny    message = no such user
begin routers
here:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/Maildir
  create_directory
  user = {user}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


def missing_exim() -> str | None:
    """Tells why Exim cannot be started here, or gives None."""
    if not Path(EXIM).exists():
        return "Exim is not installed (Debian: apt-get install exim4-daemon-light)"
    return None if os.geteuid() == 0 else "Exim can be started as its own user by root only"


@dataclass(frozen=True)
class Exim:
    """A server that runs."""

    port: int
    folder: Path
    certificates: Certificates

    def url(self, password: str = PASSWORD) -> str:
        """As REKEY_MAIL_URL takes it."""
        quoted = password.replace(" ", "%20")
        return f"smtp://{USER}:{quoted}@localhost:{self.port}?ca={self.certificates.ca}"

    def mails(self, count: int) -> list[EmailMessage]:
        """Waits until so many mails have been delivered, and reads all that there are."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        files: list[Path] = []
        while len(files) < count and time.monotonic() < deadline:
            time.sleep(0.02)
            files = sorted((self.folder / "Maildir" / "new").glob("*"))
        return [message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default) for file in files]


@contextmanager
def exim() -> Iterator[Exim]:
    """Starts Exim and stops it; a second."""
    with tempfile.TemporaryDirectory(prefix="rekey-exim-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificates = make_certificates(folder)
        port = _free_port()
        configuration = folder / "exim.conf"
        configuration.write_text(
            CONFIGURATION.format(
                port=port,
                folder=folder,
                certificate=certificates.certificate,
                key=certificates.key,
                user=SERVER_USER,
                name=USER,
                password=PASSWORD,
            )
        )
        account = pwd.getpwnam(SERVER_USER)
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, account.pw_uid, account.pw_gid)
        process = subprocess.Popen(
            [EXIM, "-C", configuration, "-bdf", "-q1m"],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd=folder,
        )
        try:
            _wait(process, port)
            yield Exim(port, folder, certificates)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    message = f"Exim did not start: {process.poll()}"
    raise RuntimeError(message)

"""A Prosody for the tests: a folder of its own, a free port on loopback, removed at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.certificates import make_certificates
from tests.chat_servers import (
    ADMIN,
    ADMIN_PASSWORD,
    DOMAIN,
    LOOPBACK,
    Program,
    free_port,
    hand_over,
    readable_copy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "prosody"

CONFIGURATION = """
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
log = {{ warn = "*console" }}
daemonize = false
interfaces = {{ "{loopback}" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
c2s_require_encryption = false
authentication = "internal_plain"
admins = {{ "{admin}" }}
modules_enabled = {{ "disco", "roster", "saslauth", "tls", "ping", "offline", "adhoc", "admin_adhoc" }}
modules_disabled = {{ "s2s" }}
ssl = {{ certificate = "{certificate}"; key = "{key}" }}
VirtualHost "{domain}"
"""


def missing_prosody() -> str | None:
    """Tells why no Prosody can be started here, or gives None."""
    return None if shutil.which("prosody") else "Prosody is not installed (Debian: apt-get install prosody)"


@dataclass
class Prosody:
    """A running Prosody."""

    program: Program
    ca: Path
    accounts: Path

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.program.port

    def register(self, name: str, password: str) -> str:
        """Makes an account, as the file that Prosody's own storage would write; gives its JID."""
        account = self.accounts / f"{name}.dat"
        account.write_text(f'return {{ ["password"] = "{password}"; }};')
        hand_over(account, USER)
        return f"{name}@{DOMAIN}"


@contextmanager
def prosody_server() -> Iterator[Prosody]:
    """Starts a Prosody and stops it; under a second."""
    with tempfile.TemporaryDirectory(prefix="rekey-prosody-") as temporary:
        folder = Path(temporary)
        accounts = folder / "data" / DOMAIN / "accounts"
        accounts.mkdir(parents=True)
        folder.chmod(0o755)
        certificates = make_certificates(folder)
        (folder / "tls").mkdir()
        certificate, key = readable_copy(certificates, folder / "tls", USER)
        port = free_port()
        configuration = folder / "prosody.cfg.lua"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder,
                port=port,
                admin=ADMIN,
                domain=DOMAIN,
                loopback=LOOPBACK,
                certificate=certificate,
                key=key,
            )
        )
        hand_over(folder, USER)
        program = Program(["prosody", "-F", "--config", str(configuration)], port, folder / "log", {}, USER)
        server = Prosody(program, certificates.ca, accounts)
        server.register(ADMIN.partition("@")[0], ADMIN_PASSWORD)
        program.start()
        try:
            yield server
        finally:
            program.kill()

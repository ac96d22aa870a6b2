"""An ejabberd for the tests: a folder of its own, free ports on loopback, removed at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

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

USER = "ejabberd"
#: Debian's: where Erlang finds ejabberd's own code.
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")

CONFIGURATION = """
hosts: ["{domain}"]
loglevel: warning
certfiles: ["{certificate}", "{key}"]
auth_method: internal
listen:
  - {{port: {port}, ip: "{loopback}", module: ejabberd_c2s, starttls: true}}
  - {{port: {api}, ip: "{loopback}", module: ejabberd_http, request_handlers: {{"/api": mod_http_api}}}}
acl:
  admin: {{user: ["{admin}"]}}
access_rules:
  configure: {{allow: admin}}
api_permissions:
  "tests":
    who: [{{ip: 127.0.0.0/8}}]
    what: [register]
modules:
  mod_adhoc: {{}}
  mod_configure: {{}}
  mod_admin_extra: {{}}
  mod_http_api: {{}}
  mod_offline: {{}}
  mod_disco: {{}}
  mod_roster: {{}}
"""


def missing_ejabberd() -> str | None:
    """Tells why no ejabberd can be started here, or gives None."""
    there = shutil.which("erl") and any(LIBRARIES.glob("ejabberd-*"))
    return None if there else "ejabberd is not installed (Debian: apt-get install ejabberd)"


@dataclass
class Ejabberd:
    """A running ejabberd."""

    program: Program
    ca: Path
    api: int

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.program.port

    def register(self, name: str, password: str) -> str:
        """Makes an account by the server's API; gives its JID."""
        values = {"user": name, "host": DOMAIN, "password": password}
        httpx.post(f"http://{LOOPBACK}:{self.api}/api/register", json=values).raise_for_status()
        return f"{name}@{DOMAIN}"


@contextmanager
def ejabberd_server() -> Iterator[Ejabberd]:
    """Starts an ejabberd and stops it; two seconds."""
    with tempfile.TemporaryDirectory(prefix="rekey-ejabberd-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        certificates = make_certificates(folder)
        (folder / "tls").mkdir()
        certificate, key = readable_copy(certificates, folder / "tls", USER)
        port, api = free_port(), free_port()
        configuration = folder / "ejabberd.yml"
        configuration.write_text(
            CONFIGURATION.format(
                port=port,
                api=api,
                admin=ADMIN,
                domain=DOMAIN,
                loopback=LOOPBACK,
                certificate=certificate,
                key=key,
            )
        )
        hand_over(folder, USER)
        command = ["erl", "-noinput", "-mnesia", "dir", f'"{folder}/data"', "-s", "ejabberd"]
        environment = {
            "EJABBERD_CONFIG_PATH": str(configuration),
            "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
            "ERL_LIBS": str(LIBRARIES),
            "HOME": str(folder),
        }
        program = Program(command, port, folder / "log", environment, USER)
        program.start()
        try:
            server = Ejabberd(program, certificates.ca, api)
            server.register(ADMIN.partition("@")[0], ADMIN_PASSWORD)
            yield server
        finally:
            program.kill()

"""A mail server in a process of its own, with the fault that a benchmark asks for.

Run as `python -m benchmarks.mail_servers {up|slow|refusing} {folder}`, of which it writes its URL.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.certificates import make_certificates
from tests.mail_servers import mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
#: What each does, as `tests/mail_servers.py` takes it. Ten seconds: a mail server that looks every name up.
FAULTS: dict[str, dict[str, Any]] = {
    "up": {},
    "slow": {"delays": {"MAIL": 10.0}},
    "refusing": {"answers": {"MAIL": "554 no"}},
}
DOWN = "down"


@contextmanager
def mail_that_is(kind: str, folder: Path) -> Iterator[str]:
    """Starts one that is `up`, `slow` or `refusing`, or none that is `down`, and gives its URL."""
    if kind == DOWN:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port: int = listening.getsockname()[1]
        yield f"smtp://127.0.0.1:{port}?starttls=none"
        return
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.mail_servers", kind, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101  for the type checker: it is a pipe
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _serve(kind: str, folder: Path) -> None:
    async with mail_server(make_certificates(folder), **FAULTS[kind]) as server:
        print(server.url(), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))

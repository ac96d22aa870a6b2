"""What writing a letter costs, and handing it to a mail server.

Compares, with aiosmtpd as a process of its own on loopback, STARTTLS, and so many mails under way at once as
the relay has:

- a letter composed: templates filled in, the message made and put into octets;
- letters composed and handed over by the channel alone, without an outbox;

with a bare loop that hands octets made beforehand to the same server by aiosmtplib over as many connections.
Each figure is for one mail: 3.33 ms are 300 mails a second.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiosmtplib import SMTP
from rich.console import Console

from benchmarks.common import ROUNDS, Measure, Took, alternate, table
from credentials.secret import Secret
from delivery.letter_writing import compose
from delivery.letters import ResetLetter
from delivery.mail import open_mail
from delivery.smtp_limits import SmtpLimits
from tests.certificates import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from delivery.mail import Mail
    from delivery.messages import Message
    from tests.certificates import Certificates

#: Batches in a round.
CALLS = 20
#: Mails under way at once: what the relay's mail lane has.
BATCH = 16
#: The niceness of who goes last (setpriority(2)).
LEAST = 19
#: Seconds for aiosmtpd to listen.
START_SECONDS = 10

_numbers = itertools.count()
AT = datetime(2026, 11, 20, 16, 19, tzinfo=UTC)
SENDER = "Rekey <no-reply@example.org>"
LETTER = ResetLetter(
    to="mary@example.org",
    full_name="Mary Example",
    help_url="https://help.example.org/",
    link=Secret("https://accounts.example.org/reset-password#token=" + "Ab_-" * 11),
    code=Secret("ABC-DEF"),
    expires_in=timedelta(minutes=60),
)


@contextmanager
def receiving(certificates: Certificates) -> Iterator[int]:
    """Starts a server that takes every mail and keeps none, and gives its port.

    Elsewhere it runs on a machine of its own: here it takes what the others leave of this one.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    command += ["--tlscert", str(certificates.certificate), "--tlskey", str(certificates.key)]
    with subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Sink"]) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, LEAST)
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _letter() -> Message:
    return compose(LETTER, sender=SENDER, effect_id=f"e{next(_numbers)}", date=AT)


def _composed() -> Took:
    start = time.perf_counter()
    _letter().octets()
    return Took(time.perf_counter() - start)


class Channel:
    """Rekey's channel, used as the relay uses it."""

    def __init__(self, runner: asyncio.Runner, mail: Mail) -> None:
        self._runner = runner
        self._mail = mail

    def batch(self) -> Took:
        """Composes and sends a batch; the time of one mail."""
        start = time.perf_counter()
        self._runner.run(self._send())
        return Took((time.perf_counter() - start) / BATCH)

    async def _send(self) -> None:
        await asyncio.gather(*(self._mail.send(_letter(), "e") for _ in range(BATCH)))


class Bare:
    """aiosmtplib alone, over as many connections."""

    def __init__(self, runner: asyncio.Runner, port: int, ca: Path) -> None:
        self._runner = runner
        self._content = _letter().octets()
        trust = ssl.create_default_context(cafile=ca)
        count = SmtpLimits().connections
        self._open = [SMTP(hostname="localhost", port=port, tls_context=trust) for _ in range(count)]
        self._runner.run(self._connect())

    async def _connect(self) -> None:
        await asyncio.gather(*(each.connect() for each in self._open))

    def batch(self) -> Took:
        """Sends a batch; the time of one mail."""
        start = time.perf_counter()
        self._runner.run(self._send())
        return Took((time.perf_counter() - start) / BATCH)

    async def _send(self) -> None:
        await asyncio.gather(*map(self._share, self._open))

    async def _share(self, smtp: SMTP) -> None:
        for _ in range(BATCH // len(self._open)):
            await smtp.sendmail("no-reply@example.org", ["mary@example.org"], self._content)

    def close(self) -> None:
        """Says good-bye."""
        self._runner.run(self._quit())

    async def _quit(self) -> None:
        await asyncio.gather(*(each.quit() for each in self._open))


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    with TemporaryDirectory(prefix="rekey-benchmark-") as name, asyncio.Runner() as runner:
        certificates = make_certificates(Path(name))
        with receiving(certificates) as port:
            mail = open_mail(f"smtp://localhost:{port}?ca={certificates.ca}")
            bare = Bare(runner, port, certificates.ca)
            alone = Measure("bare SMTP", bare.batch, calls)
            composed = Measure("a letter composed", _composed, calls * BATCH)
            sent = Measure("composed and sent", Channel(runner, mail).batch, calls)
            alternate([composed, sent, alone], rounds)
            bare.close()
            runner.run(mail.close())
    return table("A mail, without an outbox; 16 under way at once", [composed, sent, alone], [alone])


if __name__ == "__main__":
    Console().print(run())

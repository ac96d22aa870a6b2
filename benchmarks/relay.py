"""How fast a relay sends mails, and what that costs who signs in meanwhile.

Compares, on two real `rekey serve` at their default settings, each on an embedded database of its own, with
aiosmtpd as a process of its own on loopback, at nice 19, and STARTTLS:

- a sign-in, one client, one at a time, while a relay works on a queue of mails: one in the serving process,
  as `rekey serve` has it, and one in a process of its own (`REKEY_RELAY=false`, `rekey relay`);
- a mail of either queue, from the first ones' settling to the last one's;

each sign-in with one on the same server while nothing is queued. For a mail 3.33 ms are 300 a second.
"""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.change_password import SIGN_IN
from benchmarks.client import Client, spell
from benchmarks.common import Measure, Took, alternate, table
from benchmarks.mail import receiving
from benchmarks.outbox import Outbox
from credentials.hash_parameters import HashParameters
from credentials.secret import Secret
from store.opening import open_store
from tests.certificates import make_certificates
from tests.servers import COMMAND, environment, server_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

#: Short rounds and many of them: the machine's pace changes by a third from one minute to the next.
ROUNDS = 15
#: Sign-ins of each kind in a round.
CALLS = 10


class NoFigure(Exception):  # noqa: N818  it says what was wrong with the round
    """A sign-in failed, or the queue was empty before it ended."""


class Visitor:
    """Somebody who signs in, again and again.

    Args:
        client: connected to Rekey.
        outbox: its queue.
        request: the sign-in.

    Attributes:
        outbox: as given.
    """

    def __init__(self, client: Client, outbox: Outbox, request: bytes) -> None:
        self._client = client
        self.outbox = outbox
        self._request = request

    def wait(self) -> None:
        """Nothing is queued."""
        self.outbox.drain()
        self._client.reconnect()

    def begin(self) -> None:
        """The relay is at work."""
        self.outbox.begin()
        self._client.reconnect()

    def sign_in(self) -> Took:
        """Signs in."""
        answer = self._client.send(self._request)
        if not answer.body["data"]["signIn"].get("accessToken"):
            raise NoFigure(answer.body)
        return Took(answer.seconds, answer.client_seconds)

    def sign_in_meanwhile(self) -> Took:
        """Signs in while mails go out."""
        took = self.sign_in()
        if self.outbox.is_empty():
            message = "The relay was done before the sign-in was."
            raise NoFigure(message)
        return took


@contextmanager
def _relay_process(folder: Path, settings: dict[str, str]) -> Iterator[None]:
    """`rekey relay` on what lies in the folder."""
    command = [*COMMAND, "relay"]
    with (
        (folder / "relay").open("wb") as log,
        subprocess.Popen(command, env=environment(folder, **settings), stdout=log, stderr=log) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _visitor(stack: ExitStack, runner: asyncio.Runner, folder: Path, mail: str, *, apart: bool) -> Visitor:
    """Who signs in to a server of its own; `apart`: whose relay is another process.

    Args:
        stack: what ends with the benchmark.
        runner: runs what is asynchronous here.
        folder: for the server.
        mail: REKEY_MAIL_URL.
        apart: as above.
    """
    hashing = HashParameters()
    settings: dict[str, Any] = {
        "REKEY_ARGON2_MEMORY_KIB": str(hashing.memory_kib),
        "REKEY_ARGON2_TIME_COST": str(hashing.time_cost),
        "COVERAGE_PROCESS_CONFIG": "",
        "REKEY_MAIL_URL": mail,
        "REKEY_RELAY": "false" if apart else "true",
    }
    server = stack.enter_context(server_process(folder, **settings))
    if apart:
        stack.enter_context(_relay_process(folder, settings))
    client = stack.enter_context(Client(int(server.url.rpartition(":")[2])))
    store = open_store(Secret(f"sqlite:///{folder}/var/rekey.db"))
    stack.callback(lambda: runner.run(store.close()))
    login = {"login": server.admin_username, "password": server.admin_password}
    request = spell("/graphql", {"query": SIGN_IN, "variables": {"input": login}})
    return Visitor(client, Outbox(runner, store), request)


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        asyncio.Runner() as runner,
        ExitStack() as stack,
    ):
        folder = Path(name)
        certificates = make_certificates(folder)
        mail = f"smtp://localhost:{stack.enter_context(receiving(certificates))}?ca={certificates.ca}"
        within = _visitor(stack, runner, folder / "within", mail, apart=False)
        apart = _visitor(stack, runner, folder / "apart", mail, apart=True)
        measures, idles = list[Measure](), list[Measure]()
        for visitor, where in ((within, "in its process"), (apart, "apart")):
            idle = Measure(f"sign-in, a relay {where} idle", visitor.sign_in, calls, before=visitor.wait)
            busy = f"sign-in, a relay {where} at work"
            idles.append(idle)
            measures += [
                idle,
                Measure(busy, visitor.sign_in_meanwhile, calls, before=visitor.begin),
                Measure(f"a mail of the relay {where}", visitor.outbox.mail, 1),
            ]
        alternate(measures, rounds)
    return table("A relay at work, and sign-ins meanwhile; one client", measures, idles)


if __name__ == "__main__":
    Console().print(run())

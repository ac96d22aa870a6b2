"""How fast the relay of a server sends mails, and what that costs who signs in meanwhile.

Compares, on a real `rekey serve` at its default settings on the embedded database, with aiosmtpd as a process
of its own on loopback and STARTTLS:
- a sign-in, one client, one at a time, while the relay in the same process works on a queue of mails;
- a mail of that queue, from the first one's settling to the last one's;
with the same sign-in while nothing is queued. For a mail 3.33 ms are 300 a second.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.change_password import SIGN_IN
from benchmarks.client import Client, spell
from benchmarks.common import ROUNDS, Measure, Took, alternate, table
from benchmarks.mail import receiving
from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from credentials.kinds import EffectKind, EffectState, LetterName
from credentials.secret import Secret
from store.opening import open_store
from tests.certificates import make_certificates
from tests.servers import server_process

if TYPE_CHECKING:
    from datetime import datetime

    from rich.table import Table

    from credentials.model import Effect
    from store.unit_of_work import Store

#: Sign-ins of each kind in a round.
CALLS = 20
#: Mails that wait before each sign-in, at least: more than are sent until it ends.
LEAST = 500
#: Readers of the mails: each one's are sent one after another.
READERS = 100
#: How often the outbox is looked at while something is waited for, in seconds.
LOOK_SECONDS = 0.05


class NoFigure(Exception):  # noqa: N818  it says what was wrong with the round
    """A sign-in failed, or the queue was empty before it ended."""


class Outbox:
    """The server's own, in its database.

    Args:
        runner: runs what is asynchronous here.
        store: on the same file as the server's.
    """

    def __init__(self, runner: asyncio.Runner, store: Store) -> None:
        self._runner = runner
        self._store = store
        self._numbers = itertools.count()
        self._round: set[str] = set()

    def begin(self) -> None:
        """Begins a round: queues mails, and waits until the relay is at them."""
        self._round.clear()
        self.top_up()
        while len(self._find(EffectState.PENDING, LEAST)) == LEAST:
            time.sleep(LOOK_SECONDS)
        self.top_up()

    def top_up(self) -> None:
        """Queues mails where few are left."""
        if len(self._find(EffectState.PENDING, LEAST)) == LEAST:
            return
        now = Chance().now()
        drafts = [_notice(next(self._numbers), now) for _ in range(LEAST)]
        self._round.update(each["id"] for each in drafts)
        self._runner.run(self._store.write(lambda unit: unit.effects.add(drafts)))

    def is_empty(self) -> bool:
        """Whether all are sent."""
        return not self._find(EffectState.PENDING, 1)

    def drain(self) -> None:
        """Waits until all are."""
        while not self.is_empty():
            time.sleep(LOOK_SECONDS)

    def mail(self) -> Took:
        """What one of the round's took."""
        self.drain()
        sent = self._find(EffectState.DELIVERED, len(self._round))
        times = [each.settled_at for each in sent if each.id in self._round and each.settled_at]
        return Took((max(times) - min(times)).total_seconds() / (len(times) - 1))

    def _find(self, state: EffectState, limit: int) -> list[Effect]:
        return self._runner.run(self._store.read(lambda unit: unit.effects.page(None, limit, state)))


def _notice(number: int, now: datetime) -> dict[str, Any]:
    reader = number % READERS
    return {
        "id": f"e{number}",
        "kind": EffectKind.MAIL_NOTICE,
        "subject": f"mail:{reader}",
        "target": str(reader),
        "user_id": None,
        "system_id": None,
        "details": {
            "letter": LetterName.PASSWORD_CHANGED,
            "to": f"reader{reader}@example.org",
            "fullName": "Some Reader",
            "locale": "en_US",
            "at": now.isoformat(),
            "address": "192.0.2.1",
        },
        "created_at": now,
    }


class Visitor:
    """Somebody who signs in, again and again.

    Args:
        client: connected to Rekey.
        outbox: its queue.
        request: the sign-in.
    """

    def __init__(self, client: Client, outbox: Outbox, request: bytes) -> None:
        self._client = client
        self._outbox = outbox
        self._request = request

    def wait(self) -> None:
        """Nothing is queued."""
        self._outbox.drain()
        self._client.reconnect()

    def begin(self) -> None:
        """The relay is at work."""
        self._outbox.begin()
        self._client.reconnect()

    def sign_in(self) -> Took:
        """Signs in."""
        answer = self._client.send(self._request)
        if not answer.body["data"]["signIn"].get("accessToken"):
            raise NoFigure(answer.body)
        return Took(answer.seconds, answer.client_seconds)

    def sign_in_meanwhile(self) -> Took:
        """Signs in while mails go out."""
        self._outbox.top_up()
        took = self.sign_in()
        if self._outbox.is_empty():
            message = "The relay was done before the sign-in was."
            raise NoFigure(message)
        return took


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    hashing = HashParameters()
    settings: dict[str, Any] = {
        "REKEY_ARGON2_MEMORY_KIB": str(hashing.memory_kib),
        "REKEY_ARGON2_TIME_COST": str(hashing.time_cost),
        "COVERAGE_PROCESS_CONFIG": "",
    }
    with TemporaryDirectory(prefix="rekey-benchmark-") as name, asyncio.Runner() as runner:
        folder = Path(name)
        certificates = make_certificates(folder)
        with (
            receiving(certificates) as mail,
            server_process(
                folder, REKEY_MAIL_URL=f"smtp://localhost:{mail}?ca={certificates.ca}", **settings
            ) as server,
            Client(int(server.url.rpartition(":")[2])) as client,
        ):
            store = open_store(Secret(f"sqlite:///{folder}/var/rekey.db"))
            outbox = Outbox(runner, store)
            login = {"login": server.admin_username, "password": server.admin_password}
            request = spell("/graphql", {"query": SIGN_IN, "variables": {"input": login}})
            visitor = Visitor(client, outbox, request)
            idle = Measure("sign-in, idle", visitor.sign_in, calls, before=visitor.wait)
            busy = Measure("sign-in meanwhile", visitor.sign_in_meanwhile, calls, before=visitor.begin)
            sent = Measure("a mail", outbox.mail, 1)
            alternate([idle, busy, sent], rounds)
            runner.run(store.close())
    return table("The relay at work, and sign-ins meanwhile; one client", [idle, busy, sent], [idle])


if __name__ == "__main__":
    Console().print(run())

"""How long a client lives on with a password that was changed.

Compares, on a real `rekey serve` on the embedded database and a real Prosody, both on loopback with TLS:

- the time from the commit of a change of password (`createdAt` of its deliveries, which is taken just before)
  to the end of the user's XMPP connection: the message to the client, the account's new password and the end
  of its sessions, one after another;

with a client's ping to the same Prosody and its answer.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.common import ROUNDS, Measure, Took, alternate, table
from credentials.chance import Chance
from tests.chat_servers import url_of
from tests.proofs.client import clients
from tests.prosody import prosody_server
from tests.servers import server_process
from tests.xmpp_client import logged_in

if TYPE_CHECKING:
    from rich.table import Table

    from tests.proofs.client import Client
    from tests.prosody import Prosody
    from tests.xmpp_client import XmppClient

#: Changes in a round; with five rounds 205 in a row.
CALLS = 41
FIRST = "violet anvil harvest 74 moon"
SECOND = "amber turbine 19 window orchard"
ACCOUNT = "mary@localhost"
CHAT = "accessToken user { chatAccounts { jidPassword } }"


@dataclass
class User:
    """A user with a client, who changes the password again and again.

    Args:
        runner: runs what is asynchronous here.
        chat: the XMPP server.
        client: connected to Rekey.
    """

    runner: asyncio.Runner
    chat: Prosody
    client: Client
    took: list[float] = field(default_factory=list)
    _passwords: itertools.cycle[str] = field(default_factory=lambda: itertools.cycle((FIRST, SECOND)))
    _present: str = ""

    async def exist(self, admin: str) -> None:
        """Is made by an administrator."""
        self._present = next(self._passwords)
        given = {"username": "mary", "emailAddress": "mary@example.org", "password": self._present}
        made = await self.client.do("createUser", given | {"jidIm": ACCOUNT}, bearer=admin)
        if not made.is_success:
            raise TypeError(made)
        listed = "{ deliveries(first: 200, state: PENDING) { edges { node { id } } } }"
        pending = True
        while pending:  # the account has no password that opens it before
            await asyncio.sleep(0.05)
            pending = (await self.client.post(listed, bearer=admin))["data"]["deliveries"]["edges"]

    def change(self) -> Took:
        """Changes the password; the time from the commit to the end of the client."""
        seconds = self.runner.run(self._change())
        self.took.append(seconds)
        return Took(seconds)

    async def _change(self) -> float:
        old, new = self._present, next(self._passwords)
        done = await self.client.do("signIn", {"login": "mary", "password": old}, CHAT)
        (account,) = done["user"]["chatAccounts"]
        async with logged_in(self.chat, ACCOUNT, account["jidPassword"]) as connected:
            given = {"oldPassword": old, "newPassword": new}
            ending = asyncio.create_task(_end_of(connected))
            chosen = "deliveries { createdAt }"
            changed = await self.client.do("changePassword", given, chosen, done["accessToken"])
            ended = await ending
        self._present = new
        return (ended - datetime.fromisoformat(changed["deliveries"][0]["createdAt"])).total_seconds()

    def ping(self) -> Took:
        """Signs in, connects and pings: the time of the ping."""
        return Took(self.runner.run(self._ping()))

    async def _ping(self) -> float:
        done = await self.client.do("signIn", {"login": "mary", "password": self._present}, CHAT)
        (account,) = done["user"]["chatAccounts"]
        async with logged_in(self.chat, ACCOUNT, account["jidPassword"]) as connected:
            await connected.catch_up()
            begun = time.perf_counter()
            await connected.catch_up()
            return time.perf_counter() - begun


async def _end_of(connected: XmppClient) -> datetime:
    await connected.end()
    return Chance().now()


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        asyncio.Runner() as runner,
        prosody_server() as chat,
    ):
        chat.register("mary", FIRST)
        settings: dict[str, Any] = {
            "REKEY_XMPP_URL": url_of(chat.port, chat.ca).reveal(),
            "COVERAGE_PROCESS_CONFIG": "",
        }
        with server_process(Path(name), **settings) as server:
            stack = AsyncExitStack()
            (client,) = runner.run(stack.enter_async_context(clients(server.url)))
            user = User(runner, chat, client)
            admin = runner.run(client.bearer(server.admin_username, server.admin_password))
            runner.run(user.exist(admin))
            ping = Measure("an XMPP ping", user.ping, calls)
            cut = Measure("from commit to cut-off", user.change, calls)
            alternate([cut, ping], rounds)
            runner.run(stack.aclose())
    made = table("A password is changed: its user's client is cut off", [cut, ping], [ping])
    ordered = sorted(user.took)
    high = ordered[int(0.95 * len(ordered))]
    middle = statistics.median(ordered)
    made.caption = (
        f"Of {len(ordered)} changes in a row half were cut off within {1000 * middle:.0f} ms, "
        f"95 of 100 within {1000 * high:.0f} ms. {made.caption}"
    )
    return made


if __name__ == "__main__":
    Console().print(run())

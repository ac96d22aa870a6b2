"""What is acknowledged holds, and what is owed is done, however the process ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.conftest import DATABASES
from tests.proofs.client import PATIENCE, QUICK, clients, read_reset_mails, reset_mails
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from credentials.secret import Secret
    from tests.proofs.client import Client
    from tests.servers import RunningServer

pytestmark = pytest.mark.anyio

FIRST = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"
MARY = "mary@example.org"
USERS = [f"user{number}" for number in range(6)]
KILLS = 3
#: Seconds of changes before a kill: some dozens are made in that time.
WORKING = 0.8


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, databases: Callable[[str], AbstractContextManager[Secret]]
) -> Iterator[dict[str, Any]]:
    """The settings of a server on a database of either kind."""
    with databases(request.param) as url:
        yield QUICK | {"REKEY_DATABASE_URL": url.reveal()}


async def test_a_mail_that_was_owed_comes_after_kill_9(settings: dict[str, Any], tmp_path: Path) -> None:
    """A reset that was asked for before a kill -9 is mailed after the restart, once, and its token works.

    Planted: the effect is not written with the wish; seen to fail.
    """

    async def ask(server: RunningServer) -> None:
        async with clients(server.url) as (client,):
            bearer = await client.bearer(server.admin_username, server.admin_password)
            user = {"username": "mary", "emailAddress": MARY}
            assert (await client.do("createUser", user, bearer=bearer)).is_success
            assert (await client.do("requestPasswordReset", {"emailAddress": MARY})).is_success

    async def reset(server: RunningServer) -> None:
        async with clients(server.url) as (client,):
            mails = await reset_mails(server.mailbox, MARY)
            given = {"proof": {"token": mails[MARY].token}, "newPassword": NEW}
            assert (await client.do("resetPassword", given)).is_success
            assert (await client.sign_in("mary", NEW)).is_success

    with server_process(tmp_path, REKEY_RELAY="false", **settings) as server:
        await ask(server)
        server.kill()
        assert not read_reset_mails(server.mailbox)
    with server_process(tmp_path, **settings) as server:
        await reset(server)
    with server_process(tmp_path, **settings) as server:
        server.kill()
    assert len(read_reset_mails(server.mailbox)) == 1


@dataclass
class Owner:
    """A user who changes their password again and again, and remembers what was acknowledged."""

    name: str
    user_id: str
    password: str = FIRST
    tried: str = FIRST
    changes: int = 0
    numbers: Iterator[int] = field(default_factory=count)

    async def work(self, client: Client) -> None:
        """Changes the password until the server is gone."""
        with suppress(httpx.TransportError):
            while True:
                self.tried = f"{NEW} {self.name} {next(self.numbers)}"
                given = {"username": self.name, "oldPassword": self.password, "newPassword": self.tried}
                answer = await client.do("changeExpiredPassword", given | {"repeatNewPassword": self.tried})
                assert answer.is_success, answer
                self.password, self.changes = self.tried, self.changes + 1

    async def look(self, client: Client, bearer: str) -> None:
        """After the restart: the acknowledged password holds, or the one that was on its way; all of it."""
        tried = dict.fromkeys((self.tried, self.password))
        (opens,) = [each for each in tried if (await client.sign_in(self.name, each)).is_success]
        self.changes += opens != self.password
        self.password = opens
        assert await client.events(bearer, "PASSWORD_CHANGED", userId=self.user_id) == self.changes
        document = "{ deliveries(first: 200) { edges { node { kind userId } } } }"
        nodes = [
            each["node"]
            for each in (await client.post(document, bearer=bearer))["data"]["deliveries"]["edges"]
        ]
        assert nodes.count({"kind": "MAIL_NOTICE", "userId": self.user_id}) == self.changes


async def test_no_acknowledged_change_is_lost_by_kill_9(settings: dict[str, Any], tmp_path: Path) -> None:
    """After each of several kills amid changes, every acknowledged one holds and none is half done.

    The event and the letter are of the same transaction as the password. Planted: the
    event is written in a transaction of its own; seen to fail.
    """
    owners: list[Owner] = []
    admin = ("", "")
    for _ in range(KILLS):
        with server_process(tmp_path, REKEY_RELAY="false", **settings) as server:
            admin = (server.admin_username or admin[0], server.admin_password or admin[1])
            await change_until_killed(server, admin, owners)
    with server_process(tmp_path, REKEY_RELAY="false", **settings) as server:
        await look(server, admin, owners)


async def change_until_killed(server: RunningServer, admin: tuple[str, str], owners: list[Owner]) -> None:
    """Looks at what the kill before left, then works until the next one."""
    async with clients(server.url) as (client,):
        bearer = await client.bearer(*admin)
        for name in USERS[len(owners) :]:
            given = {"username": name, "emailAddress": f"{name}@example.org", "password": FIRST}
            made = await client.do("createUser", given, "user { id }", bearer)
            owners.append(Owner(name, made["user"]["id"]))
        await look(server, admin, owners)
        working = [asyncio.create_task(owner.work(client)) for owner in owners]
        before = 0
        async with asyncio.timeout(PATIENCE):  # on a busy machine the first change takes longer
            while not before:
                await asyncio.sleep(WORKING)
                before = sum(owner.changes for owner in owners)
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*working)
        assert before


async def look(server: RunningServer, admin: tuple[str, str], owners: list[Owner]) -> None:
    """Looks at every owner's account."""
    async with clients(server.url) as (client,):
        bearer = await client.bearer(*admin)
        for owner in owners:
            await owner.look(client, bearer)

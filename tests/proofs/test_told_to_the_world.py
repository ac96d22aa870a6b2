"""From a mutation of a real server to real XMPP and mail servers: what users and their clients notice."""

from __future__ import annotations

import asyncio
import subprocess
import time
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tests.certificates import make_certificates
from tests.chat_servers import url_of
from tests.ejabberd import Ejabberd
from tests.mail_servers import mail_server
from tests.proofs.client import PATIENCE, QUICK, clients
from tests.proofs.promises import allowed
from tests.prosody import missing_prosody, prosody_server
from tests.requirements import require
from tests.servers import COMMAND, environment, server_process
from tests.xmpp_client import logged_in, opens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.chat_servers import ChatServer
    from tests.mail_servers import MailServer
    from tests.proofs.client import Answer, Client

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

OLD = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"
MARY = "mary@example.org"
ACCOUNTS = "accessToken user { chatAccounts { kind jid jidPassword } }"
DELIVERIES = "deliveries { id kind state }"
LIST = "{ deliveries(first: 200) { edges { node { id kind state lastError } } } }"
#: From the answer to the end of the clients; the requirement, and half of what the relay rests between looks.
MOST_SECONDS = 0.25
#: Changes before the servers go down, and while they are.
CHANGES = 7


@dataclass(frozen=True)
class Site:
    """A running Rekey that tells the world, and its administrator."""

    client: Client
    admin: str

    async def create_user(self, im: str, tel: str) -> None:
        """Makes Mary, with two chat accounts."""
        given = {"username": "mary", "emailAddress": MARY, "password": OLD, "jidIm": im, "jidTel": tel}
        assert (await self.client.do("createUser", given, bearer=self.admin)).is_success

    async def sign_in(self, password: str) -> tuple[str, dict[str, str]]:
        """Signs Mary in: her token, and her chat accounts' passwords by JID."""
        done = await self.client.do("signIn", {"login": "mary", "password": password}, ACCOUNTS)
        assert done.is_success, done
        return done["accessToken"], {
            each["jid"]: each["jidPassword"] for each in done["user"]["chatAccounts"]
        }

    async def change(self, old: str, new: str) -> Answer:
        """Signs Mary in and changes her password."""
        bearer, _ = await self.sign_in(old)
        given = {"oldPassword": old, "newPassword": new}
        done = await self.client.do("changePassword", given, DELIVERIES, bearer)
        assert done.is_success, done
        return done

    async def deliveries(self) -> list[dict[str, Any]]:
        """What is told to whom, in order."""
        edges = (await self.client.post(LIST, bearer=self.admin))["data"]["deliveries"]["edges"]
        return [each["node"] for each in edges][::-1]

    async def settled(self) -> list[dict[str, Any]]:
        """Waits until nothing is pending; gives all of it."""
        async with asyncio.timeout(PATIENCE):
            found = await self.deliveries()
            while any(each["state"] == "PENDING" for each in found):
                await asyncio.sleep(0.05)
                found = await self.deliveries()
        return found

    async def is_ready(self) -> bool:
        """What `/readyz` says."""
        return (await self.client.http.get("/readyz")).status_code == 200


@asynccontextmanager
async def site(folder: Path, admin: tuple[str, str] | None = None, **settings: str) -> AsyncIterator[Site]:
    """A server on what lies in a folder; `admin` signs in where it was made before."""
    async with AsyncExitStack() as stack:
        # In a thread: its start waits for lines of the process, and mail is taken meanwhile.
        given: dict[str, Any] = QUICK | settings
        opening = server_process(folder, **given)
        server = await asyncio.to_thread(opening.__enter__)
        stack.push_async_callback(asyncio.to_thread, opening.__exit__, None, None, None)
        (client,) = await stack.enter_async_context(clients(server.url))
        name, password = admin or (server.admin_username, server.admin_password)
        yield Site(client, await client.bearer(name, password))


@asynccontextmanager
async def whole_site(folder: Path, chat: ChatServer) -> AsyncIterator[tuple[Site, MailServer]]:
    """A server that tells both, and the mail server."""
    async with mail_server(make_certificates(folder)) as mail:
        xmpp = url_of(chat.port, chat.ca).reveal()
        async with site(folder / "site", REKEY_MAIL_URL=mail.url(), REKEY_XMPP_URL=xmpp) as opened:
            yield opened, mail


def account(chat: ChatServer, name: str) -> str:
    """A new account; gives its JID."""
    return chat.register(f"{name}{uuid.uuid4().hex}", OLD)


def ids(mail: MailServer) -> list[str]:
    """The effects whose mails came, in order."""
    return [str(each.message["Message-ID"]).strip("<>").partition("@")[0] for each in mail.received]


async def test_a_change_reaches_the_users_clients(chat: ChatServer, tmp_path: Path) -> None:
    """R5 R6 R7 R8: both clients of the IM account see the message and then the end, the telephone its end.

    The old chat passwords are refused, those of the next sign-in open both accounts, and the mail is there.

    Planted: the message without its payload; a lane that takes an account for busy that it has just settled,
    so that the next step waits for the next look; each seen to fail.
    """
    im, tel = account(chat, "im"), account(chat, "tel")
    async with whole_site(tmp_path, chat) as (rekey, mail):
        await rekey.create_user(im, tel)
        await rekey.settled()
        _, before = await rekey.sign_in(OLD)
        async with (
            logged_in(chat, im, before[im], "desk") as desk,
            logged_in(chat, im, before[im], "pocket") as pocket,
            logged_in(chat, tel, before[tel]) as phone,
        ):
            done = await rekey.change(OLD, NEW)
            begun = time.perf_counter()
            await asyncio.gather(desk.end(), pocket.end(), phone.end())
            assert time.perf_counter() - begun < allowed(MOST_SECONDS)
        assert desk.outline() == pocket.outline() == ["message", "the end"]
        assert phone.outline() == ["the end"]
        (message,) = desk.messages()
        # ejabberd delivers a type that it does not know without it.
        assert message.get("type") == (None if isinstance(chat, Ejabberd) else "management")
        assert message.get("to") == desk.jid
        assert [(each.tag, each.attrib) for each in message] == [
            ("{jabber:iq:configuration}userpassword", {"action": "update"})
        ]
        told = await rekey.settled()
        assert {each["state"] for each in told} == {"DELIVERED"}
        _, after = await rekey.sign_in(NEW)
        for jid in (im, tel):
            assert not await opens(chat, jid, before[jid])
            assert await opens(chat, jid, after[jid])
        (notice,) = [each["id"] for each in done["deliveries"] if each["kind"] == "MAIL_NOTICE"]
        assert [each for each in ids(mail) if each == notice] == [notice]


async def test_a_code_opens_the_account_until_activation(chat: ChatServer, tmp_path: Path) -> None:
    """S3 S7 S8: the four digits log in as jid_pbxagent; a reset makes others, the activation a password.

    At each step the password of before is refused, and whoever is connected is cut off; in the end, with the
    system deleted, nobody gets in.

    Planted: the effects of a reset are not written; seen to fail.
    """
    jid = account(chat, "pbx")
    async with whole_site(tmp_path, chat) as (rekey, _):
        admin, client = rekey.admin, rekey.client
        given = {"name": "exchange", "jidPbxagent": jid}
        chosen = "activationCode system { id pbxId }"
        made = await client.do("createSystem", given, chosen, admin)
        passwords, system = [made["activationCode"]], made["system"]
        await rekey.settled()
        async with logged_in(chat, jid, passwords[-1]) as agent:
            reset = await client.do(
                "resetSystemPassword", {"systemId": system["id"]}, "activationCode", admin
            )
            passwords.append(reset["activationCode"])
            await agent.end()
        await rekey.settled()
        async with logged_in(chat, jid, passwords[-1]) as agent:
            proof = {"pbxId": system["pbxId"], "activationCode": passwords[-1]}
            activated = await client.do("activateSystem", proof, "jidPbxagentPassword")
            passwords.append(activated["jidPbxagentPassword"])
            await agent.end()
        await rekey.settled()
        proof = {"pbxId": system["pbxId"], "password": passwords[-1]}
        confirmed = await client.do("confirmSystemActivation", proof, "system { status }")
        assert confirmed["system"]["status"] == "ACTIVATED"
        assert [await opens(chat, jid, each) for each in passwords] == [False, False, True]
        assert all(len(code) == 4 for code in passwords[:2])
        assert (await client.do("deleteSystem", {"system": {"id": system["id"]}}, bearer=admin)).is_success
        await rekey.settled()
        assert not await opens(chat, jid, passwords[-1])


async def changes(rekey: Site, passwords: list[str]) -> tuple[list[Answer], float]:
    """Changes the password along a list: the answers, and the median of the seconds that each took."""
    answers, took = [], []
    for old, new in pairwise(passwords):
        bearer, _ = await rekey.sign_in(old)
        given = {"oldPassword": old, "newPassword": new}
        begun = time.perf_counter()
        answers.append(await rekey.client.do("changePassword", given, DELIVERIES, bearer))
        took.append(time.perf_counter() - begun)
    return answers, median(took)


async def test_nothing_is_lost_while_the_servers_are_down(tmp_path: Path) -> None:
    """R5 R6: without mail and XMPP a change has the same answer in the same time, and all comes afterwards.

    Meanwhile the deliveries are PENDING with a reason and the service is ready; afterwards each mail comes
    once, in order, and the account has the last password.

    Planted: a channel that is down fails its effects; seen to fail.
    """
    require(missing_prosody())
    with prosody_server() as chat:
        im, tel = account(chat, "im"), account(chat, "tel")
        async with whole_site(tmp_path, chat) as (rekey, mail):
            await rekey.create_user(im, tel)
            await rekey.settled()
            passwords = [OLD, *(f"{NEW} {number}" for number in range(2 * CHANGES))]
            up, usual = await changes(rekey, passwords[: CHANGES + 1])
            await rekey.settled()
            chat.program.kill()
            await mail.stop()
            down, took = await changes(rekey, passwords[CHANGES:])
            assert [outline(each) for each in down] == [outline(each) for each in up]
            assert took < usual + allowed(1)  # who waits for a dead server waits ten
            waiting = [each for each in await rekey.deliveries() if each["state"] != "DELIVERED"]
            # What a newer change overtook before its channel paused is skipped, and nothing has failed.
            assert {each["state"] for each in waiting} <= {"PENDING", "SKIPPED"}
            assert len(waiting) >= 6 * CHANGES
            reasons = [each["lastError"] for each in waiting if each["state"] == "PENDING"]
            assert {each for each in reasons if each is not None} == {
                "No connection to the mail server: it is down, refuses it, or hung up.",
                "The XMPP server cannot be reached.",
            }
            assert await rekey.is_ready()
            chat.program.start()
            await mail.start()
            told = await rekey.settled()
            assert {each["state"] for each in told if each["kind"] == "MAIL_NOTICE"} == {"DELIVERED"}
            assert {each["state"] for each in told[-6:]} == {"DELIVERED"}
            assert ids(mail) == [each["id"] for each in told if each["kind"] == "MAIL_NOTICE"]
            _, after = await rekey.sign_in(passwords[-1])
            assert [await opens(chat, jid, after[jid]) for jid in (im, tel)] == [True, True]
    print(f"a change: {usual * 1000:.1f} ms, with both servers down {took * 1000:.1f} ms")  # noqa: T201  a figure to see


def outline(answer: Answer) -> list[tuple[str, str]]:
    """What an answer says beside its ids."""
    return [(answer.kind, "")] + [(each["kind"], each["state"]) for each in answer["deliveries"]]


@pytest.mark.parametrize("chat", ["prosody"], indirect=True)
async def test_a_server_that_is_added_later(chat: ChatServer, tmp_path: Path) -> None:
    """R5 R7: users of before have no working chat password, until `rekey xmpp sync` queues each of them.

    Planted: the command queues nothing; seen to fail.
    """
    im, tel = account(chat, "im"), account(chat, "tel")
    folder = tmp_path / "site"
    given = {"username": "root2", "emailAddress": "root2@example.org", "password": OLD, "roles": ["ADMIN"]}
    async with site(folder) as rekey:
        await rekey.create_user(im, tel)
        assert (await rekey.client.do("createUser", given, bearer=rekey.admin)).is_success
        told = [each for each in await rekey.settled() if each["kind"].startswith("XMPP")]
        assert {each["state"] for each in told} == {"SKIPPED"}
        _, before = await rekey.sign_in(OLD)
    xmpp = {"REKEY_XMPP_URL": url_of(chat.port, chat.ca).reveal()}
    async with site(folder, ("root2", OLD), **xmpp) as rekey:
        await rekey.settled()
        assert not await opens(chat, im, before[im])
        command = [*COMMAND, "xmpp", "sync", "--json"]
        synced = await asyncio.to_thread(
            subprocess.run,
            command,
            cwd=folder,
            env=environment(folder, **xmpp),
            capture_output=True,
            check=True,
        )
        assert b'"accounts": 2' in synced.stdout
        await rekey.settled()
        _, after = await rekey.sign_in(OLD)
        assert [await opens(chat, jid, after[jid]) for jid in (im, tel)] == [True, True]

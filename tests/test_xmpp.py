"""The XMPP channel against a real Prosody and a real ejabberd."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind
from credentials.secret import Secret
from credentials.vault import Sealed
from delivery.faults import ChannelDown, PermanentFault
from resolvers.change_password import PasswordChanged, change_password
from tests.agents import activated, reset_system
from tests.chat_servers import url_of
from tests.cutter import Cutter
from tests.world import NEW_PASSWORD, PASSWORD, origin
from tests.xmpp_client import logged_in, opens
from tests.xmpp_world import xmpp_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.chat_servers import ChatServer
    from tests.world import World
    from tests.xmpp_world import XmppWorld

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

OLD = "the password before"
#: Names that a client may give itself (RFC 7622, 3.4): spaces, quotes, slashes, signs, right to left.
STRANGE = ["pho ne/\"'<&>☎ ♥", "א ב", "a/b@c", "]]>", "ü" * 200]


@pytest.fixture
async def xmpp(chat: ChatServer, embedded: World) -> AsyncIterator[XmppWorld]:
    """A channel to it."""
    async with xmpp_world(embedded, url_of(chat.port, chat.ca)) as opened:
        yield opened


def account(chat: ChatServer, kind: str = "mary") -> str:
    """A new account, of another name in each test; gives its JID."""
    return chat.register(f"{kind}{uuid.uuid4().hex}", OLD)


async def test_a_changed_password_cuts_the_users_clients_off(chat: ChatServer, xmpp: XmppWorld) -> None:
    """R5 R6 R8: each client of jid_im is told and then disconnected, that of jid_tel is disconnected.

    The old passwords are refused, and those that the user is shown are the accounts' own.

    Planted: an address without the resource in the message; seen to fail.
    """
    im, tel = account(chat), account(chat, "tel")
    world = xmpp.world
    await world.user(jid_im=im, jid_tel=tel)
    caller, before = await world.caller(), len(await world.effects())
    done = await change_password(
        world.services, origin(), caller, Secret(PASSWORD), Secret(NEW_PASSWORD), None
    )
    assert isinstance(done, PasswordChanged)
    async with (
        logged_in(chat, im, OLD, "desk") as desk,
        logged_in(chat, im, OLD, "pocket") as pocket,
        logged_in(chat, tel, OLD) as phone,
    ):
        await xmpp.deliver_since(before)
        await asyncio.gather(desk.end(), pocket.end(), phone.end())
    assert desk.outline() == pocket.outline() == ["message", "the end"]
    assert phone.outline() == ["the end"]
    for client in (desk, pocket):
        (message,) = client.messages()
        assert message.get("to") == client.jid
        assert message.get("from", "").startswith(f"{xmpp.server.jid}/")
        assert len(message.get("id", "")) == 32
        # ejabberd delivers a type that it does not know without it.
        assert message.get("type") in {"management", None}
        (payload,) = message
        assert payload.tag == "{jabber:iq:configuration}userpassword"
        assert payload.attrib == {"action": "update"}
    for jid in (im, tel):
        password = await world.account(jid)
        assert password is not None
        assert await opens(chat, jid, password.reveal())
        assert not await opens(chat, jid, OLD)


async def test_a_systems_code_logs_in_until_its_activation(chat: ChatServer, xmpp: XmppWorld) -> None:
    """S3 S7: the four digits are jid_pbxagent's password, and the agent that was connected is disconnected.

    They lie sealed no longer once the server has them. After the activation the long password is the
    account's.

    Planted: the code not forgotten; seen to fail.
    """
    jid, world = account(chat, "pbx"), xmpp.world
    system = (await world.system(jid_pbxagent=jid)).system
    before = len(await world.effects())
    code = (await reset_system(world, system.id)).activation_code
    async with logged_in(chat, jid, OLD) as agent:
        await xmpp.deliver_since(before)
        await agent.end()
    assert await world.account(jid) is None
    assert await opens(chat, jid, code.reveal())
    before = len(await world.effects())
    activating = await activated(world, system.pbx_id, code)
    await xmpp.deliver_since(before)
    assert await opens(chat, jid, activating.jid_pbxagent_password.reveal())
    assert not await opens(chat, jid, code.reveal())
    assert await world.account(jid) == activating.jid_pbxagent_password


async def test_what_nobody_may_hold_is_replaced_by_what_nobody_has(chat: ChatServer, xmpp: XmppWorld) -> None:
    """S8: an account without a sealed password, or without a row by now, gets a random one.

    Planted: nothing sent where nothing is sealed; seen to fail.
    """
    jid = account(chat)
    effect = await xmpp.add(EffectKind.XMPP_PASSWORD, jid)
    assert (await xmpp.deliver(effect)).after is None
    assert not await opens(chat, jid, OLD)
    assert not await opens(chat, jid, "")


@pytest.mark.parametrize("kept", ["", "other place"])
async def test_a_password_that_is_none_is_never_sent(chat: ChatServer, xmpp: XmppWorld, kept: str) -> None:
    """An empty one, which ejabberd would take, and one that does not open: FAILED, the old one stays.

    Planted: without the question whether it is empty; seen to fail on ejabberd.
    """
    jid = account(chat)
    await xmpp.world.user(jid_im=jid)
    await xmpp.keep(jid, Secret(kept))
    if kept:
        await xmpp.world.services.store.write(
            lambda unit: unit.xmpp_accounts.set_password(jid, Sealed("none", b"x" * 40))
        )
    with pytest.raises(PermanentFault, match="The password that is kept for the account"):
        await xmpp.deliver(await xmpp.add(EffectKind.XMPP_PASSWORD, jid))
    assert await opens(chat, jid, OLD)


async def test_clients_of_every_name_are_told(chat: ChatServer, xmpp: XmppWorld) -> None:
    """Each gets its own message, whatever it calls itself."""
    jid = account(chat)
    effect = await xmpp.add(EffectKind.XMPP_NOTICE, jid)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(logged_in(chat, jid, OLD, name)) for name in STRANGE]
        assert [client.jid for client in clients] == [f"{jid}/{name}" for name in STRANGE]
        await xmpp.deliver(effect)
        assert [await client.catch_up() for client in clients] == [["message"]] * len(STRANGE)


async def test_a_repeated_notice_tells_those_who_came_since(chat: ChatServer, xmpp: XmppWorld) -> None:
    """Who was told stays told: the full JIDs are kept with the effect.

    Planted: the progress not written down; seen to fail.
    """
    jid = account(chat)
    effect = await xmpp.add(EffectKind.XMPP_NOTICE, jid)
    async with logged_in(chat, jid, OLD, "first") as first:
        await xmpp.deliver(effect)
        async with logged_in(chat, jid, OLD, "second") as second:
            await xmpp.deliver(effect)
            await xmpp.deliver(effect)
            assert await first.catch_up() == await second.catch_up() == ["message"]
            assert first.messages()[0].get("id") != second.messages()[0].get("id")
        kept = (await xmpp.world.effects())[-1]
        assert kept.progress == {"told": [f"{jid}/first", f"{jid}/second"]}


async def test_a_notice_that_is_cut_off_goes_on(chat: ChatServer, embedded: World) -> None:
    """Between the messages to two clients: whose message was acknowledged does not get it again.

    Planted: the fault raised before the progress is written; seen to fail.
    """
    jid = account(chat)
    async with (
        Cutter(chat.port).listening() as cutter,
        xmpp_world(embedded, url_of(cutter.port)) as xmpp,
        logged_in(chat, jid, OLD, "desk") as desk,
        logged_in(chat, jid, OLD, "pocket") as pocket,
    ):
        effect = await xmpp.add(EffectKind.XMPP_NOTICE, jid)
        await xmpp.server.probe()
        cutter.cut("answered", 4)  # a form, the resources, an acknowledgement, and this one
        with pytest.raises(ChannelDown):
            await xmpp.deliver(effect)
        (told,) = (await embedded.effects())[-1].progress["told"]
        await xmpp.deliver(effect)
        for client in (desk, pocket):
            await client.catch_up()
            ids = [message.get("id") for message in client.messages()]
            assert len(ids) == (1 if client.jid == told else 2)
            assert len(set(ids)) == 1


async def test_a_repeat_is_recognised_by_its_id(chat: ChatServer, xmpp: XmppWorld) -> None:
    """The same effect gives the same client the same id, another effect another one."""
    jid = account(chat)
    effect, other = [await xmpp.add(EffectKind.XMPP_NOTICE, jid, name) for name in ("one", "two")]
    async with logged_in(chat, jid, OLD) as client:
        for each in (effect, replace(effect, progress={}), other):
            await xmpp.channel.deliver(each)
        await client.catch_up()
        ids = [message.get("id") for message in client.messages()]
    assert ids[0] == ids[1] != ids[2]


async def test_an_account_that_is_not_connected(chat: ChatServer, xmpp: XmppWorld) -> None:
    """Nobody is told, and both other steps are done."""
    jid = account(chat)
    for kind in (EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT):
        await xmpp.deliver(await xmpp.add(kind, jid))
    assert not await opens(chat, jid, OLD)


async def test_an_account_that_is_missing(xmpp: XmppWorld) -> None:
    """FAILED with a plain reason where it should get a password; there is nothing to disconnect."""
    jid = "nobody@localhost"
    with pytest.raises(PermanentFault, match=r"^The XMPP server does not know the account"):
        await xmpp.deliver(await xmpp.add(EffectKind.XMPP_PASSWORD, jid))
    await xmpp.deliver(await xmpp.add(EffectKind.XMPP_DISCONNECT, jid))


async def test_many_accounts_at_once(chat: ChatServer, xmpp: XmppWorld) -> None:
    """Sixteen effects share the connection, and each is about its own account."""
    jids = [account(chat) for _ in range(16)]
    effects = [await xmpp.add(EffectKind.XMPP_PASSWORD, jid) for jid in jids]
    await asyncio.gather(*map(xmpp.deliver, effects))
    assert not any([await opens(chat, jid, OLD) for jid in jids[::5]])

"""An XMPP connection that is cut between any two steps of a delivery, and a server that is killed."""

from __future__ import annotations

import time
import uuid
from statistics import median
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind
from credentials.secret import Secret
from delivery.faults import ChannelDown
from tests.chat_servers import url_of
from tests.cutter import Cutter
from tests.proofs.promises import allowed
from tests.xmpp_client import logged_in, opens
from tests.xmpp_world import xmpp_world

if TYPE_CHECKING:
    from tests.cutter import Direction
    from tests.ejabberd import Ejabberd
    from tests.prosody import Prosody
    from tests.world import World

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

OLD, NEW = "the password before", "the password afterwards"
#: What a delivery sends, one stanza after the other, and what it is answered: a form and an outcome; for a
#: notice to two clients then two messages, each followed by a question.
TWO: list[tuple[Direction, int]] = [("sent", 1), ("answered", 1), ("sent", 2), ("answered", 2)]
NOTICE: list[tuple[Direction, int]] = [
    *TWO,
    *(("sent", number) for number in range(3, 7)),
    ("answered", 3),
    ("answered", 4),
]
#: From the commit to the end of the client's connection, on loopback; the requirement.
MOST_SECONDS = 0.25


def account(chat: Prosody | Ejabberd) -> str:
    """A new account; gives its JID."""
    return chat.register(f"mary{uuid.uuid4().hex}", OLD)


@pytest.mark.parametrize(("direction", "number"), NOTICE)
async def test_a_notice_that_is_cut(
    chat: Prosody | Ejabberd, embedded: World, direction: Direction, number: int
) -> None:
    """Each client is told; one whose message was acknowledged is not told again, another by the same id.

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
        cutter.cut(direction, number)
        with pytest.raises(ChannelDown):
            await xmpp.deliver(effect)
        told = (await embedded.effects())[-1].progress.get("told", [])
        await xmpp.deliver(effect)
        for client in (desk, pocket):
            await client.catch_up()
            ids = [message.get("id") for message in client.messages()]
            assert len(set(ids)) == 1
            assert len(ids) == 1 or (len(ids) == 2 and client.jid not in told)
        assert cutter.cuts == 1
        assert told or (direction, number) != ("answered", 4)


@pytest.mark.parametrize(("direction", "number"), TWO)
async def test_a_password_that_is_cut(
    chat: Prosody | Ejabberd, embedded: World, direction: Direction, number: int
) -> None:
    """The next try sets it, whether or not the first one did."""
    jid = account(chat)
    await embedded.user(jid_im=jid)
    async with (
        Cutter(chat.port).listening() as cutter,
        xmpp_world(embedded, url_of(cutter.port)) as xmpp,
    ):
        await xmpp.keep(jid, Secret(NEW))
        effect = await xmpp.add(EffectKind.XMPP_PASSWORD, jid)
        await xmpp.server.probe()
        cutter.cut(direction, number)
        with pytest.raises(ChannelDown):
            await xmpp.deliver(effect)
        assert cutter.cuts == 1
        assert await opens(chat, jid, NEW) == ((direction, number) == ("answered", 2))
        await xmpp.deliver(effect)
    assert await opens(chat, jid, NEW)
    assert not await opens(chat, jid, OLD)


@pytest.mark.parametrize(("direction", "number"), TWO)
async def test_a_disconnect_that_is_cut(
    chat: Prosody | Ejabberd, embedded: World, direction: Direction, number: int
) -> None:
    """The next try ends the sessions, or finds them ended."""
    jid = account(chat)
    async with (
        Cutter(chat.port).listening() as cutter,
        xmpp_world(embedded, url_of(cutter.port)) as xmpp,
        logged_in(chat, jid, OLD) as client,
    ):
        effect = await xmpp.add(EffectKind.XMPP_DISCONNECT, jid)
        await xmpp.server.probe()
        cutter.cut(direction, number)
        with pytest.raises(ChannelDown):
            await xmpp.deliver(effect)
        assert cutter.cuts == 1
        await xmpp.deliver(effect)
        await client.end()


async def test_a_server_that_is_killed(chat: Prosody | Ejabberd, embedded: World) -> None:
    """The channel is down until it is started again, and then the delivery goes through."""
    jid = "late@localhost"
    await embedded.user(jid_im=jid)
    async with xmpp_world(embedded, url_of(chat.port, chat.ca)) as xmpp:
        await xmpp.keep(jid, Secret(NEW))
        effect = await xmpp.add(EffectKind.XMPP_PASSWORD, jid)
        await xmpp.server.probe()
        chat.program.kill()
        for _ in range(2):
            with pytest.raises(ChannelDown):
                await xmpp.deliver(effect)
        chat.program.start()
        # Made now: what ejabberd was told within the last seconds before it was killed it has forgotten.
        chat.register("late", OLD)
        await xmpp.deliver(effect)
    assert await opens(chat, jid, NEW)


async def test_how_long_it_takes(
    chat: Prosody | Ejabberd, embedded: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten times the three steps: the client has its message and its end within a quarter of a second."""
    kinds = (EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT)
    done, ended = [], []
    async with xmpp_world(embedded, url_of(chat.port, chat.ca)) as xmpp:
        await xmpp.server.probe()
        for _ in range(10):
            jid = account(chat)
            effects = [await xmpp.add(kind, jid) for kind in kinds]
            async with logged_in(chat, jid, OLD) as client:
                begun = time.perf_counter()
                for effect in effects:
                    await xmpp.deliver(effect)
                done.append(time.perf_counter() - begun)
                await client.end()
                ended.append(time.perf_counter() - begun)
                assert client.outline() == ["message", "the end"]
    with capsys.disabled():
        name = type(chat).__name__
        print(f"\n{name}: {median(done) * 1000:.1f} ms done, {median(ended) * 1000:.1f} ms cut off")  # noqa: T201  a figure is for people
    assert median(ended) <= allowed(MOST_SECONDS)

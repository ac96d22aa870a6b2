"""The connection that all XMPP deliveries share: opened at need, and what keeps it from being opened."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind
from delivery.faults import ChannelDown
from delivery.xmpp import open_xmpp
from delivery.xmpp_commands import NO_ADMINISTRATOR
from delivery.xmpp_stream import CUT, REFUSED, SILENT, UNREACHABLE, UNTRUSTED, Stream
from tests.certificates import make_certificates
from tests.chat_servers import free_port, url_of
from tests.cutter import Cutter
from tests.fake_xmpp import FakeXmpp
from tests.xmpp_world import xmpp_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from credentials.secret import Secret
    from delivery.xmpp import XmppServer
    from tests.chat_servers import ChatServer
    from tests.world import World

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

#: Deliveries that the relay has under way at once.
MANY = 16


@asynccontextmanager
async def opened(url: Secret, seconds: float = 10.0) -> AsyncIterator[XmppServer]:
    """A server, closed at the end."""
    server = open_xmpp(url, seconds)
    try:
        yield server
    finally:
        await server.close()


async def down(url: Secret, seconds: float = 10.0) -> str:
    """Why the channel is down."""
    async with opened(url, seconds) as server:
        with pytest.raises(ChannelDown) as found:
            await server.probe()
    return found.value.reason


async def test_a_probe_says_that_all_is_there(chat: ChatServer) -> None:
    """It logs in with TLS, and is an administrator; without TLS too, where the URL says so."""
    for url in (url_of(chat.port, chat.ca), url_of(chat.port)):
        async with opened(url) as server:
            await server.probe()
            await server.probe("localhost")


async def test_a_wrong_password(chat: ChatServer) -> None:
    """The channel is down, and says that it is the login; the reason holds no password."""
    assert await down(url_of(chat.port, chat.ca, password="hunter2")) == REFUSED  # noqa: S106  a wrong one
    assert "hunter2" not in REFUSED


async def test_an_account_that_is_no_administrator(chat: ChatServer, embedded: World) -> None:
    """The probe says so, and so does every delivery, as of the whole channel: nothing is FAILED for it."""
    jid = chat.register("special", "pw")
    url = url_of(chat.port, chat.ca, jid=jid, password="pw")  # noqa: S106  a test's
    assert await down(url) == NO_ADMINISTRATOR
    async with xmpp_world(embedded, url) as xmpp:
        for kind in (EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT):
            with pytest.raises(ChannelDown, match="no administrator"):
                await xmpp.deliver(await xmpp.add(kind, "mary@localhost"))


async def test_a_certificate_of_another_authority(chat: ChatServer, tmp_path: Path) -> None:
    """No login is tried.

    Planted: a context that checks nothing; seen to fail.
    """
    assert await down(url_of(chat.port, make_certificates(tmp_path).ca)) == UNTRUSTED


async def test_an_authority_that_cannot_be_read(tmp_path: Path) -> None:
    """The reason names what is wrong, and not the path."""
    reason = await down(url_of(free_port(), tmp_path / "none.pem"))
    assert "authority (ca) cannot be read" in reason
    (tmp_path / "text.pem").write_text("text")
    assert await down(url_of(free_port(), tmp_path / "text.pem")) == reason


async def test_a_server_that_is_down_and_comes_back(chat: ChatServer) -> None:
    """Each try says at once that it is down; the first after it is back goes through."""
    cutter = Cutter(chat.port)
    cutter.port = free_port()
    async with opened(url_of(cutter.port, chat.ca)) as server:
        for _ in range(2):
            with pytest.raises(ChannelDown, match=UNREACHABLE):
                await server.probe()
        async with cutter.listening():
            await server.probe()


async def test_a_connection_that_is_lost_is_opened_again(chat: ChatServer) -> None:
    """At the next need, and not before; while it stands there is one."""
    async with Cutter(chat.port).listening() as cutter, opened(url_of(cutter.port, chat.ca)) as server:
        first = await server.connection()
        assert await server.connection() is first
        assert first.is_alive
        await cutter.cut_all()
        with suppress(ChannelDown):  # the end may not have been seen yet
            await server.probe()
        await server.probe()
        assert await server.connection() is not first


async def test_many_wait_for_one_attempt() -> None:
    """Sixteen deliveries to a server that says nothing end together, after the time of one.

    Planted: an attempt for each behind a lock; seen to fail.
    """
    async with FakeXmpp(str, offered="").listening() as fake, opened(fake.url, 0.2) as server:
        async with asyncio.timeout(2):
            ended = await asyncio.gather(*(server.probe() for _ in range(MANY)), return_exceptions=True)
        assert [str(fault) for fault in ended] == [SILENT] * MANY
        assert fake.connections == 1


async def test_one_who_waits_no_longer_leaves_the_others_their_attempt(chat: ChatServer) -> None:
    """A delivery that is cancelled does not cancel what others wait for."""
    async with opened(url_of(chat.port, chat.ca)) as server:
        gone, stays = [asyncio.create_task(server.connection()) for _ in range(2)]
        await asyncio.sleep(0)
        gone.cancel()
        assert (await stays).is_alive
        assert gone.cancelled()


async def test_who_waits_while_it_is_closed_is_told() -> None:
    """A delivery ends with a reason, and not as if it had been cancelled itself."""
    async with FakeXmpp(str, offered="").listening() as fake:
        server = open_xmpp(fake.url)
        waiting = asyncio.create_task(server.probe())
        await fake.connected.wait()
        await server.close()
        with pytest.raises(ChannelDown, match=CUT):
            await waiting
        await server.close()


async def test_a_closed_server_may_be_opened_again(chat: ChatServer) -> None:
    """The connection ends in good form, and the next need opens another."""
    async with opened(url_of(chat.port, chat.ca)) as server:
        first = await server.connection()
        await server.close()
        assert not first.is_alive
        await server.probe()


async def test_attempts_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    """A server that is down for days costs no memory: of fifty attempts no object and no task stays.

    Planted: the task that writes not cancelled; seen to fail.
    """
    url = url_of(free_port(), make_certificates(tmp_path).ca)
    before = len(asyncio.all_tasks())
    async with opened(url) as server:
        for _ in range(50):
            with pytest.raises(ChannelDown):
                await server.connection()
        await asyncio.sleep(0)  # the loop lets go of what has ended
        assert len(asyncio.all_tasks()) == before
        gc.collect()
        assert not [each for each in gc.get_objects() if isinstance(each, Stream)]

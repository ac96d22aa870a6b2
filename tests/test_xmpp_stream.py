"""How a login to an XMPP server goes where somebody stands between, and what is logged of all."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind
from credentials.secret import Secret
from delivery.faults import ChannelDown
from delivery.xmpp import open_xmpp
from delivery.xmpp_stream import CUT, NO_TLS, REFUSED, Stream
from delivery.xmpp_url import read_xmpp_url
from tests.certificates import make_certificates
from tests.chat_servers import ADMIN_PASSWORD, free_port, url_of
from tests.fake_xmpp import FakeXmpp, features
from tests.xmpp_client import opens
from tests.xmpp_world import xmpp_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chat_servers import ChatServer
    from tests.world import World

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

EVERY = ("PLAIN", "LOGIN", "DIGEST-MD5", "CRAM-MD5", "SCRAM-SHA-1", "ANONYMOUS", "X-OAUTH2")
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


async def down(url: Secret) -> str:
    """Why the channel is down."""
    server = open_xmpp(url, 2.0)
    with pytest.raises(ChannelDown) as found:
        await server.probe()
    await server.close()
    return found.value.reason


async def test_a_stream_that_was_never_opened_may_be_dropped() -> None:
    """Twice, too."""
    stream = Stream(read_xmpp_url(url_of(free_port())), ssl.create_default_context())
    stream.drop()
    stream.drop()
    assert not stream.is_connected()


async def test_without_tls_nothing_is_said(tmp_path: Path) -> None:
    """Whoever cuts the offer of TLS out sees no password and no proof of one, by whichever mechanism.

    Planted: every mechanism of the library allowed; seen to fail by LOGIN.
    """
    ca = make_certificates(tmp_path).ca
    for offered in [EVERY, *((name,) for name in EVERY)]:
        async with FakeXmpp(str, features(*offered)).listening() as fake:
            assert await down(url_of(fake.port, ca)) == NO_TLS
        assert b"<auth" not in fake.received


async def test_a_mechanism_that_hides_nothing_is_not_used_in_development_either() -> None:
    """With `starttls=none` a server that knows only other mechanisms is refused."""
    async with FakeXmpp(str, features("LOGIN")).listening() as fake:
        assert await down(fake.url) == REFUSED


async def test_a_redirection_is_not_followed() -> None:
    """It comes before TLS, from whoever it may be, and would change whose certificate is asked for.

    Planted: the library's own five redirections; seen to fail.
    """
    async with FakeXmpp(str).listening() as elsewhere:
        redirect = (
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
            f"127.0.0.1:{elsewhere.port}</see-other-host></stream:error></stream:stream>"
        )
        async with FakeXmpp(str, redirect).listening() as fake:
            assert await down(fake.url) == CUT
            await asyncio.sleep(0.05)
            assert fake.connections == 1
        assert elsewhere.connections == 0


async def test_tls_that_is_none(tmp_path: Path) -> None:
    """What answers to TLS with something else is not talked to."""
    starttls = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
    for after, reason in ((b"hello", NO_TLS), (b"", CUT)):
        ca = make_certificates(tmp_path).ca
        async with FakeXmpp(lambda _: PROCEED, starttls, after_tls=after).listening() as fake:
            assert await down(url_of(fake.port, ca)) == reason
        assert b"<auth" not in fake.received


async def test_no_log_holds_a_password(
    chat: ChatServer, embedded: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """With every logger at debug: neither the administrator's, nor the account's, nor a server's errors.

    Planted: the library's loggers left as they are; seen to fail.
    """
    caplog.set_level(logging.DEBUG)
    jid = chat.register("logged", "old")
    await embedded.user(jid_im=jid)
    async with xmpp_world(embedded, url_of(chat.port)) as xmpp:
        await xmpp.keep(jid, Secret("a new password"))
        await xmpp.deliver(await xmpp.add(EffectKind.XMPP_PASSWORD, jid))
    assert await opens(chat, jid, "a new password")
    printed = capfd.readouterr()
    written = caplog.text + printed.out + printed.err
    assert "a new password" not in written
    assert ADMIN_PASSWORD not in written
    assert "<iq" not in written

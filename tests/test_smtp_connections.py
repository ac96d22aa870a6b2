"""The few connections to a mail server, kept and replaced; and what each server is able to take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.mail import open_mail
from delivery.smtp_limits import SmtpLimits
from delivery.smtp_opening import own_name
from tests.certificates import make_certificates
from tests.mail_servers import mail_server
from tests.smtp_mails import SHORT, letter, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from delivery.mail import Mail
    from tests.certificates import Certificates
    from tests.mail_servers import MailServer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for all servers."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def server(certificates: Certificates) -> AsyncIterator[MailServer]:
    """A server with STARTTLS and AUTH."""
    async with mail_server(certificates) as started:
        yield started


@pytest.fixture
async def mail(server: MailServer) -> AsyncIterator[Mail]:
    """The channel to it."""
    opened = open_mail(server.url())
    yield opened
    await opened.close()


async def send_all(mail: Mail, count: int) -> None:
    """Sends so many mails at once."""
    await asyncio.gather(*(mail.send(letter(f"e{each}"), f"e{each}") for each in range(count)))


async def test_mails_at_once_share_a_few_connections(server: MailServer, mail: Mail) -> None:
    """Forty mails take eight connections, and the next forty the same.

    Planted: a connection for each mail; seen to fail.
    """
    await send_all(mail, 40)
    await send_all(mail, 40)
    assert server.connections == SmtpLimits().connections
    ids = [each.message["Message-ID"] for each in server.received]
    assert sorted(ids) == sorted([f"<e{each}@example.org>" for each in range(40)] * 2)


async def test_a_kept_connection_that_died_costs_no_mail(server: MailServer, mail: Mail) -> None:
    """The server hung up on what was kept: the next mail takes a new connection and arrives at once."""
    await send_all(mail, 3)
    await server.hang_up()
    await mail.send(letter(), "e1")
    assert len(server.received) == 4


@pytest.mark.parametrize("answers", [{"MAIL": "421 idle for too long"}], ids=["421"])
async def test_a_kept_connection_that_says_good_bye_is_replaced(
    server: MailServer, mail: Mail, answers: dict[str, str]
) -> None:
    """A server ends an idle connection by 421 at the next command: that is no fault of the mail.

    Planted: 421 told as ChannelDown at once; seen to fail.
    """
    await mail.send(letter("e0"), "e0")
    server.answers = answers
    sending = asyncio.create_task(mail.send(letter(), "e1"))
    await server.until("GREETING")
    await server.until("GREETING")
    server.answers = {}
    await sending
    assert len(server.received) == 2


async def test_a_refused_mail_leaves_its_connection_ready(server: MailServer, mail: Mail) -> None:
    """After a refusal the next mail goes over the same connection, and says nothing of the first."""
    server.answers = {"RCPT": "550 no"}
    await refused(mail, letter("e0"))
    server.answers = {}
    await mail.send(letter(), "e1")
    assert (server.connections, server.resets, len(server.received)) == (1, 1, 1)


async def test_a_connection_that_does_not_reset_is_closed(server: MailServer) -> None:
    """Where RSET is not answered in time the refusal is told all the same; a new connection is next."""
    mail = open_mail(server.url(), SHORT)
    server.answers = {"RCPT": "550 no"}
    server.delays = {"RSET": 5}
    assert isinstance(await refused(mail), PermanentFault)
    server.answers, server.delays = {}, {}
    await mail.send(letter(), "e1")
    await mail.close()
    assert server.connections == 2


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA", "RSET"])
async def test_a_cancelled_delivery_leaves_nothing_half_done(
    server: MailServer, mail: Mail, command: str
) -> None:
    """A relay that stops gives up at any point: the connection is closed, and the next mail is the next mail.

    Planted: the connection kept; seen to fail.
    """
    server.delays = {command: 5}
    server.answers = {"RCPT": "550 no"} if command == "RSET" else {}
    sending = asyncio.create_task(mail.send(letter("e0"), "e0"))
    await server.until(command)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    server.delays, server.answers = {}, {}
    await mail.send(letter(), "e1")
    assert server.received[-1].message["Message-ID"] == "<e1@example.org>"
    assert server.connections == 2


async def test_an_idle_connection_is_left(server: MailServer) -> None:
    """What is not used for a while is closed by QUIT; the next mail opens another."""
    mail = open_mail(server.url(), replace(SHORT, idle=0.1))
    await mail.send(letter("e0"), "e0")
    await server.until("gone")
    assert server.quits == 1
    await mail.send(letter(), "e1")
    await mail.close()
    assert (server.connections, server.quits) == (2, 2)


async def test_closing_says_good_bye_once_and_waits_for_no_silent_server(server: MailServer) -> None:
    """Every kept connection is left; a server that does not answer holds the end up for a moment only."""
    mail = open_mail(server.url(), SHORT)
    await send_all(mail, 5)
    server.delays = {"QUIT": 5}
    async with asyncio.timeout(SHORT.leaving + 2):
        await mail.close()
    await mail.close()
    assert server.quits == 5


async def test_one_connection_too_many_is_no_channel_down(server: MailServer, mail: Mail) -> None:
    """A server that limits connections refuses another while mails get through: only that mail waits.

    Planted: no look at what stands; seen to fail.
    """
    server.delays = {"DATA": 0.2}
    first = asyncio.create_task(mail.send(letter("e0"), "e0"))
    await server.until("login")
    server.answers = {"GREETING": "421 too many connections"}
    fault = await refused(mail)
    assert isinstance(fault, PassingFault)
    assert not isinstance(fault, ChannelDown)
    await first
    server.delays = {}
    await mail.send(letter(), "e1")
    assert len(server.received) == 2


async def test_a_login_that_is_put_off_is_the_channels_fault(server: MailServer, mail: Mail) -> None:
    """A passing refusal of the login, and nothing stands: the channel is down, by the code."""
    server.answers = {"AUTH": "454 not now"}
    fault = await refused(mail)
    assert isinstance(fault, ChannelDown)
    assert fault.reason == "The mail server put the login off: 454."


async def test_an_international_address_needs_smtputf8(certificates: Certificates) -> None:
    """Where the server offers it the address arrives as it is; where not, the mail is refused for good."""
    async with mail_server(certificates) as server:
        mail = open_mail(server.url(), SHORT)
        await mail.send(letter(to="jörg@bücher.example"), "e1")
        (taken,) = server.received
        assert taken.receivers == ["jörg@xn--bcher-kva.example"]
        assert "SMTPUTF8" in taken.options
        assert "To: jörg@xn--bcher-kva.example".encode() in taken.octets.splitlines()
        await mail.close()
    async with mail_server(certificates, extensions_off={"SMTPUTF8"}) as server:
        mail = open_mail(server.url(), SHORT)
        fault = await refused(mail, letter(to="jörg@example.org"))
        assert isinstance(fault, PermanentFault)
        assert fault.reason.startswith("The mail server takes no letters beyond ASCII in the receiver's")
        await mail.send(letter(to="mary@bücher.example"), "e1")
        await mail.close()
        assert server.received[0].receivers == ["mary@xn--bcher-kva.example"]


@pytest.mark.parametrize("off", [set(), {"8BITMIME", "SMTPUTF8"}])
async def test_a_server_of_seven_bits_gets_seven(certificates: Certificates, off: set[str]) -> None:
    """Every script arrives whole: in 8 bits where they are offered, else in 7, in lines that are allowed.

    Planted: 8 bits to every server; seen to fail.
    """
    text = "مرحبًا\nGrüße\n.\n" + "ü" * 400 + "\nhttps://example.org/#token=A=B\n"
    async with mail_server(certificates, extensions_off=off) as server:
        mail = open_mail(server.url(), SHORT)
        await mail.send(letter(text=text), "e1")
        await mail.close()
    (taken,) = server.received
    body = taken.message.get_body(("plain",))
    assert body is not None
    assert body.get_content() == text
    assert taken.octets.isascii() == bool(off)
    assert ("BODY=8BITMIME" in taken.options) == (not off)
    assert b"\n" not in taken.octets.replace(b"\r\n", b"")
    assert max(map(len, taken.octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("name", ["Rekey, Accounts", 'O"Neil <eve@example.com>', "Bücher, Konto"])
async def test_a_name_with_commas_is_no_second_address(server: MailServer, mail: Mail, name: str) -> None:
    """Whatever the sender is called, envelope and header have one sender and one receiver."""
    escaped = name.replace('"', '\\"')
    await mail.send(letter(sender=f'"{escaped}" <no-reply@example.org>'), "e1")
    (taken,) = server.received
    assert (taken.sender, taken.receivers) == ("no-reply@example.org", ["mary@example.org"])
    (author,) = taken.message["From"].addresses
    assert author.display_name == name


@pytest.mark.parametrize(
    ("hostname", "name"),
    [
        ("rekey.example.org", "rekey.example.org"),
        ("rekey", "[127.0.0.1]"),
        ("re key.example", "[127.0.0.1]"),
        ("", "[127.0.0.1]"),
    ],
)
def test_a_host_without_a_domain_gives_its_address(hostname: str, name: str) -> None:
    """EHLO names a domain or an address; a bare or odd host name is neither."""
    assert own_name(hostname) == name


async def test_a_host_that_is_no_name_is_a_channel_down() -> None:
    """A label of more than 63 letters has no address; it is told like any host that does not answer."""
    fault = await refused(open_mail(f"smtp://{'a' * 64}.example:25", SHORT))
    assert isinstance(fault, ChannelDown)

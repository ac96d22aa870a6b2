"""Mail by SMTP: what a server takes, refuses, or breaks, and what arrives once it is mended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.mail import open_mail
from tests.certificates import make_certificates
from tests.mail_servers import PASSWORD, mail_server
from tests.smtp_mails import SHORT, letter, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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
    opened = open_mail(server.url(), SHORT)
    yield opened
    await opened.close()


async def test_a_mail_arrives_over_tls_with_a_login(server: MailServer, mail: Mail) -> None:
    """One receiver, the sender of the setting, the octets as written; encrypted and logged in."""
    message = letter(text="Hello\n.\n..\n.dots and \tblanks \nFrom here\n")
    await mail.send(message, "e1")
    (taken,) = server.received
    assert (taken.sender, taken.receivers) == ("no-reply@example.org", ["mary@example.org"])
    assert taken.message["Message-ID"] == "<e1@example.org>"
    assert taken.octets == message.octets().replace(b"\n", b"\r\n")
    assert server.logins == 1


async def test_implicit_tls(certificates: Certificates) -> None:
    """smtps: is encrypted from the first octet."""
    async with mail_server(certificates, implicit_tls=True, login=False) as server:
        mail = open_mail(server.url(), SHORT)
        await mail.send(letter(), "e1")
        await mail.close()
    assert len(server.received) == 1


async def test_no_encryption_only_where_it_is_stated(certificates: Certificates) -> None:
    """starttls=none sends in the clear, even where STARTTLS is offered; without it nothing is sent."""
    async with mail_server(certificates, starttls=False, login=False) as server:
        assert "offers no STARTTLS" in (await refused(open_mail(server.url(), SHORT))).reason
        assert server.received == []
        mail = open_mail(f"smtp://localhost:{server.port}?starttls=none", SHORT)
        await mail.send(letter(), "e1")
        await mail.close()
    assert len(server.received) == 1


#: What breaks, the fault it is, and its reason; the server's own text is `secret text` in each.
ROWS: list[tuple[dict[str, str], type[Exception], str]] = [
    ({"MAIL": "451 secret text"}, PassingFault, "The mail server put it off: 451."),
    ({"RCPT": "451 secret text"}, PassingFault, "The mail server put it off: 451."),
    ({"DATA": "452 secret text"}, PassingFault, "The mail server put it off: 452."),
    ({"RCPT": "550 secret text"}, PermanentFault, "The mail server refused the receiver: 550."),
    ({"DATA": "554 secret text"}, PermanentFault, "The mail server refused the mail: 554."),
    (
        {"MAIL": "553 secret text"},
        ChannelDown,
        "The mail server refused the sender (REKEY_MAIL_FROM): 553.",
    ),
    ({"RCPT": "421 secret text"}, ChannelDown, "The mail server is closing its service: 421."),
    ({"DATA": "421 secret text"}, ChannelDown, "The mail server is closing its service: 421."),
    ({"MAIL": "421 secret text"}, ChannelDown, "The mail server hangs up before it takes a mail."),
    (
        {"RCPT": "530 secret text"},
        ChannelDown,
        "The mail server asks for another login than the mail URL has: 530.",
    ),
    ({"RCPT": "250-secret\r\nnonsense"}, PassingFault, "The mail server's answer was not what SMTP wants."),
    ({"GREETING": "421 secret text"}, ChannelDown, "The mail server takes no connection now: 421."),
    ({"GREETING": "554 secret text"}, ChannelDown, "The mail server takes no connection from here: 554."),
    ({"GREETING": "SSH-2.0-secret"}, ChannelDown, "What answers there is no mail server."),
]


@pytest.mark.parametrize(("answers", "kind", "reason"), ROWS, ids=lambda value: str(value)[:30])
async def test_an_answer_is_the_right_fault_and_the_mail_arrives_once_it_is_mended(
    server: MailServer, mail: Mail, answers: dict[str, str], kind: type[Exception], reason: str
) -> None:
    """Each refusal is told as passing, permanent or of the whole channel, by its code; then the mail arrives.

    Planted: 4xx and 5xx exchanged; the server's text in the reason; no RSET; seen to fail.
    """
    server.answers = answers
    fault = await refused(mail)
    assert isinstance(fault, kind)
    assert isinstance(fault, ChannelDown) == (kind is ChannelDown)
    assert fault.reason == reason
    assert "secret" not in str(fault)
    assert server.received == []
    server.answers = {}
    await mail.send(letter(), "e1")
    assert [each.message["Message-ID"] for each in server.received] == ["<e1@example.org>"]


async def test_a_server_that_is_down_is_said_to_be(server: MailServer, mail: Mail) -> None:
    """Nobody listens, though a connection is kept: the channel is down; the mail arrives after the start."""
    await mail.send(letter("e0"), "e0")
    await server.stop()
    assert isinstance(fault := await refused(mail), ChannelDown)
    assert fault.reason == "No connection to the mail server: it is down, refuses it, or hung up."
    await server.start()
    await mail.send(letter(), "e1")
    assert [each.message["Message-ID"] for each in server.received] == [
        "<e0@example.org>",
        "<e1@example.org>",
    ]


async def test_a_wrong_password_is_said_by_its_code_and_tried_once(server: MailServer, mail: Mail) -> None:
    """A refused login is the channel's fault, is tried one way only, and shows no password.

    Planted: `SMTP.login`, which tries every way; the connection left open; seen to fail.
    """
    server.password = "another"  # noqa: S105  not a secret
    assert isinstance(fault := await refused(mail), ChannelDown)
    assert fault.reason == "The mail server refused the user or the password of the mail URL: 535."
    assert server.logins == 1
    await server.until("gone")
    assert fault.__context__ is None or PASSWORD not in repr(fault.__context__)
    server.password = PASSWORD
    await mail.send(letter(), "e1")
    assert len(server.received) == 1


async def test_a_server_without_a_login_is_not_sent_to_with_one(certificates: Certificates) -> None:
    """Where the URL has a user and the server has no login that is known, nothing is sent."""
    async with mail_server(certificates, login=False, extensions_off={"AUTH"}) as server:
        server.login = True  # for the URL
        fault = await refused(open_mail(server.url(), SHORT))
        assert fault.reason.startswith("The mail server offers no login that Rekey knows")
        assert server.received == []


@pytest.mark.parametrize("implicit_tls", [False, True])
async def test_an_untrusted_certificate_sends_nothing(
    certificates: Certificates, tmp_path: Path, implicit_tls: bool
) -> None:
    """A certificate of another authority is refused before the password is sent.

    Planted: a context that checks nothing; seen to fail.
    """
    strangers = make_certificates(tmp_path)
    async with mail_server(strangers, implicit_tls=implicit_tls) as server:
        trusting = open_mail(server.url(), SHORT)
        url = server.url().replace(str(strangers.ca), str(certificates.ca))
        assert isinstance(fault := await refused(open_mail(url, SHORT)), ChannelDown)
        assert fault.reason == "The mail server's certificate is not trusted, or is not of its host's name."
        assert server.logins == 0
        await trusting.send(letter(), "e1")
        await trusting.close()
        assert len(server.received) == 1


async def test_a_certificate_for_another_host_sends_nothing(certificates: Certificates) -> None:
    """The certificate must be of the name in the URL, whoever signed it."""
    async with mail_server(certificates, address="127.0.0.2") as server:
        fault = await refused(open_mail(server.url(host="127.0.0.2"), SHORT))
    assert fault.reason == "The mail server's certificate is not trusted, or is not of its host's name."
    assert server.logins == 0


async def test_a_plain_port_is_no_encrypted_one(server: MailServer) -> None:
    """smtps: to a port that begins in the clear is told as what it is."""
    url = server.url().replace("smtp:", "smtps:")
    fault = await refused(open_mail(url, SHORT))
    assert fault.reason == "The encrypted connection to the mail server did not come about."


@pytest.mark.parametrize("command", ["GREETING", "MAIL", "RCPT", "DATA"])
async def test_a_slow_server_is_waited_for(server: MailServer, mail: Mail, command: str) -> None:
    """An answer that takes long, but less than the limit, is waited for at every step."""
    server.delays = {command: SHORT.answer / 3}
    await mail.send(letter(), "e1")
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("command", "kind", "reason"),
    [
        ("GREETING", ChannelDown, "did not answer in time"),
        ("MAIL", ChannelDown, "hangs up before it takes a mail"),
        ("RCPT", PassingFault, "before it had taken the mail"),
        ("DATA", PassingFault, "before it had taken the mail"),
    ],
)
async def test_a_silent_server_is_given_up_in_time(
    server: MailServer, mail: Mail, command: str, kind: type[Exception], reason: str
) -> None:
    """What takes longer than the limit ends as a fault; the mail arrives later, over another connection."""
    server.delays = {command: 5}
    async with asyncio.timeout(SHORT.whole):
        fault = await refused(mail)
    assert isinstance(fault, kind)
    assert reason in fault.reason
    server.delays = {}
    await mail.send(letter(), "e1")
    assert server.received[-1].message["Message-ID"] == "<e1@example.org>"


async def test_a_delivery_ends_within_its_whole_time(server: MailServer) -> None:
    """Steps that are each within their limit are together not longer than the whole."""
    server.delays = dict.fromkeys(("MAIL", "RCPT", "DATA"), 0.2)
    mail = open_mail(server.url(), replace(SHORT, whole=0.4))
    fault = await refused(mail)
    assert fault.reason == "The mail server did not take the mail within 0.4 seconds."
    server.delays = {}
    await mail.send(letter(), "e1")
    await mail.close()


@pytest.mark.parametrize(("cut", "copies"), [("inside", 1), ("after", 2)])
async def test_a_connection_cut_in_the_content_is_a_passing_fault(
    server: MailServer, mail: Mail, cut: str, copies: int
) -> None:
    """Nobody knows whether it was taken: it is sent again, with the Message-ID that shows the repeat."""
    server.cut = cut
    fault = await refused(mail)
    assert isinstance(fault, PassingFault)
    assert not isinstance(fault, ChannelDown)
    server.cut = None
    await mail.send(letter(), "e1")
    assert [each.message["Message-ID"] for each in server.received] == ["<e1@example.org>"] * copies
    assert len({each.octets for each in server.received}) == 1

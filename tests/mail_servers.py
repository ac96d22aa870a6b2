"""A mail server on the test's own event loop: STARTTLS, AUTH, and every fault that a test switches on."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.certificates import Certificates

USER = "rekey@example.org"
#: Of all that a URL must encode, and a letter beyond ASCII.
PASSWORD = "p@ss:w/ö?rd#%"  # noqa: S105  of a server that lives as long as a test


@dataclass(frozen=True)
class Received:
    """One mail as the server took it: its envelope, and its octets without the dots of the transport."""

    sender: str
    receivers: list[str]
    options: list[str]
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as its reader's machine reads it."""
        return message_from_bytes(self.octets.replace(b"\r\n", b"\n"), EmailMessage, policy=policy.default)


@dataclass
class MailServer:
    """What clients meet, and what they left.

    Attributes:
        answers: by command (`GREETING`, `AUTH`, `MAIL` …), what it says in place of yes.
        delays: by command, how many seconds it takes.
        cut: hangs up `inside` the content, or `after` it without an answer.
        extensions_off: names of extensions that EHLO leaves out.
        password: what AUTH takes.
        connections: how many there have been; `logins`, `resets` and `quits` count those.
        happened: `GREETING`, `login`, `MAIL` and other commands, `gone`; `until` reads it.
    """

    certificates: Certificates
    implicit_tls: bool = False
    starttls: bool = True
    login: bool = True
    address: str = "127.0.0.1"
    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    cut: str | None = None
    extensions_off: set[str] = field(default_factory=set)
    password: str = PASSWORD
    connections: int = 0
    logins: int = 0
    resets: int = 0
    quits: int = 0
    received: list[Received] = field(default_factory=list)
    happened: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _sessions: list[_Session] = field(default_factory=list)
    _listening: asyncio.Server | None = None

    def url(self, password: str = PASSWORD, host: str = "localhost") -> str:
        """The URL of this server, as REKEY_MAIL_URL takes it."""
        login = f"{quote(USER, safe='')}:{quote(password, safe='')}@" if self.login else ""
        scheme = "smtps" if self.implicit_tls else "smtp"
        return f"{scheme}://{login}{host}:{self.port}?ca={self.certificates.ca}"

    async def start(self) -> None:
        """Listens, on the port of before where there was one."""
        tls = self._tls() if self.implicit_tls else None
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: _Session(self), self.address, self.port, ssl=tls)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening and hangs up on everyone."""
        assert self._listening is not None
        self._listening.close()
        await self._listening.wait_closed()
        await self.hang_up()

    async def hang_up(self) -> None:
        """Hangs up on everyone, and waits until the connections are gone."""
        tasks = [session.hang_up() for session in self._sessions]
        self._sessions.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def enter(self, session: _Session) -> None:
        """Counts a connection."""
        self.connections += 1
        self._sessions.append(session)

    async def until(self, event: str) -> None:
        """Waits for the next of these events."""
        async with asyncio.timeout(5):
            while await self.happened.get() != event:
                pass

    def context(self) -> ssl.SSLContext | None:
        """What STARTTLS uses; None: it is not offered."""
        return self._tls() if self.starttls and not self.implicit_tls else None

    def authenticate(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _mechanism: str,
        data: Any,  # noqa: ANN401  aiosmtpd's
    ) -> AuthResult:
        """Takes one user with one password."""
        self.logins += 1
        self.happened.put_nowait("login")
        login = LoginPassword(USER.encode(), self.password.encode())
        # Where it is "handled", aiosmtpd leaves the answer to us and the client waits for it.
        return AuthResult(success=data == login, handled=False)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        return context


class _Handler:
    """aiosmtpd's hooks: the answers to a client's commands."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self, _smtp: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        await self._answer("EHLO")
        return [each for each in responses if each[4:].split(" ")[0] not in self._server.extensions_off]

    async def handle_MAIL(  # noqa: N802  as above
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL")

    async def handle_RCPT(  # noqa: N802  as above
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT")

    async def handle_RSET(self, _smtp: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802  as above
        self._server.resets += 1
        return await self._answer("RSET")

    async def handle_QUIT(self, _smtp: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802  as above
        self._server.quits += 1
        await self._answer("QUIT")
        return "221 bye"

    async def handle_DATA(self, smtp: _Session, _session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        answer = await self._answer("DATA")
        if self._server.cut == "after":
            smtp.abort()
        if answer.startswith("250"):
            content = envelope.original_content or b""
            sender = envelope.mail_from or ""
            self._server.received.append(Received(sender, envelope.rcpt_tos, envelope.mail_options, content))
        return answer

    async def _answer(self, command: str) -> str:
        self._server.happened.put_nowait(command)
        await asyncio.sleep(self._server.delays.get(command, 0))
        return self._server.answers.get(command, "250 yes")


class _Session(SMTP):
    """One connection."""

    def __init__(self, server: MailServer) -> None:
        self._mail_server = server
        super().__init__(
            _Handler(server),
            hostname="localhost",
            enable_SMTPUTF8="SMTPUTF8" not in server.extensions_off,
            tls_context=server.context(),
            require_starttls=True,
            # Of TLS from the first octet aiosmtpd does not know.
            auth_required=server.login and not server.implicit_tls,
            auth_require_tls=server.login and not server.implicit_tls,
            authenticator=server.authenticate,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # not again, where TLS begins
            self._mail_server.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._mail_server.happened.put_nowait("gone")
        super().connection_lost(error)

    def abort(self) -> None:
        """Hangs up without a word."""
        if self.transport is not None:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()

    def hang_up(self) -> asyncio.Task[None]:
        """Hangs up; gives what still runs, and ends soon."""
        self.abort()
        assert self._handler_coroutine is not None
        self._handler_coroutine.cancel()  # aiosmtpd forgets it where TLS did not come about
        return self._handler_coroutine

    async def _handle_client(self) -> None:
        self._mail_server.happened.put_nowait("GREETING")
        await asyncio.sleep(self._mail_server.delays.get("GREETING", 0))
        answer = self._mail_server.answers.get("GREETING")
        if answer is None:
            await super()._handle_client()
        else:
            await self.push(answer)
            self.abort()

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802  as above
        if "AUTH" in self._mail_server.answers:
            await self.push(self._mail_server.answers["AUTH"])
        else:
            await super().smtp_AUTH(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  as above
        if self._mail_server.cut == "inside":
            await self.push("354 go on")
            await self._reader.readline()
            self.abort()
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def mail_server(certificates: Certificates, **features: Any) -> AsyncIterator[MailServer]:
    """A server that listens until the end of the block."""
    server = MailServer(certificates, **features)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()

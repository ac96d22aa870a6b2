"""A receiver of webhooks: a real HTTPS server on loopback that answers, or fails, as it is told."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from credentials.secret import Secret
from delivery.webhook_endpoint import Endpoint, read_url
from delivery.webhook_events import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from typing import Any

    from tests.certificates import Certificates

    #: Writes what a request gets in place of an ordinary answer.
    Fault = Callable[["Receiver", asyncio.StreamWriter], Awaitable[None]]

SECRET: Final = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw3KqkhqVG2hs=")
OLDER_SECRET: Final = Secret("whsec_" + "QUJD" * 8)
#: What must never be seen where a fault is told of.
CANARY: Final = "canary-9e1f"
_PIECE: Final = b"x" * 65_536


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, and what is answered from now on.

    Attributes:
        certificates: What it shows.
        port: Where it listens, on 127.0.0.1.
        fault: What happens in place of an answer; None: 200.
        received: The requests, in order.
        taken: Those that got a 200.
        connections: How many were taken, with TLS or without.
        written: Bytes of the long answer that went out.
        names: The server names that clients asked for in TLS.
    """

    certificates: Certificates
    port: int = 0
    fault: Fault | None = None
    received: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    connections: int = 0
    written: int = 0
    names: list[str | None] = field(default_factory=list)

    def endpoint(self, name: str = "crm", host: str = "localhost", **changes: Any) -> Endpoint:
        """This receiver as an endpoint, trusted, with an address of this machine allowed."""
        values = {
            "name": name,
            "url": read_url(f"https://{host}:{self.port}/hooks?to={name}"),
            "secrets": (SECRET,),
            "events": PUBLISHED,
            "tls": ssl.create_default_context(cafile=self.certificates.ca),
            "allow_private": True,
        }
        return Endpoint(**{**values, **changes})

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads one request and answers it."""
        # A client that leaves early is what some of the tests are about.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = await _read(reader)
            self.received.append(request)
            if self.fault is None:
                self.taken.append(request)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
            else:
                await self.fault(self, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def receiver(certificates: Certificates) -> AsyncIterator[Receiver]:
    """A receiver that listens on a free port of 127.0.0.1."""
    opened = Receiver(certificates)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    context.sni_callback = lambda _socket, name, _context: opened.names.append(name)
    answering: set[asyncio.Task[None]] = set()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.connections += 1
        task = asyncio.get_running_loop().create_task(opened.answer(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering)
        await server.wait_closed()


def status(code: int, headers: str = "") -> Fault:
    """Answers with this status, and with what must not be repeated."""

    async def answer(_receiver: Receiver, writer: asyncio.StreamWriter) -> None:
        body = f"{CANARY} in the body"
        lines = f"HTTP/1.1 {code} {CANARY}\r\nx-{CANARY}: {CANARY}\r\nset-cookie: a={CANARY}\r\n{headers}"
        writer.write(f"{lines}content-length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()

    return answer


async def silence(_receiver: Receiver, _writer: asyncio.StreamWriter) -> None:
    """Says nothing until the server ends."""
    await asyncio.Event().wait()


async def cut(_receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    """Ends the connection without a word."""
    writer.transport.abort()


async def nonsense(_receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    """Answers in no language."""
    writer.write(f"220 {CANARY} ESMTP\r\n".encode())
    await writer.drain()


async def endless_headers(_receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    """Begins an answer whose headers never end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + _PIECE + b"\r\n")
        await writer.drain()


def long_answer(size: int, status_line: str = "200 OK") -> Fault:
    """Claims so many bytes, gzip by its header, and writes and counts them until the client leaves."""

    async def answer(opened: Receiver, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status_line}\r\ncontent-encoding: gzip\r\ncontent-length: {size}\r\n\r\n"
        writer.write(head.encode())
        while True:
            writer.write(_PIECE)
            await writer.drain()
            opened.written += len(_PIECE)

    return answer


async def stalled_body(_receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    """Says 200 and never ends its body."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx")
    await writer.drain()
    await asyncio.Event().wait()


def addresses(*answers: Sequence[str] | OSError) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that gives one answer after another, and has no more than these."""
    waiting = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        answer = waiting.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    return resolve


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Received(first.split(" ")[1], headers, body)

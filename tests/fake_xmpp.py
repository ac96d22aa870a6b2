"""An XMPP server that says what a test wants said: no real one misbehaves so. Nothing is encrypted."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from tests.chat_servers import ADMIN, DOMAIN, LOOPBACK, url_of
from tests.xmpp_client import parser_of_a_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from xml.etree.ElementTree import Element

    from credentials.secret import Secret

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
OPEN = (
    f"<?xml version='1.0'?><stream:stream from='{DOMAIN}' id='1' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)

#: RFC 8446, 5.1: what a client's first record begins with.
TLS_HANDSHAKE = 22


def features(*mechanisms: str) -> str:
    """What a server offers before a login: no TLS, and these mechanisms."""
    names = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    offered = f"<mechanisms xmlns='{SASL}'>{names}</mechanisms>"
    return f"<stream:features>{offered}</stream:features>"


def iq(question: Element, content: str = "", kind: str = "result") -> str:
    """An answer to a question."""
    return f"<iq type='{kind}' id='{question.get('id')}' from='{DOMAIN}' to='{ADMIN}/r'>{content}</iq>"


@dataclass
class FakeXmpp:
    """Lets anyone in by PLAIN, and then answers as the test says.

    Attributes:
        answer: what to say to a stanza, `` for nothing, None to end the connection.
        offered: said when a stream begins, before the login.
        after_tls: what follows where a client begins TLS, before the end of the connection.
        received: every byte that came.
        connections: how many there were.
        connected: set once there was one.
        port: where it listens.
    """

    answer: Callable[[Element], str | None]
    offered: str = features("PLAIN")
    after_tls: bytes = b""
    received: bytes = b""
    connections: int = 0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> Secret:
        """As REKEY_XMPP_URL takes it, for development."""
        return url_of(self.port)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[FakeXmpp]:
        """Takes connections in the block."""
        server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            tasks = list(self._tasks)
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.connected.set()
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._tasks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = parser_of_a_stream()
        depth, is_in = 0, False
        while received := await reader.read(65_536):
            self.received += received
            if received[0] == TLS_HANDSHAKE:
                writer.write(self.after_tls)
                return
            parser.feed(received)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    bind = f"<stream:features><bind xmlns='{BIND}'/></stream:features>"
                    writer.write((OPEN + (bind if is_in else self.offered)).encode())
                elif event == "end" and depth == 1:
                    if element.tag == f"{{{SASL}}}auth":
                        parser, depth, is_in = parser_of_a_stream(), 0, True
                    said = self._say(element)
                    if said is None:
                        return
                    writer.write(said.encode())
                elif not depth:
                    return

    def _say(self, stanza: Element) -> str | None:
        if stanza.tag == f"{{{SASL}}}auth":
            return f"<success xmlns='{SASL}'/>"
        if stanza.find(f"{{{BIND}}}bind") is not None:
            return iq(stanza, f"<bind xmlns='{BIND}'><jid>{ADMIN}/r</jid></bind>")
        return self.answer(stanza)

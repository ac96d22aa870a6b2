"""An XMPP client of the tests' own: it notes every stanza it is sent, and when its connection ends.

Written out instead of taken from a library, so that no rule of a library about names stands between the
server and the test.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast
from xml.etree.ElementTree import Element, XMLPullParser, tostring
from xml.sax.saxutils import escape

from tests.chat_servers import DOMAIN, LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.chat_servers import ChatServer

STREAM = "{http://etherx.jabber.org/streams}"
CLIENT = "{jabber:client}"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
OPEN = (
    f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
#: Seconds that a test waits for a stanza; they come in milliseconds.
PATIENCE = 10.0


class LoginRefused(Exception):  # noqa: N818  what happened, not an error
    """The server did not take the password."""


class XmppClient:
    """One connection of an account.

    Attributes:
        jid: The full JID that the server gave.
        seen: What came, in order: stanzas, and at the end the text `the end`.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._parser = parser_of_a_stream()
        self._depth = 0
        self._ready: list[Element] = []
        self._closed = False
        self.jid = ""
        self.seen: list[Element | str] = []
        self.ended = asyncio.Event()
        self._news = asyncio.Event()
        self._noting: asyncio.Task[None] | None = None

    async def log_in(self, context: ssl.SSLContext, name: str, password: str, resource: str) -> None:
        """Negotiates TLS, the password and the resource (RFC 6120, 5 to 7)."""
        await self._restart()
        self._send(f"<starttls xmlns='{TLS}'/>")
        await self._next()
        await self._writer.start_tls(context, server_hostname=DOMAIN)
        await self._restart()
        proof = b64encode(f"\0{name}\0{password}".encode()).decode()
        self._send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{proof}</auth>")
        if (await self._next()).tag != f"{{{SASL}}}success":
            raise LoginRefused
        await self._restart()
        wanted = escape(resource)
        self._send(f"<iq type='set' id='b'><bind xmlns='{BIND}'><resource>{wanted}</resource></bind></iq>")
        self.jid = (await self._next()).findtext(f".//{{{BIND}}}jid", "")
        self._send("<presence/>")
        self._noting = asyncio.create_task(self._note())

    async def catch_up(self) -> list[str]:
        """Waits until all has come that the server sent before now; gives the outline."""
        question = f"caught-up-{len(self.seen)}"
        self._send(f"<iq type='get' id='{question}' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>")
        async with asyncio.timeout(PATIENCE):
            while not any(isinstance(each, Element) and each.get("id") == question for each in self.seen):
                self._news.clear()
                await self._news.wait()
        return self.outline()

    def messages(self) -> list[Element]:
        """The messages that came."""
        return [each for each in self.seen if isinstance(each, Element) and each.tag == f"{CLIENT}message"]

    def outline(self) -> list[str]:
        """The messages that came, and the end if it did, in order: what a user would notice."""
        return [
            each if isinstance(each, str) else "message"
            for each in self.seen
            if isinstance(each, str) or each.tag == f"{CLIENT}message"
        ]

    async def end(self) -> None:
        """Waits until the server has ended the connection."""
        async with asyncio.timeout(PATIENCE):
            await self.ended.wait()

    async def close(self) -> None:
        """Drops the connection, if the server has not."""
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.wait([self._noting])
        self._writer.transport.abort()

    async def _note(self) -> None:
        with suppress(ConnectionError, EOFError):
            while True:
                self.seen.append(await self._next())
                self._news.set()
        self.seen.append("the end")
        self.ended.set()

    async def _restart(self) -> None:
        self._parser = parser_of_a_stream()
        self._depth = 0
        self._send(OPEN)
        features = await self._next()
        assert features.tag == f"{STREAM}features", tostring(features)

    def _send(self, text: str) -> None:
        self._writer.write(text.encode())

    async def _next(self) -> Element:
        while not self._ready:
            received = b"" if self._closed else await self._reader.read(65_536)
            if not received:
                raise EOFError
            self._parser.feed(received)
            for event, element in cast("Iterator[tuple[str, Element]]", self._parser.read_events()):
                self._depth += 1 if event == "start" else -1
                if event == "end" and self._depth == 1:
                    self._ready.append(element)
                self._closed = self._closed or not self._depth
        return self._ready.pop(0)


def parser_of_a_stream() -> XMLPullParser[Element]:
    """Reads a stream of stanzas, whose root does not end before the stream does."""
    return XMLPullParser(("start", "end"))


@asynccontextmanager
async def logged_in(
    server: ChatServer, jid: str, password: str, resource: str = "desk"
) -> AsyncIterator[XmppClient]:
    """A client that is connected and available.

    Raises:
        LoginRefused: the password is not the account's.
    """
    context = ssl.create_default_context(cafile=server.ca)
    client = XmppClient(*await asyncio.open_connection(LOOPBACK, server.port))
    try:
        async with asyncio.timeout(PATIENCE):
            await client.log_in(context, jid.partition("@")[0], password, resource)
        yield client
    finally:
        await client.close()


async def opens(server: ChatServer, jid: str, password: str) -> bool:
    """Whether the password logs the account in."""
    try:
        async with logged_in(server, jid, password):
            return True
    except LoginRefused:
        return False

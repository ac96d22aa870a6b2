"""A connection to the XMPP server: questions and their answers, messages and their receipt."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from delivery.faults import ChannelDown
from delivery.xmpp_stream import CUT, SILENT, Stream

if TYPE_CHECKING:
    from slixmpp.xmlstream.stanzabase import StanzaBase

    from delivery.xmpp_url import XmppLogin

#: For an answer, and for all from TCP to the bound resource. On loopback either takes milliseconds; a
#: delivery has four such steps at most, and ends within the relay's lease of a minute.
STEP_SECONDS: Final = 10.0
#: For the server to end its side of the stream (RFC 6120, 4.4).
_GOODBYE_SECONDS: Final = 1.0

CLIENT: Final = "{jabber:client}"


class XmppConnection:
    """A session of Rekey's own account, which many deliveries share.

    It shows no presence: the server hands it nobody's messages, and what comes unasked is not looked at.

    Args:
        stream: with a session, and nobody else's.
        seconds: how long an answer may take.
    """

    def __init__(self, stream: Stream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._waiting: dict[str, asyncio.Future[Element | None]] = {}
        #: The full JID that the server gave.
        self.jid = stream.boundjid.full
        self._domain = stream.boundjid.domain
        stream.add_filter("in", self._take)
        stream.add_event_handler("disconnected", self._lose)

    @property
    def is_alive(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._stream.is_connected()

    async def ask(self, to: str, question: Element, kind: str = "set") -> Element:
        """Sends an iq and waits for the one that answers it, of type `result` or `error`.

        Args:
            to: a domain.
            question: the iq's one child.
            kind: `get` or `set`.

        Raises:
            ChannelDown: the connection is gone, or no answer came in time and it is given up.
        """
        if not self.is_alive:
            raise ChannelDown(CUT)
        key = self._stream.new_id()  # 122 random bits: nobody else can answer
        iq = Element(f"{CLIENT}iq", {"type": kind, "id": key, "to": to})
        iq.append(question)
        waiting: asyncio.Future[Element | None] = asyncio.get_running_loop().create_future()
        self._waiting[key] = waiting
        try:
            async with asyncio.timeout(self._seconds):
                self._stream.send_xml(iq)
                answer = await waiting
        except TimeoutError:
            self._stream.drop()
            raise ChannelDown(SILENT) from None
        finally:
            del self._waiting[key]
        if answer is None:
            raise ChannelDown(CUT)
        return answer

    async def tell(self, message: Element) -> None:
        """Sends a message; when this returns the server has dealt with it.

        A server processes what one stream sends it in order (RFC 6120, 10.1), so that its answer to a
        question asked afterwards, whatever it says, shows that the message was taken.

        Raises:
            ChannelDown: as for `ask`; the message may have been taken or not.
        """
        self._stream.send_xml(message)
        await self.ask(self._domain, Element("{urn:xmpp:ping}ping"), "get")

    async def close(self) -> None:
        """Says goodbye, and ends the connection."""
        await self._stream.disconnect(_GOODBYE_SECONDS)
        self._stream.drop()

    def _take(self, stanza: StanzaBase) -> StanzaBase | None:
        """Keeps answers that are waited for; the library goes on with what is the stream's own."""
        xml = stanza.xml
        if xml.tag in {f"{CLIENT}message", f"{CLIENT}presence"}:
            return None
        if xml.tag == f"{CLIENT}iq" and xml.get("type") in {"result", "error"}:
            waiting = self._waiting.get(xml.get("id", ""))
            if waiting is not None:
                _end(waiting, xml)
            return None
        return stanza

    def _lose(self, _reason: object) -> None:
        for waiting in self._waiting.values():
            _end(waiting, None)


def _end(waiting: asyncio.Future[Element | None], answer: Element | None) -> None:
    if not waiting.done():
        waiting.set_result(answer)


async def open_connection(login: XmppLogin, seconds: float = STEP_SECONDS) -> XmppConnection:
    """Connects, negotiates TLS, logs in and binds a resource that the server names.

    Args:
        login: where, and as whom.
        seconds: how long that may take, and each answer afterwards.

    Raises:
        ChannelDown: it did not come to that.
    """
    stream = Stream(login, await _trust(login.ca))
    stream.connect(login.host, login.port)
    try:
        async with asyncio.timeout(seconds):
            reason = await stream.outcome
    except TimeoutError:
        reason = SILENT
    except asyncio.CancelledError:
        stream.drop()
        raise
    if reason is not None:
        stream.drop()
        raise ChannelDown(reason)
    return XmppConnection(stream, seconds)


async def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        # Read each time, so that a renewed file counts; in a thread, since the machine's list is long.
        return await asyncio.to_thread(ssl.create_default_context, cafile=ca)
    except OSError:  # ssl.SSLError is one
        reason = "The file of the XMPP server's certificate authority (ca) cannot be read."
        raise ChannelDown(reason) from None

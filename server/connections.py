"""Connections whose peer stops reading are cut, not waited for.

Uvicorn stops writing while the peer takes nothing, so what waits in this process is one message and the
transport's buffer; but it waits without end, and a close waits behind it. These two give up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.hang_up import hang_up

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle, Transport

    from websockets.frames import Frame

#: How long a peer may take nothing, or a drain of its buffer last. Below the seconds that a stopping server
#: waits; above what a phone needs to come back from a lift.
STALL_SECONDS = 10.0
#: Pieces of one message: its bytes are bounded, but empty pieces have none. A message that fills TCP packets
#: has 50.
MOST_PIECES = 1024
#: RFC 6455, 7.4.1.
NOT_UTF_8 = 1007
TOO_BIG = 1009


class Patience:
    """Aborts a transport that cannot be written to for too long.

    Args:
        transport: the connection.
        seconds: how long.
    """

    def __init__(self, transport: BaseTransport, seconds: float) -> None:
        self._transport = cast("Transport", transport)
        self._seconds = seconds
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        """The transport is full."""
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._transport.abort)

    def end(self) -> None:
        """The transport takes more, or is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class HttpConnection(HttpToolsProtocol):
    """HTTP; answers and event streams alike."""

    stall_seconds: ClassVar[float] = STALL_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Takes the connection."""
        super().connection_made(transport)
        self._patience = Patience(transport, self.stall_seconds)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """The transport's buffer is empty enough."""
        super().resume_writing()
        self._patience.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._patience.end()
        if self.cycle is not None and not self.cycle.response_complete:
            hang_up(self.cycle.scope)
        super().connection_lost(exc)


class SocketConnection(WebSocketsSansIOProtocol):
    """WebSockets. Of uvicorn's three implementations this one waits for the transport before each message.

    What a stranger may send without end is bounded here: uvicorn keeps every piece of a message, queues an
    answer to each ping, and logs a traceback for each text that is not UTF-8.
    """

    stall_seconds: ClassVar[float] = STALL_SECONDS

    def connection_made(self, transport: BaseTransport) -> None:
        """Takes the connection; one message that is not taken is enough to wait."""
        super().connection_made(transport)
        self._patience = Patience(transport, self.stall_seconds)
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """The transport's buffer is not empty."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """The transport's buffer is empty."""
        super().resume_writing()
        self._patience.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._patience.end()
        super().connection_lost(exc)

    def handle_cont(self, event: Frame) -> None:
        """Takes a further piece of a message."""
        if len(self.frames) >= MOST_PIECES:
            self._fail(TOO_BIG)
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answers a ping, unless the peer does not read its answers."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # forgets it

    def send_receive_event_to_app(self) -> None:
        """Hands a whole message over."""
        if self.curr_msg_data_type == "text" and not _is_utf_8(b"".join(self.frames)):
            self._fail(NOT_UTF_8)
        else:
            super().send_receive_event_to_app()

    def _fail(self, code: int) -> None:
        self.frames = []
        self.conn.fail(code)
        self.handle_parser_exception()


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

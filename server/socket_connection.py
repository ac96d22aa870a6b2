"""WebSocket connections that neither wait without end for their peer nor keep without end what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.server import ServerProtocol

from server.patience import REQUEST_SECONDS, STALL_SECONDS, Patience

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, BaseTransport, Task

    from uvicorn import Config
    from uvicorn._types import ASGISendEvent
    from uvicorn.server import ServerState
    from websockets.frames import Frame
    from websockets.http11 import Response
    from websockets.typing import StatusLike

    from server.room import Shared

#: Pieces of one message: its bytes are bounded, but empty pieces have none. A message that fills TCP packets
#: has 50.
MOST_PIECES = 1024
#: RFC 6455, 7.4.1.
NOT_UTF_8 = 1007
TOO_BIG = 1009
NO_HANDSHAKE = "This is no handshake of a WebSocket."


class Handshake(ServerProtocol):
    """What is read and written of the protocol; its refusals carry the headers of every answer."""

    def __init__(self, headers: dict[str, str], **how: Any) -> None:
        super().__init__(**how)
        self._headers = headers

    def reject(self, status: StatusLike, text: str) -> Response:
        """Refuses to open a socket."""
        response = super().reject(status, text)
        response.headers.update(self._headers)
        return response


class SocketConnection(WebSocketsSansIOProtocol):
    """WebSockets. Of uvicorn's three implementations this one waits for the transport before each message.

    What a stranger may send without end is bounded here: uvicorn keeps every piece of a message, queues an
    answer to each ping, and logs a traceback for each text that is not UTF-8.
    """

    stall_seconds: ClassVar[float] = STALL_SECONDS
    request_seconds: ClassVar[float] = REQUEST_SECONDS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shared = cast("Shared", server_state)
        self.conn = Handshake(self._shared.headers, max_size=config.ws_max_size, logger=self.logger)

    def connection_made(self, transport: BaseTransport) -> None:
        """Takes the connection, idle until it is open; one message that is not taken is enough to wait."""
        super().connection_made(transport)
        self._patience = Patience(transport, self.stall_seconds)
        self._opening = self.loop.call_later(self.request_seconds, self.transport.abort)
        self.transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Reads on; what comes first is the whole head, which has to be a handshake."""
        if self.handshake_initiated and not self.handshake_complete:
            self.transport.abort()  # RFC 6455, 4.1: nothing is sent before the answer
            return
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(self._shared.refusal(400, NO_HANDSHAKE))
            self.transport.close()

    async def send(self, message: ASGISendEvent) -> None:
        """Sends. Behind a close nobody is there, whoever closed: uvicorn takes it for a defect and logs it.

        Raises:
            ClientDisconnected: the socket is closed.
        """
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        self.handshake_complete |= self.close_sent  # a refusal is the end of a handshake too

    def start_keepalive(self) -> None:
        """The socket is open."""
        self._opening.cancel()
        self._shared.room.work(self.transport)
        super().start_keepalive()

    def pause_writing(self) -> None:
        """The transport's buffer is not empty."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """The transport's buffer is empty."""
        super().resume_writing()
        self._patience.end()

    def on_task_complete(self, task: Task[None]) -> None:
        """The application is done: what is left is the peer's answer to the close."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._shared.room.rest(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._opening.cancel()
        self._patience.end()
        self._shared.room.leave(self.transport)
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

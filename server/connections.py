"""HTTP connections whose peer neither sends nor reads are cut, not waited for.

Uvicorn waits without end: for a head, for a body, for a peer that takes nothing. It bounds neither a head nor
what is asked for ahead of the answers. Here each is bounded; docs/limits.md has the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.connections_kept import Kept, Pipeline
from server.hang_up import hang_up
from server.joined_writes import JoinedWrites
from server.patience import KEEP_ALIVE_SECONDS, REQUEST_SECONDS, STALL_SECONDS, Patience
from server.request_parts import MOST_OVERHEAD, TOO_LONG, Part, Refused, fault_of

if TYPE_CHECKING:
    from asyncio import Transport

    from server.room import Shared

#: Fields of a head and of trailers: Apache's LimitRequestFields.
MOST_FIELDS = 100
#: Requests that wait for the answer to an earlier one: Firefox's maximum, while it did that.
MOST_PIPELINED = 32
LATE = "The rest of the request did not come in time."


class HttpConnection(Kept, HttpToolsProtocol):
    """HTTP; answers and event streams alike.

    It is busy from the end of a request to the end of its answer, and idle else: what sends its request a
    byte at a time too.
    """

    stall_seconds: ClassVar[float] = STALL_SECONDS
    request_seconds: ClassVar[float] = REQUEST_SECONDS
    keep_alive_seconds: ClassVar[float] = KEEP_ALIVE_SECONDS

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Takes the connection."""
        super().connection_made(transport)
        self.pipeline = Pipeline()  # type: ignore[assignment]  # a deque
        self._keep(Patience(transport, self.stall_seconds), cast("Shared", self.server_state))
        self._shared.room.enter(transport)
        self._await_next()

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        self._overhead += len(data)
        super().data_received(data)
        self._await_next()

    def on_message_begin(self) -> None:
        """A request begins."""
        if len(self.pipeline) >= MOST_PIPELINED:
            raise Refused
        super().on_message_begin()
        self._part = Part.HEAD
        self._requests += 1
        self._overhead = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a field of the head, or of the trailers."""
        if len(self.headers) >= MOST_FIELDS:
            raise Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: its answer is begun, unless one before it is not ended."""
        self._check_head()
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before and self.scope["method"] != "HEAD":  # whose answer is one write
            joined = JoinedWrites(self.transport, self.loop)
            self.cycle.transport = joined  # type: ignore[assignment]  # all that it asks of a transport
        self.headers = self.headers.copy()  # trailers come here: the application sees none (RFC 9110, 6.5.1)
        self._part = Part.BODY
        if not self.pipeline:
            self._answered = self.cycle
        if self._is_last:
            self.cycle.keep_alive = False
            self.transport.pause_reading()

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body."""
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        super().on_message_complete()
        self._part = Part.BEGINNING

    def on_response_complete(self) -> None:
        """An answer has ended."""
        self._answered = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        self._await_next()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over."""
        self._part = Part.SOCKET
        self._set_timer(None)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no request; `msg` is uvicorn's wording."""
        del msg
        if len(self.headers or ()) >= MOST_FIELDS:
            self._refuse(431, f"A request has at most {MOST_FIELDS} header fields.")
        else:
            self._refuse(*self._fault)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """The transport's buffer is empty enough."""
        super().resume_writing()
        self._patience.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended; uvicorn tells the latest request, which may wait behind another."""
        self._set_timer(None)
        self._patience.end()
        self._shared.room.leave(self.transport)
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
            hang_up(self._answered.scope)
        super().connection_lost(exc)

    def _check_head(self) -> None:
        """Refuses a head, or makes it the last where it asks for a protocol that is not spoken here."""
        upgrades = self.parser.should_upgrade()
        is_socket = upgrades and self._should_upgrade()
        is_early = self._answered is not None or self.transport.get_write_buffer_size() > 0
        fault = fault_of(self.parser, self.url, self.headers, is_socket=is_socket, is_early=is_early)
        if fault is not None:
            self._fault = fault
            raise Refused
        self._is_last = upgrades and not is_socket

    def _await_next(self) -> None:
        """Sets the time for what comes next, unless it was awaited before."""
        if self._part is Part.SOCKET or self.transport.is_closing():
            return
        if self._overhead > MOST_OVERHEAD:
            self._refuse(*TOO_LONG)
            return
        part = self._part
        if self._answered is not None:
            part = Part.BODY if self._answered.more_body else Part.ANSWER
        if self._awaited == (part, self._requests):
            return
        self._awaited = (part, self._requests)
        if part is Part.ANSWER:
            self._shared.room.work(self.transport)
        else:
            self._shared.room.rest(self.transport)
        self._set_timer(self._seconds_for(part))

    def _seconds_for(self, part: Part) -> float | None:
        if part is Part.ANSWER:
            return None
        if part is Part.BEGINNING and self._requests:
            return self.keep_alive_seconds
        return self.request_seconds

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._refuse, 408, LATE)

    def _refuse(self, status: int, message: str) -> None:
        """Answers and closes; only closes where nobody waits for an answer, or waits for an earlier one."""
        if not self._is_waited_for():
            self.transport.abort()
            return
        self.transport.write(self._shared.refusal(status, message))
        self.transport.close()
        self._patience.begin()

    def _is_waited_for(self) -> bool:
        if self._part is Part.BODY:
            return self._answered is self.cycle and not self.cycle.response_started
        return self._part is Part.HEAD and self._answered is None

"""The head of an answer leaves with the first piece of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Transport


class JoinedWrites:
    """What one answer is written to: its first write waits for the second, and they leave as one.

    Uvicorn writes the head by itself, and so it is sent by itself: the kernel is called twice, and whoever
    asked is woken twice. A head that nothing follows in the same turn of the event loop, as a stream's,
    leaves at the turn's end.

    Args:
        transport: the connection.
        loop: its event loop.
    """

    __slots__ = ("_first", "_loop", "_transport")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._first: bytes | None = None  # b"" once it has left

    def write(self, data: bytes) -> None:
        """Writes; what comes first, with what comes next."""
        if self._first is None:
            self._first = data
            self._loop.call_soon(self._leave)
        elif self._first:
            data, self._first = self._first + data, b""
            self._transport.write(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Closes the connection once all is sent."""
        self._leave()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or will be."""
        return self._transport.is_closing()

    def _leave(self) -> None:
        if self._first and not self._transport.is_closing():
            self._transport.write(self._first)
        self._first = b""

"""How long a peer that does not read, or does not send, is waited for.

Uvicorn stops writing while the peer takes nothing, so what waits in this process is one message and the
transport's buffer; but it waits without end, and a close waits behind it. Patience has one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle, Transport

#: How long a peer may take nothing, or a drain of its buffer last. Below the seconds that a stopping server
#: waits; above what a phone needs to come back from a lift.
STALL_SECONDS = 10.0
#: Until the first byte of a new connection, then for the head of each request, then for its body. A lost
#: packet is sent again after 1, 3 and 7 seconds (RFC 6298, 2 and 5.5), so three in a row may be lost; the
#: longest body needs 35 kbit/s, a slow phone's. Below the seconds that a stopping server waits.
REQUEST_SECONDS = 15.0
#: Between two requests. Proxies keep a connection for 60 seconds (nginx, keepalive_timeout of an upstream):
#: who would send has to be the one who closes, or a POST meets a connection that is just closed.
KEEP_ALIVE_SECONDS = 75


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

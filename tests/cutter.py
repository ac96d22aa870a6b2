"""Stands between Rekey and an XMPP server, and cuts the connection at a stanza of the test's choice.

It reads what it passes on, so nothing may be encrypted.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal, cast

from tests.chat_servers import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Direction = Literal["sent", "answered"]
STANZA = re.compile(rb"<(iq|message)[ >]")


class Cutter:
    """Passes connections on until it is told to cut one.

    Attributes:
        port: Where it listens.
        cuts: How often it has cut.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._direction: Direction | None = None
        self._left = 0
        self._pumps: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.cuts = 0

    def cut(self, direction: Direction, number: int) -> None:
        """From now on the so-many-th stanza in a direction is not passed on: both ends see the end instead.

        What goes before it arrives; of what is `answered`, the server has done what it was asked.
        """
        self._direction, self._left = direction, number

    async def cut_all(self) -> None:
        """Ends every connection that stands."""
        for each in self._pumps:
            each.cancel()
        await asyncio.gather(*self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        there, back = await asyncio.open_connection(LOOPBACK, self._target)
        pumps = [
            asyncio.create_task(self._pump("sent", reader, back)),
            asyncio.create_task(self._pump("answered", there, writer)),
        ]
        self._pumps.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, back):
            each.close()
            with suppress(ConnectionError):
                await each.wait_closed()
        await asyncio.wait(pumps)
        self._pumps.difference_update(pumps)

    async def _pump(
        self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            while received := await reader.read(65_536):
                allowed = self._allowed(direction, received)
                writer.write(received[:allowed])
                await writer.drain()
                if allowed is not None:
                    self.cuts += 1
                    return

    def _allowed(self, direction: Direction, received: bytes) -> int | None:
        """How many of the bytes may pass; None: all."""
        if direction != self._direction:
            return None
        found = list(STANZA.finditer(received))
        if self._left > len(found):
            self._left -= len(found)
            return None
        self._direction = None
        return found[self._left - 1].start()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Cutter]:
        """Takes connections in the block."""
        server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await self.cut_all()

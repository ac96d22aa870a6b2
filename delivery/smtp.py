"""Mail by SMTP, over a few connections that are kept open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from delivery.faults import ChannelDown, PassingFault
from delivery.smtp_connection import SmtpConnection
from delivery.smtp_faults import PutOff
from delivery.smtp_opening import open_smtp

if TYPE_CHECKING:
    from delivery.messages import Message
    from delivery.smtp_limits import SmtpLimits
    from delivery.smtp_url import SmtpServer


class _Kept(NamedTuple):
    connection: SmtpConnection
    timer: asyncio.TimerHandle


class SmtpMail:
    """Hands mails to one server. Used on one event loop.

    Args:
        server: where to, and how.
        limits: of time, and of connections at once; mails beyond them wait for their turn.
    """

    def __init__(self, server: SmtpServer, limits: SmtpLimits) -> None:
        self._server = server
        self._limits = limits
        self._places = asyncio.Semaphore(limits.connections)
        self._kept: list[_Kept] = []
        self._busy = 0
        self._leaving: set[asyncio.Task[None]] = set()

    async def send(self, message: Message, effect_id: str) -> None:  # noqa: ARG002  the Message-ID holds it
        """Hands the message over; when this returns the server has taken it.

        A kept connection that the server has closed meanwhile is replaced, and counts as no fault.

        Raises:
            ChannelDown: no mail gets through now.
            PassingFault: this one may get through later; the server may have it already.
            PermanentFault: it never will.
        """
        try:
            async with asyncio.timeout(self._limits.whole), self._places:
                await self._send(message)
        except TimeoutError as fault:
            reason = f"The mail server did not take the mail within {self._limits.whole} seconds."
            raise PassingFault(reason) from fault

    async def close(self) -> None:
        """Takes leave of the server on every connection that is kept."""
        while connection := self._take():
            self._retire(connection)
        await asyncio.gather(*self._leaving)

    async def _send(self, message: Message) -> None:
        kept = self._take()
        if kept is not None and await self._handed_over(kept, message):
            return
        if not await self._handed_over(await self._open(), message):
            reason = "The mail server hangs up before it takes a mail."
            raise ChannelDown(reason)

    async def _handed_over(self, connection: SmtpConnection, message: Message) -> bool:
        """Sends and keeps the connection; False: the server had hung up, and has nothing of the mail."""
        self._busy += 1
        try:
            if not await connection.begin(message):
                return False
            await connection.finish(message)
        finally:
            self._busy -= 1
            self._keep(connection)
        return True

    async def _open(self) -> SmtpConnection:
        try:
            return SmtpConnection(await open_smtp(self._server, self._limits), self._limits)
        except PutOff as fault:
            if not self._busy and not self._kept:
                raise
            # Servers limit a client's connections: mails do get through, over those that there are.
            raise PassingFault(fault.reason) from fault

    def _keep(self, connection: SmtpConnection) -> None:
        if not connection.is_alive:
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._limits.idle, self._retire_idle, connection)
        self._kept.append(_Kept(connection, timer))

    def _take(self) -> SmtpConnection | None:
        """The connection that was used last and is alive; the dead ones before it are forgotten."""
        while self._kept:
            connection, timer = self._kept.pop()
            timer.cancel()
            if connection.is_alive:
                return connection
        return None

    def _retire_idle(self, connection: SmtpConnection) -> None:
        self._kept = [each for each in self._kept if each.connection is not connection]
        self._retire(connection)

    def _retire(self, connection: SmtpConnection) -> None:
        task = asyncio.create_task(connection.leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

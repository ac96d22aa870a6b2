"""The XMPP server as the process has it: one connection, opened at the first need and again when lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from delivery.faults import ChannelDown
from delivery.xmpp_commands import check_commands
from delivery.xmpp_connection import STEP_SECONDS, open_connection
from delivery.xmpp_stream import CUT

if TYPE_CHECKING:
    from delivery.xmpp_connection import XmppConnection
    from delivery.xmpp_url import XmppLogin


class XmppServer:
    """Keeps the connection that all deliveries share. It never waits and tries again: the relay does.

    Args:
        login: where, and as whom.
        seconds: how long a step may take.
    """

    def __init__(self, login: XmppLogin, seconds: float = STEP_SECONDS) -> None:
        self._login = login
        self._seconds = seconds
        self._connection: XmppConnection | None = None
        self._opening: asyncio.Task[XmppConnection | str] | None = None

    @property
    def jid(self) -> str:
        """The bare JID of Rekey's own account, which may be nobody else's."""
        return self._login.jid

    async def connection(self) -> XmppConnection:
        """The connection that stands, or a new one; several who need one wait for the same.

        Raises:
            ChannelDown: the server cannot be reached, is not trusted, or does not let Rekey in.
        """
        if self._connection is not None and self._connection.is_alive:
            return self._connection
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        opened = await asyncio.shield(self._opening)
        if isinstance(opened, str):
            raise ChannelDown(opened)
        return opened

    async def probe(self, domain: str | None = None) -> None:
        """Connects, and asks whether Rekey's account may do what it has to; changes nothing.

        Args:
            domain: where the accounts are; by default where Rekey's own is.

        Raises:
            ChannelDown: something is missing.
        """
        await check_commands(await self.connection(), domain or self._login.domain)

    async def close(self) -> None:
        """Ends the connection; it is opened again if it is needed."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open(self) -> XmppConnection | str:
        """A connection, or why there is none: a value, since nobody may be left who waits for it."""
        try:
            self._connection = await open_connection(self._login, self._seconds)
        except ChannelDown as fault:
            return fault.reason
        except asyncio.CancelledError:
            return CUT  # it is `close` that cancels, and not those who wait
        else:
            return self._connection
        finally:
            self._opening = None

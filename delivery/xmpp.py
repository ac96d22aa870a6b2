"""The XMPP channel: the message to a user's clients, the account's password, the end of its sessions."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from credentials.kinds import EffectKind
from credentials.one_time import xmpp_password
from credentials.places import account_password
from credentials.vault import SealBroken
from delivery.faults import PermanentFault
from delivery.settlement import Settlement
from delivery.xmpp_commands import change_password, end_sessions, resources
from delivery.xmpp_connection import STEP_SECONDS
from delivery.xmpp_server import XmppServer
from delivery.xmpp_url import BadXmppUrl, read_xmpp_url

if TYPE_CHECKING:
    from credentials.chance import Chance
    from credentials.model import Effect
    from credentials.secret import Secret
    from credentials.vault import Sealed, Vault
    from delivery.xmpp_connection import XmppConnection
    from store.unit_of_work import Store, Unit

__all__ = ["BadXmppUrl", "XmppChannel", "XmppServer", "open_xmpp"]

#: How far a notice has come: the full JIDs whose message the server took.
_TOLD: Final = "told"
#: Half of SHA-256's digits: 128 bits, so that no two messages meet.
_ID_DIGITS: Final = 32


def open_xmpp(url: Secret, seconds: float = STEP_SECONDS) -> XmppServer:
    """The server that a URL names; it is not connected to yet.

    Args:
        url: as `REKEY_XMPP_URL` has it.
        seconds: how long a step may take: to log in, or to be answered.

    Raises:
        BadXmppUrl: the URL names none.
    """
    return XmppServer(read_xmpp_url(url), seconds)


class XmppChannel:
    """Carries the XMPP effects out, several at once for different accounts.

    Args:
        server: where the accounts are.
        store: where their passwords lie sealed, and how far a delivery has come is noted.
        vault: opens them.
        chance: makes a password where nobody may hold the present one.
    """

    def __init__(self, server: XmppServer, store: Store, vault: Vault, chance: Chance) -> None:
        self._server = server
        self._store = store
        self._vault = vault
        self._chance = chance

    async def deliver(self, effect: Effect) -> Settlement:
        """Carries out an XMPP_NOTICE, an XMPP_PASSWORD or an XMPP_DISCONNECT; ends within 40 seconds.

        Raises:
            ChannelDown: the server does not answer, or does not let Rekey in or administrate.
            PassingFault: it cannot do it now.
            PermanentFault: it does not know the account.
        """
        connection = await self._server.connection()
        if effect.kind is EffectKind.XMPP_NOTICE:
            return await self._notify(connection, effect)
        if effect.kind is EffectKind.XMPP_PASSWORD:
            return await self._change_password(connection, effect.target)
        await end_sessions(connection, effect.target)
        return Settlement()

    async def close(self) -> None:
        """Ends the connection to the server."""
        await self._server.close()

    async def _notify(self, connection: XmppConnection, effect: Effect) -> Settlement:
        """Tells each client that is connected and was not told yet."""
        before = set(effect.progress.get(_TOLD, ()))
        found = [f"{effect.target}/{each}" for each in await resources(connection, effect.target)]
        asked = [each for each in found if each not in before]
        ended = await asyncio.gather(
            *(connection.tell(_notice(effect.id, connection.jid, each)) for each in asked),
            return_exceptions=True,
        )
        told = [jid for jid, fault in zip(asked, ended, strict=True) if fault is None]
        if told:
            progress = {**effect.progress, _TOLD: sorted(before.union(told))}
            await self._store.write(lambda unit: unit.effects.note(effect, progress))
        for fault in filter(None, ended):
            raise fault
        return Settlement()

    async def _change_password(self, connection: XmppConnection, jid: str) -> Settlement:
        """Gives the account the password that is current now, whatever it was when the effect was written."""
        kept = await self._store.read(lambda unit: unit.xmpp_accounts.password(jid))
        sealed = None if kept is None else kept.sealed
        password = xmpp_password(self._chance) if sealed is None else self._open(jid, sealed)
        if not password.reveal():
            reason = "The password that is kept for the account is empty."
            raise PermanentFault(reason)
        await change_password(connection, jid, password.reveal())
        if kept is None or sealed is None or not kept.holds_code:
            return Settlement()
        delivered: Sealed = sealed

        def forget(unit: Unit) -> None:
            unit.xmpp_accounts.forget_code(jid, delivered)

        return Settlement(after=forget)

    def _open(self, jid: str, sealed: Sealed) -> Secret:
        try:
            return self._vault.open(sealed, **account_password(jid))
        except SealBroken:
            reason = "The password that is kept for the account cannot be opened with the present root keys."
            raise PermanentFault(reason) from None


def _notice(effect_id: str, sender: str, to: str) -> Element:
    """The message that the password was changed; its id is the same at every try, for one client."""
    digest = sha256(f"{effect_id}\0{to}".encode()).hexdigest()
    # Written as XML: the library knows neither this type nor every name that a server lets a client have.
    message = Element(
        "{jabber:client}message",
        {"type": "management", "id": digest[:_ID_DIGITS], "from": sender, "to": to},
    )
    SubElement(message, "{jabber:iq:configuration}userpassword", action="update")
    return message

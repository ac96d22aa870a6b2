"""slixmpp's client, held to what Rekey needs: one login, no second thoughts, nothing in any log."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING, Final

from slixmpp import ClientXMPP

if TYPE_CHECKING:
    from delivery.xmpp_url import XmppLogin

#: Proofs of the password (RFC 7677, RFC 5802), and PLAIN, which is refused where nothing encrypts.
#: The library knows others, of which LOGIN would show the password to whoever cut TLS out.
_MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")

UNREACHABLE: Final = "The XMPP server cannot be reached."
UNTRUSTED: Final = "The XMPP server's certificate is not trusted."
NO_TLS: Final = "The XMPP server and Rekey agree on no TLS."
REFUSED: Final = "The XMPP server refuses Rekey's login."
SILENT: Final = "The XMPP server does not answer."
CUT: Final = "The XMPP server ended the connection."

# Its loggers write whole stanzas: passwords, where an operator asks for debug, and what a server sent,
# where something fails. What an administrator has to know is in the reasons above.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)


class Stream(ClientXMPP):
    """One connection, from TCP to the bound resource; it is never opened a second time.

    Attributes:
        outcome: None once the session is there, or why it is not, in a plain sentence.
    """

    def __init__(self, login: XmppLogin, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        mechanisms = {
            "use_mechs": _MECHANISMS,
            "unencrypted_plain": not login.encrypted,
            "unencrypted_scram": not login.encrypted,
        }
        super().__init__(
            login.jid,
            login.password.reveal(),
            plugin_config={"feature_mechanisms": mechanisms},
            ssl_context=context,
            loop=loop,
        )
        self.enable_direct_tls = False
        self.enable_starttls = login.encrypted
        self.enable_plaintext = not login.encrypted
        # A redirection (RFC 6120, 4.9.3.19) comes before TLS and would change whose certificate is asked for.
        self.max_redirects = -1
        self.outcome: asyncio.Future[str | None] = loop.create_future()
        self.add_event_handler("session_start", lambda _: self._settle(None))
        self.add_event_handler("connection_failed", lambda _: self._settle(UNREACHABLE))
        self.add_event_handler("ssl_invalid_chain", lambda fault: self._settle(_end_reason(fault)))
        self.add_event_handler("failed_all_auth", lambda _: self._settle(self._login_reason()))
        self.add_event_handler("disconnected", lambda fault: self._settle(_end_reason(fault)))

    def reschedule_connection_attempt(self) -> None:
        """Does nothing: when to try again is the relay's to say."""

    def drop(self) -> None:
        """Ends the connection, or the attempt at one, and the task that writes; may be called twice."""
        self.cancel_connection_attempt()
        self.abort()
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()

    def _settle(self, reason: str | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(reason)

    def _login_reason(self) -> str:
        is_open = "starttls" not in self.features and not self.enable_plaintext
        return NO_TLS if is_open else REFUSED


def _end_reason(fault: object) -> str:
    """Why a connection ended, by what the library says of it: a fault, a text, or None."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return UNTRUSTED
    return NO_TLS if isinstance(fault, ssl.SSLError) else CUT

"""A connection to a mail server on its way to being ready: greeted, encrypted, logged in."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING, Final, cast

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException

from delivery.faults import ChannelDown
from delivery.smtp_faults import of_login, of_opening

if TYPE_CHECKING:
    from credentials.secret import Secret
    from delivery.smtp_limits import SmtpLimits
    from delivery.smtp_url import SmtpServer

#: RFC 5321 4.1.2: what a client may call itself, where it has no address literal.
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def own_name(hostname: str) -> str:
    """What EHLO gives: this host's full name, or else its address (RFC 5321 4.1.4); no look-up is made."""
    return hostname if _DOMAIN.fullmatch(hostname) else "[127.0.0.1]"


async def open_smtp(server: SmtpServer, limits: SmtpLimits) -> SMTP:
    """Connects, encrypts and logs in.

    Raises:
        ChannelDown: one of these was not possible; the reason says which.
    """
    smtp = SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.implicit_tls,
        start_tls=False,  # done below, step by step, so that a fault has its own reason
        tls_context=server.tls,
        timeout=limits.answer,
        local_hostname=own_name(socket.gethostname()),
    )
    ready = False
    try:
        async with asyncio.timeout(limits.opening):
            await _get_ready(smtp, server)
        ready = True
    except (SMTPException, OSError, UnicodeError) as fault:  # UnicodeError: a host that is no domain name
        raise of_opening(fault) from fault
    finally:
        if not ready:
            hang_up(smtp)
    return smtp


def hang_up(smtp: SMTP) -> None:
    """Closes at once: TLS's own farewell waits half a minute for the answer of a server that is gone."""
    if smtp.transport is not None:
        cast("asyncio.WriteTransport", smtp.transport).abort()
    smtp.close()


async def _get_ready(smtp: SMTP, server: SmtpServer) -> None:
    await smtp.connect()
    await smtp.ehlo()
    if server.tls is not None and not server.implicit_tls:
        if not smtp.supports_extension("starttls"):
            reason = "The mail server offers no STARTTLS; use smtps: if it is encrypted from the start."
            raise ChannelDown(reason)
        await smtp.starttls()
        await smtp.ehlo()
    if server.user is not None:
        await _log_in(smtp, server.user, server.password)


async def _log_in(smtp: SMTP, user: str, password: Secret) -> None:
    """Tries one way only: a second try with a wrong password would count as another attack."""
    ways = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}
    offered = next((way for name, way in ways.items() if name in smtp.server_auth_methods), None)
    if offered is None:
        reason = "The mail server offers no login that Rekey knows: PLAIN, LOGIN or CRAM-MD5."
        raise ChannelDown(reason)
    try:
        await offered(user, password.reveal())
    except SMTPAuthenticationError as refusal:
        code = refusal.code
    else:
        return
    raise of_login(code)  # outside the handler: the refusal may repeat what was sent

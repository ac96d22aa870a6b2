"""XMPP: as far as what Rekey's account may do, and whether guesses at passwords are slowed down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from credentials.secret import Secret
from delivery.faults import ChannelDown
from delivery.xmpp import BadXmppUrl, XmppServer
from delivery.xmpp_connection import STEP_SECONDS, open_connection
from delivery.xmpp_stream import REFUSED
from delivery.xmpp_url import read_xmpp_url
from server.doctor.finding import Area
from server.settings_urls import is_encrypted

if TYPE_CHECKING:
    from credentials.chance import Chance
    from delivery.xmpp_url import XmppLogin
    from server.doctor.finding import Finding
    from server.settings import Settings

XMPP = Area("xmpp")
#: As many as a four-digit code must never be tried: the contract's figure.
GUESSES = 20
#: Seconds by which a throttled login takes longer: what bounds guesses adds seconds, a busy machine less.
SLOWER = 1.0


class Guesses(NamedTuple):
    """What became of wrong logins, one after the other.

    Attributes:
        made: How many there were before the server took no more.
        seconds: By which the last took longer than the first.
        is_cut: Whether the server took no more.
        is_open: Whether it let one of them in.
    """

    made: int
    seconds: float
    is_cut: bool = False
    is_open: bool = False

    @property
    def are_bounded(self) -> bool:
        """Whether something slows them down."""
        return self.is_cut or self.seconds >= SLOWER


async def look_at_xmpp(settings: Settings, chance: Chance, seconds: float = STEP_SECONDS) -> list[Finding]:
    """Logs in, asks what Rekey may do, and where codes become passwords there, whether guesses are slowed."""
    if settings.xmpp_url is None:
        return [XMPP.ok("No XMPP server is configured, and none is told anything.")]
    try:
        login = read_xmpp_url(settings.xmpp_url)
    except BadXmppUrl as fault:
        return [XMPP.fail(f"REKEY_XMPP_URL: {fault}", "Write it as docs/settings.md says.")]
    reason = await _probe(login, settings.xmpp_domain, seconds)
    if reason is not None:
        return [
            XMPP.fail(f"{login.host}:{login.port}: {reason}", "Until it works, changes wait in the outbox.")
        ]
    findings = [XMPP.ok(f"{login.host}:{login.port} lets {login.jid} administrate it.")]
    if not is_encrypted(settings.xmpp_url):
        findings.append(XMPP.warn("The connection to it is not encrypted.", "Write starttls=required."))
    if settings.xmpp_activation_code:
        guesses = await guess(login, chance, seconds)
        is_banned = await _probe(login, settings.xmpp_domain, seconds) is not None
        findings.append(_banned(guesses) if is_banned else _told(guesses))
    return findings


async def guess(login: XmppLogin, chance: Chance, seconds: float, most: int = GUESSES) -> Guesses:
    """Logs in wrongly, as an account that nobody has, until the server takes no more."""
    nobody = f"rekey-doctor-{chance.new_id()}@{login.domain}"
    took: list[float] = []
    for _ in range(most):
        wrong = replace(login, jid=nobody, password=Secret(chance.new_id()))
        start = chance.monotonic()
        try:
            connection = await open_connection(wrong, seconds)
        except ChannelDown as fault:
            if fault.reason != REFUSED:
                return Guesses(len(took), 0, is_cut=True)
        else:
            await connection.close()
            return Guesses(len(took), 0, is_open=True)
        took.append(chance.monotonic() - start)
    return Guesses(len(took), took[-1] - took[0])


def _banned(guesses: Guesses) -> Finding:
    message = f"After {guesses.made} wrong logins it lets nobody in from this machine, Rekey neither."
    return XMPP.warn(message, "Except this machine's address from its bans, and lift this one.")


def _told(guesses: Guesses) -> Finding:
    if guesses.is_open:
        message = "It let in an account that nobody has, with a password that nobody knows."
        return XMPP.fail(
            message, "Have the XMPP server prove every login before it keeps passwords for Rekey."
        )
    if guesses.are_bounded:
        return XMPP.ok(f"It slows wrong logins down, or took no more after {guesses.made}.")
    message = f"The last of {guesses.made} wrong logins was answered as quickly as the first."
    advice = (
        "Have the XMPP server throttle logins, or set REKEY_XMPP_ACTIVATION_CODE=false: "
        "nothing else bounds guesses at a four-digit code there."
    )
    return XMPP.warn(message, advice)


async def _probe(login: XmppLogin, domain: str, seconds: float) -> str | None:
    """Why Rekey's account cannot do what it has to; None where it can."""
    server = XmppServer(login, seconds)
    try:
        await server.probe(domain)
    except ChannelDown as fault:
        return fault.reason
    finally:
        await server.close()
    return None

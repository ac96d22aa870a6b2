"""Where the XMPP server is, and who Rekey is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from slixmpp import JID, InvalidJID

from credentials.secret import Secret

if TYPE_CHECKING:
    from urllib.parse import SplitResult

#: RFC 6120, 14.7: the port that clients connect to.
_PORT: Final = 5222
_FORM: Final = (
    "The XMPP URL must be such as xmpp://admin%40example.org:password@host:5222?ca=/path/ca.pem, "
    "with a bare JID and a password."
)


class BadXmppUrl(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """The URL names no XMPP server, or nobody to log in as. The message does not repeat it."""


@dataclass(frozen=True, slots=True)
class XmppLogin:
    """How Rekey logs in.

    Attributes:
        jid: its own bare JID, normalised; the certificate must be for this JID's domain (RFC 6120, 13.7.2).
        password: of that account.
        host: a name or an address, asked as it is, without a look-up of SRV records.
        port: of clients' connections.
        ca: a file in PEM whose authorities alone are trusted; None: the machine's.
        encrypted: False leaves TLS out altogether: for development.
    """

    jid: str
    password: Secret
    host: str
    port: int
    ca: str | None
    encrypted: bool

    @property
    def domain(self) -> str:
        """The JID's domain."""
        return self.jid.rpartition("@")[2]


def read_xmpp_url(url: Secret) -> XmppLogin:
    """Reads a URL as `REKEY_XMPP_URL` has it.

    Raises:
        BadXmppUrl: it is something else.
    """
    parts = _split(url.reveal())
    jid = "" if parts is None else _bare_jid(unquote(parts.username or ""))
    if parts is None or parts.scheme != "xmpp" or not (jid and parts.password and parts.hostname):
        raise BadXmppUrl(_FORM)
    # A plus is a plus: a query of a URL is no HTML form.
    options = dict(parse_qsl(parts.query.replace("+", "%2B")))
    return XmppLogin(
        jid=jid,
        password=Secret(unquote(parts.password)),
        host=parts.hostname,
        port=parts.port or _PORT,
        ca=options.get("ca"),
        encrypted=options.get("starttls") != "none",
    )


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None  # outside this handler, so that nothing of the URL is shown
    return parts


def _bare_jid(text: str) -> str:
    try:
        jid = JID(text)
    except InvalidJID:
        return ""
    return "" if jid.resource or not jid.user else jid.bare

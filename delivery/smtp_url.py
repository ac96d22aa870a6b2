"""The mail server that `REKEY_MAIL_URL` names, and what its certificate is held against."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from credentials.secret import Secret

#: RFC 8314 7.3 for implicit TLS, RFC 6409 3.1 for submission with STARTTLS.
PORTS: Final = {"smtps": 465, "smtp": 587}
_FORM: Final = (
    "The mail URL must be dir:path, smtp://user:password@host:587?starttls=required "
    "or smtps://user:password@host:465."
)


class BadMailUrl(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """The mail URL names no channel there is. The message does not repeat it: it may hold a password."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to connect to, and how.

    Attributes:
        implicit_tls: encrypted from the first octet; else STARTTLS where `tls` is given.
        tls: None: no encryption at all.
        user: None: no login.
        password: of the user; perhaps empty.
    """

    host: str
    port: int
    implicit_tls: bool
    tls: ssl.SSLContext | None
    user: str | None
    password: Secret


def read_smtp_url(url: str) -> SmtpServer:
    """Reads `smtp://user:password@host:587?starttls=required&ca=/path` or `smtps://…`.

    STARTTLS is required unless `starttls=none` is stated. `ca` names a file of authorities in PEM that are
    trusted besides the system's; it is read now. User and password are percent-decoded.

    Raises:
        BadMailUrl: it is not such a URL, or the file of authorities is none.
    """
    parts, port = _split(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    chosen = dict(options)
    known = {"ca", "starttls"} if parts.scheme == "smtp" else {"ca"}
    starttls = chosen.get("starttls", "required")
    if len(chosen) < len(options) or not chosen.keys() <= known or starttls not in {"required", "none"}:
        raise BadMailUrl(_FORM)
    encrypted = parts.scheme == "smtps" or starttls == "required"
    return SmtpServer(
        host=str(parts.hostname),
        port=port or PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        tls=_trusting(chosen.get("ca")) if encrypted else None,
        user=unquote(parts.username) if parts.username else None,
        password=Secret(unquote(parts.password or "")),
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise BadMailUrl(_FORM)
    return parts, port


def _trusting(ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except (OSError, ValueError):  # a ValueError: a NUL in the path
            readable = False
        else:
            readable = True
        if not readable:
            reason = "The file that the mail URL names as ca= holds no certificate in PEM, or cannot be read."
            raise BadMailUrl(reason)
    return context

"""Reads the settings that are URLs, origins or a place to listen; a parser as in settings_parsing.py."""

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from credentials.secret import Secret
from server.settings_parsing import ABSENT

# RFC 3986, 2: a URL is written in printable ASCII; everything else is percent-encoded.
PRINTABLE = re.compile(r"[!-~]+\Z")
HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?"
POSTGRESQL = re.compile(rf"postgresql://([^@/?#]*@)?(?P<hosts>{HOST}(,{HOST})*)/[^/?#]+(\?[^#]*)?\Z")
SQLITE = re.compile(r"sqlite:///[^?#]+\Z")


class Listen(NamedTuple):
    """A host, as a name or an address without brackets, and a port."""

    host: str
    port: int


def is_loopback(host: str) -> bool:
    """Tells whether a host is this machine's loopback: `localhost`, 127.0.0.0/8 or ::1 (RFC 6761, 6.3)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def page_url(text: str) -> str:
    """Reads a web page's URL: http or https, a host, no user, no fragment (mailed links put theirs there)."""
    parts = _split(text)
    if (
        parts
        and parts.scheme in {"http", "https"}
        and parts.hostname
        and "@" not in parts.netloc
        and "#" not in text
    ):
        return text
    msg = "must be a URL such as https://rekey.example.org/page, without user and fragment"
    raise ValueError(msg)


def base_url(text: str) -> str:
    """Reads a URL that paths are joined to: as `page_url`, without a query; a final slash is dropped."""
    if "?" not in text:
        return page_url(text).rstrip("/")
    msg = "must be a URL such as https://rekey.example.org, without a query"
    raise ValueError(msg)


def origins(text: str) -> tuple[str, ...]:
    """Reads web origins (RFC 6454, 6.2), separated by commas; `none` is the empty list, `*` is refused."""
    if text.lower() in ABSENT:
        return ()
    found = tuple(each.strip() for each in text.split(","))
    if all(re.fullmatch(rf"https?://{HOST}", each) and _split(each) for each in found):
        return found
    msg = "must be none, or origins separated by commas such as https://app.example.org (never *)"
    raise ValueError(msg)


def listen(text: str) -> Listen:
    """Reads `host:port`; an IPv6 address stands in brackets."""
    parts = _split(f"//{text}")
    if parts and re.fullmatch(HOST, text) and parts.hostname and parts.port:
        return Listen(parts.hostname, parts.port)
    msg = "must be off, or host:port such as 127.0.0.1:9100"
    raise ValueError(msg)


def database_url(text: str) -> Secret:
    """Reads where the database is: a file for SQLite, one or more hosts for PostgreSQL."""
    if SQLITE.match(text) and ":memory:" not in text and text.isprintable():
        return Secret(text)
    found = POSTGRESQL.match(text)
    if found and PRINTABLE.match(text) and all(_split(f"//{host}") for host in found["hosts"].split(",")):
        return Secret(text)
    msg = "must be sqlite:///path/rekey.db or postgresql://user:password@host:5432/database"
    raise ValueError(msg)


def mail_url(text: str) -> Secret:
    """Reads where mail goes: `dir:` and a folder, or `smtp:`, `smtps:`, a host and options."""
    if text.startswith("dir:") and len(text) > len("dir:") and text.isprintable():
        return Secret(text)
    if _is_server(text, {"smtp": {"starttls", "ca"}, "smtps": {"ca"}}):
        return Secret(text)
    msg = (
        "must be dir:path, smtp://user:password@host:587?starttls=required or smtps://user:password@host:465"
    )
    raise ValueError(msg)


def xmpp_url(text: str) -> Secret:
    """Reads the XMPP server's URL; its user is the administrator's JID, the @ written as %40."""
    parts = _split(text)
    if (
        parts
        and parts.username
        and "%40" in parts.username
        and parts.password
        and _is_server(text, XMPP_OPTIONS)
    ):
        return Secret(text)
    msg = "must be a URL such as xmpp://admin%40example.org:password@host:5222?ca=/path/ca.pem"
    raise ValueError(msg)


XMPP_OPTIONS = {"xmpp": {"starttls", "ca"}}


def xmpp_user(url: Secret) -> str:
    """Gives the JID that an XMPP URL logs in as, in lower case as JIDs are compared (RFC 7622, 3.3)."""
    return unquote(urlsplit(url.reveal()).username or "").lower()


def url_scheme(url: Secret) -> str:
    """Gives a URL's scheme, which is no secret."""
    return url.reveal().partition(":")[0]


def is_encrypted(url: Secret) -> bool:
    """Tells whether the connection to a mail or XMPP server is always encrypted and its peer checked."""
    return ("starttls", "none") not in parse_qsl(urlsplit(url.reveal()).query)


def _is_server(text: str, schemes: dict[str, set[str]]) -> bool:
    parts = _split(text)
    if not parts or parts.scheme not in schemes or not parts.hostname or parts.path.strip("/") or "#" in text:
        return False
    options = parse_qsl(parts.query, keep_blank_values=True)
    names = [name for name, _ in options]
    known = set(names) <= schemes[parts.scheme] and len(names) == len(set(names))
    return known and all(value and _is_option(name, value) for name, value in options)


def _is_option(name: str, value: str) -> bool:
    return name != "starttls" or value in {"required", "none"}


def _split(text: str) -> SplitResult | None:
    if not PRINTABLE.match(text):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is what checks it
        (parts.hostname or "").encode("idna")  # as connecting does
    except ValueError:
        return None
    return parts

"""One place that webhooks go to, as the operator wrote it down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    import ssl

    from credentials.secret import Secret

#: HTTPS's own port: RFC 9110 section 4.2.2.
HTTPS_PORT: Final = 443
_MOST_PORTS: Final = 65_535
#: RFC 1035 section 2.3.4: labels of 63 octets, names of 255; RFC 1123 section 2.1: letters, digits, hyphens.
_LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\Z")


class BadUrl(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """Not a URL for a webhook; the text is the rest of a sentence, and repeats nothing of the URL."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Args:
        name: `[a-z0-9][a-z0-9_-]{0,31}`; what its line in the outbox is called.
        url: as `read_url` gives it.
        secrets: 1 to 5; all sign.
        events: the types that it is told.
        tls: whom to trust; checks the certificate and its name.
        allow_private: whether its host may have an address that is not public.
    """

    name: str
    url: httpx.URL = field(repr=False)  # a query may hold what the receiver takes for a key
    secrets: tuple[Secret, ...]
    events: frozenset[str]
    tls: ssl.SSLContext
    allow_private: bool = False

    @property
    def host(self) -> str:
        """The host's name in ASCII, or its address; IPv6 without brackets."""
        return self.url.raw_host.decode("ascii")

    @property
    def port(self) -> int:
        """The port to connect to."""
        return self.url.port or HTTPS_PORT


def read_url(text: str) -> httpx.URL:
    """Reads an endpoint's URL, by the same code that later sends to it.

    Raises:
        BadUrl: it is not https with a host, or has a user, a fragment or a character beyond ASCII.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()  # the error's text repeats a part of the URL
    host = url.raw_host.decode("ascii")
    if not text.isascii() or not (_HOST.match(host) or _is_ipv6(host)):
        reason = "must be a URL such as https://hooks.example.org/rekey, in ASCII"
        raise BadUrl(reason)
    if url.scheme != "https":
        reason = "must begin with https://"
        raise BadUrl(reason)
    if url.userinfo or "#" in text:
        reason = "must have neither a user nor a fragment"
        raise BadUrl(reason)
    if url.port is not None and not 1 <= url.port <= _MOST_PORTS:
        reason = "must have a port from 1 to 65535"
        raise BadUrl(reason)
    return url


def _is_ipv6(host: str) -> bool:
    try:
        return not IPv6Address(host).scope_id
    except ValueError:
        return False

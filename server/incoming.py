"""Who a connection says it is: the facts that the server sees, and a bearer that nobody believes yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.secret import Secret
from resolvers.services import Origin
from server.client_address import client_address

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from server.settings import Settings

#: Longer than any access token (4 KiB) or API key: the rest is nobody's.
MAX_BEARER = 4096


def origin_of(connection: HTTPConnection, settings: Settings, request_id: str) -> Origin:
    """Where a request, or one operation of a socket, comes from."""
    key = connection.headers.get("x-api-key")
    return Origin(
        request_id=request_id,
        address=client_address(connection, settings.trusted_proxies, settings.forwarded_header),
        user_agent=connection.headers.get("user-agent"),
        api_key=None if key is None else Secret(key),
    )


def read_bearer(header: str | None) -> Secret | None:
    """The token behind `Bearer` (RFC 6750, 2.1); None for any other scheme, and for what is too long."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > MAX_BEARER:
        return None
    return Secret(token.strip())

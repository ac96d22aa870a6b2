"""Who may open a socket: the check before a WebSocket is accepted.

A browser lets any page open a socket to any host and says only which page asks (RFC 6455, 10.2), so the
`Origin` is checked here; CORS does not cover sockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.settings_urls import is_loopback
from server.socket_messages import PROTOCOL

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from server.settings import Settings

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def refuse_handshake(websocket: HTTPConnection, settings: Settings) -> tuple[int, str] | None:
    """The status and text of a refusal; None where the socket may be opened."""
    if not _is_welcome(websocket, settings):
        return 403, "Pages of this origin may not open a socket."
    if PROTOCOL not in websocket.scope["subprotocols"]:
        return 400, f"A socket speaks the subprotocol {PROTOCOL}."
    return None


def _is_welcome(websocket: HTTPConnection, settings: Settings) -> bool:
    origins = websocket.headers.getlist("origin")
    if not origins:
        return True  # no browser: a script has a bearer, or has nothing
    if len(origins) > 1:
        return False
    (origin,) = origins
    if origin in settings.cors_origins or origin == web_origin(settings.public_url):
        return True
    return not settings.production and _is_own(origin, websocket.headers.get("host", ""))


def web_origin(url: str) -> str:
    """The origin of a URL as a browser writes it (RFC 6454, 6.2): small letters, no default port."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"


def _is_own(origin: str, host: str) -> bool:
    # The host must be loopback's, or a page whose name was turned to this machine would be at home here.
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return is_loopback(name) and origin == f"http://{host.lower().removesuffix(':80')}"

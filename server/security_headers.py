"""What every answer tells a browser to refuse, unless the answer says it more exactly itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server.settings import Settings

#: What an answer starts with, over HTTP and where a socket is refused.
_STARTS = ("http.response.start", "websocket.http.response.start")
#: OWASP's REST Security Cheat Sheet, "Security Headers": an answer is data, which no page shows, frames or
#: loads. A page has a policy of its own.
_DATA = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: A year, as ASVS 5.0 3.4.1 asks for. Of this host alone: what lies below it is not Rekey's to decide.
HSTS = "max-age=31536000"


def security_headers(settings: Settings) -> dict[str, str]:
    """The headers of every answer; HSTS where others reach this process by HTTPS."""
    if settings.public_url.startswith("https:"):
        return {**_DATA, "Strict-Transport-Security": HSTS}
    return dict(_DATA)


class SecurityHeaders:
    """An ASGI application whose every answer carries these headers.

    Args:
        app: what answers.
        headers: by name; those that an answer has itself stay.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""

        async def guarded(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return self._app(scope, receive, guarded)

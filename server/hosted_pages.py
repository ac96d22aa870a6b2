"""The hosted pages: where a mailed link leads, and where an expired or temporary password is changed.

They are files of our own and call the API from the browser. Nothing here changes anything: GET and HEAD read,
every other method is 405, so that a form whose script failed puts no password into an address.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from server.hosted_texts import HOSTED, LANGUAGES, TEXTS, choose_language, fill, script
from server.settings import Settings

RESET: Final = "reset-password"
CHANGE: Final = "change-password"
ALLOWED: Final = "GET, HEAD"
SECURITY: Final = {
    # https://www.w3.org/TR/CSP3/. Nothing inline; the icon is an empty data: address. The last two let no
    # text become markup or script: https://www.w3.org/TR/trusted-types/.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_KINDS: Final = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
}  # RFC 9239, RFC 2318
_SCRIPTS: Final = (
    "change",
    "documents",
    "forms",
    "fragment",
    "graphql",
    "language",
    "problems",
    "reset",
    "rules",
)
ASSETS: Final = frozenset({"hosted.css", "noscript.css", "texts.js", *(f"{name}.js" for name in _SCRIPTS)})


class Readable:
    """An ASGI application for one path: ``answer`` to GET and HEAD, 405 to all else, never a body read."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = self._answer(request) if request.method in ("GET", "HEAD") else _not_allowed(request)
        for name, value in SECURITY.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)


def hosted_routes(settings: Settings) -> list[BaseRoute]:
    """``/reset-password``, ``/change-password``, their files, and the well-known address of the latter.

    With REKEY_REQUIRE_API_KEY there is no reset page, since it has no key: the operator has one elsewhere.
    """
    hosted = not settings.require_api_key
    own = hosted and settings.reset_page_url == f"{settings.public_url}/{RESET}"
    names = (RESET, CHANGE) if hosted else (CHANGE,)
    assets = {name: _content(name) for name in ASSETS}
    return [
        *(
            Route(f"/{name}", Readable(_page(name, None if own else settings.reset_page_url)))
            for name in names
        ),
        Route("/hosted/{file}", Readable(lambda request: _file(request, assets))),
        # https://www.w3.org/TR/change-password-url/; relative, so that it holds behind a prefix.
        Route("/.well-known/change-password", Readable(lambda _: RedirectResponse(f"../{CHANGE}", 303))),
    ]


def _page(name: str, reset_page: str | None) -> Callable[[Request], Response]:
    """Answers with a page in the reader's language; `reset_page` is where it is, unless it is hosted here."""
    template = (HOSTED / f"{name}.html").read_text(encoding="utf-8")
    pages = {language: fill(template, language, _places(language, reset_page)) for language in LANGUAGES}

    def answer(request: Request) -> Response:
        language = choose_language(request)
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return Response(pages[language], headers=headers, media_type="text/html")

    return answer


def _places(language: str, reset_page: str | None) -> dict[str, str]:
    if reset_page is not None:
        return {"forgot_page": "", "forgot_address": reset_page}
    return {"forgot_page": RESET, "forgot_address": f"{RESET}?lang={language}"}


def _content(name: str) -> bytes:
    return (script() if name == "texts.js" else (HOSTED / name).read_text(encoding="utf-8")).encode()


def _file(request: Request, assets: dict[str, bytes]) -> Response:
    name = request.path_params["file"]
    if name not in assets:
        return PlainTextResponse("Not found.\n", 404)
    tag = f'"{hashlib.sha256(assets[name]).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}  # kept, and asked for again: a release changes them
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(assets[name], headers=headers, media_type=_KINDS[name.rpartition(".")[2]])


def _not_allowed(request: Request) -> Response:
    language = choose_language(request)
    headers = {"Allow": ALLOWED, "Content-Language": language}
    return PlainTextResponse(f"{TEXTS[language]['page']['needs_script']}\n", 405, headers)

"""GraphiQL for a browser in development: one page, its files, and a policy that lets nothing else in.

Every file comes from this machine, so the page asks nobody else for anything, and says so in its
Content-Security-Policy (https://www.w3.org/TR/CSP3/). GraphiQL 4.1.2 needs one thing let in by its hash.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from server.explorer_files import FETCHED_NAMES, VENDOR

PAGES: Final = Path(__file__).parent / "pages" / "explorer"
# The one style element that GraphiQL writes: it stops the page behind an open menu from scrolling.
SCROLL_LOCK: Final = "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='"
SECURITY: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' {SCROLL_LOCK}; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self' data:; "  # GraphiQL's stylesheet carries its images and fonts
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OWN_NAMES: Final = frozenset({"explorer.js", "explorer.css", "operations.graphql", "variables.json"})
CONTENT_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",  # RFC 9239
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".graphql": "application/graphql; charset=utf-8",
    "": "text/plain; charset=utf-8",  # the licences
}
PINNED_AGE: Final = "public, max-age=86400"  # a day: a pinned file changes only with a new release of Rekey
NOT_FETCHED: Final = "The explorer's files are not here. Run `make explorer` once.\n"


def explorer_is_fetched(vendor: Path = VENDOR) -> bool:
    """Whether every file that ``make explorer`` fetches is there (what is in them was proved then)."""
    return all((vendor / name).is_file() for name in FETCHED_NAMES)


def explorer_page(vendor: Path = VENDOR) -> Response:
    """The answer to a browser's ``GET /graphql``: GraphiQL, or (503) a page that says how to fetch it."""
    headers = {**SECURITY, "Cache-Control": "no-cache"}
    if explorer_is_fetched(vendor):
        return FileResponse(PAGES / "index.html", headers=headers)
    return FileResponse(
        PAGES / "missing.html", status_code=503, headers={**headers, "Cache-Control": "no-store"}
    )


def explorer_routes(vendor: Path = VENDOR) -> list[BaseRoute]:
    """The route ``GET /explorer/{file}``: the page's own files and the fetched ones, 404 for all else.

    Args:
        vendor: the folder that ``make explorer`` fills.
    """

    def serve(request: Request) -> Response:
        name = request.path_params["file"]
        if name in OWN_NAMES:
            return _file(PAGES / name, "no-cache")
        if name not in FETCHED_NAMES:
            return PlainTextResponse("Not found.\n", status_code=404, headers=SECURITY)
        if not (vendor / name).is_file():
            return PlainTextResponse(
                NOT_FETCHED, status_code=404, headers={**SECURITY, "Cache-Control": "no-store"}
            )
        return _file(vendor / name, PINNED_AGE)

    return [Route("/explorer/{file}", serve, methods=["GET"])]


def _file(path: Path, age: str) -> Response:
    headers = {**SECURITY, "Cache-Control": age, "Content-Type": CONTENT_TYPES[path.suffix]}
    return FileResponse(path, headers=headers)

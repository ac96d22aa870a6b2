"""A real Chromium for the tests, with everything it asks the network for written down."""

import contextlib
import shutil
import socketserver
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from server.explorer import explorer_is_fetched
from tests.requirements import require

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # Chromium's sandbox refuses to run as root, which containers do
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MAKER = (
    ".google.com",
    ".googleapis.com",
    ".gvt1.com",
)  # Chromium asks there for updates, whatever the flags say
SAY_VIOLATIONS = """
addEventListener("securitypolicyviolation", (seen) =>
    console.error(`CSP ${seen.effectiveDirective} ${seen.blockedURI} ${seen.sourceFile}:${seen.lineNumber}`))
"""


def missing_explorer() -> str | None:
    """Tells why GraphiQL cannot be shown here, or gives None."""
    return None if explorer_is_fetched() else "GraphiQL's files are not here: make explorer"


@dataclass
class Browser:
    """One page and what was seen of it.

    Attributes:
        page: Playwright's page, empty at first.
        requests: the URL of every request and WebSocket that the page opened, in order.
        complaints: every console error, uncaught error and violation of the content security policy.
        strayed: the host of whatever the whole browser sent beyond this machine.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    def foreign_requests(self) -> list[str]:
        """What went, or would have gone, to another host than 127.0.0.1."""
        return foreign(self.requests, self.strayed)


def foreign(requests: Iterable[str], strayed: Iterable[str]) -> list[str]:
    """The URLs that the page asked of another host, and the hosts that the browser itself strayed to.

    The browser's own errands to its maker do not count, unless the page made them.
    """
    asked = ((url, urlsplit(url)) for url in requests)
    by_page = [url for url, parts in asked if parts.scheme != "data" and parts.hostname != "127.0.0.1"]
    return by_page + [host for host in strayed if not f".{host}".endswith(MAKER)]


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Starts Chromium with an empty profile in the folder ``profile``; skips where it is not installed."""
    require(None if CHROMIUM.exists() else f"Chromium is not installed at {CHROMIUM}")
    with _net() as (address, strayed), sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=[*FLAGS, f"--proxy-server={address}"],  # Chromium itself leaves loopback out of it
            viewport={"width": 1400, "height": 900},
        )
        browser = Browser(context.pages[0], strayed=strayed)
        context.add_init_script(SAY_VIOLATIONS)
        context.on("request", lambda request: browser.requests.append(request.url))
        browser.page.on("websocket", lambda opened: browser.requests.append(opened.url))
        context.on("weberror", lambda problem: browser.complaints.append(str(problem.error)))
        context.on("console", lambda message: _note(browser, message))
        yield browser
        context.close()


def _note(browser: Browser, message: ConsoleMessage) -> None:
    if message.type == "error":
        browser.complaints.append(message.text)


@contextlib.contextmanager
def _net() -> Iterator[tuple[str, list[str]]]:
    """A proxy that forwards nothing: what the browser sends beyond loopback ends here, written down."""
    strayed: list[str] = []

    class Catch(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _, target, *_ = self.rfile.readline(4096).decode("latin-1").split()
            strayed.append(urlsplit(target if "//" in target else f"//{target}").hostname or target)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Catch) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", strayed
        finally:
            server.shutdown()
            thread.join()

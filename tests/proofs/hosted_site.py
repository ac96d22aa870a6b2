"""A running service with users, and a real Chromium before its hosted pages."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from playwright.sync_api import Page, Request, expect

from tests.browser import chromium
from tests.proofs.client import PATIENCE, ResetMail, read_reset_mails
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser import Browser
    from tests.servers import RunningServer

OLD = "Violet anvil 74 harvest-moon"
NEW = "Amber turbine 19 window-orchard"
#: All kinds of characters are required, so that each has its mark; no coverage is measured in the server.
SETTINGS = {
    **{f"REKEY_PASSWORD_REQUIRE_{kind}": "true" for kind in ("LOWER", "UPPER", "DIGIT", "SPECIAL")},
    "COVERAGE_PROCESS_CONFIG": "",
}


@dataclass
class HostedSite:
    """A server and a browser.

    Attributes:
        posted: the body of each request that the page sent by POST, in order.
    """

    server: RunningServer
    browser: Browser
    http: httpx.Client
    admin: str
    posted: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def page(self) -> Page:
        """The browser's page."""
        return self.browser.page

    def do(self, name: str, given: dict[str, Any], chosen: str = "", bearer: str = "") -> dict[str, Any]:
        """Runs one mutation by the API; `chosen` is what else is read."""
        kind = name[0].upper() + name[1:]
        document = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {chosen} }} }}"
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        body = {"query": document, "variables": {"input": given}}
        answer = self.http.post("/graphql", json=body, headers=headers).json()
        outcome: dict[str, Any] = answer["data"][name]
        return outcome

    def user(self) -> str:
        """Makes a user whose password is OLD: the name."""
        name = f"person{next(self.numbers)}"
        given = {"username": name, "emailAddress": f"{name}@example.org", "password": OLD}
        assert self.do("createUser", given, bearer=self.admin)["__typename"] == "CreateUserSuccess"
        return name

    def mailed(self, name: str, *, asked: bool = False) -> ResetMail:
        """Asks for a reset mail, unless that is `asked` already, and waits for it."""
        address = f"{name}@example.org"
        if not asked:
            self.do("requestPasswordReset", {"emailAddress": address})
        self.server.wait_for(lambda: address in dict(read_reset_mails(self.server.mailbox)))
        return dict(read_reset_mails(self.server.mailbox))[address]

    def signs_in(self, name: str, password: str) -> bool:
        """Whether this password opens a session."""
        return bool(self.do("signIn", {"login": name, "password": password})["__typename"] == "SignInSuccess")

    def open(self, path: str) -> Page:
        """Opens a path as from a mail: a document of its own, never a mere change of the fragment."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.server.url}/{path}")
        return self.page

    def says(self, text: str) -> None:
        """Waits until the page says this above the forms, for everybody to hear."""
        expect(self.page.locator("#notice[role=status]")).to_contain_text(text)

    def is_done(self) -> None:
        """Waits for the end: the heading says so and has the focus, the forms are gone, nobody complained."""
        expect(self.page.locator("h1")).to_have_text("Your new password is set")
        expect(self.page.locator("h1")).to_be_focused()
        expect(self.page.locator("form")).to_have_count(0)
        assert self.page.title() == "Your new password is set"
        assert self.browser.complaints == []
        assert self.browser.foreign_requests() == []


@contextmanager
def hosted_site(folder: Path) -> Iterator[HostedSite]:
    """Starts both, with everything that they keep in the folder."""
    with (
        server_process(folder / "server", workers=1, **SETTINGS) as server,
        chromium(folder / "profile") as browser,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as http,
    ):
        site = HostedSite(server, browser, http, "")
        given = {"login": server.admin_username, "password": server.admin_password}
        site.admin = site.do("signIn", given, "... on SignInSuccess { accessToken }")["accessToken"]
        browser.page.on("request", lambda request: _note(site, request))
        yield site


def _note(site: HostedSite, request: Request) -> None:
    if request.method == "POST":
        site.posted.append(request.post_data or "")

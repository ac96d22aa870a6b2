"""The hosted pages over HTTP: what they send, and that nothing happens by reading them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from server.hosted_pages import ALLOWED, ASSETS, SECURITY
from server.hosted_texts import HOSTED, LANGUAGES, TEXTS
from tests.api import PRODUCTION, open_api
from tests.resets import strike

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

PAGES = ("/reset-password", "/change-password")
WITH_KEY = {
    "REKEY_REQUIRE_API_KEY": "true",
    "REKEY_RESET_PAGE_URL": "http://127.0.0.1:3000/forgotten?a=1&b=2",
}
RESET = """mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }"""
VOID = {"meta", "link", "input"}


class Outline(HTMLParser):
    """What a page consists of; fails where a tag is left open or closes another."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, str] = {}
        self._open: list[str] = []
        self._key: str | None = None
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"{tag} has an attribute twice"
        self.elements.append((tag, attributes))
        self._key = attributes.get("data-text")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Sees that it closes the last that is open."""
        assert self._open.pop() == tag
        self._key = None

    def handle_data(self, data: str) -> None:
        """Notes the words of an element that says which they are."""
        if self._key is not None:
            self.words[self._key] = data

    def all(self, attribute: str) -> list[str]:
        """Every value of an attribute, in order."""
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def tags(self, *names: str) -> list[dict[str, str]]:
        """The attributes of every element of these names."""
        return [attributes for tag, attributes in self.elements if tag in names]


async def outline(world: World, path: str, **settings: str) -> Outline:
    """A page as it is sent."""
    async with open_api(world, None, **settings) as api:
        answer = await api.get(path)
    assert answer.status_code == 200
    return Outline(answer.text)


@pytest.mark.parametrize("settings", [{}, PRODUCTION], ids=["development", "production"])
async def test_pages_are_strict(embedded: World, settings: dict[str, str]) -> None:
    """A page lets nothing in but its own files, is framed, kept and named by nobody; HEAD says the same.

    Planted: `Referrer-Policy` left out; seen to fail.
    """
    async with open_api(embedded, None, **settings) as api:
        for path in PAGES:
            answer, head = await api.get(path), await api.http.head(path)
            assert (answer.status_code, head.status_code) == (200, 200)
            assert answer.headers == head.headers
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-language"] == "en"
            assert answer.headers["vary"] == "Accept-Language"
            policy = answer.headers["content-security-policy"].split("; ")
            assert policy[0] == "default-src 'none'"
            assert {"script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} < set(policy)
            assert "unsafe" not in str(policy)
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_files_have_their_types_and_are_asked_for_again(embedded: World) -> None:
    """Every file is sent under its own type with all the headers, and again only where it has changed."""
    async with open_api(embedded) as api:
        for name in sorted(ASSETS):
            answer = await api.get(f"/hosted/{name}")
            kind = "text/javascript" if name.endswith(".js") else "text/css"
            assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
            assert {header: answer.headers[header] for header in SECURITY} == SECURITY
            assert answer.headers["cache-control"] == "no-cache"
            known = {"if-none-match": answer.headers["etag"]}
            again = await api.http.get(f"/hosted/{name}", headers=known)
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["x.js", "texts", "..%2fhosted_pages.py", "reset-password.html", "en.json"])
async def test_nothing_else_is_sent(embedded: World, name: str) -> None:
    """A name that is not known is 404, whatever lies on the disk under it."""
    async with open_api(embedded) as api:
        answer = await api.get(f"/hosted/{name}")
    assert answer.status_code == 404


async def test_every_file_is_known() -> None:
    """The folder, the names that are sent and the imports of the scripts agree."""
    there = {file.name for file in HOSTED.iterdir() if file.suffix in {".js", ".css"}}
    assert there | {"texts.js"} == ASSETS
    for file in HOSTED.glob("*.js"):
        assert set(re.findall(r'from "\./(.*?)"', file.read_text(encoding="utf-8"))) <= ASSETS, file.name


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
async def test_nothing_is_taken(embedded: World, method: str) -> None:
    """What a form sends whose script failed is 405, in the reader's language, and says what is allowed."""
    async with open_api(embedded) as api:
        for path in (*PAGES, "/hosted/forms.js", "/.well-known/change-password"):
            answer = await api.http.request(method, f"{path}?lang=de", content=b"newPassword=hunter2")
            assert (answer.status_code, answer.headers["allow"]) == (405, ALLOWED)
            assert answer.text.startswith("Diese Seite braucht JavaScript.")
            assert "hunter2" not in answer.text
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_are_well_formed(embedded: World, path: str, language: str) -> None:
    """In each language every tag is closed, every name is there once, and what refers to one finds it."""
    page = await outline(embedded, f"{path}?lang={language}")
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {name for value in page.all("aria-describedby") for name in value.split()} <= set(ids)
    fields = {each["id"] for each in page.tags("input") if each.get("type") != "checkbox"}
    assert set(page.all("for")) == fields
    (root,) = page.tags("html")
    assert root == {"lang": language, "dir": TEXTS[language]["direction"]}
    assert page.words == {key: TEXTS[language]["page"][key] for key in page.words}
    assert [each["lang"] for each in page.tags("a") if "aria-current" in each] == [language]


@pytest.mark.parametrize("path", PAGES)
async def test_pages_have_nothing_inline_and_only_relative_addresses(embedded: World, path: str) -> None:
    """No script, style or handler stands in a page, and a prefix before its address moves all of it.

    Planted: an `onclick`; seen to fail.
    """
    page = await outline(embedded, path)
    assert not [name for _, each in page.elements for name in each if name.startswith(("on", "style"))]
    assert page.tags("style") == []
    assert all(set(script) == {"type", "src"} for script in page.tags("script"))
    addresses = [*page.all("href"), *page.all("src"), *page.all("action")]
    assert [each for each in addresses if each.startswith(("/", "http"))] == []
    assert "data:," in addresses  # the icon: nothing is asked for it


@pytest.mark.parametrize("path", PAGES)
async def test_forms_keep_passwords_out_of_addresses(embedded: World, path: str) -> None:
    """Each form is posted to the page's own path, and tells a password manager what its fields are."""
    page = await outline(embedded, path)
    for form in page.tags("form"):
        assert (form["method"], f"/{form['action']}") == ("post", path)
    kinds = {each["name"]: each["autocomplete"] for each in page.tags("input") if "name" in each}
    known = {"emailAddress": "username", "username": "username", "code": "one-time-code"}
    known |= {"oldPassword": "current-password"}
    known |= dict.fromkeys(("newPassword", "repeatNewPassword"), "new-password")
    assert kinds == {name: known[name] for name in kinds}


async def test_r12_reading_a_link_changes_nothing(embedded: World) -> None:
    """R12: who opens the page ten times, by any method that reads, leaves the token as good as it was."""
    mary = await embedded.user()
    mailed = await strike(embedded, mary)
    secret = mailed.token.reveal()
    async with open_api(embedded) as api:
        for _ in range(10):
            for method in ("GET", "HEAD", "OPTIONS"):
                await api.http.request(method, "/reset-password", params={"token": secret})
        given = {"proof": {"token": secret}, "newPassword": "amber turbine 19 window orchard"}
        answer = await api.call(RESET, {"input": given})
    assert answer["data"]["resetPassword"]["__typename"] == "ResetPasswordSuccess"


async def test_password_managers_are_led_to_the_page(embedded: World) -> None:
    """The well-known address leads to the page, behind a prefix too; unknown ones beside it are 404."""
    async with open_api(embedded) as api:
        answer = await api.get("/.well-known/change-password")
        assert (answer.status_code, answer.headers["location"]) == (303, "../change-password")
        absent = await api.get(
            "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
        )
        assert absent.status_code == 404


async def test_t2_without_a_key_there_is_no_reset_page(embedded: World) -> None:
    """T2: where resets need an API key the reset page is 404, and the other leads to the operator's own."""
    async with open_api(embedded, None, **WITH_KEY) as api:
        assert (await api.get("/reset-password")).status_code == 404
    page = await outline(embedded, "/change-password", **WITH_KEY)
    (forgot,) = [each for each in page.tags("a") if each.get("data-text") == "forgot"]
    assert forgot == {"data-page": "", "href": WITH_KEY["REKEY_RESET_PAGE_URL"], "data-text": "forgot"}


async def test_pages_lead_to_each_other_in_the_same_language(embedded: World) -> None:
    """Each page links the other, with the language that it is in."""
    change = await outline(embedded, "/change-password?lang=fr")
    reset = await outline(embedded, "/reset-password?lang=fr")
    assert "reset-password?lang=fr" in change.all("href")
    assert "change-password?lang=fr" in reset.all("href")

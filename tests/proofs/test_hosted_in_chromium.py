"""The hosted pages in a real Chromium: what people, keyboards and scanners do with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from credentials.policy import PasswordPolicy, PolicyChecker, PolicyRule, open_password
from credentials.secret import Secret
from tests.proofs.hosted_site import NEW, OLD, hosted_site
from tests.proofs.promises import allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.proofs.hosted_site import HostedSite

TOKEN = "A" * 43
POLICY = PasswordPolicy(require_lower=True, require_upper=True, require_digit=True, require_special=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedSite]:
    """One server and one browser for all tests here."""
    with hosted_site(tmp_path_factory.mktemp("hosted")) as opened:
        yield opened


@pytest.fixture
def site(shared: HostedSite) -> HostedSite:
    """The same with nothing noted yet."""
    for noted in (shared.posted, shared.browser.complaints, shared.browser.requests):
        noted.clear()
    return shared


def choose(page: Page, password: str, repeat: str | None = None) -> None:
    """Types a new password and its repetition, and sends the form."""
    page.fill("#new", password)
    page.fill("#repeat", password if repeat is None else repeat)
    page.locator("form:visible button.main").click()


def error(page: Page, name: str) -> str:
    """What stands under a field, which is marked as wrong."""
    expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
    return page.locator(f"#{name}-error").inner_text()


def test_r12_the_mailed_link_sets_a_password_however_often_it_was_opened(site: HostedSite) -> None:
    """R12: after a scanner ran the page ten times the link still works, once, and the new password signs in.

    Planted: the token spent when the page opens; seen to fail.
    """
    name = site.user()
    token = site.mailed(name).token
    for _ in range(10):
        page = site.open(f"reset-password#token={token}")
        expect(page.locator("#new")).to_be_visible()
    assert page.url == f"{site.server.url}/reset-password"
    expect(page.locator("#code")).to_be_hidden()
    choose(page, NEW)
    site.is_done()
    assert site.signs_in(name, NEW)
    assert not site.signs_in(name, OLD)
    site.open(f"reset-password#token={token}")
    choose(page, f"{NEW} again")
    site.says("This link or code does not work")
    expect(page.locator("#ask-address")).to_be_visible()
    assert site.signs_in(name, NEW)


def test_the_token_is_nowhere_but_in_the_one_request(site: HostedSite) -> None:
    """Neither address, history, document, storage nor any other request holds it.

    Planted: the fragment left in place; seen to fail.
    """
    page = site.open(f"reset-password?lang=en#token={TOKEN}")
    expect(page.locator(".rules li")).not_to_have_count(0)
    kept = "[location.href, JSON.stringify(history.state), document.documentElement.outerHTML,"
    kept += " ...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie].join()"
    assert TOKEN not in page.evaluate(kept)
    choose(page, NEW)
    site.says("does not work")
    assert [TOKEN in body for body in site.posted] == [False, True]
    assert "mutation ResetPassword(" in site.posted[1]
    # The first is what was asked of the browser itself, which sends no fragment.
    assert [url for url in site.browser.requests if TOKEN in url and "#" not in url] == []
    assert "linkTaken" not in str(page.evaluate("history.state"))


def test_a_reload_asks_for_the_link_again(site: HostedSite) -> None:
    """Loaded anew, the page says why the link is needed again; opened once more in the same tab, it works."""
    page = site.open(f"reset-password#token={TOKEN}")
    expect(page.locator("#set")).to_be_visible()
    page.reload()
    site.says("The link is needed again")
    expect(page.locator("#code")).to_be_visible()
    page.evaluate(f"location.hash = 'token={TOKEN}'")
    expect(page.locator("#code")).to_be_hidden()
    expect(page.locator("#new")).to_be_focused()
    assert TOKEN not in page.url
    page.goto(f"{site.server.url}/change-password")
    page.goto(f"{site.server.url}/reset-password")
    expect(page.locator("#ask-address")).to_be_visible()
    assert page.locator("#notice").inner_text() == ""


def press(page: Page, *keys: str) -> None:
    """Presses one key after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_a_keyboard_is_enough(site: HostedSite) -> None:
    """Without a mouse one asks for the mail, mistypes its code, mends it and has a new password."""
    name = site.user()
    page = site.open("reset-password")
    expect(page.locator(".settling")).to_have_count(0)
    press(page, "Tab")
    expect(page.locator("#ask-address")).to_be_focused()
    page.keyboard.type(f"{name}@example.org")
    press(page, "Enter")
    site.says("Look into your mail")
    expect(page.locator("#notice")).to_be_focused()
    expect(page.locator("#address")).to_have_value(f"{name}@example.org")
    code = site.mailed(name, asked=True).code
    press(page, "Tab", "Tab")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("000-000" if code != "000-000" else "111-111")
    press(page, "Tab")
    page.keyboard.type(NEW)
    press(page, "Tab")
    page.keyboard.type(NEW)
    press(page, "Tab", "Space")
    expect(page.locator("#new")).to_have_attribute("type", "text")
    press(page, "Tab", "Enter")
    site.says("This link or code does not work")
    expect(page.locator("#new")).to_have_attribute("type", "password")
    press(page, "Tab", "Tab")
    page.keyboard.type(code.lower().replace("-", " "))
    press(page, "Enter")
    site.is_done()
    assert site.signs_in(name, NEW)


def test_o2_a_temporary_password_is_changed(site: HostedSite) -> None:
    """O2: what an administrator set is changed on the page; a wrong one is refused in words."""
    name = site.user()
    chosen = "... on AdminResetPasswordSuccess { temporaryPassword }"
    made = site.do("adminResetPassword", {"user": {"username": name}}, chosen, site.admin)
    page = site.open("change-password")
    page.fill("#username", name)
    page.fill("#old", OLD)
    choose(page, NEW)
    site.says("The name or the password is wrong")
    page.fill("#old", made["temporaryPassword"])
    page.locator("button.main").click()
    site.is_done()
    assert site.signs_in(name, NEW)


def test_o3_what_is_wrong_is_said_where_it_is(site: HostedSite) -> None:
    """O3: what is empty, differs or breaks a rule is said at its field, and nothing is sent."""
    page = site.open("change-password")
    expect(page.locator(".rules li")).not_to_have_count(0)
    page.locator("button.main").click()
    assert {error(page, each) for each in ("username", "old", "new", "repeat")} == {"Please fill this in."}
    expect(page.locator("#username")).to_be_focused()
    page.fill("#username", "nobody")
    page.fill("#old", OLD)
    choose(page, NEW, f"{NEW}!")
    assert error(page, "repeat") == "The two entries differ. Type both again."
    choose(page, "Short 1")
    assert error(page, "new").startswith("This password is too short")
    expect(page.locator("#new")).to_be_focused()
    expect(page.locator("#progress")).to_have_text("Rules met: 5 of 6")
    assert len(site.posted) == 1


def test_the_servers_advice_is_shown(site: HostedSite) -> None:
    """What only the server finds weak is refused with its suggestion; other languages have their own."""
    name = site.user()
    page = site.open(f"reset-password#token={site.mailed(name).token}")
    choose(page, "Aa1!Aa1!Aa1!Aa1!")
    site.says("Please choose another password")
    assert re.match(r"This password is easy to guess\. [A-Z].+", error(page, "new"))
    page.get_by_role("link", name="Deutsch").click()
    advice = "Fügen Sie ein oder zwei Wörter hinzu; seltene sind besser."
    assert error(page, "new") == f"Dieses Passwort ist leicht zu erraten. {advice}"
    page.fill("#new", NEW)
    expect(page.locator("#new-error")).to_be_hidden()
    choose(page, NEW)
    expect(page.locator("h1")).to_have_text("Ihr neues Passwort gilt")


def test_another_language_keeps_everything(site: HostedSite) -> None:
    """A switch to Arabic turns the page around, and keeps the token and what was typed."""
    name = site.user()
    page = site.open(f"reset-password?lang=en#token={site.mailed(name).token}")
    page.fill("#new", NEW)
    page.get_by_role("link", name="العربية").click()
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
    assert page.url.endswith("/reset-password?lang=ar")
    expect(page.locator("label[for=new]")).to_have_text("كلمة المرور الجديدة")
    assert page.title() == "إعادة تعيين كلمة المرور"
    left, right = (page.locator(each).bounding_box() for each in (".choice span", "#show"))
    assert left
    assert right
    assert left["x"] < right["x"]
    choose(page, NEW)
    expect(page.locator("h1")).to_have_text("تم تعيين كلمة المرور الجديدة")
    page.reload()
    expect(page.locator("html[lang=ar] [aria-current]")).to_have_text("العربية")
    assert site.signs_in(name, NEW)


def test_without_a_network_nothing_is_lost(site: HostedSite) -> None:
    """No answer: the page says so, keeps what was typed, and the next try works."""
    name = site.user()
    page = site.open(f"reset-password#token={site.mailed(name).token}")
    expect(page.locator(".rules li")).not_to_have_count(0)
    page.context.set_offline(True)
    choose(page, NEW)
    site.says("No answer")
    page.context.set_offline(False)
    site.browser.complaints.clear()  # the browser's own, about the network
    page.locator("#set button.main").click()
    site.is_done()


def test_a_wait_is_said_in_words(site: HostedSite) -> None:
    """Who has tried too often reads for how long to wait."""
    wrong = {"username": "stranger", "oldPassword": OLD, "newPassword": NEW, "repeatNewPassword": NEW}
    for _ in range(6):
        site.do("changeExpiredPassword", wrong)
    page = site.open("change-password")
    page.fill("#username", "stranger")
    page.fill("#old", OLD)
    choose(page, NEW)
    site.says("Too many attempts")
    assert re.search(r"Try again in \d+ (seconds?|minutes?)\.", page.locator("#notice").inner_text())


PASSWORDS = ["a", "Ä", "ß", "ª", "1", "٣", "²", "½", "Ⅷ", "家", "_", " ", "ʰ", "ǅ", "e\u0301"]
PASSWORDS += [
    "x" * 15,
    "e\u0301" * 14,
    "e\u0301" * 15,
    "😀" * 14,
    "😀" * 15,
    "x" * 256,
    "x" * 257,
    "家" * 342,
]


def test_the_marks_are_the_servers_rules(site: HostedSite) -> None:
    """What the page marks while one types is what the server counts: code points after NFC, kinds, bytes.

    Planted: UTF-16 units counted; seen to fail.
    """
    page = site.open("change-password")
    expect(page.locator(".rules li")).to_have_count(7)
    checker = PolicyChecker(POLICY)
    for password in PASSWORDS:
        page.fill("#new", password)
        marks = page.locator(".rules li").evaluate_all("all => all.map((each) => each.matches('.met'))")
        kept = open_password(password)
        assert isinstance(kept, Secret)
        broken = {violation.rule: violation.message for violation in checker.shape(kept)}
        missing = broken.get(PolicyRule.COMPOSITION, "")
        expected = [PolicyRule.MIN_LENGTH not in broken, PolicyRule.MAX_LENGTH not in broken]
        expected += [kind not in missing for kind in ("lower-case", "upper-case", "a digit", "special")]
        assert marks[:6] == expected, password


def test_without_scripts_no_password_is_typed(site: HostedSite) -> None:
    """Where scripts are off, the page says what to do and shows no form."""
    session = site.page.context.new_cdp_session(site.page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    for path in ("reset-password", "change-password?lang=de"):
        site.page.goto(f"{site.server.url}/{path}")
        expect(site.page.locator("noscript p")).to_contain_text("JavaScript")
        expect(site.page.locator("input:visible")).to_have_count(0)
    session.send("Emulation.setScriptExecutionDisabled", {"value": False})
    assert site.browser.complaints == []


def test_a_script_that_fails_puts_no_password_into_an_address(site: HostedSite) -> None:
    """Where a script does not arrive, the form is sent to what takes nothing, and the address stays clean."""
    site.page.route("**/hosted/forms.js", lambda route: route.abort())
    page = site.open("change-password")
    page.fill("#username", "mary")
    page.fill("#old", OLD)
    choose(page, NEW)
    expect(page.locator("body")).to_contain_text("This page needs JavaScript")
    assert page.url == f"{site.server.url}/change-password"
    assert not any("?" in url for url in site.browser.requests)
    page.unroute_all()


#: A front end's socket: it says when it listens, what it was told last, and how it was closed, and when.
LISTEN = """(token) => new Promise((listens) => {
    const told = {};
    const socket = new WebSocket("ws://" + location.host + "/graphql", "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => send({type: "connection_init", payload: {authorization: "Bearer " + token}});
    socket.onmessage = ({data}) => {
        const message = JSON.parse(data);
        if (message.type === "connection_ack") {
            const query = "subscription { credentialEvents { kind } }";
            send({type: "subscribe", id: "1", payload: {query}});
            setTimeout(listens, 300);
        } else if (message.type === "error") {
            told.code = message.payload[0].extensions.code;
        }
    };
    window.ended = new Promise((ends) => {
        socket.onclose = ({code}) => ends({...told, closed: code, at: Date.now()});
    });
})"""


def test_an_open_tab_is_told_within_a_second(site: HostedSite) -> None:
    """A page that follows the caller's events hears by name that the session ended; its socket closes."""
    name = site.user()
    given = {"login": name, "password": OLD}
    token = site.do("signIn", given, "... on SignInSuccess { accessToken }")["accessToken"]
    page = site.open("change-password")
    page.evaluate(LISTEN, token)
    changed = {"oldPassword": OLD, "newPassword": NEW}
    assert site.do("changePassword", changed, bearer=token)["__typename"] == "ChangePasswordSuccess"
    answered = page.evaluate("Date.now()")
    told = page.evaluate("() => window.ended")
    assert (told["code"], told["closed"]) == ("SESSION_REVOKED", 4403)
    assert told["at"] - answered <= 1000 * allowed(1)
    assert site.browser.complaints == []
    assert site.browser.foreign_requests() == []

"""What the doctor says of XMPP, on Prosody and ejabberd, and on servers that bound guesses or do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.chance import Chance
from server.doctor.xmpp_checks import GUESSES, look_at_xmpp
from tests.chat_servers import ADMIN, free_port, url_of
from tests.doctors import SteppingChance, doorkeeper, levels, settings_of
from tests.fake_xmpp import FakeXmpp, iq

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from credentials.secret import Secret
    from server.doctor.finding import Finding
    from tests.ejabberd import Ejabberd
    from tests.prosody import Prosody

pytest_plugins = ("tests.xmpp_fixtures",)
pytestmark = pytest.mark.anyio

ITEMS = (
    "<query xmlns='http://jabber.org/protocol/disco#items'>"
    + "".join(
        f"<item jid='localhost' node='http://jabber.org/protocol/admin#{name}'/>"
        for name in ("user-stats", "change-user-password", "end-user-session")
    )
    + "</query>"
)


async def look(url: Secret, chance: Chance | None = None, **texts: str) -> list[Finding]:
    """What the doctor says of the server at a URL; by default every login takes it the same time."""
    settings = settings_of(REKEY_XMPP_URL=url.reveal(), **texts)
    return await look_at_xmpp(settings, chance or SteppingChance(0.01))


async def test_a_server_that_does_not_slow_guesses_is_told(chat: Prosody | Ejabberd) -> None:
    """Rekey may administrate it, and the twentieth wrong login is as quick as the first: a warning.

    Planted: nothing compared; failed.
    """
    found = await look(url_of(chat.port, chat.ca))
    assert levels(found, f"lets {ADMIN} administrate it") == ["OK"]
    assert levels(found, f"The last of {GUESSES} wrong logins") == ["WARN"]
    assert "REKEY_XMPP_ACTIVATION_CODE=false" in found[-1].advice


async def test_where_codes_stay_here_nothing_is_guessed(chat: Prosody | Ejabberd) -> None:
    """Without codes on the XMPP server there is nothing to guess; without TLS there is a warning."""
    url = url_of(chat.port)
    found = await look(url, REKEY_XMPP_ACTIVATION_CODE="false")
    assert levels(found, "not encrypted") == ["WARN"]
    assert len(found) == 2


async def test_a_wrong_password_fails(chat: Prosody | Ejabberd) -> None:
    """The login is refused, and the password is not shown."""
    found = await look(url_of(chat.port, chat.ca, password="hunter2"))  # noqa: S106  a wrong one
    assert levels(found, "refuses Rekey's login") == ["FAIL"]
    assert "hunter2" not in str(found)


async def test_who_is_no_administrator_fails(chat: Prosody | Ejabberd) -> None:
    """An account that may only chat is told by what it lacks. Planted: connected is enough; failed."""
    jid = chat.register("clerk", "password")
    found = await look(url_of(chat.port, chat.ca, jid=jid, password="password"))  # noqa: S106  a test's
    assert levels(found, "no administrator there") == ["FAIL"]


async def test_an_untrusted_certificate_fails(chat: Prosody | Ejabberd, tmp_path: Path) -> None:
    """A certificate of an authority that is not named is not believed, and an authority's file is read."""
    trusting = url_of(chat.port, chat.ca).reveal()
    settings = settings_of(REKEY_XMPP_URL=trusting.partition("?")[0])
    assert levels(await look_at_xmpp(settings, Chance()), "certificate is not trusted") == ["FAIL"]
    assert levels(await look(url_of(chat.port, tmp_path / "none")), "cannot be read") == ["FAIL"]


async def test_a_server_that_is_down_fails() -> None:
    """Where nobody answers, that is said; where no server is configured, nothing is wrong."""
    assert levels(await look(url_of(free_port())), "cannot be reached") == ["FAIL"]
    assert levels(await look_at_xmpp(settings_of(), Chance()), "No XMPP server") == ["OK"]
    odd = "xmpp://%40example.org:password@127.0.0.1"
    found = await look_at_xmpp(settings_of(REKEY_XMPP_URL=odd), Chance())
    assert levels(found, "with a bare JID") == ["FAIL"]


async def test_slowed_guesses_are_seen(chat: Prosody | Ejabberd) -> None:
    """A server whose last answer comes more than a second later than its first bounds guesses.

    By this clock each login takes a tenth of a second longer than the one before. Planted: the time not
    compared; failed.
    """
    found = await look(url_of(chat.port, chat.ca), SteppingChance(0.01, growth=0.05))
    assert levels(found, "slows wrong logins down") == ["OK"]


async def test_refused_guesses_are_seen(chat: Prosody | Ejabberd) -> None:
    """A server that hangs up on the fifth guess bounds them. Planted: taken for an answer; failed."""
    async with doorkeeper(chat.port, lambda number: number != 6) as port:  # the first is the probe's
        found = await look(url_of(port, chat.ca))
    assert levels(found, "took no more after 4") == ["OK"]


async def test_a_ban_of_this_machine_is_told(chat: Prosody | Ejabberd) -> None:
    """Where the server shuts Rekey out after its guesses, that is said. Planted: not looked again; failed."""
    async with doorkeeper(chat.port, lambda number: number <= GUESSES + 1) as port:
        found = await look(url_of(port, chat.ca))
    assert levels(found, "lets nobody in from this machine") == ["WARN"]


async def test_a_server_that_lets_anybody_in_fails() -> None:
    """An account that nobody has, let in with any password, is a server that proves nobody."""

    def answer(stanza: Element) -> str | None:
        return iq(stanza, ITEMS)

    async with FakeXmpp(answer).listening() as server:
        found = await look(server.url)
    assert levels(found, "an account that nobody has") == ["FAIL"]

"""Questions to an XMPP server that answers late, twice, wrongly or not at all."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import pytest

from delivery.faults import ChannelDown
from delivery.xmpp import open_xmpp
from delivery.xmpp_connection import STEP_SECONDS
from delivery.xmpp_stream import CUT, SILENT
from tests.fake_xmpp import FakeXmpp, iq

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from delivery.xmpp_connection import XmppConnection

pytestmark = pytest.mark.anyio

HERE = "localhost"
MESSAGE = "{jabber:client}message"


def ping() -> Element:
    """A question."""
    return Element("{urn:xmpp:ping}ping")


@asynccontextmanager
async def connected(fake: FakeXmpp, seconds: float = STEP_SECONDS) -> AsyncIterator[XmppConnection]:
    """A connection to a server of the test's."""
    async with fake.listening():
        server = open_xmpp(fake.url, seconds)
        try:
            yield await server.connection()
        finally:
            await server.close()


async def test_answers_find_their_questions() -> None:
    """Many questions are under way at once, and each gets its own answer, whatever the order."""
    kept: list[Element] = []

    def answer(stanza: Element) -> str:
        kept.append(stanza)
        if len(kept) < 10:
            return ""
        return "".join(iq(each, f"<n xmlns='x'>{each[0].get('n')}</n>") for each in reversed(kept))

    async with connected(FakeXmpp(answer)) as connection:
        questions = [Element("{x}q", n=str(number)) for number in range(10)]
        answers = await asyncio.gather(*(connection.ask(HERE, each) for each in questions))
    assert [each.findtext("{x}n") for each in answers] == [str(number) for number in range(10)]


async def test_what_comes_unasked_is_not_looked_at() -> None:
    """Messages and presence, also from names that the library takes for none; answers too many.

    Planted: presence handed to the library, which lets anyone subscribe; seen to fail.
    """
    strange = "from='mary@localhost/\U0001f600' to='admin@localhost/r'"
    unasked = (
        f"<message {strange} type='error'><body>hello</body></message><presence {strange}/>"
        "<presence from='eve@localhost' to='admin@localhost/r' type='subscribe'/>"
        f"<iq {strange} type='result' id='other'/>"
    )

    def answer(stanza: Element) -> str:
        return unasked + iq(stanza) * 2 + unasked

    async with connected(fake := FakeXmpp(answer)) as connection:
        for _ in range(3):
            assert (await connection.ask(HERE, ping(), "get")).get("type") == "result"
    assert b"<presence" not in fake.received


async def test_a_question_of_the_servers_is_answered() -> None:
    """A server that asks whether anybody is still there hears something, and keeps the connection."""
    asked = asyncio.Event()

    def answer(stanza: Element) -> str:
        if stanza.get("id") == "s1":
            asked.set()
            return ""
        return f"<iq type='get' id='s1' from='{HERE}'><ping xmlns='urn:xmpp:ping'/></iq>{iq(stanza)}"

    async with connected(FakeXmpp(answer)) as connection:
        await connection.ask(HERE, ping())
        async with asyncio.timeout(5):
            await asked.wait()


async def test_no_answer_ends_the_connection_for_all() -> None:
    """A server that has fallen silent is down: who else waits need not wait longer.

    Planted: the connection kept; seen to fail.
    """
    async with connected(FakeXmpp(lambda _: ""), seconds=0.2) as connection:
        first = asyncio.create_task(connection.ask(HERE, ping()))
        await asyncio.sleep(0.1)
        with pytest.raises(ChannelDown, match=CUT):
            await connection.ask(HERE, ping())
        with pytest.raises(ChannelDown, match=SILENT):
            await first
        assert not connection.is_alive
        with pytest.raises(ChannelDown, match=CUT):
            await connection.ask(HERE, ping())


async def test_a_connection_that_the_server_ends() -> None:
    """Whoever waits is told at once, not after the time limit."""
    async with connected(FakeXmpp(lambda _: None)) as connection, asyncio.timeout(STEP_SECONDS / 2):
        ended = await asyncio.gather(
            *(connection.ask(HERE, ping()) for _ in range(5)), return_exceptions=True
        )
        assert [str(fault) for fault in ended] == [CUT] * 5


async def test_a_message_is_told_when_the_server_has_answered_what_came_after_it() -> None:
    """Whatever it answers, an error too; the message goes first.

    Planted: the question asked before the message is sent; seen to fail.
    """
    order: list[str] = []

    def answer(stanza: Element) -> str:
        order.append(stanza.tag)
        return "" if stanza.tag == MESSAGE else iq(stanza, kind="error")

    async with connected(FakeXmpp(answer)) as connection:
        await connection.tell(Element(MESSAGE, to="mary@localhost/\U0001f600"))
    assert order == [MESSAGE, "{jabber:client}iq"]


async def test_questions_that_are_given_up_leave_nothing_behind() -> None:
    """Deliveries that are cancelled in the middle cost no memory while the connection stands.

    Planted: the waiting answer kept; seen to fail.
    """
    async with connected(FakeXmpp(lambda _: "")) as connection:

        async def give_up(number: int) -> None:
            asked = [asyncio.create_task(connection.ask(HERE, ping())) for _ in range(number)]
            await asyncio.sleep(0.02)
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

        await give_up(5)
        before = futures()
        await give_up(200)
        await asyncio.sleep(0)  # the loop lets go of what has ended
        assert futures() <= before + 5
        assert connection.is_alive


def futures() -> int:
    """How many there are."""
    gc.collect()
    return sum(isinstance(each, asyncio.Future) for each in gc.get_objects())

"""Commands for administrators, as servers may answer them; real ones answer in test_xmpp.py."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.xmpp import open_xmpp
from delivery.xmpp_commands import (
    NO_ACCOUNT,
    NO_ADMINISTRATOR,
    NOT_NOW,
    UNKNOWN_FORM,
    change_password,
    end_sessions,
    resources,
)
from tests.fake_xmpp import FakeXmpp, iq

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from xml.etree.ElementTree import Element

    from delivery.xmpp_connection import XmppConnection

pytestmark = pytest.mark.anyio

MARY = "mary@localhost"
COMMANDS = "http://jabber.org/protocol/commands"
ACCOUNT = "<field var='accountjid' type='jid-single'><required/></field>"
PASSWORD = "<field var='password' type='text-private'><required/></field>"  # noqa: S105  a form's field
FORM_TYPE = "<field var='FORM_TYPE' type='hidden'><value>admin</value></field>"
DONE = f"<command xmlns='{COMMANDS}' status='completed'/>"


def form(*fields: str) -> str:
    """A command's form."""
    x = f"<x xmlns='jabber:x:data' type='form'>{''.join(fields)}</x>"
    return f"<command xmlns='{COMMANDS}' status='executing' sessionid='s1'>{x}</command>"


def error(name: str, kind: str = "cancel") -> str:
    """An error with a text that is nobody's business."""
    condition = f"<{name} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    return f"<error type='{kind}'>{condition}<text>hunter2</text></error>"


def answering(first: str, then: str = "", kinds: tuple[str, str] = ("result", "result")) -> FakeXmpp:
    """A server that answers a command so: first with a form, then with the outcome."""

    def answer(stanza: Element) -> str:
        is_first = 'action="execute"' in _attributes(stanza)
        return iq(stanza, first if is_first else then, kinds[0] if is_first else kinds[1])

    return FakeXmpp(answer)


def _attributes(stanza: Element) -> str:
    return " ".join(f'{name}="{value}"' for child in stanza for name, value in child.attrib.items())


@asynccontextmanager
async def connected(fake: FakeXmpp) -> AsyncIterator[XmppConnection]:
    """A connection to it."""
    async with fake.listening():
        server = open_xmpp(fake.url)
        try:
            yield await server.connection()
        finally:
            await server.close()


async def test_a_form_is_filled_in_by_its_fields() -> None:
    """Hidden ones are handed back, those that nothing is known for are left out, the session is named."""
    optional = "<field var='reason' type='text-single'/><field type='fixed'><value>Hello</value></field>"
    fake = answering(form(FORM_TYPE, optional, ACCOUNT, PASSWORD), DONE)
    async with connected(fake) as connection:
        await change_password(connection, MARY, "<&>")
    filled = fake.received.decode().rpartition("<iq")[2]
    assert 'var="FORM_TYPE"><value>admin</value>' in filled
    assert 'var="accountjid"><value>mary@localhost</value>' in filled
    assert 'var="password"><value>&lt;&amp;&gt;</value>' in filled
    assert 'sessionid="s1"' in filled
    assert 'action="complete"' in filled
    assert "reason" not in filled
    assert "Hello" not in filled
    assert "status" not in filled


async def test_sessions_are_ended_for_one_jid_or_several() -> None:
    """Servers ask for `accountjid` or `accountjids`; whichever it is gets the JID."""
    for name in ("accountjid", "accountjids"):
        fake = answering(form(f"<field var='{name}'/>"), DONE)
        async with connected(fake) as connection:
            await end_sessions(connection, MARY)
        assert f'var="{name}"><value>{MARY}</value>' in fake.received.decode()


async def test_resources_are_read_by_line_as_they_are_spelled() -> None:
    """Emoji, quotes and slashes are part of a name; an empty line is none."""
    names = "<value>a/b</value><value/><value>&quot;&lt;\U0001f600&#x2028;</value>"
    result = f"<field var='rostersize'><value>0</value></field><field var='onlineresources'>{names}</field>"
    done = form(result).replace("executing", "completed")
    async with connected(answering(form(ACCOUNT), done)) as connection:
        assert await resources(connection, MARY) == ["a/b", '"<\U0001f600\u2028']


@pytest.mark.parametrize(
    ("fake", "fault", "reason"),
    [
        (answering(error("forbidden", "auth"), kinds=("error", "")), ChannelDown, NO_ADMINISTRATOR),
        (answering(error("item-not-found"), kinds=("error", "")), ChannelDown, NO_ADMINISTRATOR),
        (answering(""), ChannelDown, NO_ADMINISTRATOR),
        (answering(form(PASSWORD)), ChannelDown, UNKNOWN_FORM),
        (answering(form(ACCOUNT)), ChannelDown, UNKNOWN_FORM),
        (
            answering(form(ACCOUNT, PASSWORD, "<field var='captcha'><required/></field>")),
            ChannelDown,
            UNKNOWN_FORM,
        ),
        (
            answering(form(ACCOUNT, PASSWORD), error("not-allowed"), ("result", "error")),
            ChannelDown,
            NO_ADMINISTRATOR,
        ),
        (
            answering(form(ACCOUNT, PASSWORD), error("internal-server-error", "wait"), ("result", "error")),
            PassingFault,
            NOT_NOW,
        ),
        (answering(form(ACCOUNT, PASSWORD), "", ("result", "error")), PassingFault, NOT_NOW),
        (answering(form(ACCOUNT, PASSWORD), ""), PassingFault, NOT_NOW),
        (answering(form(ACCOUNT, PASSWORD), form(ACCOUNT)), PassingFault, NOT_NOW),
        (
            answering(form(ACCOUNT, PASSWORD), error("item-not-found"), ("result", "error")),
            PermanentFault,
            NO_ACCOUNT,
        ),
        (
            answering(
                form(ACCOUNT, PASSWORD), DONE.replace("/>", "><note type='error'>hunter2</note></command>")
            ),
            PermanentFault,
            NO_ACCOUNT,
        ),
    ],
)
async def test_what_a_server_refuses_with(fake: FakeXmpp, fault: type[PassingFault], reason: str) -> None:
    """What is wrong for all stops the channel, what is wrong for now is tried again, an account is given up.

    Planted: `completed` taken for done without a look at its notes; seen to fail.
    """
    async with connected(fake) as connection:
        with pytest.raises(fault) as refused:
            await change_password(connection, MARY, "new")
    assert type(refused.value) is fault
    assert refused.value.reason == reason


async def test_a_note_that_only_informs_is_no_fault() -> None:
    """Prosody says so of what it did."""
    done = DONE.replace("/>", "><note type='info'>Password successfully changed</note></command>")
    async with connected(answering(form(ACCOUNT, PASSWORD), done)) as connection:
        await change_password(connection, MARY, "new")

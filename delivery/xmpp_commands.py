"""What an administrator may ask an XMPP server for (XEP-0133): commands, and forms (XEP-0050, 0004)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from delivery.faults import ChannelDown, PassingFault, PermanentFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.xmpp_connection import XmppConnection

_ADMIN: Final = "http://jabber.org/protocol/admin"
_COMMANDS: Final = "http://jabber.org/protocol/commands"
_ITEMS: Final = "{http://jabber.org/protocol/disco#items}"
_COMMAND: Final = f"{{{_COMMANDS}}}command"
_NOTE: Final = f"{{{_COMMANDS}}}note"
_FORM: Final = "{jabber:x:data}"
_ERROR: Final = "{jabber:client}error"
_CONDITION: Final = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
_NO_RIGHT: Final = frozenset(_CONDITION + name for name in ("forbidden", "not-allowed", "not-authorized"))

NO_ADMINISTRATOR: Final = (
    "The XMPP server does not let Rekey's account administrate it: the account is no administrator there, "
    "or the server has no commands for administrators (XEP-0133)."
)
UNKNOWN_FORM: Final = "The XMPP server asks for something that Rekey does not know (XEP-0133)."
NO_ACCOUNT: Final = "The XMPP server does not know the account, or cannot change it."
NOT_NOW: Final = "The XMPP server cannot do it now."


class Command(StrEnum):
    """A command by its node; each is asked of the domain that the account is at."""

    STATISTICS = f"{_ADMIN}#user-stats"
    CHANGE_PASSWORD = f"{_ADMIN}#change-user-password"
    END_SESSIONS = f"{_ADMIN}#end-user-session"


async def resources(connection: XmppConnection, jid: str) -> list[str]:
    """The resources that an account is connected with, available or not; none: it is not connected.

    Raises:
        DeliveryFault: the server does not tell.
    """
    done = await _run(connection, jid, Command.STATISTICS, {})
    return [value for value in _values(done, "onlineresources") if value]


async def change_password(connection: XmppConnection, jid: str, password: str) -> None:
    """Gives an account another password.

    Args:
        connection: of an administrator.
        jid: the account's, bare.
        password: not empty: a server might take that too.

    Raises:
        DeliveryFault: it has not another password, as far as the server says.
    """
    await _run(connection, jid, Command.CHANGE_PASSWORD, {"password": password})


async def end_sessions(connection: XmppConnection, jid: str) -> None:
    """Disconnects an account wherever it is connected; one that is not, or does not exist, is no fault.

    Raises:
        DeliveryFault: the server does not do it.
    """
    await _run(connection, jid, Command.END_SESSIONS, {})


async def check_commands(connection: XmppConnection, domain: str) -> None:
    """Asks what the account may do, and does nothing.

    Raises:
        ChannelDown: not all that Rekey needs.
    """
    question = Element(f"{_ITEMS}query", node=_COMMANDS)
    answer = await connection.ask(domain, question, "get")
    offered = {item.get("node") for item in answer.iter(f"{_ITEMS}item")}
    if not offered.issuperset(Command):
        raise ChannelDown(NO_ADMINISTRATOR)


async def _run(connection: XmppConnection, jid: str, node: Command, more: Mapping[str, str]) -> Element:
    """Asks for a command's form and sends it filled in; gives the command as it was completed."""
    domain = jid.rpartition("@")[2]
    begun = await connection.ask(domain, Element(_COMMAND, node=node, action="execute"))
    command = begun.find(_COMMAND)
    if begun.get("type") == "error" or command is None:
        # Nothing of the account was asked yet: whatever is wrong is wrong for all.
        raise ChannelDown(NO_ADMINISTRATOR)
    # Whether one JID is asked for or several is the server's choice.
    filled = _fill(command, {"accountjid": jid, "accountjids": jid}, more)
    answer = await connection.ask(domain, filled)
    if answer.get("type") == "error":
        raise _fault(answer.find(_ERROR))
    done = answer.find(_COMMAND)
    if done is None or done.get("status") != "completed":
        raise PassingFault(NOT_NOW)
    if any(note.get("type") == "error" for note in done.iter(_NOTE)):
        raise PermanentFault(NO_ACCOUNT)
    return done


def _fault(error: Element | None) -> PassingFault | PermanentFault:
    """What an error means for the delivery; its text is the server's and is not passed on."""
    if error is None or error.get("type") == "wait":  # RFC 6120, 8.3.2: retry after waiting
        return PassingFault(NOT_NOW)
    if not _NO_RIGHT.isdisjoint(child.tag for child in error):
        return ChannelDown(NO_ADMINISTRATOR)
    return PermanentFault(NO_ACCOUNT)


def _fill(command: Element, account: Mapping[str, str], more: Mapping[str, str]) -> Element:
    """The form of a command, filled in by the names of its fields.

    Raises:
        ChannelDown: it has no field for what is to be said, or requires one that nothing is known for.
    """
    known = {**account, **more}
    filled = Element(_COMMAND, {**command.attrib, "action": "complete"})
    filled.attrib.pop("status", None)
    form = SubElement(filled, f"{_FORM}x", type="submit")
    names = set()
    for field in command.iterfind(f"{_FORM}x/{_FORM}field"):
        name = field.get("var", "")
        values = [value.text or "" for value in field.iterfind(f"{_FORM}value")]
        if name in known:
            values = [known[name]]
        elif field.get("type") != "hidden":
            if field.find(f"{_FORM}required") is not None:
                raise ChannelDown(UNKNOWN_FORM)
            continue
        names.add(name)
        submitted = SubElement(form, f"{_FORM}field", var=name)
        for value in values:
            SubElement(submitted, f"{_FORM}value").text = value
    if names.isdisjoint(account) or not names.issuperset(more):
        raise ChannelDown(UNKNOWN_FORM)
    return filled


def _values(command: Element, name: str) -> list[str]:
    """The values of one field of a command's result."""
    return [
        value.text or ""
        for field in command.iterfind(f"{_FORM}x/{_FORM}field")
        if field.get("var") == name
        for value in field.iterfind(f"{_FORM}value")
    ]

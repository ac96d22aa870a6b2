"""Mails on their whole way: composed, handed to Exim over STARTTLS and AUTH, delivered to a Maildir."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from delivery.faults import ChannelDown, PermanentFault
from delivery.letter_writing import compose
from delivery.mail import open_mail
from delivery.templates import LANGUAGES
from tests.letters import AT, EVERY_LETTER, LINK, RESET, SENDER, forms
from tests.proofs.exim import Exim, exim, missing_exim
from tests.requirements import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from delivery.letters import Letter
    from delivery.messages import Message

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[Exim]:
    """A mail server with an empty Maildir."""
    require(missing_exim())
    with exim() as started:
        yield started


def written(letter: Letter, effect_id: str, locale: str) -> Message:
    """A letter as the relay composes it."""
    return compose(letter, sender=SENDER, effect_id=effect_id, date=AT, locale=locale)


async def test_every_letter_of_every_language_arrives_whole(server: Exim) -> None:
    """In the Maildir stands what was written: subject, text, page, link and Message-ID, in every language."""
    expected = {}
    mail = open_mail(server.url())
    for language in LANGUAGES:
        for number, letter in enumerate(EVERY_LETTER):
            effect_id = f"{language}{number}"
            # The account's old address has another domain, for which this server has no mailbox.
            here = letter if letter.to.endswith("@example.org") else replace(letter, to="mary@example.org")
            await mail.send(written(here, effect_id, language), effect_id)
            expected[f"<{effect_id}@example.org>"] = forms(here, language)
    await mail.close()
    arrived = {str(each["Message-ID"]): each for each in server.mails(len(expected))}
    assert arrived.keys() == expected.keys()
    for identity, each in arrived.items():
        assert tuple(part.get_content() for part in each.iter_parts()) == expected[identity]
        assert each["To"] == "mary@example.org"
        assert each["Auto-Submitted"] == "auto-generated"
        assert each["Date"].datetime == AT


async def test_the_link_is_a_line_of_the_file(server: Exim) -> None:
    """What Exim wrote to the disk has the link unbroken, beside Arabic; nobody else was written to."""
    mail = open_mail(server.url())
    await mail.send(written(RESET, "e1", "ar"), "e1")
    await mail.close()
    assert len(server.mails(1)) == 1
    (file,) = (server.folder / "Maildir" / "new").iterdir()
    assert LINK.encode() in file.read_bytes().splitlines()
    assert b"ABC-DEF" in file.read_bytes().splitlines()


async def test_an_international_address_is_delivered(server: Exim) -> None:
    """A local part beyond ASCII is taken over SMTPUTF8."""
    mail = open_mail(server.url())
    await mail.send(written(replace(RESET, to="jörg@example.org"), "e1", "de"), "e1")
    await mail.close()
    (arrived,) = server.mails(1)
    assert "jörg@example.org" in str(arrived["To"])


async def test_exims_refusals_are_told_apart(server: Exim) -> None:
    """A wrong password is the channel's fault, an unknown receiver the mail's; the next mail arrives."""
    with pytest.raises(ChannelDown, match=r"user or the password of the mail URL: 535\."):
        await open_mail(server.url("wrong")).send(written(RESET, "e1", "en"), "e1")
    mail = open_mail(server.url())
    with pytest.raises(PermanentFault, match=r"refused the receiver: 550\."):
        await mail.send(written(replace(RESET, to="nobody@example.org"), "e2", "en"), "e2")
    await mail.send(written(RESET, "e3", "en"), "e3")
    await mail.close()
    (arrived,) = server.mails(1)
    assert arrived["Message-ID"] == "<e3@example.org>"

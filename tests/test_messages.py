"""A rendered letter as an Internet message."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.addresses import BadSender, read_sender
from delivery.faults import PermanentFault
from delivery.messages import write_message
from delivery.rendering import Rendered

if TYPE_CHECKING:
    from delivery.messages import Message

DATE = datetime(2026, 11, 20, 16, 19, 30, tzinfo=UTC)
RENDERED = Rendered("en", "Reset your password", "Hello,\n\nABC-DEF\n", "<p>ABC-DEF</p>\n")


def _message(
    rendered: Rendered = RENDERED, to: str = "mary@example.org", sender: str = "Rekey <no-reply@example.org>"
) -> Message:
    return write_message(rendered, to=to, sender=read_sender(sender), effect_id="e1", date=DATE)


def _written(
    rendered: Rendered = RENDERED, to: str = "mary@example.org", sender: str = "Rekey <no-reply@example.org>"
) -> bytes:
    return _message(rendered, to, sender).octets()


def test_the_headers_say_who_what_and_when() -> None:
    """Each header stands once, with the value that the letter's receiver and their machines need."""
    message = message_from_bytes(_written(), policy=policy.default)
    assert sorted(message.items()) == [
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", "en"),
        ("Content-Type", 'multipart/alternative; boundary="=_e1"'),
        ("Date", "Fri, 20 Nov 2026 16:19:30 +0000"),
        ("From", "Rekey <no-reply@example.org>"),
        ("MIME-Version", "1.0"),
        ("Message-ID", "<e1@example.org>"),
        ("Subject", "Reset your password"),
        ("To", "mary@example.org"),
    ]
    assert not message.defects


@given(st.lists(st.text("aéж好🔑", min_size=1, max_size=30), min_size=1, max_size=20).map(" ".join))
def test_any_words_arrive_in_a_header_as_they_were(words: str) -> None:
    """Subject and sender's name are encoded in words of 75 letters (RFC 2047 2) that lose no blank.

    Planted: Python 3.11's own folding, which loses blanks where it breaks; seen to fail.
    """
    for to in ("mary@example.org", "jörg@example.org"):
        raw = _written(Rendered("fr", words, "", ""), to=to, sender=f'"{words}" <no-reply@example.org>')
        # Not the newer policy: 3.11 reads a name of two encoded words with a blank between them.
        message = message_from_string(raw.decode(), policy=policy.compat32)
        read = {name: str(make_header(decode_header(message[name]))) for name in ("Subject", "From")}
        assert " ".join(read["Subject"].split("\n ")) == words
        assert read["From"].split() == [*words.split(), "<no-reply@example.org>"]
        assert max(map(len, raw.decode().splitlines())) <= 78


def test_text_and_html_are_alternatives_in_utf_8() -> None:
    """The message has two parts, the plainest first as RFC 2046 5.1.4 wants it."""
    message = message_from_bytes(_written(), policy=policy.default)
    parts = [(part.get_content_type(), part.get_content_charset()) for part in message.iter_parts()]
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    assert [part.get_content() for part in message.iter_parts()] == [RENDERED.text, RENDERED.html]


def test_the_same_effect_makes_the_same_octets() -> None:
    """A repeated try is the same mail. Planted: a random boundary; seen to fail."""
    assert _written() == _written()


def test_a_long_link_stands_unbroken_in_the_file() -> None:
    """A link longer than a folded line is one line of the raw file, for whoever reads it with plain tools.

    Planted: quoted-printable for every part, which breaks it; seen to fail.
    """
    link = "https://accounts.example.org/a/long/path/reset-password#token=" + "Ab_-" * 20
    raw = _written(Rendered("en", "Reset", f"Open:\n\n{link}\n", f'<a href="{link}">{link}</a>\n'))
    assert link.encode() in raw.splitlines()


@pytest.mark.parametrize("beyond", ["x" * 5_000, "ü" * 5_000, "דוד " * 400, "🔑" * 300, "=3D \t. \nFrom x"])
def test_no_content_is_damaged_on_its_way(beyond: str) -> None:
    """Long lines and other scripts arrive as they were, in lines that RFC 5322 allows."""
    rendered = Rendered("en", "Hello", f"{beyond}\n\nhttps://example.org/#token=A=B\n", f"<p>{beyond}</p>\n")
    raw = _written(rendered)
    message = message_from_bytes(raw, policy=policy.default)
    assert [part.get_content() for part in message.iter_parts()] == [rendered.text, rendered.html]
    assert max(map(len, raw.splitlines())) <= 998


def test_a_link_stands_unbroken_beside_other_scripts() -> None:
    """Letters beyond ASCII break no link either: they are written as they are, in 8 bits."""
    link = "https://accounts.example.org/reset-password#token=" + "Ab_-" * 20
    raw = _written(Rendered("ar", "مرحبًا", f"افتح:\n\n{link}\n", f'<a href="{link}">{link}</a>\n'))
    assert link.encode() in raw.splitlines()
    assert "افتح:".encode() in raw.splitlines()


@pytest.mark.parametrize("text", ["Hello\n.\n", "Grüße, مرحبًا\n" * 20, "ü" * 400 + "\n", "x" * 2_000 + "\n"])
def test_a_server_without_the_eighth_bit_gets_the_same_in_seven(text: str) -> None:
    """Over the wire lines end in CR LF and hold 998 octets at most; in 7 bits all of them are ASCII.

    Planted: `eighth_bit` left out of the condition; seen to fail.
    """
    message = _message(Rendered("ar", "مرحبًا", text, f"<p>{text}</p>\n"))
    before = message.octets()
    for eighth_bit in (True, False):
        raw = message.octets(eighth_bit=eighth_bit, line_end="\r\n")
        assert eighth_bit or raw.isascii()
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        read = message_from_bytes(raw.replace(b"\r\n", b"\n"), policy=policy.default)
        assert [part.get_content() for part in read.iter_parts()] == [text, f"<p>{text}</p>\n"]
        assert read["Subject"] == "مرحبًا"
    assert message.octets() == before


def test_an_international_domain_is_written_in_ascii() -> None:
    """Any mail server can take the message: the domain is in A-labels and the headers are ASCII."""
    raw = _written(to="mary@bücher.example", sender="Bücher <no-reply@bücher.example>")
    assert raw.isascii()
    message = message_from_bytes(raw, policy=policy.default)
    assert message["To"] == "mary@xn--bcher-kva.example"
    assert message["From"].addresses[0].display_name == "Bücher"
    assert message["Message-ID"] == "<e1@xn--bcher-kva.example>"


def test_an_international_local_part_is_written_in_utf_8() -> None:
    """A local part beyond ASCII stands as it is (RFC 6532), not as an encoded word nobody delivers."""
    raw = _written(to="jörg@example.org")
    assert "To: jörg@example.org".encode() in raw.splitlines()
    message = message_from_string(raw.decode(), policy=policy.default)
    assert [address.addr_spec for address in message["To"].addresses] == ["jörg@example.org"]


@given(st.emails() | st.text() | st.builds("{}\r\nBcc: {}".format, st.emails(), st.emails()))
def test_no_address_adds_a_header_or_a_receiver(to: str) -> None:
    """Any text, with its commas, breaks and quotes, is refused or makes one receiver and no tenth header."""
    try:
        raw = _written(to=to)
    except PermanentFault:
        return
    message = message_from_string(raw.decode(), policy=policy.default)
    assert len(message["To"].addresses) == 1
    assert len(message.keys()) == 9
    assert message["To"].addresses[0].username == to.rpartition("@")[0]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r"])
def test_no_break_reaches_a_header(break_: str) -> None:
    """A break in what becomes a header is an error, never a header of its own."""
    with pytest.raises(ValueError, match="printable line"):
        _written(Rendered("en", f"Hello{break_}Bcc: eve@example.com", "", ""))
    with pytest.raises(BadSender):
        _written(sender=f"Rekey{break_}Bcc: eve@example.com <no-reply@example.org>")

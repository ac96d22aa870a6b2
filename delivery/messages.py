"""A rendered letter as an Internet message (RFC 5322, RFC 2045 to 2049).

Written here and not by Python's `email`: that takes many times as long, since it reads again what it has just
been given, and its folding (3.11) loses blanks between encoded words.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from email.header import Header
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from delivery.addresses import needs_smtputf8, read_address

if TYPE_CHECKING:
    from datetime import datetime
    from email.headerregistry import Address

    from delivery.rendering import Rendered

#: RFC 5322 2.1.1: octets of a line without its end, at most and preferably.
MAX_LINE: Final = 998
_GOOD_LINE: Final = 78
#: What an encoded word begins with (RFC 2047 2): such text must be encoded itself.
_ENCODED: Final = "=?"


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one receiver. It may hold a secret, so it is not shown.

    Attributes:
        sender: the address for the envelope.
        receiver: likewise.
        needs_smtputf8: the receiver can only be written in raw UTF-8 (RFC 6531).
        head: the lines of the header, each ended by a line feed.
        boundary: what stands between the parts.
        parts: their media types and contents, the plainest first (RFC 2046 5.1.4).
    """

    sender: str
    receiver: str
    needs_smtputf8: bool
    head: str = field(repr=False)
    boundary: str
    parts: tuple[tuple[str, str], ...] = field(repr=False)

    def octets(self, *, eighth_bit: bool = True, line_end: str = "\n") -> bytes:
        """The whole message; the dots of SMTP are the connection's matter.

        Args:
            eighth_bit: False: for a server without 8BITMIME (RFC 6152).
            line_end: CR and LF on the wire.
        """
        parts = "".join(
            f"--{self.boundary}\n{_part(kind, text, eighth_bit=eighth_bit)}\n" for kind, text in self.parts
        )
        return f"{self.head}\n{parts}--{self.boundary}--\n".replace("\n", line_end).encode()


def write_message(rendered: Rendered, *, to: str, sender: Address, effect_id: str, date: datetime) -> Message:
    """Makes a message to one address; the same arguments make the same octets.

    Args:
        rendered: the letter in words.
        to: the stored address, taken as one address whatever it holds.
        sender: what `read_sender` gave.
        effect_id: `[a-z0-9]{1,64}`; receivers recognise a repeat by the Message-ID made of it.
        date: the header's date, with a zone.

    Raises:
        PermanentFault: no mail can be sent to `to`.
        ValueError: the subject holds a line break or another control character.
    """
    if not rendered.subject.isprintable():
        reason = "A subject is one printable line."
        raise ValueError(reason)
    receiver = read_address(to)
    # A random boundary would make two tries of one effect differ. At most 66 of RFC 2046's 70 characters.
    boundary = f"=_{effect_id}"
    head = {
        "Subject": _words("Subject", rendered.subject),
        "From": _author(sender),
        "To": receiver.addr_spec,
        "Date": format_datetime(date),
        "Message-ID": f"<{effect_id}@{sender.domain}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834 5: no out-of-office note comes back
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        "Content-Language": rendered.language,
    }
    return Message(
        sender=sender.addr_spec,
        receiver=receiver.addr_spec,
        needs_smtputf8=needs_smtputf8(receiver),
        head="".join(f"{name}: {value}\n" for name, value in head.items()),
        boundary=boundary,
        parts=(("text/plain", rendered.text), ("text/html", rendered.html)),
    )


def _words(header: str, words: str) -> str:
    """Free text: as it is where that is short ASCII, else folded, and encoded where it must be (RFC 2047)."""
    plain = words.isascii() and _ENCODED not in words
    if plain and len(header) + len(": ") + len(words) <= _GOOD_LINE:
        return words
    return Header(words, "us-ascii" if plain else "utf-8", header_name=header).encode()


def _author(sender: Address) -> str:
    name = sender.display_name
    if name.isascii() and _ENCODED not in name:
        return str(sender)
    return f"{_words('From', name)}\n <{sender.addr_spec}>"


def _part(kind: str, text: str, *, eighth_bit: bool) -> str:
    """A part with its header. As it is wherever that is allowed, so that a link stands unbroken."""
    short = all(len(line) <= MAX_LINE for line in text.encode().split(b"\n"))
    if short and (eighth_bit or text.isascii()):
        encoding, content = "7bit" if text.isascii() else "8bit", text
    else:
        encoding, content = "quoted-printable", binascii.b2a_qp(text.encode()).decode("ascii")
    return f'Content-Type: {kind}; charset="utf-8"\nContent-Transfer-Encoding: {encoding}\n\n{content}'

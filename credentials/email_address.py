"""Which e-mail addresses one mail can be sent to: a dot-atom, an @, and a domain name."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

#: RFC 5321 4.5.3.1.1: octets before the `@`.
MAX_LOCAL: Final = 64
#: RFC 1035 2.3.4 allows 255 octets on the wire, which are 253 characters in dotted form.
MAX_DOMAIN: Final = 253

#: RFC 5322 3.2.3 dot-atom, with the characters beyond ASCII of RFC 6532 3.2. Quoted local parts are left
#: out: blanks, commas and a second `@` in an address serve attackers more than anyone else.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LOCAL: Final = re.compile(rf"{_ATOM}(\.{_ATOM})*")
#: RFC 1123 2.1: a label is at most 63 letters, digits and inner hyphens.
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
#: Lower case or NFC turns these two into ASCII letters: the mail would go to another domain.
_BECOME_ASCII: Final = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}\N{KELVIN SIGN}"


class AddressParts(NamedTuple):
    """What stands before the `@`, unchanged, and the domain in its ASCII form (RFC 5890 A-labels)."""

    local: str
    domain: str


class BadAddress(NamedTuple):
    """Why no single mail can be sent to an address, in a sentence that does not repeat it."""

    reason: str


def read_email_address(text: str) -> AddressParts | BadAddress:
    """Reads one address as it is typed and stored."""
    local, _, domain = text.rpartition("@")
    if not local.isprintable() or not _LOCAL.fullmatch(local):
        return BadAddress("The part of the address before the @ is not one that mail can be sent to.")
    if len(local.encode()) > MAX_LOCAL:
        return BadAddress(f"The part of the address before the @ is longer than {MAX_LOCAL} octets.")
    if any(letter in domain for letter in _BECOME_ASCII):
        return BadAddress("The domain of the address holds a letter that looks like an ASCII one.")
    # A lone surrogate has no Punycode; a domain of more than its octets is none either.
    if not domain.isprintable() or len(domain) > MAX_DOMAIN:
        return BadAddress("The domain of the address is not one that mail can be sent to.")
    converted = ".".join(_ascii_label(label) for label in domain.split("."))
    if len(converted) > MAX_DOMAIN or not _DOMAIN.fullmatch(converted):
        return BadAddress("The domain of the address is not one that mail can be sent to.")
    return AddressParts(local, converted)


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    # Not Python's codec "idna": it is IDNA 2003, which sends ß to the domain with ss.
    lowered = unicodedata.normalize("NFC", label.lower())
    return "xn--" + lowered.encode("punycode").decode("ascii")

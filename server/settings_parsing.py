"""Reads one setting's text: numbers, durations, words, files, networks.

A parser takes the text and returns the value, or raises ValueError with the rest of a sentence that begins
with the setting's name ("must be …"). No parser repeats the text: it may be a secret in the wrong place.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

from delivery.addresses import BadSender, read_sender

Value = TypeVar("Value")
Network = IPv4Network | IPv6Network

DURATION = re.compile(r"[0-9]{1,9}[smhd]")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
YES = frozenset({"true", "yes", "on", "1"})
NO = frozenset({"false", "no", "off", "0"})
ABSENT = frozenset({"none", "off"})

# RFC 1035, 2.3.4: labels of 63 octets, names of 255; RFC 1123, 2.1: letters, digits and inner hyphens.
LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*\Z")
# RFC 9110, 5.6.2: a field name is a token.
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class BadSettings(ValueError):  # noqa: N818 - it names what was found, as the domain's words do
    """The settings, or files they name, do not allow a start; the text is one line without a secret."""


def optional(parse: Callable[[str], Value]) -> Callable[[str], Value | None]:
    """Makes a parser that reads `none` and `off` as None."""

    def parse_optional(text: str) -> Value | None:
        return None if text.lower() in ABSENT else parse(text)

    return parse_optional


def boolean(text: str) -> bool:
    """Reads `true` or `false`; yes, no, on, off, 1 and 0 are read too, in any case."""
    if text.lower() in YES | NO:
        return text.lower() in YES
    msg = "must be true or false"
    raise ValueError(msg)


def integer(least: int, most: int) -> Callable[[str], int]:
    """Makes a parser of whole decimal numbers, both bounds allowed."""

    def parse_integer(text: str) -> int:
        # The length comes first: Python refuses to read numbers of more than 4,300 digits.
        if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        msg = f"must be a whole number from {least} to {most}"
        raise ValueError(msg)

    return parse_integer


def duration(least: str, most: str) -> Callable[[str], timedelta]:
    """Makes a parser of durations such as 90s, 15m, 24h and 7d, both bounds allowed."""

    def parse_duration(text: str) -> timedelta:
        if DURATION.fullmatch(text) and _seconds(least) <= _seconds(text) <= _seconds(most):
            return timedelta(seconds=_seconds(text))
        msg = f"must be a duration such as 90s, 15m, 24h or 7d, from {least} to {most}"
        raise ValueError(msg)

    return parse_duration


def _seconds(text: str) -> int:
    return int(text[:-1]) * UNIT_SECONDS[text[-1]]


def choice(*words: str) -> Callable[[str], str]:
    """Makes a parser that reads one of the words, in any case."""

    def parse_choice(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        msg = f"must be one of {', '.join(words)}"
        raise ValueError(msg)

    return parse_choice


def path(text: str) -> Path:
    """Reads a path; `?` and `#` are refused, since the default database URL is made from one."""
    if text.isprintable() and not set(text) & set("?#"):
        return Path(text)
    msg = "must be a path without ?, # and control characters"
    raise ValueError(msg)


def existing_file(text: str) -> Path:
    """Reads the path of a file that is there."""
    found = path(text)
    if found.is_file():
        return found
    msg = "must name a file that exists"
    raise ValueError(msg)


def domain(text: str) -> str:
    """Reads a DNS name in lower case (RFC 1123, 2.1; an international one in its ASCII form)."""
    if DOMAIN.match(text):
        return text.lower()
    msg = "must be a domain name such as chat.example.org"
    raise ValueError(msg)


def sender(text: str) -> str:
    """Reads what a mail's From names: exactly one address, with or without a name (RFC 5322, 3.6.2)."""
    msg = "must be one mail address such as Rekey <no-reply@example.org>"
    if not text.isprintable():
        raise ValueError(msg)
    try:
        read_sender(text)
    except BadSender:
        raise ValueError(msg) from None  # one sentence for every fault of a setting
    return text


def header_name(text: str) -> str:
    """Reads the name of a header that lists addresses with commas, as X-Forwarded-For does."""
    if HEADER_NAME.match(text) and text.lower() != "forwarded":
        return text
    msg = "must be a header such as X-Forwarded-For; RFC 7239's Forwarded is written otherwise and not read"
    raise ValueError(msg)


def networks(text: str) -> tuple[Network, ...]:
    """Reads a list of networks or addresses, separated by commas; `none` is the empty one."""
    if text.lower() in ABSENT:
        return ()
    msg = "must be none, or networks separated by commas such as 10.0.0.0/8, ::1 (never all there are)"
    try:
        found = tuple(ip_network(each.strip()) for each in text.split(","))
    except ValueError:
        raise ValueError(msg) from None  # Python's own text repeats the value
    if any(network.prefixlen == 0 for network in found):
        raise ValueError(msg)
    return found

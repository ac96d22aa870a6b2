"""Tests of the parsers of plain values."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings_parsing import (
    boolean,
    choice,
    domain,
    duration,
    existing_file,
    header_name,
    integer,
    networks,
    optional,
    path,
    sender,
)

PARSERS: list[Callable[[str], object]] = [
    boolean,
    choice("a", "b"),
    domain,
    duration("1s", "9d"),
    existing_file,
    header_name,
    integer(0, 9),
    networks,
    optional(boolean),
    path,
    sender,
]


@given(st.sampled_from(PARSERS), st.text(max_size=30))
def test_any_text_is_read_or_refused_in_a_sentence(parse: Callable[[str], object], text: str) -> None:
    """Whatever the text, a parser gives a value or ValueError that begins `must`."""
    try:
        parse(text)
    except ValueError as error:
        assert str(error).startswith("must ")  # noqa: PT017 - only where it is refused


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (boolean, "Yes", True),
        (boolean, "0", False),
        (optional(integer(1, 9)), "None", None),
        (optional(integer(1, 9)), "9", 9),
        (integer(1, 9), "1", 1),
        (duration("1s", "7d"), "7d", timedelta(days=7)),
        (duration("1s", "7d"), "1s", timedelta(seconds=1)),
        (duration("1s", "7d"), "15m", timedelta(minutes=15)),
        (duration("1s", "7d"), "24h", timedelta(hours=24)),
        (choice("info", "debug"), "INFO", "info"),
        (path, "./a b", Path("a b")),
        (existing_file, __file__, Path(__file__)),
        (domain, "Chat.Example.org", "chat.example.org"),
        (domain, "localhost", "localhost"),
        (sender, "Rekey <a@example.org>", "Rekey <a@example.org>"),
        (sender, "a@example.org", "a@example.org"),
        (sender, "Schlüssel <a@example.org>", "Schlüssel <a@example.org>"),
        (header_name, "CF-Connecting-IP", "CF-Connecting-IP"),
        (networks, "none", ()),
        (networks, "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1/128"))),
    ],
)
def test_values_are_read(parse: Callable[[str], object], text: str, value: object) -> None:
    """Each form that the documentation shows gives its value."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (boolean, "2"),
        (integer(1, 9), "0"),
        (integer(1, 9), "10"),
        (integer(1, 9), "9" * 5000),
        (integer(1, 9), "٣"),
        (integer(1, 9), "-1"),
        (integer(1, 9), "1_0"),
        (duration("1m", "7d"), "59s"),
        (duration("1m", "7d"), "169h"),
        (duration("1m", "7d"), "1.5h"),
        (duration("1m", "7d"), "15"),
        (duration("1m", "7d"), "15m "),
        (choice("info", "debug"), "trace"),
        (path, "a?b"),
        (path, "a#b"),
        (path, "a\0b"),
        (existing_file, "/nowhere"),
        (existing_file, "/"),
        (domain, "-a.org"),
        (domain, "a..org"),
        (domain, "a.org\n"),
        (domain, "münchen.de"),
        (domain, "a" * 64),
        (domain, "a." * 127 + "a"),
        (sender, "a@example.org, b@example.org"),
        (sender, "nobody"),
        (sender, "A <a@example.org>\nBcc: b@example.org"),
        (header_name, "Forwarded"),
        (header_name, "X Forwarded"),
        (networks, "10.0.0.1/8"),
        (networks, "0.0.0.0/0"),
        (networks, "::/0"),
        (networks, "10.0.0.0/8,"),
    ],
)
def test_malformed_values_are_refused(parse: Callable[[str], object], text: str) -> None:
    """Other forms, other ranges and look-alikes are refused."""
    with pytest.raises(ValueError, match=r"^must "):
        parse(text)

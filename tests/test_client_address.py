"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from server.client_address import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")]


def asked(peer: str | None, *forwarded: str) -> str | None:
    """The address of a request from `peer` with these X-Forwarded-For headers."""
    headers = [(b"x-forwarded-for", value.encode("latin-1", "replace")) for value in forwarded]
    scope = {"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)}
    return client_address(Request(scope), PROXIES, "X-Forwarded-For")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
        ("10.1.1.1", ("198.51.100.7",), "198.51.100.7"),
        ("10.1.1.1", ("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        ("10.1.1.1", ("203.0.113.9", "198.51.100.7"), "198.51.100.7"),
        ("10.1.1.1", ("198.51.100.7, 10.2.2.2",), "198.51.100.7"),
        ("10.1.1.1", ("10.3.3.3, 10.2.2.2",), "10.3.3.3"),
        ("10.1.1.1", ("evil, 10.2.2.2",), "10.2.2.2"),
        ("10.1.1.1", ("nonsense",), "10.1.1.1"),
        ("10.1.1.1", (), "10.1.1.1"),
        ("::ffff:192.0.2.1", (), "192.0.2.1"),
        ("::ffff:10.1.1.1", ("198.51.100.7",), "198.51.100.7"),
        ("2001:db8:1::5", ("2001:db8:2::7",), "2001:db8:2::7"),
        ("not an address", ("198.51.100.7",), None),
        (None, ("198.51.100.7",), None),
    ],
)
def test_a_header_is_believed_as_far_as_its_proxies(
    peer: str | None, forwarded: tuple[str, ...], address: str | None
) -> None:
    """The rightmost address that no trusted proxy has; a stranger's header is not read.

    Planted: the leftmost address, which is whatever the client claims; seen to fail.
    """
    assert asked(peer, *forwarded) == address


@given(st.lists(st.text(), max_size=4))
def test_no_header_breaks_it(forwarded: list[str]) -> None:
    """Whatever a header says, there is an address."""
    assert asked("10.1.1.1", *forwarded) is not None

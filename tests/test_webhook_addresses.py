"""Addresses that webhooks may go to, and those that they may not."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.faults import PassingFault
from delivery.webhook_addresses import checked, is_public, resolve_host

PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"),
    *("192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("2000::", "2001:200::", "2003::1", "2606:4700:4700::1111", "2a00:1450::1", "3ffe:ffff::1"),
)
REFUSED = (
    *("0.0.0.0", "0.255.255.255"),  # noqa: S104  what is refused, not where anything listens
    *("10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255"),
    *("169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.170"),
    *("192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.255.255"),
    *("192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:7f00:1", "64:ff9b::7f00:1"),
    *("64:ff9b::808:808", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:2::1"),
    *("2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "2620:4f:8000::1"),
    *(
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ffff::1",
    ),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    """Addresses at the edges of what is refused, and well-known ones, are taken."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_not_public(address: str) -> None:
    """Loopback, private, link-local, shared, multicast, reserved, and those that carry an IPv4 address.

    Planted: `is_global` of the standard library instead: seen to fail for NAT64 and 6to4.
    """
    assert not is_public(ip_address(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_address_that_python_calls_special_is_public(address: IPv4Address | IPv6Address) -> None:
    """The table is never more generous than the standard library's."""
    assert address.is_global or not is_public(address)


def test_one_refused_address_refuses_them_all() -> None:
    """A name that has a public and a private address is not sent to. Planted: any for all: seen to fail."""
    with pytest.raises(PassingFault, match="not public"):
        checked(["8.8.8.8", "127.0.0.1"], allow_private=False)


def test_the_file_can_allow_private_addresses() -> None:
    """What the operator allowed is taken as it comes, in its order."""
    found = checked(["10.0.0.1", "8.8.8.8"], allow_private=True)
    assert found == [ip_address("10.0.0.1"), ip_address("8.8.8.8")]


@pytest.mark.parametrize("addresses", [[], ["fe80::1%eth0"]])
def test_nothing_to_connect_to_is_a_passing_fault(addresses: list[str]) -> None:
    """No address, and one with a zone of this machine's, are refused even where private ones are allowed."""
    with pytest.raises(PassingFault, match="no address"):
        checked(addresses, allow_private=True)


@pytest.mark.anyio
async def test_the_system_resolves_names() -> None:
    """A host's addresses are the system's, none twice; 127.1 is what it means."""
    assert await resolve_host("127.1", 443) == ["127.0.0.1"]
    found = await resolve_host("localhost", 443)
    assert {"127.0.0.1", "::1"} >= set(found) != set()
    assert len(found) == len(set(found))

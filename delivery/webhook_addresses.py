"""Which addresses a webhook may go to: those of the public internet, unless the file allows others.

A name that others control can be made to answer with an address of this network. So the host is resolved
once, every address is looked at, and one of these very addresses is connected to. Python's `is_global`
is not enough: as of 3.11 it takes NAT64's 64:ff9b::/96 and 6to4's 2002::/16 for public.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from delivery.faults import PassingFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    #: Gives a host's addresses, the best first. Raises OSError where there are none.
    Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

#: The only global unicast addresses there are in IPv6 (RFC 4291 section 2.4, IANA's IPv6 address space).
#: Outside lie loopback, unspecified, IPv4-mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48),
#: discard-only (100::/64), SRv6 (5f00::/16), unique local, link-local, site-local and multicast.
_UNICAST: Final = IPv6Network("2000::/3")
#: IANA's special-purpose address registries (RFC 6890 and its updates) and IPv4's multicast (RFC 5771).
_SPECIAL: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this host on this network: RFC 791
            "10.0.0.0/8",  # private: RFC 1918
            "100.64.0.0/10",  # shared with a provider (CGNAT): RFC 6598
            "127.0.0.0/8",  # loopback: RFC 1122
            "169.254.0.0/16",  # link-local, and what clouds answer their metadata from: RFC 3927
            "172.16.0.0/12",  # private: RFC 1918
            "192.0.0.0/24",  # protocol assignments: RFC 6890
            "192.0.2.0/24",  # documentation: RFC 5737
            "192.31.196.0/24",  # AS112: RFC 7535
            "192.52.193.0/24",  # AMT: RFC 7450
            "192.88.99.0/24",  # 6to4 relays: RFC 7526
            "192.168.0.0/16",  # private: RFC 1918
            "192.175.48.0/24",  # AS112: RFC 7534
            "198.18.0.0/15",  # benchmarks: RFC 2544
            "198.51.100.0/24",  # documentation: RFC 5737
            "203.0.113.0/24",  # documentation: RFC 5737
            "224.0.0.0/4",  # multicast: RFC 5771
            "240.0.0.0/4",  # reserved, and the broadcast address: RFC 1112
            "2001::/23",  # protocol assignments, Teredo among them: RFC 2928, RFC 4380
            "2001:db8::/32",  # documentation: RFC 3849
            "2002::/16",  # 6to4, which carries an IPv4 address: RFC 3056
            "2620:4f:8000::/48",  # AS112: RFC 7534
            "3fff::/20",  # documentation: RFC 9637
        ),
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one of the public internet's."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


async def resolve_host(host: str, port: int) -> list[str]:
    """Asks the system for a host's addresses.

    Raises:
        OSError: it knows none (`socket.gaierror`).
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def checked(addresses: Sequence[str], *, allow_private: bool) -> list[IPv4Address | IPv6Address]:
    """Gives the addresses to connect to, all of them looked at.

    One that is not public refuses them all: such a name is a slip or an attack, and whoever answers for it
    also chooses which of them comes first.

    Args:
        addresses: what the host was resolved to.
        allow_private: whether the file allows this endpoint any address.

    Raises:
        PassingFault: there is none to connect to; names can be mended.
    """
    read = [ip_address(address) for address in addresses]
    # An address with a zone (RFC 4007) means something on this machine alone.
    if any(isinstance(each, IPv6Address) and each.scope_id for each in read) or not read:
        reason = "The endpoint's host name has no address that can be used."
        raise PassingFault(reason)
    if not allow_private and not all(map(is_public, read)):
        reason = "The endpoint's host name has an address that is not public, and the file does not allow it."
        raise PassingFault(reason)
    return read

"""Where a request comes from: the connection's peer, or what a trusted proxy says of it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from starlette.requests import HTTPConnection


def client_address(
    connection: HTTPConnection, proxies: Sequence[IPv4Network | IPv6Network], header: str
) -> str | None:
    """The rightmost address of the header that no trusted proxy has; the peer where there is no proxy.

    A header is believed only as far as the proxies that wrote it: everything to the left is a claim.
    """
    peer = None if connection.client is None else _read(connection.client.host)
    if peer is None or not _is_in(peer, proxies):
        return None if peer is None else str(peer)
    farthest = peer
    for claimed in reversed(",".join(connection.headers.getlist(header)).split(",")):
        address = _read(claimed.strip())
        if address is None:
            break
        farthest = address
        if not _is_in(address, proxies):
            break
    return str(farthest)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)

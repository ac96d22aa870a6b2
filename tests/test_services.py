"""What every use case is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import Role
from resolvers.services import OperatorCaller, Origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, "local"),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
    ],
)
def test_what_attempts_are_counted_by(address: str | None, network: str) -> None:
    """An IPv4 address, an IPv6 /64, and one name for the command line."""
    assert Origin("request", address).network == network


def test_the_networks_around() -> None:
    """An IPv6 /64 and its /48; an IPv4 address stands alone."""
    assert Origin("request", "2001:db8:1:2::3").networks == ("2001:db8:1:2::/64", "2001:db8:1::/48")
    assert Origin("request", "192.0.2.1").networks == ("192.0.2.1",)
    assert Origin("request").networks == ("local",)


async def test_who_acts(embedded: World) -> None:
    """The audit's actor and the rights of a session, a key and the operator."""
    await embedded.user()
    mary, root = await embedded.caller(), await embedded.admin()
    admin_key, user_key = await embedded.key_caller(), await embedded.key_caller(Role.USER)
    callers = (mary, root, admin_key, user_key, OperatorCaller(1000))
    assert [(caller.actor, caller.is_admin) for caller in callers] == [
        (f"user:{mary.user.id}", False),
        (f"user:{root.user.id}", True),
        (f"apiKey:{admin_key.key.id}", True),
        (f"apiKey:{user_key.key.id}", False),
        ("cli:1000", True),
    ]

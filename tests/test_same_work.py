"""Whoever's name it is, a failing try sends the same statements and computes the same hashes (ASVS 6.3.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from credentials.attempt_keys import PASSWORD as AT_PASSWORD
from credentials.attempt_keys import known_digests
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.model import IdentitySource, Role
from credentials.secret import Secret
from resolvers.change_password import change_expired_password
from resolvers.counted_name import IN_A_ROW
from resolvers.counting import DAY, owner_key
from resolvers.outcomes import InvalidCredentials, InvalidToken
from resolvers.request_password_reset import ResetRequested, request_password_reset
from resolvers.sign_in import sign_in
from tests.interruptions import Interrupting
from tests.resets import request, reset, strike
from tests.statements import statements
from tests.world import NEW_PASSWORD, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resolvers.services import Services
    from store.unit_of_work import Store, Unit
    from tests.world import World

    Door: TypeAlias = Callable[[World, str, str], Awaitable[object]]

pytestmark = pytest.mark.anyio

#: Of each kind one, by the name; nobody is unknown.
EVERYONE = (
    "mary",
    "nobody",
    "disabled",
    "locked",
    "external",
    "never",
    "temporary",
    "home",
    "older",
    "guest",
    "mailed",
)
#: Whose right password is as good as a wrong one.
SHUT_OUT = {"disabled", "locked", "temporary"}
ADDRESSES = ["192.0.2.1", "2001:db8:1:2::1"]
NEW = Secret(NEW_PASSWORD)
REFUSED = (InvalidCredentials(), InvalidToken(), ResetRequested())


async def populate(world: World) -> None:
    """Makes everyone but nobody."""
    for name in ("mary", "disabled", "locked", "home", "mailed"):
        await world.user(name)
    await world.user("guest", roles=(Role.GUEST,))
    await world.user("never", None)
    await world.user("external", None, identity_source=IdentitySource.SAML)
    await world.user("temporary", require_change=True)
    await world.change("disabled", is_disabled=True)
    await world.change("locked", turn=False, locked_at=world.chance.now())
    parameters = HashParameters(memory_kib=16, time_cost=1, parallelism=1)
    hashing = HashingEngine(world.ring, parameters, workers=1, max_wait=5, chance=world.chance, alarm=print)
    present, world.services = world.services, replace(world.services, hashing=hashing)
    await world.user("older")
    world.services = present
    hashing.close()
    world.chance.forward(timedelta(days=2))
    await strike(world, await world.user_now("mailed"))
    home = await world.user_now("home")
    networks = [origin(address).network for address in ADDRESSES]
    digests = [known_digests(present.digests, home.id, each)[0] for each in networks]
    for digest in digests:
        await present.store.write(saw, home.id, digest, world)


def saw(unit: Unit, user_id: str, digest: bytes, world: World) -> None:
    """Has a network signed a user in."""
    unit.known_networks.saw(user_id, digest, world.chance.now())


def typed(name: str) -> Secret:
    """What somebody types who shall be refused."""
    return Secret(PASSWORD if name in SHUT_OUT else "wrong")


async def at_sign_in(world: World, name: str, address: str) -> object:
    """`signIn`."""
    return await sign_in(world.services, origin(address), name, typed(name))


async def at_change(world: World, name: str, address: str) -> object:
    """`changeExpiredPassword`."""
    return await change_expired_password(world.services, origin(address), name, typed(name), NEW, NEW)


async def at_reset(world: World, name: str, address: str) -> object:
    """`resetPassword` by a temporary password."""
    asked = request(temporary_password=typed(name), email_address=f"{name}@example.org")
    return await reset(world.services, asked, origin(address))


async def at_code(world: World, name: str, address: str) -> object:
    """`resetPassword` by a code."""
    asked = request(code="AAA-AAA", email_address=f"{name}@example.org")
    return await reset(world.services, asked, origin(address))


async def at_wish(world: World, name: str, address: str) -> object:
    """`requestPasswordReset`."""
    where = origin(address)
    return await request_password_reset(world.services, where, f"{name}@example.org", None, None, None)


async def work(
    world: World, door: Door, address: str, everyone: tuple[str, ...] = EVERYONE
) -> dict[str, object]:
    """What each of them costs: statements, and jobs of the hashing threads."""
    assert isinstance(world.chance, Interrupting)
    seen: dict[str, object] = {}
    for name in everyone:
        before = world.chance.jobs
        with statements() as asked:
            assert await door(world, name, address) in REFUSED, name
        seen[name] = (asked, world.chance.jobs - before)
    return seen


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("door", [at_sign_in, at_change, at_reset, at_code, at_wish])
async def test_everyone_is_refused_after_the_same_work(store: Store, door: Door, address: str) -> None:
    """At each door, from IPv4 and from IPv6, whose /48 is counted too.

    Planted: a known network's /48 not counted, as it once was; seen to fail.
    """
    async with open_world(store, chance=Interrupting()) as world:
        await populate(world)
        seen = await work(world, door, address)
        assert {name for name, each in seen.items() if each != seen["nobody"]} == set()


def rows(services: Services, ids: dict[str, str], address: str) -> dict[str, bytes]:
    """Where failures in a row are counted."""
    home = f"{ids['home']} {origin(address).network}"
    return {
        "nobody": owner_key(services, f"nobody {AT_PASSWORD}", "nobody"),
        "home": owner_key(services, f"known {AT_PASSWORD}", home),
        "mary": owner_key(services, AT_PASSWORD, ids["mary"]),
        "locked": owner_key(services, AT_PASSWORD, ids["locked"]),
    }


async def test_the_hundredth_takes_the_same_work(store: Store) -> None:
    """A failure that locks shows no more than one for which there is nobody to lock.

    Planted: the statement only where there is somebody, as it once was; seen to fail.
    """
    async with open_world(store, chance=Interrupting()) as world:
        await populate(world)
        ids = {name: (await world.user_now(name)).id for name in ("home", "mary", "locked")}
        keys = rows(world.services, ids, ADDRESSES[0])

        def fill(unit: Unit) -> None:
            for key in keys.values():
                for _ in range(IN_A_ROW - 1):
                    unit.attempts.add(key, world.chance.now(), DAY)

        await store.write(fill)
        seen = await work(world, at_sign_in, ADDRESSES[0], tuple(keys))
        assert all(each == seen["nobody"] for each in seen.values())
        locked = {name: (await world.user_now(name)).locked_at for name in ids}
        assert {name: at == world.chance.now() for name, at in locked.items()} == {
            "home": False,
            "mary": True,
            "locked": False,
        }
        assert locked["home"] is None


async def test_a_known_networks_failures_hold_no_site_back(store: Store) -> None:
    """What is counted in place of its /48 is its own alone, and makes nobody wait."""
    async with open_world(store, chance=Interrupting()) as world:
        await populate(world)
        for number in range(40):
            world.chance.forward(timedelta(hours=1))
            assert await at_sign_in(world, "home", ADDRESSES[1]) == InvalidCredentials(), number
        assert await at_sign_in(world, "mary", "2001:db8:1:3::1") == InvalidCredentials()

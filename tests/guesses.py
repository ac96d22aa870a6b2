"""Guesses at a user's password, from wherever a test likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.secret import Secret
from resolvers.outcomes import InvalidCredentials
from resolvers.sign_in import sign_in
from tests.world import PASSWORD, origin

if TYPE_CHECKING:
    from resolvers.services import Services
    from resolvers.sessions import SignedIn
    from resolvers.sign_in import Refused
    from tests.world import World

WRONG = "wrong"


async def guess(
    world: World,
    address: str,
    login: str = "mary",
    password: str = WRONG,
    services: Services | None = None,
) -> SignedIn | Refused:
    """One try to sign in from an address."""
    return await sign_in(services or world.services, origin(address), login, Secret(password))


async def right(world: World, address: str, login: str = "mary") -> SignedIn | Refused:
    """One try with the right password."""
    return await guess(world, address, login, PASSWORD)


async def fail(world: World, times: int, login: str = "mary") -> None:
    """So many wrong guesses, each from a network of its own, all of which are looked at."""
    for number in range(times):
        answer = await guess(world, f"198.18.{number // 250}.{number % 250}", login)
        assert answer == InvalidCredentials(), number

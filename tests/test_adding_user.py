"""A user's row, names and XMPP accounts are added, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import User
from resolvers.adding_user import add_user
from resolvers.outcomes import AlreadyExists
from resolvers.user_input import NewUser

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
NEW = NewUser("mary", "mary@example.org", jid_im="mary@localhost", jid_tel="tel@localhost")


async def add(world: World, new: NewUser) -> User | AlreadyExists:
    """Adds a user."""
    services, now = world.services, world.chance.now()
    return await services.store.write(lambda unit: add_user(unit, services, new, None, now))


async def test_a_user_with_all_that_is_theirs(world: World) -> None:
    """The row is there with its names and accounts, and no password."""
    made = await add(world, NEW)
    assert isinstance(made, User)
    assert (made.password, made.epoch, made.is_disabled) == (None, 1, False)
    assert await world.user_now("mary@example.org") == made
    assert None not in (await world.account("mary@localhost"), await world.account("tel@localhost"))


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewUser("MARY", "john@example.org", jid_im="john@localhost"), "username"),
        (NewUser("john", "mary@example.org", jid_im="john@localhost"), "emailAddress"),
        (NewUser("john", "john@example.org", jid_im="tel@localhost"), "jidIm"),
        (NewUser("john", "john@example.org", jid_im="john@localhost", jid_tel="tel@localhost"), "jidTel"),
    ],
)
async def test_nothing_stays_of_who_was_not_added(world: World, new: NewUser, field: str) -> None:
    """1.7: where one name is taken the others are free again.

    Planted: the names that were claimed kept; seen to fail.
    """
    await add(world, NEW)
    effects = await world.effects()
    assert await add(world, new) == AlreadyExists(field)
    assert await world.effects() == effects
    assert isinstance(await add(world, NewUser("john", "john@example.org", jid_im="john@localhost")), User)

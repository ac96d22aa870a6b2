"""The first administrator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind
from resolvers.adding_user import add_user
from resolvers.first_administrator import FirstAdministrator, make_first_administrator
from resolvers.outcomes import Overloaded
from resolvers.user_input import NewUser
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.world import OPERATOR, open_world, origin

if TYPE_CHECKING:
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_an_empty_database_gets_one(world: World) -> None:
    """The first administrator has a real password, which is shown once, and may do what they are for."""
    made = await make_first_administrator(world.services, origin(), OPERATOR)
    assert isinstance(made, FirstAdministrator)
    caller = await world.caller("admin", made.password.reveal())
    assert caller.is_admin
    assert made.user.password is not None
    assert not made.user.password.is_temporary
    (event,) = await world.events(EventKind.USER_CREATED)
    assert (event.user_id, event.actor) == (made.user.id, OPERATOR.actor)
    assert await make_first_administrator(world.services, origin(), OPERATOR) is None


async def test_one_of_many(world: World) -> None:
    """Of eight who start at once on an empty database one makes the administrator."""
    answers = await asyncio.gather(
        *(make_first_administrator(world.services, origin(), OPERATOR) for _ in range(8))
    )
    assert sum(isinstance(answer, FirstAdministrator) for answer in answers) == 1
    assert answers.count(None) == 7


async def test_never_beside_a_user(store: Store) -> None:
    """A database that ever had a user gets none: not after a deletion, nor when one comes in between."""
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        chance.before_job(1, lambda: world.user("mary", None))
        assert await make_first_administrator(world.services, origin(), OPERATOR) is None
        mary = await world.user_now()
        await store.write(lambda unit: unit.users.delete(mary.id))
        assert await make_first_administrator(world.services, origin(), OPERATOR) is None


async def test_a_full_queue(world: World) -> None:
    """Where the hashing queue is full none is made, and the next start makes one."""
    with overloaded(world) as services:
        full = await make_first_administrator(services, origin(), OPERATOR)
    assert isinstance(full, Overloaded)
    made = await make_first_administrator(world.services, origin(), OPERATOR)
    assert isinstance(made, FirstAdministrator)


async def test_a_name_that_is_taken(world: World) -> None:
    """Where somebody has the name already, noted or not, nobody is made."""
    services, other = world.services, NewUser("Admin", "other@example.org")
    now = world.chance.now()
    await services.store.write(lambda unit: add_user(unit, services, other, None, now))
    assert await make_first_administrator(services, origin(), OPERATOR) is None

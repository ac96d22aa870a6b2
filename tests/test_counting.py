"""Attempts are counted before anything is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from resolvers.counting import (
    forget_failures,
    network_key,
    owner_key,
    reserve,
    too_many,
    typed_key,
)
from resolvers.outcomes import TooManyAttempts
from tests.world import origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_each_count_is_another(embedded: World) -> None:
    """What was typed, the network, the owner and the door each make another count; case does not."""
    services, here, there = embedded.services, origin(), origin("198.51.100.1")
    keys = {
        typed_key(services, here, "password", "mary"),
        typed_key(services, here, "password", "john"),
        typed_key(services, here, "refresh", "mary"),
        typed_key(services, there, "password", "mary"),
        network_key(services, here, "wish"),
        network_key(services, there, "wish"),
        network_key(services, here, "activation"),
        owner_key(services, "wish", "mary"),
        owner_key(services, "activation", "mary"),
    }
    assert len(keys) == 9
    assert typed_key(services, here, "password", "MARY") in keys


async def fail(world: World, key: bytes, typed: str | None = None) -> TooManyAttempts | None:
    """Counts an attempt at a key."""
    now = world.chance.now()
    return await world.services.store.write(lambda unit: reserve(unit, world.services, now, key, typed))


async def test_counts_are_forgotten_after_a_day(world: World) -> None:
    """A count that was begun a day ago begins anew."""
    key = typed_key(world.services, origin(), "password", "mary")
    for _ in range(5):
        assert await fail(world, key) is None
    assert await fail(world, key) == TooManyAttempts(30)
    world.chance.forward(timedelta(days=1))
    for _ in range(5):
        assert await fail(world, key) is None


async def test_a_reset_forgets_by_name(world: World) -> None:
    """Every network's count of a user's names ends with a reset; others and unnamed ones stay."""
    mary = await world.user()
    keys = {
        name: typed_key(world.services, origin(), "password", name)
        for name in ("mary", "mary@example.org", mary.id, "john")
    }
    unnamed = typed_key(world.services, origin(), "refresh", "mary")
    for _ in range(5):
        for name, key in keys.items():
            await fail(world, key, name)
        await fail(world, unnamed)
    await world.services.store.write(lambda unit: forget_failures(unit, world.services, mary))
    left = {name: await fail(world, key, name) for name, key in keys.items()}
    wait = TooManyAttempts(30)
    assert left == {"mary": None, "mary@example.org": None, mary.id: None, "john": wait}
    assert await fail(world, unnamed) == wait


async def test_how_long_to_wait(embedded: World) -> None:
    """A refusal says in seconds how long it lasts."""
    now = embedded.chance.now()
    assert too_many(now + timedelta(minutes=1.5), now) == TooManyAttempts(90)

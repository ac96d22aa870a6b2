"""One stream: when it has to look, when it has to end, and whose callers are alive."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from resolvers.follower import ASKED_AT_ONCE, Follower, SessionRevoked, alive, id_of
from resolvers.outcomes import Unauthenticated
from store.faults import StoreUnavailable
from tests.statements import statements

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_stream_ends_with_its_token(world: World) -> None:
    """A session's stream with the access token, not with the session; a key's with the key."""
    await world.user()
    caller, key = await world.caller(), await world.key_caller()
    follower, keyed = Follower(caller, world.chance), Follower(key, world.chance)
    world.chance.forward(timedelta(minutes=15) - timedelta(milliseconds=1))
    assert follower.ending is None
    world.chance.forward(timedelta(milliseconds=1))
    assert follower.ending == Unauthenticated()
    assert keyed.ending is None
    world.chance.set(key.key.expires_at)
    assert keyed.ending == Unauthenticated()


async def test_a_stream_is_woken_to_end(world: World) -> None:
    """A revoked one says so; one that nobody can check raises, which is no refusal."""
    key = await world.key_caller()
    follower = Follower(key, world.chance)
    follower.revoke()
    await asyncio.wait_for(follower.news(), 1)
    assert follower.ending == SessionRevoked()
    follower = Follower(key, world.chance)
    follower.blind()
    await asyncio.wait_for(follower.news(), 1)
    with pytest.raises(StoreUnavailable):
        _ = follower.ending


async def test_what_came_before_it_waited_is_not_lost(world: World) -> None:
    """Woken while it reads, it looks again; then it waits."""
    follower = Follower(await world.key_caller(), world.chance)
    follower.wake()
    follower.wake()
    await asyncio.wait_for(follower.news(), 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(follower.news(), 0.01)


async def test_who_is_alive(world: World) -> None:
    """Sessions and keys, by the rule of a new request; however many, a few statements."""
    await world.user()
    mary, dead, key = await world.caller(), await world.caller(), await world.key_caller()
    store, now = world.services.store, world.chance.now()
    await store.write(lambda unit: unit.sessions.end(dead.session.id, dead.user.id, now))
    others = [
        replace(mary, session=replace(mary.session, id=f"none{number}")) for number in range(ASKED_AT_ONCE)
    ]
    with statements() as asked:
        found = await store.read(alive, [mary, dead, key, mary, *others], now)
    assert found == {id_of(mary), id_of(key)}
    assert len([each for each in asked if each.startswith("SELECT")]) == 3
    assert await store.read(alive, [], now) == set()

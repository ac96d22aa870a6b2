"""Unlocking a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind
from credentials.secret import Secret
from resolvers.outcomes import InvalidCredentials, TooManyAttempts, UserNotFound
from resolvers.selectors import UserSelector
from resolvers.sessions import SignedIn
from resolvers.sign_in import sign_in
from resolvers.unlock_user import UserUnlocked, unlock_user
from tests.world import OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
MARY = UserSelector(username="mary")


async def try_mary(world: World, password: str) -> object:
    """A sign-in as Mary."""
    return await sign_in(world.services, origin(), "mary", Secret(password))


async def test_an_unlocked_user_may_try_again_at_once(world: World) -> None:
    """The wait that failures brought ends, for every name, and the password is as good as before.

    Planted: `forget_failures` left out; seen to fail.
    """
    await world.user()
    failed = [await try_mary(world, "wrong") for _ in range(6)]
    assert isinstance(failed[0], InvalidCredentials)
    assert isinstance(failed[-1], TooManyAttempts)
    assert isinstance(await unlock_user(world.services, origin(), OPERATOR, MARY), UserUnlocked)
    assert isinstance(await try_mary(world, PASSWORD), SignedIn)


async def test_the_lock_ends_and_sessions_stay(world: World) -> None:
    """A lock is taken off and said to have been; the epoch stays, so that sessions do; the audit has it.

    Planted: `turn=True`; the column left as it was; seen to fail.
    """
    user = await world.user()
    now = world.chance.now()
    await world.services.store.write(
        lambda unit: unit.users.change(user.id, user.epoch, {"locked_at": now}, turn=False)
    )
    done = await unlock_user(world.services, origin(None), OPERATOR, MARY)
    assert isinstance(done, UserUnlocked)
    assert done.was_locked
    kept = await world.services.store.read(MARY.find)
    assert kept == done.user == user
    (event,) = await world.events(EventKind.USER_UPDATED)
    assert (event.actor, event.user_id) == ("cli:0", user.id)


async def test_who_was_not_locked_is_told_so(world: World) -> None:
    """Without a lock the answer says that there was none."""
    await world.user()
    done = await unlock_user(world.services, origin(), OPERATOR, MARY)
    assert isinstance(done, UserUnlocked)
    assert not done.was_locked


async def test_an_unknown_user_is_refused(world: World) -> None:
    """There is nobody to unlock."""
    assert await unlock_user(world.services, origin(), OPERATOR, MARY) == UserNotFound()

"""A proven user's password is replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.hashing import Place
from credentials.policy import PasswordPolicy, PolicyRule
from credentials.secret import Secret
from resolvers.replacing import against_user, against_words, seal_new, seal_temporary, swap, too_guessable
from tests.world import NEW_PASSWORD, PASSWORD, open_world

if TYPE_CHECKING:
    from resolvers.replacing import Replacement
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio


def place(world: World) -> Place:
    """A place in the queue, which is empty."""
    reserved = world.services.hashing.reserve("192.0.2.1")
    assert isinstance(reserved, Place)
    return reserved


async def test_rules_that_need_the_user(store: Store) -> None:
    """1.8: every rule that is broken is named, CONTEXT and REUSED at once."""
    async with open_world(store, PasswordPolicy(history_size=1, min_length=8)) as world:
        name = "zephyrine.blackwood"
        user = await world.user(name)
        with place(world) as held:
            present = Secret(name)
            both = await against_user(world.services, held, user, present, present=present)
            assert both is not None
            assert [each.rule for each in both.violations] == [PolicyRule.CONTEXT, PolicyRule.REUSED]
            used = await against_user(world.services, held, user, Secret(PASSWORD))
            assert used is not None
            assert [each.rule for each in used.violations] == [PolicyRule.REUSED]
            assert await against_user(world.services, held, user, Secret(NEW_PASSWORD)) is None


async def test_a_user_without_a_password(store: Store) -> None:
    """A user who never had a password has nothing to be used again."""
    async with open_world(store, PasswordPolicy(history_size=2)) as world:
        user = await world.user(password=None)
        with place(world) as held:
            assert await against_user(world.services, held, user, Secret(PASSWORD)) is None


async def test_the_field_is_named(embedded: World) -> None:
    """1.7: a refusal names the input field that held the password."""
    with place(embedded) as held:
        guessed = await too_guessable(embedded.services, held, Secret("a" * 20), "password")
        names = ("zephyrine.blackwood", "z@example.org", None)
        leaning = await against_words(embedded.services, held, Secret(names[0]), names, "password")
    assert guessed is not None
    assert leaning is not None
    assert guessed.field == leaning.field == "password"


async def test_what_takes_the_place(store: Store) -> None:
    """C3 O4: a password to stay lives for the maximum age, a temporary one for its own time."""
    async with open_world(store, PasswordPolicy(max_age_days=2)) as world:
        now = world.chance.now()
        with place(world) as held:
            stays = await seal_new(world.services, held, Secret(PASSWORD))
            dies = await seal_temporary(world.services, held, Secret(PASSWORD))
        assert (stays.expires_at, stays.is_temporary) == (now + timedelta(days=2), False)
        assert (dies.expires_at, dies.is_temporary) == (now + timedelta(hours=24), True)


async def test_one_swap_for_one_epoch(world: World) -> None:
    """1.8: of two who read the same epoch the second changes nothing."""
    user, now = await world.user(), world.chance.now()
    with place(world) as held:
        made = [await seal_new(world.services, held, Secret(f"{PASSWORD} {n}")) for n in range(2)]

    async def replace(replacement: Replacement) -> bool:
        changed = await world.services.store.write(
            lambda unit: swap(unit, world.services, user, replacement, now)
        )
        return changed is not None

    assert [await replace(each) for each in made] == [True, False]
    assert (await world.user_now()).verifier == made[0].verifier

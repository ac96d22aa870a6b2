"""What administrators' acts have in common."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, IdentitySource, Role
from resolvers.administration import is_operator, needs_fresh_sign_in, user_id_of
from resolvers.delete_user import UserDeleted, delete_user
from resolvers.outcomes import Conflict, Forbidden, ReauthenticationRequired
from resolvers.selectors import UserSelector
from resolvers.update_user import LAST, UserUpdated, update_user
from resolvers.user_input import UserChanges
from store.opening import open_store
from tests.world import OPERATOR, open_world, origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from credentials.secret import Secret
    from resolvers.services import SessionCaller
    from tests.world import World

pytestmark = pytest.mark.anyio
ROUNDS = 50
DEMOTED = UserChanges(roles=[Role.USER])
DISABLED = UserChanges(is_disabled=True)


async def test_who_has_signed_in_freshly(embedded: World) -> None:
    """C8: the gravest acts need a session of at most 15 minutes; a key never may, the operator always."""
    caller = await embedded.admin()
    embedded.chance.forward(timedelta(minutes=15))
    assert needs_fresh_sign_in(embedded.services, caller) is None
    embedded.chance.forward(timedelta(microseconds=1))
    assert needs_fresh_sign_in(embedded.services, caller) == ReauthenticationRequired()
    assert needs_fresh_sign_in(embedded.services, await embedded.key_caller()) == Forbidden()
    assert needs_fresh_sign_in(embedded.services, OPERATOR) is None


async def test_who_asks(embedded: World) -> None:
    """C7: a session is a user's; neither a key nor the operator is one."""
    caller, key = await embedded.admin(), await embedded.key_caller()
    assert [user_id_of(each) for each in (caller, key, OPERATOR)] == [caller.user.id, None, None]
    assert [is_operator(each) for each in (caller, key, OPERATOR)] == [False, False, True]


async def test_every_administrator_is_mailed(world: World) -> None:
    """C8: the letter says what was done, by whom, by name; only enabled administrators read it.

    Planted: an administrator who is managed elsewhere left out; seen to fail.
    """
    caller = await world.admin()
    for name in ("john", "off"):
        await world.user(name, roles=(Role.ADMIN,))
    await world.user("sam", None, roles=(Role.ADMIN,), identity_source=IdentitySource.SAML)
    await world.change("off", is_disabled=True)
    since = len(await world.effects())
    await world.made_key(caller)
    effects = (await world.effects())[since:]
    assert {effect.kind for effect in effects} == {EffectKind.MAIL_NOTICE}
    told = [(each.details["to"], each.details["what"], each.details["actor"]) for each in effects]
    assert told == [(f"{name}@example.org", "API_KEY_CREATED", "root") for name in ("root", "john", "sam")]


async def administrators(world: World) -> int:
    """How many enabled local administrators there are."""
    return len(await world.services.store.read(lambda unit: unit.user_lists.administrators()))


async def demote(world: World, caller: SessionCaller, other: SessionCaller) -> object:
    """One administrator takes the role from another."""
    return await update_user(world.services, origin(), caller, UserSelector(id=other.user.id), DEMOTED)


async def test_two_who_demote_each_other(
    databases: Callable[[str], AbstractContextManager[Secret]],
) -> None:
    """C9: of two administrators who demote each other at once, fifty times, one always remains.

    On PostgreSQL, where writers run at once. Planted: the administrators not held; seen to fail.
    """
    with databases("postgresql") as url:
        store = open_store(url)
        async with open_world(store) as world:
            pair = [await world.admin("one"), await world.admin("two")]
            for _ in range(ROUNDS):
                pair = [await world.caller(each.user.username) for each in pair]
                answers = await asyncio.gather(demote(world, *pair), demote(world, *pair[::-1]))
                assert await administrators(world) == 1
                assert sorted(type(answer).__name__ for answer in answers) == [
                    "Unauthenticated",
                    "UserUpdated",
                ]
                for caller in pair:
                    await world.change(caller.user.username, is_admin=True, roles=[Role.ADMIN])
        await store.close()


async def test_three_ways_to_lose_the_last(world: World) -> None:
    """C9: of a deletion, a disabling and a demotion at once, of three administrators, one survives."""
    users = [await world.user(name, roles=(Role.ADMIN,)) for name in ("one", "two", "three")]
    one, two, three = [UserSelector(id=user.id) for user in users]
    asked = (world.services, origin(), OPERATOR)
    answers = await asyncio.gather(
        delete_user(*asked, one), update_user(*asked, two, DISABLED), update_user(*asked, three, DEMOTED)
    )
    assert await administrators(world) == 1
    assert [answer for answer in answers if isinstance(answer, Conflict)] == [Conflict(LAST)]
    assert all(isinstance(answer, Conflict | UserDeleted | UserUpdated) for answer in answers)

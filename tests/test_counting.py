"""Attempts are counted before anything is looked at."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.buckets import RATE
from credentials.secret import Secret
from resolvers import refresh_session
from resolvers.activation_bounds import FROM_A_NETWORK
from resolvers.change_password import change_expired_password, change_password
from resolvers.counting import (
    DAY,
    forget_failures,
    network_key,
    network_limits,
    owner_key,
    reserve,
    too_many,
    typed_key,
)
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.request_password_reset import (
    HOUR,
    WISHES_A_NETWORK,
    ResetRequested,
    request_password_reset,
)
from resolvers.reset_password import PasswordReset
from resolvers.sign_in import sign_in
from tests.agents import activate, activated, confirm
from tests.resets import request, reset, strike
from tests.statements import statements, writes
from tests.world import NEW_PASSWORD, PASSWORD, origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from store.unit_of_work import Unit
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


async def doors(world: World) -> dict[str, Callable[[], Awaitable[object]]]:
    """A wrong attempt at each door, always from the same network and for the same name."""
    await world.user()
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    token = (await world.signed_in()).refresh_token.reveal()
    forged = Secret(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))
    caller = await world.caller()
    assert agent.system.id == made.system.id
    services, here, old, new = world.services, origin(), Secret("wrong"), Secret(NEW_PASSWORD)
    address = {"email_address": "mary@example.org"}
    return {
        "sign in": lambda: sign_in(services, here, "mary", old),
        "change": lambda: change_password(services, here, caller, old, new, None),
        "expired change": lambda: change_expired_password(services, here, "mary", old, new, new),
        "token": lambda: reset(services, request(token="x" * 43)),
        "code": lambda: reset(services, request(code="no code", **address)),
        "temporary password": lambda: reset(services, request(temporary_password="x", **address)),  # noqa: S106  wrong
        "activation": lambda: activate(world, "nobody", Secret("1234")),
        "confirmation": lambda: confirm(world, made.system.pbx_id, old),
        "refreshing": lambda: refresh_session.admit(services, here, forged),
    }


DOORS = (
    "sign in",
    "change",
    "expired change",
    "token",
    "code",
    "temporary password",
    "activation",
    "confirmation",
    "refreshing",
)


@pytest.mark.parametrize("door", DOORS)
async def test_every_door_admits_five_of_many_at_once(world: World, door: str) -> None:
    """Of twelve at once five are looked at; who waits after that is refused without a write.

    Planted, for each door: no count; no look before it; seen to fail.
    """
    attempt = (await doors(world))[door]
    answers = await asyncio.gather(*(attempt() for _ in range(12)))
    assert answers.count(TooManyAttempts(30)) == 7
    with statements() as asked:
        assert await attempt() == TooManyAttempts(30)
    assert writes(asked) == []


@pytest.mark.parametrize("door", sorted({*DOORS} - {"change"}))
async def test_every_door_is_closed_by_an_empty_bucket(world: World, door: str) -> None:
    """Nothing is written. Planted, for each door: the bucket not asked; seen to fail."""
    attempt = (await doors(world))[door]
    while world.services.buckets.take(origin().network, world.chance.now()) == 0:
        pass
    with statements() as asked:
        assert await attempt() == TooManyAttempts(1 / RATE)
        assert await wish(world) == TooManyAttempts(1 / RATE)
    assert writes(asked) == []


async def wish(world: World) -> object:
    """Asks for a reset."""
    return await request_password_reset(world.services, origin(), "mary@example.org", None, None, None)


async def test_who_is_right_gives_the_token_back(world: World) -> None:
    """At each door a right attempt leaves the bucket full. Planted, for each door: kept; seen to fail."""
    mary, made = await world.user(), await world.system()
    mail = await strike(world, mary)
    await activated(world, made.system.pbx_id, made.activation_code)
    account = await world.account(made.system.jid_pbxagent)
    assert account is not None
    await confirm(world, made.system.pbx_id, account)
    services, old, new = world.services, Secret(PASSWORD), Secret(NEW_PASSWORD)
    signed_in = await world.signed_in()
    await refresh_session.admit(services, origin(), signed_in.refresh_token)
    await reset(services, request(code=mail.code, email_address="mary@example.org"))
    await reset(
        services,
        request(token=(await strike(world, await world.user_now())).token, new_password=f"{PASSWORD} 2"),
    )
    await change_expired_password(services, origin(), "mary", Secret(f"{PASSWORD} 2"), old, old)
    await world.change(password_is_temporary=True)
    temporary = request(temporary_password=PASSWORD, email_address="mary@example.org")
    assert isinstance(await reset(services, temporary), PasswordReset)
    await world.signed_in("mary", new.reveal())
    assert len(services.buckets) == 0


def _take(unit: Unit, key: bytes, now: datetime, limit: int, window: timedelta) -> None:
    for _ in range(limit - 1):
        unit.attempts.take(key, now, limit=limit, window=window)


async def test_wishes_and_codes_at_once_take_the_places_that_there_are(world: World) -> None:
    """Of five at once the one that is left; the others, and who comes then, by a read.

    Planted, for each: looked at, and not taken; not looked at; seen to fail.
    """
    now, made = world.chance.now(), await world.system()
    for door, limit, window in (("wish", WISHES_A_NETWORK, HOUR), ("activation", FROM_A_NETWORK, DAY)):
        key = network_key(world.services, origin(), door)
        await world.services.store.write(_take, key, now, limit, window)
    wishes = await asyncio.gather(*(wish(world) for _ in range(5)))
    assert wishes.count(ResetRequested()) == 1
    code, none = Secret("0999"), InvalidToken()
    codes = await asyncio.gather(*(activate(world, made.system.pbx_id, code) for _ in range(5)))
    assert codes.count(none) == 1
    with statements() as asked:
        assert await wish(world) == TooManyAttempts(HOUR.total_seconds())
        assert await activate(world, made.system.pbx_id, code) == TooManyAttempts(DAY.total_seconds())
    assert writes(asked) == []


async def test_a_48_is_a_site_of_several_networks(embedded: World) -> None:
    """Its counts are four times as big."""
    keys = network_limits(embedded.services, origin("2001:db8::1"), "wish", 10)
    assert [limit for _, limit in keys] == [10, 40]
    assert len({key for key, _ in keys}) == 2
    assert len(network_limits(embedded.services, origin(), "wish", 10)) == 1


async def test_how_long_to_wait(embedded: World) -> None:
    """A refusal says in seconds how long it lasts."""
    now = embedded.chance.now()
    assert too_many(now + timedelta(minutes=1.5), now) == TooManyAttempts(90)

"""Attempts at a name: by name and network, by network, and in a row."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.buckets import Buckets
from resolvers.outcomes import InvalidCredentials, Overloaded, TooManyAttempts
from resolvers.sessions import SignedIn
from tests.guesses import guess, right
from tests.overload import overloaded
from tests.statements import statements, writes
from tests.world import PASSWORD

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
HERE, HOME = "192.0.2.1", "2001:db8:1:2::1"
HOUR_SECONDS = 3600


def neighbour(number: int) -> str:
    """An address of another /64 in the /48 of HOME."""
    return f"2001:db8:1:{number + 100:x}::1"


async def fill_site(world: World, login: str = "mary") -> None:
    """Twenty wrong guesses from twenty /64s of the /48 of HOME."""
    for number in range(20):
        assert await guess(world, neighbour(number), login) == InvalidCredentials(), number


@pytest.mark.parametrize("login", ["mary", "nobody"])
async def test_a_48_waits_from_the_twentieth_failure(world: World, login: str) -> None:
    """NIST SP 800-63B-4 3.2.2: four networks' worth of failures, known name or not; then all of it waits.

    Planted: the /48 not counted; seen to fail.
    """
    await world.user()
    await fill_site(world, login)
    assert await guess(world, HOME, login) == TooManyAttempts(30)
    assert await guess(world, "2001:db8:2::1", login) == InvalidCredentials()


async def test_a_known_network_does_not_wait_for_its_48(world: World) -> None:
    """A /64 that signed the user in keeps its own count; the next day after ninety it no longer does.

    Planted: the exemption left out of `enter`, and of `count`; each seen to fail.
    """
    await world.user()
    assert isinstance(await right(world, HOME), SignedIn)
    await fill_site(world)
    assert await guess(world, neighbour(99)) == TooManyAttempts(30)
    assert isinstance(await right(world, HOME), SignedIn)
    assert await guess(world, neighbour(99)) == TooManyAttempts(30)
    for _ in range(5):
        assert await guess(world, HOME) == InvalidCredentials()
    assert await right(world, HOME) == TooManyAttempts(30)
    world.chance.forward(timedelta(days=90))
    await fill_site(world)
    assert await right(world, HOME) == TooManyAttempts(30)


async def test_a_success_takes_one_from_the_48_and_clears_its_own(world: World) -> None:
    """What others failed there stays counted. Planted: the /48 cleared; seen to fail."""
    await world.user()
    for number in range(19):
        await guess(world, neighbour(number))
    assert isinstance(await right(world, HOME), SignedIn)
    assert await guess(world, neighbour(50)) == InvalidCredentials()
    assert await guess(world, neighbour(51)) == TooManyAttempts(30)


@pytest.mark.parametrize("login", ["mary", "nobody"])
async def test_a_network_waits_that_fails_on_thirty_names(world: World, login: str) -> None:
    """Thirty names in an hour, and every name waits there, known or not: spraying (ASVS 6.3.1).

    The right password of a user that the network signed in waits too, so that nobody learns who is known
    there. Planted: names not counted; seen to fail.
    """
    await world.user()
    assert isinstance(await right(world, HERE), SignedIn)
    for number in range(30):
        assert await guess(world, HERE, f"name{number}") == InvalidCredentials(), number
    assert await guess(world, HERE, login, PASSWORD) == TooManyAttempts(HOUR_SECONDS)
    assert isinstance(await right(world, "192.0.2.2"), SignedIn)
    world.chance.forward(timedelta(hours=1))
    assert isinstance(await right(world, HERE), SignedIn)


async def test_names_that_get_in_are_not_counted_as_failing(world: World) -> None:
    """An office of people who mistype, and then do not."""
    for number in range(32):
        await world.user(f"name{number}")
        assert await guess(world, HERE, f"name{number}") == InvalidCredentials()
        assert isinstance(await right(world, HERE, f"name{number}"), SignedIn), number


async def test_thirty_names_at_once_are_the_most(world: World) -> None:
    """In flight they count: of forty names at once thirty are hashed. Planted: `add` left out; failed."""
    answers = await asyncio.gather(*(guess(world, HERE, f"name{number}") for number in range(40)))
    assert answers.count(InvalidCredentials()) == 30
    assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == 10


@pytest.mark.parametrize("login", ["mary", "nobody"])
async def test_who_waits_is_refused_by_a_read(world: World, login: str) -> None:
    """Nothing is written, hashed or audited. Planted: no look before the count; seen to fail."""
    await world.user()
    for _ in range(5):
        await guess(world, HERE, login)
    events = await world.events()
    with statements() as asked:
        assert await guess(world, HERE, login) == TooManyAttempts(30)
    assert writes(asked) == []
    assert await world.events() == events


async def test_an_empty_bucket_precedes_every_write(world: World) -> None:
    """A network has so many failures at once; its refusal says truly when there is another one.

    Planted: the bucket not asked; seen to fail.
    """
    await world.user()
    services = replace(world.services, buckets=Buckets(rate=0.5, burst=3))
    for number in range(3):
        assert await guess(world, HERE, f"name{number}", services=services) == InvalidCredentials()
    with statements() as asked:
        assert await guess(world, HERE, password=PASSWORD, services=services) == TooManyAttempts(2)
    assert writes(asked) == []
    assert isinstance(await guess(world, "192.0.2.9", password=PASSWORD, services=services), SignedIn)
    world.chance.forward(timedelta(seconds=2))
    for _ in range(5):
        assert isinstance(await guess(world, HERE, password=PASSWORD, services=services), SignedIn)


async def test_known_networks_come_first_where_strangers_fill_the_queue(embedded: World) -> None:
    """Who was signed in from here gets a place; the others are told to come again, and nobody is counted.

    Planted: no place kept; seen to fail.
    """
    await embedded.user()
    assert isinstance(await right(embedded, HERE), SignedIn)
    with overloaded(embedded, by_strangers=True) as services:
        assert isinstance(await guess(embedded, "192.0.2.2", services=services), Overloaded)
        assert isinstance(await guess(embedded, HERE, "nobody", services=services), Overloaded)
        assert isinstance(await guess(embedded, HERE, password=PASSWORD, services=services), SignedIn)


async def test_a_full_queue_and_an_empty_bucket_ask_no_database(embedded: World) -> None:
    """There is nothing to be had: who is known is not looked up."""
    with overloaded(embedded) as full, statements() as asked:
        services = replace(full, buckets=Buckets(rate=1, burst=0))
        assert isinstance(await guess(embedded, HERE, services=services), Overloaded)
    assert asked == []

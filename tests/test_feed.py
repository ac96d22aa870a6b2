"""The feed: it wakes whom an event concerns, ends whose session did, and reads nothing for nobody."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from resolvers.feed import EVENTS_AT_ONCE, LOOK_SECONDS, Feed
from resolvers.follower import SessionRevoked
from resolvers.outcomes import Unauthenticated
from store.faults import StoreUnavailable
from store.opening import embedded_path, open_store
from tests.direct import held_open
from tests.following import CHAIN, LONGEST, add_events, at_work, seal
from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from credentials.secret import Secret
    from resolvers.follower import Follower
    from resolvers.services import SessionCaller
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

#: Seconds of a feed that soon loses its patience.
SHORT = 0.3


async def _caller(world: World, username: str = "mary") -> SessionCaller:
    await world.user(username)
    return await world.caller(username)


@asynccontextmanager
async def _watching(feed: Feed, caller: SessionCaller) -> AsyncIterator[None]:
    """A feed at work that has looked: who follows now is woken by what comes, and by nothing else."""
    async with at_work(feed):
        with feed.follow(caller, "nobody") as first:
            await asyncio.wait_for(first.news(), LONGEST)
            yield


async def _news(*followers: Follower) -> None:
    for follower in followers:
        await asyncio.wait_for(follower.news(), LONGEST)


async def _quiet(follower: Follower) -> None:
    """It was not woken by the look that has woken others."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(follower.news(), 0.01)


async def _until_logged(lines: Sequence[object], count: int) -> None:
    async with asyncio.timeout(LONGEST):
        while len(lines) < count:  # noqa: ASYNC110  what is waited for is a line of the log
            await asyncio.sleep(0.005)


async def _ended(follower: Follower) -> None:
    async with asyncio.timeout(LONGEST):
        while follower.ending is None:
            await follower.news()


async def _end(store: Store, caller: SessionCaller) -> None:
    assert await store.write(
        lambda unit: unit.sessions.end(caller.session.id, caller.user.id, caller.session.created_at)
    )


async def test_nothing_is_read_for_nobody(world: World) -> None:
    """No follower, no statement: before the first, and after the last has gone."""
    caller, feed = await _caller(world), world.services.feed
    async with at_work(feed):
        with statements() as asked:
            await asyncio.sleep(0.05)
        assert asked == []
        with feed.follow(caller, None) as follower:
            await _news(follower)
        world.services.store.events_sealed.set()
        await asyncio.sleep(0.05)
        with statements() as asked:
            await asyncio.sleep(1.2 * LOOK_SECONDS)
        assert asked == []


async def test_an_event_wakes_whom_it_concerns(world: World) -> None:
    """The followers of its user and those of everybody, at once; two of one user both, till one leaves.

    Planted: every follower woken; those of everybody left out; each seen to fail.
    """
    caller, store, feed = await _caller(world), world.services.store, world.services.feed
    mary = caller.user.id
    await seal(store)
    async with _watching(feed, caller):
        with ExitStack() as leaving, feed.follow(caller, mary) as own, feed.follow(caller, None) as all_:
            second = leaving.enter_context(feed.follow(caller, mary))
            with feed.follow(caller, "john") as other:
                await store.write(add_events, "one", user_id=mary)
                await seal(store)
                await _news(own, all_, second)
                await _quiet(other)
            leaving.close()
            await store.write(add_events, "two", user_id=mary)
            await seal(store)
            await _news(own, all_)
            await _quiet(second)


async def test_what_another_process_seals_is_seen(database_url: Secret, world: World) -> None:
    """Four times a second it is looked."""
    caller, feed, other = await _caller(world), world.services.feed, open_store(database_url)
    await seal(other)
    async with _watching(feed, caller):
        with feed.follow(caller, caller.user.id) as follower:
            await other.write(add_events, "one", user_id=caller.user.id)
            await seal(other)
            await _news(follower)
    await other.close()


async def test_many_events_at_once(world: World) -> None:
    """More than one look reads are read by the next, without a rest between.

    Planted: a rest in between; seen to fail.
    """
    caller, store, feed = await _caller(world), world.services.store, world.services.feed
    await seal(store)
    async with _watching(feed, caller):
        with feed.follow(caller, caller.user.id) as follower:
            await store.write(add_events, *(f"e{number}" for number in range(3 * EVENTS_AT_ONCE)))
            await store.write(add_events, "last", user_id=caller.user.id)
            await store.write(lambda unit: unit.events.seal(3 * EVENTS_AT_ONCE + 1, CHAIN))
            await asyncio.wait_for(_news(follower), 2.8 * LOOK_SECONDS)


async def test_a_stream_ends_with_its_session_wherever_that_ended(database_url: Secret, world: World) -> None:
    """R4: also where no event tells of it; a live one beside it goes on.

    Planted: nobody asked who is alive; seen to fail.
    """
    dead, other = await _caller(world), open_store(database_url)
    live = await world.caller()
    feed = world.services.feed
    async with _watching(feed, live):
        with feed.follow(dead, dead.user.id) as ends, feed.follow(live, live.user.id) as goes_on:
            await _end(other, dead)
            await _ended(ends)
            assert ends.ending == SessionRevoked()
            assert goes_on.ending is None
    await other.close()


async def test_a_stream_is_woken_when_its_token_is_over(world: World) -> None:
    """Nothing else would wake it. Planted: it is not; seen to fail."""
    caller, feed = await _caller(world), world.services.feed
    async with _watching(feed, caller):
        with feed.follow(caller, caller.user.id) as follower:
            world.chance.forward(timedelta(minutes=15))
            await _news(follower)
            assert follower.ending == Unauthenticated()


async def _blinded(follower: Follower) -> None:
    with pytest.raises(StoreUnavailable):
        await _ended(follower)


async def test_without_a_feed_at_work_no_stream_goes_on(world: World) -> None:
    """Nobody would end it: before the feed runs, after it stopped, and as it stops.

    Planted: registered all the same; seen to fail.
    """
    caller, feed = await _caller(world), world.services.feed
    with feed.follow(caller, None) as follower:
        await _blinded(follower)
    async with at_work(feed):
        followed = feed.follow(caller, None)
        follower = followed.__enter__()
        assert follower.ending is None
    await _blinded(follower)
    followed.__exit__(None, None, None)
    with feed.follow(caller, None) as follower:
        await _blinded(follower)


async def _next_look(looked: asyncio.Event) -> None:
    """Has the feed look once more, and waits until it does."""
    looked.set()
    async with asyncio.timeout(LONGEST):
        while looked.is_set():  # noqa: ASYNC110  an event tells nobody that it was cleared
            await asyncio.sleep(0.001)


@ON_SQLITE
async def test_streams_outlive_a_short_outage_only(database_url: Secret, world: World) -> None:
    """One line when it begins and one when it is over; every stream ends where it lasts too long.

    Planted: a feed that never loses its patience, and one that never finds it again; each seen to fail.
    """
    caller, path = await _caller(world), embedded_path(database_url)
    assert path is not None
    away, looked = path.with_suffix(".away"), world.services.store.events_sealed
    # Longer than the first outage, on a machine that is busy too.
    feed = Feed(world.services.store, world.chance, patience=2)
    with capture_logs() as logged:
        async with at_work(feed):
            with feed.follow(caller, None) as follower:
                await _news(follower)
                path.rename(away)
                looked.set()
                await _until_logged(logged, 1)
                await _next_look(looked)
                await _next_look(looked)
                away.rename(path)
                looked.set()
                await _until_logged(logged, 2)
                assert follower.ending is None
                path.rename(away)
                await _blinded(follower)
                away.rename(path)
            with feed.follow(caller, None) as follower:
                await _until_logged(logged, 4)
                assert follower.ending is None
    assert [line["event"] for line in logged] == ["feed.waits", "feed.goes_on"] * 2


@ON_POSTGRESQL
async def test_a_database_that_hangs_ends_every_stream(database_url: Secret, world: World) -> None:
    """PostgreSQL: one that takes the question and does not answer is not waited for.

    Planted: no time limit; seen to fail.
    """
    caller = await _caller(world)
    feed = Feed(world.services.store, world.chance, patience=SHORT)
    async with at_work(feed):
        with feed.follow(caller, None) as follower:
            await asyncio.wait_for(follower.news(), LONGEST)
            async with held_open(database_url, "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"):
                began = asyncio.get_running_loop().time()
                await _blinded(follower)
                assert asyncio.get_running_loop().time() - began < SHORT + 2 * LOOK_SECONDS

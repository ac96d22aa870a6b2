"""Streams of events: from the database by position, nothing lost, repeated, or told after the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import Event, EventKind
from credentials.secret import Secret
from resolvers.change_password import PasswordChanged, change_password
from resolvers.feed import LOOK_SECONDS
from resolvers.follow_events import AT_ONCE, follow_all, follow_own
from resolvers.follower import SessionRevoked
from resolvers.outcomes import InvalidCredentials, Unauthenticated
from resolvers.paging import BadArgument
from resolvers.revoke_api_key import revoke_api_key
from resolvers.sign_in import sign_in
from resolvers.sign_out import sign_out
from store.opening import embedded_path
from tests.direct import direct
from tests.following import add_events, another_process, at_work, hangs_up, heard, listening, seal, serving
from tests.statements import statements
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from resolvers.follow_events import Events
    from resolvers.follower import Asker
    from resolvers.services import Services, SessionCaller
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _all(services: Services, caller: Asker, after: str | None = None) -> Events:
    stream = await follow_all(services, caller, after)
    assert isinstance(stream, AsyncGenerator)
    return stream


async def _event(stream: Events) -> tuple[str, Event]:
    said = await heard(stream)
    assert isinstance(said, tuple), said
    return said


async def _ids(stream: Events, count: int) -> list[str]:
    return [(await _event(stream))[1].id for _ in range(count)]


async def _change_password(services: Services, caller: SessionCaller) -> None:
    done = await change_password(
        services, origin(), caller, Secret(PASSWORD), Secret(NEW_PASSWORD), Secret(NEW_PASSWORD)
    )
    assert isinstance(done, PasswordChanged), done


async def test_ones_own_events_from_now_on(world: World) -> None:
    """Of every kind, refused sign-ins too, and nobody else's; what was before is not told."""
    await world.user()
    await world.user("john")
    caller = await world.caller()
    async with serving(world.services), listening(await follow_own(world.services, caller)) as stream:
        await world.signed_in("john")
        await world.signed_in()
        wrong = await sign_in(world.services, origin(), "mary", Secret("wrong"))
        assert isinstance(wrong, InvalidCredentials)
        told = [await _event(stream) for _ in range(2)]
    assert [event.kind for _, event in told] == [EventKind.SIGNED_IN, EventKind.SIGN_IN_FAILED]
    assert {event.user_id for _, event in told} == {caller.user.id}
    assert len({cursor for cursor, _ in told}) == 2


async def test_everybodys_events_go_on_after_a_cursor(world: World) -> None:
    """However many pages lie between, none is lost or repeated; without a cursor it begins now.

    Planted: the position not moved after a page; seen to fail.
    """
    key, store = await world.key_caller(), world.services.store
    names = [f"e{number}" for number in range(2 * AT_ONCE + 7)]
    await store.write(add_events, "first")
    await seal(store)
    async with serving(world.services):
        async with listening(await _all(world.services, key)) as stream:
            await store.write(add_events, *names)
            assert await _ids(stream, 3) == names[:3]
            cursor, event = await _event(stream)
        async with listening(await _all(world.services, key, cursor)) as stream:
            assert await _ids(stream, len(names) - 4) == names[4:]
            await store.write(add_events, "last")
            assert await _ids(stream, 1) == ["last"]
    assert event.id == names[3]


@pytest.mark.parametrize("after", ["", "x", "é", "MA", "LTE", "OTk5OTk5"])
async def test_a_cursor_that_was_not_given(world: World, after: str) -> None:
    """Malformed, 0, below 0, or beyond what ever was: refused before anything is streamed."""
    refusal = await follow_all(world.services, await world.key_caller(), after)
    assert isinstance(refusal, BadArgument)
    assert refusal.name == "after"


async def test_a_stream_holds_one_page_at_most(database_url: Secret, world: World) -> None:
    """What was not asked for is not read: a slow reader costs one page, however much there is.

    Seen by what is taken away beyond that page. Planted: all events read at once; seen to fail.
    """
    key, store = await world.key_caller(), world.services.store
    page, beyond = [f"page{number}" for number in range(AT_ONCE)], [f"beyond{number}" for number in range(3)]
    async with serving(world.services), listening(await _all(world.services, key)) as stream:
        await store.write(add_events, *page, *beyond)
        await seal(store)
        assert await _ids(stream, 1) == page[:1]
        await direct(
            database_url,
            lambda connection: connection.exec_driver_sql("DELETE FROM events WHERE id LIKE 'beyond%'"),
        )
        assert await _ids(stream, AT_ONCE - 1) == page[1:]
        await store.write(add_events, "last")
        assert await _ids(stream, 1) == ["last"]


async def test_a_change_of_password_ends_the_users_streams(world: World) -> None:
    """R4: at once where it was made in this process, and the event of the change is not told any more.

    Planted: the page read without asking who is alive; seen to fail.
    """
    await world.user()
    caller = await world.caller()
    async with serving(world.services), listening(await follow_own(world.services, caller)) as stream:
        waiting = asyncio.create_task(heard(stream))
        await asyncio.sleep(0.05)
        await _change_password(world.services, caller)
        assert await waiting == SessionRevoked()
        with pytest.raises(StopAsyncIteration):
            await heard(stream)


async def test_a_stream_ends_wherever_its_session_was_ended(database_url: Secret, world: World) -> None:
    """R4: changed by one process, the streams in another end within a second of the commit."""
    await world.user()
    callers = [await world.caller() for _ in range(2)]
    root = await world.admin()
    async with (
        another_process(world.services, database_url) as there,
        serving(world.services),
        listening(await follow_own(there, callers[0])) as own,
        listening(await _all(there, root)) as everybodys,
    ):
        ended = asyncio.create_task(heard(own))
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        await _change_password(world.services, callers[1])
        assert await ended == SessionRevoked()
        assert asyncio.get_running_loop().time() - began < 1
        _, event = await _event(everybodys)
        assert event.kind is EventKind.PASSWORD_CHANGED
        await sign_out(world.services, origin(), root)
        assert await heard(everybodys) == SessionRevoked()


async def test_a_stream_ends_with_its_api_key(world: World) -> None:
    """Revoked: SESSION_REVOKED; expired: as a token that expires."""
    revoked, expired = await world.key_caller(), await world.key_caller()
    async with serving(world.services):
        async with listening(await _all(world.services, revoked)) as stream:
            ended = asyncio.create_task(heard(stream))
            await asyncio.sleep(0.05)
            await revoke_api_key(world.services, origin(), OPERATOR, revoked.key.id)
            assert await ended == SessionRevoked()
        await seal(world.services.store)  # that one was revoked is not told to the other
        async with listening(await _all(world.services, expired)) as stream:
            ended = asyncio.create_task(heard(stream))
            await asyncio.sleep(0.05)
            world.chance.set(expired.key.expires_at)
            assert await ended == Unauthenticated()


async def test_a_stream_ends_within_a_page(world: World) -> None:
    """Of what was read before the end nothing is told after it. Planted: not asked; seen to fail."""
    await world.user()
    caller, store = await world.caller(), world.services.store
    async with serving(world.services), listening(await follow_own(world.services, caller)) as stream:
        await store.write(add_events, "a", "b", user_id=caller.user.id)
        assert await _ids(stream, 1) == ["a"]
        world.chance.forward(timedelta(minutes=15))
        assert await heard(stream) == Unauthenticated()


async def test_who_hangs_up_is_forgotten_at_once(world: World) -> None:
    """A reader that waits is ended, then the stream: nobody is left who follows.

    Planted: the follower left registered; seen to fail.
    """
    await world.user()
    caller = await world.caller()
    await seal(world.services.store)
    async with at_work(world.services.feed):
        stream = await follow_own(world.services, caller)
        waiting = asyncio.create_task(heard(stream))
        await asyncio.sleep(0.05)
        await hangs_up(waiting, stream)
        await asyncio.sleep(LOOK_SECONDS + 0.05)
        with statements() as asked:
            await asyncio.sleep(0.3)
        assert asked == []


@ON_SQLITE
async def test_a_page_that_cannot_be_read_is_tried_again(database_url: Secret, world: World) -> None:
    """A short outage loses nothing. Planted: the fault let through; seen to fail."""
    path, key, store = embedded_path(database_url), await world.key_caller(), world.services.store
    assert path is not None
    away = path.with_suffix(".away")
    async with serving(world.services), listening(await _all(world.services, key)) as stream:
        await store.write(add_events, "one")
        path.rename(away)
        waiting = asyncio.create_task(_ids(stream, 1))
        await asyncio.sleep(0.05)
        away.rename(path)
        assert await waiting == ["one"]

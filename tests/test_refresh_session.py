"""Refresh a session."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EventKind
from credentials.secret import Secret
from resolvers.authenticate import authenticate
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.refresh_session import RefreshAdmission, admit, refresh_session
from resolvers.services import SessionCaller
from resolvers.sessions import SignedIn
from resolvers.sign_out import sign_out
from tests.looking import all_look_first
from tests.statements import statements
from tests.world import origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


async def refresh(world: World, token: Secret) -> SignedIn | InvalidToken | TooManyAttempts:
    """Runs the whole use case, as the guard and the field do."""
    admission = await admit(world.services, origin(), token)
    if not isinstance(admission, RefreshAdmission):
        return admission
    admission.close()
    return await refresh_session(world.services, origin(), admission)


async def refreshed(world: World, token: Secret) -> SignedIn:
    """Refreshes a session that is alive."""
    done = await refresh(world, token)
    assert isinstance(done, SignedIn), done
    return done


async def speaks(world: World, session: SignedIn) -> bool:
    """Whether an access token still speaks for its owner."""
    return isinstance(await authenticate(world.services, origin(), session.access_token), SessionCaller)


async def test_a_refresh_token_rotates(world: World) -> None:
    """Each refresh gives another refresh token and a live access token."""
    await world.user()
    first = await world.signed_in()
    second = await refreshed(world, first.refresh_token)
    third = await refreshed(world, second.refresh_token)
    assert len({each.refresh_token.reveal() for each in (first, second, third)}) == 3
    assert await speaks(world, third)


async def test_an_answer_that_was_lost_is_given_again(world: World) -> None:
    """For ten seconds the token before gets the same successor.

    Planted: a grace of nine seconds, and of eleven; both seen to fail.
    """
    await world.user()
    first = await world.signed_in()
    second = await refreshed(world, first.refresh_token)
    world.chance.forward(10 * SECOND - timedelta(microseconds=1))
    again = await refreshed(world, first.refresh_token)
    assert again.refresh_token == second.refresh_token
    assert again.refresh_token_expires_at == second.refresh_token_expires_at
    assert await speaks(world, again)


async def test_an_old_token_ends_its_session(world: World) -> None:
    """After ten seconds a token that was used ends its own session, and no other."""
    await world.user()
    first, other = await world.signed_in(), await world.signed_in()
    second = await refreshed(world, first.refresh_token)
    world.chance.forward(10 * SECOND)
    assert await refresh(world, first.refresh_token) == InvalidToken()
    assert await refresh(world, second.refresh_token) == InvalidToken()
    assert not await speaks(world, second)
    assert await speaks(world, other)
    (event,) = await world.events(EventKind.SESSION_REVOKED)
    assert (event.success, event.code) == (False, "INVALID_TOKEN")


async def test_the_grace_ends_with_the_successors_use(world: World) -> None:
    """Once the successor was used, the token before it ends the session also within ten seconds."""
    await world.user()
    first = await world.signed_in()
    second = await refreshed(world, first.refresh_token)
    third = await refreshed(world, second.refresh_token)
    assert await refresh(world, first.refresh_token) == InvalidToken()
    assert not await speaks(world, third)


@pytest.mark.parametrize("times", [0, 1])
async def test_who_was_let_in_before_the_session_ended_gets_nothing(world: World, times: int) -> None:
    """With its newest token, and with the one before it within ten seconds.

    Planted: the session not read again for the token before; seen to fail.
    """
    await world.user()
    first = await world.signed_in()
    for _ in range(times):
        await refreshed(world, first.refresh_token)
    admission = await admit(world.services, origin(), first.refresh_token)
    assert isinstance(admission, RefreshAdmission)
    await world.change("mary")
    assert await refresh_session(world.services, origin(), admission) == InvalidToken()
    admission.close()


async def test_two_at_once_get_the_same_successor(world: World) -> None:
    """Two tabs that refresh at once both go on, with the same refresh token.

    Planted: a lost race answered with InvalidToken; seen to fail.
    """
    await world.user()
    first = await world.signed_in()
    for _ in range(5):
        answers = await asyncio.gather(*(refreshed(world, first.refresh_token) for _ in range(4)))
        assert len({answer.refresh_token.reveal() for answer in answers}) == 1
        first = answers[0]


async def test_a_token_is_refused_where_it_is_counted(embedded: World) -> None:
    """Those that looked before any was counted are refused by the count itself, from the sixth on.

    Planted: what the count says is not looked at; seen to fail.
    """
    await embedded.user()
    _, number, mac = (await embedded.signed_in()).refresh_token.reveal().split(".")
    unknown = Secret(f"{'0' * 26}.{number}.{mac}")
    tries = [admit(embedded.services, origin(), unknown) for _ in range(8)]
    assert await all_look_first(embedded, tries) == 5 * [InvalidToken()] + 3 * [TooManyAttempts(30)]


async def test_a_race_lost_between_look_and_use(world: World) -> None:
    """Who was admitted and finds the number spent gets the successor, for ten seconds."""
    await world.user()
    first = await world.signed_in()
    late, later = [await admit(world.services, origin(), first.refresh_token) for _ in range(2)]
    assert isinstance(late, RefreshAdmission)
    assert isinstance(later, RefreshAdmission)
    second = await refreshed(world, first.refresh_token)
    again = await refresh_session(world.services, origin(), late)
    assert isinstance(again, SignedIn)
    assert again.refresh_token == second.refresh_token
    world.chance.forward(10 * SECOND)
    assert await refresh_session(world.services, origin(), later) == InvalidToken()


async def test_a_session_that_ends_between_look_and_use(world: World) -> None:
    """A session that was ended, or deleted with its user, after it was admitted gets nothing."""
    mary = await world.user()
    first = await world.signed_in()
    caller = await world.caller()
    session = await authenticate(world.services, origin(), first.access_token)
    assert isinstance(session, SessionCaller)
    ended, deleted = [await admit(world.services, origin(), first.refresh_token) for _ in range(2)]
    assert isinstance(ended, RefreshAdmission)
    assert isinstance(deleted, RefreshAdmission)
    await sign_out(world.services, origin(), session)
    assert await refresh_session(world.services, origin(), ended) == InvalidToken()
    await world.services.store.write(lambda unit: unit.users.delete(mary.id))
    assert await refresh_session(world.services, origin(), deleted) == InvalidToken()
    assert not await world.is_alive(caller)


@pytest.mark.parametrize(
    ("values", "turn"),
    [
        ({}, True),
        ({"is_disabled": True}, False),
        ({"password_is_temporary": True}, False),
    ],
)
async def test_what_ends_a_refresh_token(world: World, values: dict[str, Any], turn: bool) -> None:
    """R4: a turned epoch, a disabled user and a dead password refuse a refresh token of before."""
    await world.user()
    first = await world.signed_in()
    await world.change(turn=turn, **values)
    assert await refresh(world, first.refresh_token) == InvalidToken()


async def test_an_expired_password_refuses_refresh(world: World) -> None:
    """A password that expired by itself lets no session go on; the access token lives its minutes out."""
    await world.user()
    first = await world.signed_in()
    await world.change(turn=False, password_expires_at=world.chance.now())
    assert await refresh(world, first.refresh_token) == InvalidToken()
    assert await speaks(world, first)


async def test_an_idle_session_is_over(world: World) -> None:
    """A session that was not refreshed for seven days is over."""
    await world.user()
    first = await world.signed_in()
    world.chance.forward(timedelta(days=7) - SECOND)
    second = await refreshed(world, first.refresh_token)
    world.chance.forward(timedelta(days=7))
    assert await refresh(world, second.refresh_token) == InvalidToken()


async def test_no_session_outlives_thirty_days(world: World) -> None:
    """However often it is refreshed, a session is over after 30 days; its access tokens end with it."""
    await world.user()
    session = await world.signed_in()
    end = world.chance.now() + timedelta(days=30)
    for _ in range(4):
        world.chance.forward(timedelta(days=6))
        session = await refreshed(world, session.refresh_token)
    world.chance.forward(timedelta(days=6) - SECOND)
    session = await refreshed(world, session.refresh_token)
    assert session.refresh_token_expires_at == end
    assert session.access_token_expires_at == end
    world.chance.forward(SECOND)
    assert await refresh(world, session.refresh_token) == InvalidToken()


async def test_a_forged_token_is_counted(world: World) -> None:
    """A token of a known session with another signature is refused, and five bring a wait."""
    await world.user()
    first = await world.signed_in()
    session_id, number, mac = first.refresh_token.reveal().split(".")
    other = "A" if mac[0] != "A" else "B"
    forged = Secret(f"{session_id}.{number}.{other}{mac[1:]}")
    unknown = Secret(f"{'0' * 26}.{number}.{mac}")
    assert await refresh(world, unknown) == InvalidToken()
    for _ in range(5):
        assert await refresh(world, forged) == InvalidToken()
    assert await refresh(world, forged) == TooManyAttempts(30)
    assert await speaks(world, first)


async def test_right_tokens_are_not_counted(world: World) -> None:
    """A right token is no failed attempt, however often it is shown."""
    await world.user()
    first = await world.signed_in()
    for _ in range(12):
        await refreshed(world, first.refresh_token)


@pytest.mark.parametrize("text", ["", "x", "x" * 10_000, "a.0.b", "a.00.b\ud800"])
async def test_what_is_no_token_is_not_looked_up(embedded: World, text: str) -> None:
    """1.8: a text that is no refresh token is an InvalidToken before anything is counted."""
    with statements() as asked:
        assert await refresh(embedded, Secret(text)) == InvalidToken()
    assert asked == []

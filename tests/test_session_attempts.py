"""Attempts on the old password by who is signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EventKind
from credentials.secret import Secret
from resolvers.change_password import PasswordChanged, change_password
from resolvers.outcomes import InvalidCredentials, PasswordRejected, TooManyAttempts, Unauthenticated
from resolvers.selectors import UserSelector
from resolvers.session_attempts import WRONG_IN_A_SESSION, SessionAttempt
from resolvers.sign_out import sign_out
from resolvers.unlock_user import unlock_user
from tests.guesses import fail, guess
from tests.interruptions import Interrupting
from tests.overload import overloaded
from tests.statements import statements, writes
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from resolvers.change_password import Refused
    from resolvers.services import SessionCaller
    from store.unit_of_work import Store, Unit
    from tests.world import World

pytestmark = pytest.mark.anyio


async def change(
    world: World,
    caller: SessionCaller,
    old: str = "wrong",
    new: str = NEW_PASSWORD,
    address: str = "192.0.2.1",
) -> PasswordChanged | Refused:
    """Changes the caller's password."""
    return await change_password(world.services, origin(address), caller, Secret(old), Secret(new), None)


async def wrong(world: World, caller: SessionCaller, times: int) -> None:
    """Waits and fails so many times, a day apart from one to the next."""
    for _ in range(times):
        assert await change(world, caller) == InvalidCredentials()
        world.chance.forward(timedelta(days=1))


async def test_ten_wrong_old_passwords_end_the_session(world: World) -> None:
    """However long it takes: the tenth ends this session, no other, and the audit says so (ASVS 7.5.1).

    Planted: eleven; a count of a day; seen to fail.
    """
    await world.user()
    caller, other = await world.caller(), await world.caller()
    for _ in range(WRONG_IN_A_SESSION - 1):
        assert await change(world, caller) == InvalidCredentials()
        assert await world.is_alive(caller)
        world.chance.forward(timedelta(hours=1))
    assert await change(world, caller) == InvalidCredentials()
    assert not await world.is_alive(caller)
    assert await world.is_alive(other)
    (event,) = await world.events(EventKind.SESSION_REVOKED)
    assert (event.actor, event.user_id, event.success) == (caller.actor, caller.user.id, True)


async def test_days_between_them_do_not_help(world: World) -> None:
    """A session's count is as long as the session; a change that is refused by then ends nothing twice."""
    await world.user()
    world.services = world.with_rules(refresh_token_ttl=timedelta(days=30))
    caller = await world.caller()
    await wrong(world, caller, WRONG_IN_A_SESSION - 1)
    assert await world.is_alive(caller)
    await wrong(world, caller, 2)
    assert not await world.is_alive(caller)
    assert len(await world.events(EventKind.SESSION_REVOKED)) == 1


async def test_it_waits_as_any_count_does(world: World) -> None:
    """From the fifth wrong one 30 seconds, in every network; refused by a read; unlocked by the operator."""
    await world.user()
    caller = await world.caller()
    for _ in range(5):
        assert await change(world, caller) == InvalidCredentials()
    with statements() as asked:
        assert await change(world, caller, PASSWORD, address="198.51.100.1") == TooManyAttempts(30)
    assert writes(asked) == []
    await unlock_user(world.services, origin(None), OPERATOR, UserSelector(username="mary"))
    assert isinstance(await change(world, caller, PASSWORD), PasswordChanged)


async def test_tries_at_once_are_counted_too(world: World) -> None:
    """Those that all looked before any was counted wait all the same from the sixth on."""
    await world.user()
    attempt = SessionAttempt(world.services, origin(), await world.caller())

    def count(unit: Unit) -> list[bool]:
        return [isinstance(attempt.count(unit, None), TooManyAttempts) for _ in range(7)]

    assert await world.services.store.write(count) == [False] * 5 + [True] * 2


async def test_a_change_that_was_let_in_is_counted_with_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five that fail between its look at the counts and its own count have it wait, right as it is.

    Planted: the count's refusal passed over; seen to fail.
    """
    await world.user()
    caller, store = await world.caller(), world.services.store
    write = store.write

    async def late(*work: Any) -> object:
        monkeypatch.undo()
        for _ in range(5):
            assert await change(world, caller) == InvalidCredentials()
        return await write(*work)

    monkeypatch.setattr(store, "write", late)
    assert await change(world, caller, PASSWORD) == TooManyAttempts(30)


async def test_a_session_that_was_signed_out_meanwhile_changes_nothing(store: Store) -> None:
    """Its owner ended it elsewhere: the right old password does not help who still had it.

    Planted: the epoch alone compared, which signing out does not turn; seen to fail.
    """
    async with open_world(store, chance=(chance := Interrupting())) as world:
        await world.user()
        caller = await world.caller()
        chance.before_job(2, lambda: sign_out(world.services, origin(), caller))
        assert await change(world, caller, PASSWORD) == Unauthenticated()
        *_, event = await world.events(EventKind.PASSWORD_CHANGED)
        assert (event.success, event.code) == (False, "UNAUTHENTICATED")
        await world.signed_in()


async def test_what_others_do_to_the_name_does_not_touch_a_session(world: World) -> None:
    """A locked account's owner changes the password by a live session, from anywhere, which unlocks.

    Planted: sessions counted with the name; the row not ended; seen to fail.
    """
    await world.user()
    caller = await world.caller()
    await fail(world, 100)
    for _ in range(5):
        await guess(world, "203.0.113.7", caller.user.id)
    assert isinstance(await change(world, caller, PASSWORD, address="203.0.113.7"), PasswordChanged)
    assert (await world.user_now()).locked_at is None
    await fail(world, 3)
    assert (await world.user_now()).locked_at is None


async def test_a_right_old_password_takes_its_own_back(world: World) -> None:
    """What the policy rejects is no wrong password. Planted: not taken back; seen to fail."""
    await world.user()
    caller = await world.caller()
    for _ in range(12):
        assert isinstance(await change(world, caller, PASSWORD, PASSWORD), PasswordRejected)
    assert await world.is_alive(caller)


async def test_who_is_signed_in_does_not_wait_for_strangers(world: World) -> None:
    """Where they fill the hashing queue a session has a place. Planted: a stranger's place; seen to fail."""
    await world.user()
    caller = await world.caller()
    with overloaded(world, by_strangers=True) as services:
        done = await change_password(services, origin(), caller, Secret(PASSWORD), Secret(NEW_PASSWORD), None)
    assert isinstance(done, PasswordChanged)

"""The hundredth failure in a row, and what it does and does not do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.hash_queue import Place
from credentials.secret import Secret
from resolvers.change_password import PasswordChanged, change_expired_password
from resolvers.counted_name import IN_A_ROW, CountedName
from resolvers.name_attempts import attempt_at
from resolvers.outcomes import InvalidCredentials, InvalidToken
from resolvers.reset_password import PasswordReset
from resolvers.selectors import UserSelector
from resolvers.sessions import SignedIn
from resolvers.unlock_user import UserUnlocked, unlock_user
from tests.guesses import fail, guess, right
from tests.interruptions import Interrupting
from tests.resets import request, reset, strike
from tests.statements import statements
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, open_world, origin

if TYPE_CHECKING:
    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio
HOME, ELSEWHERE = "192.0.2.1", "203.0.113.7"


async def row(world: World, count: int) -> None:
    """Makes Mary, who signs in at home, and has so many failures in a row after it."""
    await world.user()
    assert isinstance(await right(world, HOME), SignedIn)
    await fail(world, count)


async def test_the_hundredth_failure_in_a_row_locks(world: World) -> None:
    """From networks that never signed her in the right password is as good as a wrong one (NIST 3.2.2).

    Whether it is locked shows in no answer. Planted: 101; known networks barred too; seen to fail.
    """
    await row(world, IN_A_ROW - 1)
    assert (await world.user_now()).locked_at is None
    with capture_logs() as logged:
        assert await guess(world, ELSEWHERE) == InvalidCredentials()
    assert "user.locked" in {line["event"] for line in logged}
    assert (await world.user_now()).locked_at == world.chance.now()
    assert await right(world, ELSEWHERE) == InvalidCredentials()
    assert isinstance(await right(world, HOME), SignedIn)
    assert await right(world, ELSEWHERE) == InvalidCredentials()


async def test_the_hundredth_may_be_right(world: World) -> None:
    """Ninety-nine are not a hundred; and a success ends the row, from wherever it comes.

    Planted: the row not ended; seen to fail.
    """
    await row(world, IN_A_ROW - 1)
    assert isinstance(await right(world, ELSEWHERE), SignedIn)
    await fail(world, 3)
    assert (await world.user_now()).locked_at is None


async def test_in_a_row_are_failures_of_more_than_a_day(world: World) -> None:
    """Fifty today and fifty next week are a hundred. Planted: a window of a day; seen to fail."""
    await row(world, IN_A_ROW // 2)
    world.chance.forward(timedelta(days=7))
    await fail(world, IN_A_ROW // 2)
    assert (await world.user_now()).locked_at is not None


async def test_a_known_networks_failures_lock_nobody(world: World) -> None:
    """It keeps its own count: it waits for an hour at most, and does not lock."""
    await row(world, IN_A_ROW - 1)
    for _ in range(5):
        assert await guess(world, HOME) == InvalidCredentials()
    assert (await world.user_now()).locked_at is None


async def test_unlocked_by_the_operator(world: World) -> None:
    """`rekey user unlock` ends the lock and the row. Planted: the row left; seen to fail."""
    await row(world, IN_A_ROW)
    done = await unlock_user(world.services, origin(None), OPERATOR, UserSelector(username="mary"))
    assert isinstance(done, UserUnlocked)
    assert done.was_locked
    await fail(world, 3)
    assert (await world.user_now()).locked_at is None
    assert isinstance(await right(world, ELSEWHERE), SignedIn)


async def test_a_reset_by_mail_always_works_and_unlocks(world: World) -> None:
    """From a network that nobody knows, by token or by code; then the new password opens from there."""
    await row(world, IN_A_ROW)
    for number, proof in enumerate(("token", "code")):
        mailed = await strike(world, await world.user_now())
        given = {proof: getattr(mailed, proof), "email_address": "mary@example.org"}
        word = f"{NEW_PASSWORD} {number}"
        done = await reset(world.services, request(**given, new_password=word), origin(ELSEWHERE))
        assert isinstance(done, PasswordReset), done
        assert (await world.user_now()).locked_at is None
        await fail(world, 3)
        assert isinstance(await guess(world, ELSEWHERE, password=word), SignedIn)
        await world.change(turn=False, locked_at=world.chance.now())


async def test_the_other_doors_of_the_password_are_barred_too(world: World) -> None:
    """`changeExpiredPassword` and a temporary password, from networks that never signed her in.

    Planted: each door without the bar; seen to fail.
    """
    await world.user()
    assert isinstance(await right(world, HOME), SignedIn)
    await world.change(turn=False, locked_at=world.chance.now(), password_is_temporary=True)
    values = ("mary", Secret(PASSWORD), Secret(NEW_PASSWORD), Secret(NEW_PASSWORD))
    barred = await change_expired_password(world.services, origin(ELSEWHERE), *values)
    assert barred == InvalidCredentials()
    temporary = request(temporary_password=PASSWORD, email_address="mary@example.org")
    assert await reset(world.services, temporary, origin(ELSEWHERE)) == InvalidToken()
    assert isinstance(await change_expired_password(world.services, origin(HOME), *values), PasswordChanged)
    assert (await world.user_now()).locked_at is None


async def test_all_doors_of_the_password_share_the_row(world: World) -> None:
    """The hundredth may fail at any of them. Planted: no `fail` for temporary passwords; seen to fail."""
    await row(world, IN_A_ROW - 1)
    temporary = request(temporary_password="wrong", email_address="mary@example.org")  # noqa: S106  wrong
    assert await reset(world.services, temporary, origin(ELSEWHERE)) == InvalidToken()
    assert (await world.user_now()).locked_at is not None
    await world.change(turn=False, locked_at=None)
    values = ("mary", Secret("wrong"), Secret(NEW_PASSWORD), Secret(NEW_PASSWORD))
    assert await change_expired_password(world.services, origin(ELSEWHERE), *values) == InvalidCredentials()
    assert (await world.user_now()).locked_at is not None


async def test_locked_known_and_unknown_take_the_same_work(store: Store) -> None:
    """The same statements and one hash, whoever it is (ASVS 6.3.8). Planted: no hash when barred; failed."""
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        for name in ("mary", "john"):
            await world.user(name)
            assert isinstance(await right(world, HOME, name), SignedIn)
        await world.change("john", turn=False, locked_at=chance.now())
        seen = {}
        for login, address in (("mary", HOME), ("mary", ELSEWHERE), ("john", ELSEWHERE), ("x", ELSEWHERE)):
            before = chance.jobs
            with statements() as asked:
                assert await guess(world, address, login) == InvalidCredentials()
            seen[login, address] = (asked, chance.jobs - before)
        assert all(work == seen["x", ELSEWHERE] for work in seen.values())
        assert seen["x", ELSEWHERE][1] == 1


async def test_a_change_meanwhile_is_not_locked_by_what_failed_before_it(store: Store) -> None:
    """A new password while the hundredth is hashed: the old one is not locked, but the count bars."""
    chance = Interrupting()
    async with open_world(store, chance=chance) as world:
        await row(world, IN_A_ROW - 1)
        chance.before_job(1, world.change)
        assert await guess(world, ELSEWHERE) == InvalidCredentials()
        assert (await world.user_now()).locked_at is None
        assert await right(world, "203.0.113.8") == InvalidCredentials()
        assert (await world.user_now()).locked_at is not None


async def test_known_networks_overtake(world: World) -> None:
    """Once it is known who tries, their hash goes first. Planted: nobody overtakes; seen to fail."""
    mary = await world.user()
    assert isinstance(await right(world, HOME), SignedIn)
    for address, goes_first in ((HOME, True), (ELSEWHERE, False)):
        attempt = attempt_at(world.services, origin(address), "password", "mary")
        place = await attempt.take_place()
        assert isinstance(place, Place)
        with place:
            counted = await world.services.store.write(attempt.count, mary)
            assert isinstance(counted, CountedName)
            counted.overtake(place)
            assert place.is_first is goes_first

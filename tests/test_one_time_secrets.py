"""One-time secrets as rows, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.digests import Digest
from store.one_time_secrets import CODE_FAILURES
from tests.chance import START
from tests.rows import HOUR, add_user, secret_of, strike

if TYPE_CHECKING:
    from credentials.model import User
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12


def _live(unit: Unit, *names: str) -> list[str]:
    """The ids of these secrets that a token still finds."""
    found = [unit.one_time_secrets.by_lookup([name.encode()], START) for name in names]
    return [secret.id for secret in found if secret is not None]


async def test_a_struck_secret_is_found_by_its_lookup(store: Store) -> None:
    """By any of the digests of a ring's keys, until the moment it expires."""
    user = await store.write(add_user)
    assert await store.write(strike, user)

    def find(unit: Unit) -> None:
        secrets = unit.one_time_secrets
        assert secrets.by_lookup([b"older", b"secret"], START) == secret_of(user)
        assert secrets.by_lookup([b"secret"], START + HOUR) is None
        assert secrets.by_lookup([b"other"], START) is secrets.by_lookup([], START) is None

    await store.read(find)


async def test_a_secret_may_have_no_code(store: Store) -> None:
    """Where too many codes failed, only the link works."""
    user = await store.write(add_user)
    secret = secret_of(user)
    bare = type(secret)(secret.id, user.id, user.epoch, secret.token, None, secret.expires_at)
    assert await store.write(lambda unit: unit.one_time_secrets.strike(bare, b"secret", START))
    assert await store.read(lambda unit: unit.one_time_secrets.by_lookup([b"secret"], START)) == bare
    assert await store.write(lambda unit: unit.one_time_secrets.count_code(user.id, START)) is None


async def test_to_strike_again_changes_nothing(store: Store) -> None:
    """A repeated mail is the same mail, by the key of its first try; one whose secret is dead is not sent."""
    user = await store.write(add_user)
    first = await store.write(strike, user)
    assert first == secret_of(user)
    later = replace(first, token=Digest("k2", b"other"), code=None)
    assert first == await store.write(lambda unit: unit.one_time_secrets.strike(later, b"other", START))
    assert not await store.write(strike, user, now=START + HOUR)
    assert await store.write(lambda unit: unit.one_time_secrets.spend("secret", START))
    assert not await store.write(strike, user)


async def test_older_secrets_die_with_a_newer_one(store: Store) -> None:
    """Those of this user only."""
    user, other = await store.write(add_user), await store.write(add_user, "other")
    for owner, name in ((user, "first"), (other, "theirs"), (user, "second")):
        assert await store.write(strike, owner, name)
    assert await store.read(_live, "first", "second", "theirs") == ["second", "theirs"]
    assert not await store.write(strike, user, "first")


async def test_nothing_is_struck_for_a_user_who_is_gone(store: Store) -> None:
    """A user may be deleted between the wish and the mail."""
    user = await store.write(add_user)
    await store.write(lambda unit: unit.users.delete(user.id))
    assert not await store.write(strike, user)


async def test_many_strikes_at_once_leave_one_alive(store: Store) -> None:
    """Two relays with two wishes of one user. Planted: the user's row not held; seen to fail."""
    user = await store.write(add_user)
    names = [f"secret{number}" for number in range(RACERS)]
    await asyncio.gather(*(store.write(strike, user, name) for name in names))
    assert len(await store.read(_live, *names)) == 1


async def test_a_secret_is_spent_once(store: Store) -> None:
    """Twelve at once: one winner. Planted: the condition on spent_at removed; seen to fail."""
    user = await store.write(add_user)
    await store.write(strike, user)

    def spend(unit: Unit) -> bool:
        return unit.one_time_secrets.spend("secret", START)

    won = await asyncio.gather(*(store.write(spend) for _ in range(RACERS)))
    assert won.count(True) == 1


async def test_an_expired_secret_is_not_spent(store: Store) -> None:
    """It may expire between its proof and its use."""
    user = await store.write(add_user)
    await store.write(strike, user)
    assert not await store.write(lambda unit: unit.one_time_secrets.spend("secret", START + HOUR))
    assert not await store.write(lambda unit: unit.one_time_secrets.spend("other", START))


async def test_a_code_takes_five_attempts_however_many_come_at_once(store: Store) -> None:
    """Counted before it is looked at; the link goes on working."""
    user = await store.write(add_user)
    await store.write(strike, user)

    def count(unit: Unit) -> bool:
        return unit.one_time_secrets.count_code(user.id, START) is not None

    counted = await asyncio.gather(*(store.write(count) for _ in range(RACERS)))
    assert counted.count(True) == CODE_FAILURES
    assert await store.read(_live, "secret") == ["secret"]
    await store.write(lambda unit: unit.one_time_secrets.uncount_code("secret"))
    assert await store.write(count)
    assert not await store.write(count)


async def test_every_secret_of_a_user_ends_together(store: Store) -> None:
    """A change of the credential kills what was struck before; a code with it."""
    user: User = await store.write(add_user)
    await store.write(strike, user)
    await store.write(lambda unit: unit.one_time_secrets.end_all(user.id, START))
    assert await store.read(_live, "secret") == []
    assert await store.write(lambda unit: unit.one_time_secrets.count_code(user.id, START)) is None

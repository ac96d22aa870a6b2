"""Verifiers, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.hashing import Verifier
from credentials.model import PasswordState
from tests.chance import START
from tests.rows import DAY, HOUR, add_user

if TYPE_CHECKING:
    from credentials.model import User
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12


def _replace(unit: Unit, user: User, name: str, history: int = 0) -> User | None:
    return unit.verifiers.replace(
        user,
        Verifier(name, "k2"),
        at=START + HOUR,
        expires_at=START + DAY,
        is_temporary=True,
        history=history,
    )


async def test_a_new_verifier_turns_the_epoch_and_unlocks(store: Store) -> None:
    """What proves the user, since when and until when changes in one statement."""
    user = await store.write(add_user, locked_at=START)
    changed = await store.write(_replace, user, "second")
    assert changed is not None
    assert changed.verifier == Verifier("second", "k2")
    assert changed.password == PasswordState(START + HOUR, START + DAY, is_temporary=True)
    assert (changed.epoch, changed.locked_at) == (user.epoch + 1, None)
    assert await store.write(_replace, user, "third") is None


async def test_of_many_replacements_one_wins(store: Store) -> None:
    """Twelve changes that read the same epoch: one new password. Planted: no compare; seen to fail."""
    user = await store.write(add_user)
    done = await asyncio.gather(*(store.write(_replace, user, f"v{number}") for number in range(RACERS)))
    (winner,) = [each for each in done if each is not None]
    assert await store.read(lambda unit: unit.users.by_id(user.id)) == winner


async def test_a_rehash_turns_nothing_and_yields_to_a_change(store: Store) -> None:
    """The same password under newer parameters; one that comes too late does nothing."""
    user = await store.write(add_user)
    await store.write(lambda unit: unit.verifiers.rehash(user, Verifier("newer", "k2")))
    rehashed = await store.read(lambda unit: unit.users.by_id(user.id))
    assert rehashed is not None
    assert (rehashed.verifier, rehashed.epoch) == (Verifier("newer", "k2"), user.epoch)
    changed = await store.write(_replace, rehashed, "other")
    await store.write(lambda unit: unit.verifiers.rehash(rehashed, Verifier("late", "k2")))
    assert await store.read(lambda unit: unit.users.by_id(user.id)) == changed


async def test_the_history_keeps_the_latest_former_verifiers(store: Store) -> None:
    """As many as the policy asks for, the latest first, of this user only; none where it asks for none."""
    user: User | None = await store.write(add_user)
    other = await store.write(add_user, "other", verifier="theirs")
    await store.write(_replace, other, "next", 2)
    for name in ("second", "third", "fourth"):
        assert user is not None
        user = await store.write(_replace, user, name, 2)

    def former(unit: Unit, limit: int) -> list[str]:
        return [verifier.phc for verifier in unit.verifiers.former("id-mary", limit)]

    assert await store.read(former, 9) == ["third", "second"]
    assert await store.read(former, 1) == ["third"]
    assert user is not None
    await store.write(_replace, user, "fifth", 0)
    assert await store.read(former, 9) == ["third", "second"]


async def test_a_user_without_a_password_leaves_no_former_one(store: Store) -> None:
    """There is nothing to remember of an external user."""
    user = await store.write(add_user, verifier=None, verifier_key=None)
    assert await store.write(_replace, user, "first", 2) is not None
    assert await store.read(lambda unit: unit.verifiers.former(user.id, 9)) == []

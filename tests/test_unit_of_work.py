"""What commits, what rolls back, and what becomes of a write whose caller has gone; on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.direct import held_open
from tests.rows import add_effects, add_user

if TYPE_CHECKING:
    from credentials.model import User
    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

#: It waits for the row on PostgreSQL, for the file on SQLite.
HOLD = "UPDATE users SET locale = 'fr_FR'"
#: Long enough for a write to have begun and to wait.
A_MOMENT = 0.2


class BrokenError(Exception):
    """A defect that a test plants."""


@pytest.fixture
async def user(store: Store) -> User:
    """A user in the store."""
    return await store.write(add_user)


def _rename(unit: Unit, user: User) -> str:
    add_effects(unit, "one")
    changed = unit.users.change(user.id, user.epoch, {"full_name": "Mary"}, turn=False)
    assert changed is not None
    return "done"


def _break(unit: Unit, user: User) -> None:
    _rename(unit, user)
    raise BrokenError


async def _name(store: Store, user: User) -> str | None:
    found = await store.read(lambda unit: unit.users.by_id(user.id))
    assert found is not None
    return found.full_name


async def test_what_returns_commits(store: Store, user: User) -> None:
    """The value comes back after the commit, and the relay is woken."""
    assert not store.effects_written.is_set()
    assert await store.write(_rename, user) == "done"
    assert await _name(store, user) == "Mary"
    assert store.effects_written.is_set()


async def test_what_raises_rolls_back(store: Store, user: User) -> None:
    """All of it; the exception comes through as it is, and the relay is not woken."""
    with pytest.raises(BrokenError):
        await store.write(_break, user)
    assert await _name(store, user) is None
    assert await store.read(lambda unit: unit.effects.find("one")) is None
    assert not store.effects_written.is_set()


async def test_a_write_without_effects_wakes_nobody(store: Store, user: User) -> None:
    """Nor does one that looked at the outbox."""
    await store.write(lambda unit: unit.users.by_id(user.id))
    await store.write(lambda unit: unit.effects.find("one"))
    assert not store.effects_written.is_set()


async def _gone(store: Store, url: Secret, work: Any, user: User) -> None:  # noqa: ANN401  any work
    """Begins a write that has to wait, and goes away before it can end."""
    async with held_open(url, HOLD):
        caller = asyncio.create_task(store.write(work, user))
        await asyncio.sleep(A_MOMENT)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller


async def test_a_caller_who_goes_does_not_cut_a_write_short(
    database_url: Secret, store: Store, user: User
) -> None:
    """A client that hangs up: its change is made, and told. Planted: no shield; seen to fail."""
    await _gone(store, database_url, _rename, user)
    await asyncio.wait_for(store.effects_written.wait(), 5)
    assert await _name(store, user) == "Mary"


async def test_a_store_that_closes_waits_for_its_writes(
    database_url: Secret, store: Store, user: User
) -> None:
    """The process may end right after."""
    await _gone(store, database_url, _rename, user)
    await store.close()
    assert store.effects_written.is_set()


async def test_a_defect_is_not_lost_with_its_caller(database_url: Secret, store: Store, user: User) -> None:
    """Nobody waits for it any more: the loop's handler is told."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    await _gone(store, database_url, _break, user)
    await store.close()
    assert [type(context["exception"]) for context in told] == [BrokenError]


async def test_a_loop_that_ends_reports_nothing(store: Store, user: User) -> None:
    """It cancels every task, PostgreSQL's writes among them; that is no defect."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    before = asyncio.all_tasks()
    caller = asyncio.create_task(store.write(_rename, user))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - before:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await store.close()
    assert told == []


async def test_a_work_gets_its_arguments(store: Store) -> None:
    """By place and by name, whichever way it runs."""

    def echo(_unit: Unit, first: int, *, second: int) -> tuple[int, int]:
        return first, second

    for run in (store.write, store.read, store.glance):
        assert await run(echo, 1, second=2) == (1, 2)

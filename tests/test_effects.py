"""The outbox as rows, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState
from tests.chance import START
from tests.rows import HOUR, add_effects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CLAIMERS = 8


def _claim(unit: Unit, lease: str = "mine", now: datetime = START, limit: int = 99) -> list[Effect]:
    return unit.effects.claim(lease, now, now + MINUTE, limit)


def _ids(found: Sequence[Effect]) -> list[str]:
    return [effect.id for effect in found]


def _settle(
    unit: Unit, effect: Effect, lease: str = "mine", state: EffectState = EffectState.DELIVERED
) -> bool:
    return unit.effects.settle(effect, lease, state, now=START, reason="a reason", user_id="id-mary")


async def test_effects_come_back_in_the_order_they_were_added(store: Store) -> None:
    """Pending, due at once, never tried; to add none is no fault."""
    assert await store.write(add_effects) == []
    first, second = await store.write(add_effects, "b", "a")
    assert _ids([first, second]) == ["b", "a"]
    assert first.sequence < second.sequence
    assert (first.kind, first.state, first.attempts) == (EffectKind.MAIL_NOTICE, EffectState.PENDING, 0)
    assert first.details == {"letter": "hello"}
    assert await store.read(lambda unit: unit.effects.find("b")) == first
    assert await store.read(lambda unit: unit.effects.find("x")) is None


async def test_the_first_of_each_subject_is_claimed(store: Store) -> None:
    """The next of a subject waits until the one before it is settled."""
    await store.write(add_effects, "a1", "a2", subject="a")
    await store.write(add_effects, "b1", subject="b")
    first, other = await store.write(_claim)
    assert _ids([first, other]) == ["a1", "b1"]
    assert first.attempts == 1
    assert await store.write(_claim, "other") == []
    assert await store.write(_settle, first)
    assert _ids(await store.write(_claim, "other")) == ["a2"]


async def test_a_claim_takes_at_most_so_many(store: Store) -> None:
    """Those that have been due for longest."""
    for number in range(3):
        await store.write(add_effects, f"e{number}", subject=f"s{number}")
    assert _ids(await store.write(_claim, limit=2)) == ["e0", "e1"]
    assert _ids(await store.write(_claim, "other")) == ["e2"]


async def test_nothing_is_claimed_before_it_is_due(store: Store) -> None:
    """A postponed effect holds its subject up, in order."""
    await store.write(add_effects, "one", "two")
    (effect,) = await store.write(_claim)
    due_at = START + HOUR
    await store.write(lambda unit: unit.effects.postpone(effect, "mine", due_at=due_at, reason="busy"))
    assert not await store.read(lambda unit: unit.effects.is_due(START - MINUTE))
    assert await store.write(_claim, now=due_at - MINUTE) == []
    assert await store.read(lambda unit: unit.effects.is_due(due_at))
    (again,) = await store.write(_claim, now=due_at)
    assert (again.id, again.attempts, again.last_error) == ("one", 2, "busy")


async def test_a_lease_that_ran_out_is_anothers(store: Store) -> None:
    """Who had it settles nothing and postpones nothing. Planted: the lease not compared; seen to fail."""
    await store.write(add_effects, "one")
    (effect,) = await store.write(_claim)
    assert not await store.read(lambda unit: unit.effects.is_due(START + MINUTE / 2))
    assert _ids(await store.write(_claim, "other", START + MINUTE)) == ["one"]
    assert not await store.write(_settle, effect)
    await store.write(lambda unit: unit.effects.postpone(effect, "mine", due_at=START + HOUR, reason="late"))
    assert await store.write(_settle, effect, "other")
    assert not await store.write(_settle, effect, "other")


async def test_a_settled_effect_says_how_it_ended(store: Store) -> None:
    """When, why, and whose it was found to be."""
    await store.write(add_effects, "one")
    (effect,) = await store.write(_claim)
    await store.write(_settle, effect, state=EffectState.FAILED)
    found = await store.read(lambda unit: unit.effects.find("one"))
    assert found is not None
    assert (found.state, found.settled_at, found.last_error) == (EffectState.FAILED, START, "a reason")
    assert found.user_id == "id-mary"


async def test_claimers_at_once_share_nothing(store: Store) -> None:
    """Eight at once, each effect to one of them. Planted: no FOR UPDATE SKIP LOCKED; seen to fail."""
    for number in range(40):
        await store.write(add_effects, f"e{number}", subject=f"s{number}")
    claimed = await asyncio.gather(*(store.write(_claim, f"l{n}", limit=9) for n in range(CLAIMERS)))
    ids = [effect.id for each in claimed for effect in each]
    assert len(ids) == len(set(ids))
    ids += _ids(await store.write(_claim, "rest"))
    assert sorted(ids) == sorted(f"e{number}" for number in range(40))


@pytest.mark.parametrize("state", [EffectState.FAILED, EffectState.SKIPPED])
async def test_what_failed_can_be_tried_again(store: Store, state: EffectState) -> None:
    """As if it were new; the relay is woken."""
    await store.write(add_effects, "one")
    assert await store.write(lambda unit: unit.effects.retry("one", START)) is None
    (effect,) = await store.write(_claim)
    await store.write(_settle, effect, state=state)
    store.effects_written.clear()
    retried = await store.write(lambda unit: unit.effects.retry("one", START + HOUR))
    assert retried is not None
    assert (retried.state, retried.attempts, retried.settled_at) == (EffectState.PENDING, 0, None)
    assert store.effects_written.is_set()
    assert _ids(await store.write(_claim, now=START + HOUR)) == ["one"]


async def test_what_was_delivered_is_not_sent_again(store: Store) -> None:
    """Nor what does not exist."""
    await store.write(add_effects, "one")
    (effect,) = await store.write(_claim)
    await store.write(_settle, effect)
    assert await store.write(lambda unit: unit.effects.retry("one", START)) is None
    assert await store.write(lambda unit: unit.effects.retry("other", START)) is None


async def test_pages_are_stable_while_effects_are_added(store: Store) -> None:
    """The latest first, of one state or of all."""
    await store.write(add_effects, "a", "b", "c")
    first = await store.read(lambda unit: unit.effects.page(None, 2, None))
    await store.write(add_effects, "d")
    second = await store.read(lambda unit: unit.effects.page(first[-1].sequence, 9, EffectState.PENDING))
    assert _ids([*first, *second]) == ["c", "b", "a"]
    assert await store.read(lambda unit: unit.effects.page(None, 9, EffectState.FAILED)) == []

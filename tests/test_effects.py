"""The outbox as rows, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName, EffectKind, EffectState
from tests.chance import START
from tests.rows import HOUR, add_effects, claim_mail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CLAIMERS = 8


def _claim(unit: Unit, lease: str = "mine", now: datetime = START, limit: int = 99) -> list[Effect]:
    return claim_mail(unit, lease, now, now + MINUTE, limit)


def _ids(found: Sequence[Effect]) -> list[str]:
    return [effect.id for effect in found]


def _settle(
    unit: Unit, effect: Effect, lease: str = "mine", state: EffectState = EffectState.DELIVERED
) -> bool:
    return unit.due.settle(effect, lease, state, now=START, reason="a reason", user_id="id-mary")


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


@pytest.mark.parametrize("state", [EffectState.FAILED, EffectState.SKIPPED])
async def test_what_failed_can_be_tried_again(store: Store, state: EffectState) -> None:
    """As if it were new; the relay is woken."""
    await store.write(add_effects, "one")
    assert await store.write(lambda unit: unit.effects.retry("one", START)) is None
    (effect,) = await store.write(_claim)
    await store.write(_settle, effect, state=state)
    store.effects_written.clear()
    store.channels_written.clear()
    retried = await store.write(lambda unit: unit.effects.retry("one", START + HOUR))
    assert retried is not None
    assert (retried.state, retried.attempts, retried.settled_at) == (EffectState.PENDING, 0, None)
    assert store.effects_written.is_set()
    assert store.channels_written == {ChannelName.MAIL}
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


async def test_what_waits_is_counted_by_subject(store: Store) -> None:
    """Settled ones do not count, nor another subject's."""
    await store.write(add_effects, "a1", "a2", subject="a")
    await store.write(add_effects, "b1", subject="b")
    first, _ = await store.write(_claim)
    assert await store.read(lambda unit: unit.effects.pending("a")) == 2
    assert await store.write(_settle, first)
    assert await store.read(lambda unit: unit.effects.pending("a")) == 1
    assert await store.read(lambda unit: unit.effects.pending("c")) == 0

"""What a relay does with the rows of the outbox, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName, EffectState
from store.due_statements import WINDOW
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


def _park(unit: Unit, now: datetime = START) -> bool:
    return unit.due.park(ChannelName.MAIL, now=now)


def _ids(found: Sequence[Effect]) -> list[str]:
    return [effect.id for effect in found]


def _settle(
    unit: Unit, effect: Effect, lease: str = "mine", state: EffectState = EffectState.DELIVERED
) -> bool:
    return unit.due.settle(effect, lease, state, now=START, reason="a reason", user_id="id-mary")


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
    await store.write(lambda unit: unit.due.postpone(effect, "mine", due_at=due_at, reason="busy"))
    assert not await store.read(lambda unit: unit.due.channels(START - MINUTE))
    assert await store.write(_claim, now=due_at - MINUTE) == []
    assert await store.read(lambda unit: unit.due.channels(due_at))
    (again,) = await store.write(_claim, now=due_at)
    assert (again.id, again.attempts, again.last_error) == ("one", 2, "busy")


async def test_a_lease_that_ran_out_is_anothers(store: Store) -> None:
    """Who had it settles nothing and postpones nothing. Planted: the lease not compared; seen to fail."""
    await store.write(add_effects, "one")
    (effect,) = await store.write(_claim)
    assert not await store.read(lambda unit: unit.due.channels(START + MINUTE / 2))
    assert _ids(await store.write(_claim, "other", START + MINUTE)) == ["one"]
    assert not await store.write(_settle, effect)
    await store.write(lambda unit: unit.due.postpone(effect, "mine", due_at=START + HOUR, reason="late"))
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


async def test_each_channel_is_asked_for_its_own(store: Store) -> None:
    """A mail that is due says nothing about XMPP, and is not claimed for it."""
    await store.write(add_effects, "one")
    assert await store.read(lambda unit: unit.due.channels(START)) == {ChannelName.MAIL}
    claimed = await store.write(
        lambda unit: unit.due.claim(ChannelName.XMPP, "mine", now=START, until=START + MINUTE, limit=9)
    )
    assert claimed == []


async def test_followers_of_what_was_put_off_are_not_looked_at_again(store: Store) -> None:
    """They become due with it, and at once when it is settled.

    Planted: no parking: the channel stayed due all the time; no release: followers waited; seen to fail.
    """
    await store.write(add_effects, "a1", "a2", "a3", subject="a")
    (effect,) = await store.write(_claim)
    due_at = START + HOUR
    await store.write(lambda unit: unit.due.postpone(effect, "mine", due_at=due_at, reason="busy"))
    assert await store.read(lambda unit: unit.due.channels(START)) == {ChannelName.MAIL}
    assert await store.write(_claim) == []
    assert not await store.write(_park)
    assert await store.read(lambda unit: unit.due.channels(START)) == set()
    (again,) = await store.write(_claim, now=due_at)
    assert await store.write(_settle, again)
    assert await store.read(lambda unit: unit.due.channels(START)) == {ChannelName.MAIL}
    assert _ids(await store.write(_claim)) == ["a2"]


async def test_a_long_line_does_not_hide_its_first(store: Store) -> None:
    """Those who wait behind one that was put off, and is due again before all of them were, let it pass.

    Planted: followers parked only while the first is not due: longer than a second's look, its line was never
    seen again, nor was what is written after it; seen to fail.
    """
    await store.write(add_effects, *(f"a{number}" for number in range(2 * WINDOW + 2)), subject="a")
    (effect,) = await store.write(_claim)
    due_at = START + MINUTE
    await store.write(lambda unit: unit.due.postpone(effect, "mine", due_at=due_at, reason="busy"))
    await store.write(add_effects, "b1", subject="b")
    assert await store.write(_claim, now=due_at) == []
    assert [await store.write(_park, due_at) for _ in range(3)] == [True, True, False]
    assert _ids(await store.write(_claim, now=due_at)) == ["a0", "b1"]


async def test_a_long_line_of_one_subject_does_not_hide_the_others(store: Store) -> None:
    """What a claimer is at is left out of what it looks at, however many wait behind.

    Planted: `busy` not looked at; seen to fail.
    """
    await store.write(add_effects, *(f"a{number}" for number in range(WINDOW + 2)), subject="a")
    await store.write(add_effects, "b1", subject="b")
    assert _ids(await store.write(_claim, limit=1)) == ["a0"]
    claimed = await store.write(
        lambda unit: unit.due.claim(
            ChannelName.MAIL, "mine", now=START, until=START + MINUTE, limit=9, busy=["a"]
        )
    )
    assert _ids(claimed) == ["b1"]


async def test_a_newer_one_of_the_same_kind_supersedes(store: Store) -> None:
    """Only of the same subject, and only a newer one."""
    await store.write(add_effects, "a1", "a2", subject="a")
    await store.write(add_effects, "b1", subject="b")
    first, other = await store.write(_claim)
    assert await store.read(lambda unit: unit.due.superseded([first, other])) == {first.sequence}


async def test_what_is_too_old_is_abandoned(store: Store) -> None:
    """FAILED with the reason; what is in somebody's hands is theirs."""
    await store.write(add_effects, "held", subject="a")
    await store.write(_claim)
    await store.write(add_effects, "old", subject="b")

    def abandon(unit: Unit, before: datetime) -> int:
        return unit.due.abandon(ChannelName.MAIL, before=before, now=START, reason="too old")

    assert await store.write(abandon, START) == 0
    assert await store.write(abandon, START + MINUTE) == 1
    found = await store.read(lambda unit: unit.effects.find("old"))
    assert found is not None
    assert (found.state, found.last_error, found.settled_at) == (EffectState.FAILED, "too old", START)

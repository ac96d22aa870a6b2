"""Have a delivery tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName, EffectState
from resolvers.outcomes import Conflict, NotFound
from resolvers.retry_delivery import DeliveryRetried, retry_delivery
from tests.world import OPERATOR

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import Effect
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio


def _claim(unit: Unit, now: datetime, until: datetime) -> list[Effect]:
    return unit.due.claim(ChannelName.XMPP, "lease", now=now, until=until, limit=1)


@pytest.mark.parametrize("state", [EffectState.FAILED, EffectState.SKIPPED])
async def test_a_failed_or_skipped_delivery_is_due_again(world: World, state: EffectState) -> None:
    """A delivery that failed or was skipped is pending again, with its attempts forgotten; then it is not."""
    await world.system()
    now = world.chance.now()
    store, later = world.services.store, now + timedelta(minutes=1)
    (effect,) = await store.write(lambda unit: _claim(unit, now, later))
    assert await store.write(lambda unit: unit.due.settle(effect, "lease", state, now=now))
    done = await retry_delivery(world.services, OPERATOR, effect.id)
    assert isinstance(done, DeliveryRetried)
    assert (done.effect.id, done.effect.state, done.effect.attempts) == (effect.id, EffectState.PENDING, 0)
    assert isinstance(await retry_delivery(world.services, OPERATOR, effect.id), Conflict)


async def test_a_pending_or_delivered_one_is_not(world: World) -> None:
    """What waits already, or has arrived, is a Conflict."""
    await world.system()
    now, store = world.chance.now(), world.services.store
    waiting, *_ = await world.effects()
    assert isinstance(await retry_delivery(world.services, OPERATOR, waiting.id), Conflict)
    (effect,) = await store.write(lambda unit: _claim(unit, now, now + timedelta(minutes=1)))
    await store.write(lambda unit: unit.due.settle(effect, "lease", EffectState.DELIVERED, now=now))
    assert isinstance(await retry_delivery(world.services, OPERATOR, effect.id), Conflict)


@pytest.mark.parametrize("effect_id", ["", "nothing", "\0", "\ud800"])
async def test_an_unknown_delivery(world: World, effect_id: str) -> None:
    """1.7: an id of no delivery, or one that no database takes, is not found."""
    assert await retry_delivery(world.services, OPERATOR, effect_id) == NotFound()

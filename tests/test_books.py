"""What a lane writes down, where one turn has more to tell than one thing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName, EffectState
from delivery.books import LEASE, Books, Demand
from delivery.carrying import Ended
from delivery.faults import ChannelDown
from delivery.pauses import FIRST_WAIT
from delivery.settlement import Settlement
from tests.channels import Channel

if TYPE_CHECKING:
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio

BOOKS = Books(ChannelName.MAIL, "mine")
NOTHING_MORE = Demand(0, (), None)


async def test_one_that_failed_while_others_went_out_waits_as_after_any_fault(world: World) -> None:
    """The channel is open again by then, so that there is no pause to wait for."""
    channel, now = Channel(world), world.chance.now()
    await channel.add("one")
    write = world.services.store.write
    (effect,), _ = await write(BOOKS.turn, now, [], Demand(1, (), None))
    await write(BOOKS.turn, now, [Ended(effect, ChannelDown("Cut off."))], NOTHING_MORE)
    again = Demand(1, (), None)
    assert await write(BOOKS.turn, now + FIRST_WAIT - timedelta(seconds=1), [], again) == ([], False)
    assert len((await write(BOOKS.turn, now + FIRST_WAIT, [], again)).claimed) == 1


async def test_what_ends_with_an_effect_is_written_with_it_and_only_by_its_holder(world: World) -> None:
    """`after` runs in the settling transaction; not where the lease is another's, nor where it FAILED.

    Planted: run whoever holds the effect; seen to fail.
    """
    channel, now = Channel(world), world.chance.now()
    await channel.add("one")
    ran: list[str] = []

    def after(unit: Unit) -> None:
        found = unit.effects.find("one")
        assert found is not None
        ran.append(found.state)

    write = world.services.store.write
    (effect,), _ = await write(BOOKS.turn, now, [], Demand(1, (), None))
    done = Ended(effect, Settlement(after=after))
    await write(Books(ChannelName.MAIL, "other").turn, now + LEASE, [done], NOTHING_MORE)
    assert ran == []
    await write(BOOKS.turn, now, [done], NOTHING_MORE)
    assert ran == [EffectState.DELIVERED]

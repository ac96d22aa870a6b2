"""What `/readyz` says about each part."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName
from server.health import FAILING_FOR, Health, look

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

OK = {"database": "ok", "mail": "ok", "xmpp": "ok"}


async def test_all_is_well(world: World) -> None:
    """Nothing fails, and one word says so."""
    health = await look(world.services)
    assert (health.is_ready, health.status, health.parts) == (True, "ok", OK)


@pytest.mark.parametrize("channel", [ChannelName.MAIL, ChannelName.XMPP])
async def test_a_channel_that_fails_for_five_minutes_is_named(world: World, channel: ChannelName) -> None:
    """Not before, and no longer than it fails; requests are answered all the time, and no reason is shown.

    Planted: the time not compared; seen to fail.
    """
    now = world.chance.now()
    await world.services.store.write(lambda unit: unit.channels.fails(channel, now, "hunter2"))
    world.chance.forward(FAILING_FOR - timedelta(seconds=1))
    assert (await look(world.services)).parts == OK
    world.chance.forward(timedelta(seconds=1))
    health = await look(world.services)
    assert (health.is_ready, health.status) == (True, "degraded")
    assert health.parts[channel] == f"failing since {now:%Y-%m-%dT%H:%M:%SZ}; see rekey delivery list"
    await world.services.store.write(lambda unit: unit.channels.works(channel))
    assert (await look(world.services)).status == "ok"


async def test_other_peoples_servers_say_nothing_about_this_one(world: World) -> None:
    """A webhook's endpoint that is away is no part of Rekey."""
    now = world.chance.now()
    await world.services.store.write(lambda unit: unit.channels.fails(ChannelName.WEBHOOK, now, "away"))
    world.chance.forward(2 * FAILING_FOR)
    assert (await look(world.services)).parts == OK


def test_without_a_database_nothing_is_ready() -> None:
    """One word, and the part in words."""
    health = Health(is_ready=False, parts={"database": "gone"})
    assert health.status == "unavailable"

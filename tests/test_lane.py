"""A lane: it rests while nothing gets through, and goes on where it stopped."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.kinds import ChannelName, EffectKind, EffectState
from delivery.books import ABANDON_AFTER, SUPERSEDED
from delivery.faults import ChannelDown, PassingFault
from delivery.lane import WIDTH, Lane
from delivery.pauses import FIRST_WAIT, LONGEST_PAUSE
from delivery.relay import Relay
from resolvers.retry_delivery import DeliveryRetried, retry_delivery
from store.due_statements import WINDOW
from tests.channels import Channel
from tests.rows import effect_values
from tests.statements import statements, writes
from tests.world import OPERATOR

if TYPE_CHECKING:
    from credentials.model import Effect
    from delivery.settlement import Settlement
    from tests.world import World

pytestmark = pytest.mark.anyio

XMPP_KINDS = (EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT)
DOWN = "No mail server answers."


@pytest.fixture
def channel(world: World) -> Channel:
    """A channel that notes."""
    return Channel(world)


async def _fill(channel: Channel, count: int) -> None:
    for number in range(count):
        await channel.add(f"e{number}", subject=f"s{number}")


async def _failing(world: World) -> list[tuple[ChannelName, str]]:
    failing = await world.services.store.read(lambda unit: unit.channels.failing())
    return [(each.name, each.reason) for each in failing]


async def test_a_channel_that_is_down_is_tried_with_one_effect(channel: Channel) -> None:
    """The others are left alone, and all go out once one gets through; since when is written down.

    Planted: the lane's pause not looked at; every effect was tried each time; seen to fail.
    """
    await _fill(channel, 3 * WIDTH)
    channel.faults = [ChannelDown(DOWN) for _ in range(WIDTH + 1)]
    relay, chance = channel.relay(), channel.world.chance
    with capture_logs() as logged:
        assert await relay.step()
        assert len(channel.carried) == WIDTH
        assert not await relay.step()
        assert await _failing(channel.world) == [(ChannelName.MAIL, DOWN)]
        chance.forward(FIRST_WAIT)
        assert await relay.step()
        assert len(channel.carried) == WIDTH + 1
        chance.forward(2 * FIRST_WAIT)
        while await relay.step():
            pass
    assert {each.state for each in await channel.world.effects()} == {EffectState.DELIVERED}
    assert await _failing(channel.world) == []
    told = [line["event"] for line in logged if line["event"].startswith("channel.")]
    assert told == ["channel.fails", "channel.works"]


async def test_a_mail_that_waited_a_day_behind_a_dead_server_is_given_up(channel: Channel) -> None:
    """All that old, at the next try of one of them, with the reason in words."""
    await _fill(channel, 3)
    relay, chance = channel.relay(), channel.world.chance
    channel.faults = [ChannelDown(DOWN) for _ in range(9)]
    assert await relay.step()
    chance.forward(ABANDON_AFTER + timedelta(seconds=1))
    assert await relay.step()
    effects = await channel.world.effects()
    assert {each.state for each in effects} == {EffectState.FAILED}
    assert {each.last_error for each in effects} == {f"Given up after a day of trying: {DOWN}"}


async def test_one_that_an_operator_wants_again_has_its_day_again(channel: Channel) -> None:
    """A passing fault does not end it at once, nor does another's while the server is down.

    Planted: the day counted from the change, each of the two ways; seen to fail.
    """
    await channel.add("one")
    relay, world = channel.relay(), channel.world
    world.chance.forward(ABANDON_AFTER)
    channel.faults = [PassingFault("Greylisted."), ChannelDown(DOWN)]
    assert await relay.step()
    await channel.add("as old", subject="as old")
    assert await relay.step()
    assert {each.state for each in await world.effects()} == {EffectState.FAILED}
    assert isinstance(await retry_delivery(world.services, OPERATOR, "one"), DeliveryRetried)
    # The one that is tried while the server is down is the other: it was due before.
    await channel.add("as old too", subject="as old too")
    world.chance.forward(FIRST_WAIT)
    channel.faults = [ChannelDown(DOWN), PassingFault("Greylisted.")]
    assert await relay.step()
    assert channel.carried[-1] == "as old too"
    assert (await channel.state(0)).state is EffectState.PENDING
    world.chance.forward(LONGEST_PAUSE)
    assert await relay.step()
    assert (await channel.state(0)).state is EffectState.PENDING
    world.chance.forward(ABANDON_AFTER)
    channel.faults = [PassingFault("Greylisted.")]
    assert await relay.step()
    assert (await channel.state(0)).state is EffectState.FAILED


async def test_a_long_line_that_failed_once_goes_on_and_hides_no_other(channel: Channel) -> None:
    """Where more wait behind one mail than a turn looks at: it goes on, and another's is sent at once.

    Planted: a lane that rests while there is more to put off; seen to fail.
    """
    await channel.add(*(f"a{number}" for number in range(3 * WINDOW)), subject="a")
    channel.faults = [PassingFault("Greylisted.")]
    relay, chance = channel.relay(), channel.world.chance
    assert await relay.step()
    chance.forward(FIRST_WAIT)
    await channel.add("b", subject="b")
    for _ in range(6):
        assert await relay.step()
    assert "b" in channel.carried[:3]
    assert channel.carried[-2:] == ["a2", "a3"]


async def test_other_channels_go_on(world: World) -> None:
    """A dead mail server keeps no XMPP effect waiting."""
    mail, xmpp = Channel(world, [ChannelDown(DOWN)]), Channel(world)
    relay = Relay(
        world.services.store, world.chance, {EffectKind.MAIL_NOTICE: mail, EffectKind.XMPP_PASSWORD: xmpp}
    )
    await mail.add("letter")
    await _add_change(world, "c")
    while await relay.step():
        pass
    assert xmpp.carried == ["c1"]


async def _add_change(world: World, name: str) -> None:
    values = [
        effect_values(f"{name}{number}", "xmpp:mary@localhost", kind=kind)
        for number, kind in enumerate(XMPP_KINDS)
    ]
    await world.services.store.write(lambda unit: unit.effects.add(values))


async def test_a_newer_change_of_an_account_supersedes_an_older_one(world: World) -> None:
    """What waited for a server that was down is done once, for the newest change only.

    Planted: no superseding: the client was told and cut off twice; seen to fail.
    """
    channel = Channel(world)
    relay = Relay(world.services.store, world.chance, dict.fromkeys(XMPP_KINDS, channel))
    for name in "abc":
        await _add_change(world, name)
    while await relay.step():
        pass
    assert channel.carried == ["c0", "c1", "c2"]
    older = (await world.effects())[:6]
    assert {(each.state, each.last_error) for each in older} == {(EffectState.SKIPPED, SUPERSEDED)}


async def test_mails_of_one_user_are_all_sent(channel: Channel) -> None:
    """A letter tells what was done at its time; a newer one says something else."""
    await channel.add("one", "two")
    relay = channel.relay()
    while await relay.step():
        pass
    assert channel.carried == ["one", "two"]


async def test_a_stopped_lane_ends_what_is_under_way(channel: Channel) -> None:
    """And writes it down, so that it is not done again; what takes too long is cut off."""
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(effect: Effect) -> Settlement:
        begun.set()
        await may_end.wait()
        return await channel(effect)

    store, chance = channel.world.services.store, channel.world.chance
    lane = Lane(ChannelName.MAIL, store, chance, "mine", slow)
    await channel.add("one")
    running = asyncio.create_task(lane.run())
    await begun.wait()
    lane.stop()
    may_end.set()
    await running
    assert (await channel.state()).state is EffectState.DELIVERED


async def test_a_delivery_that_outlasts_the_stop_is_cut_off(
    channel: Channel,
) -> None:
    """Its lease runs out, and whoever looks then does it again."""
    begun = asyncio.Event()

    async def endless(_effect: Effect) -> Settlement:
        begun.set()
        never: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        return await never

    store, chance = channel.world.services.store, channel.world.chance
    lane = Lane(ChannelName.MAIL, store, chance, "mine", endless, patience=0.01)
    await channel.add("one")
    running = asyncio.create_task(lane.run())
    await begun.wait()
    lane.stop()
    await asyncio.wait_for(running, 5)
    assert (await channel.state()).state is EffectState.PENDING


async def test_ten_thousand_wait_for_a_dead_server_at_the_cost_of_one(channel: Channel) -> None:
    """No more than one try at a time, one pause after the other, whatever the outbox holds.

    Planted: room for all after each pause; seen to fail.
    """
    values = [effect_values(f"e{number}", f"s{number}") for number in range(10_000)]
    await channel.world.services.store.write(lambda unit: unit.effects.add(values))
    channel.faults = [PassingFault("busy"), *(ChannelDown(DOWN) for _ in range(99))]
    relay, chance = channel.relay(), channel.world.chance
    await relay.step()
    for _ in range(20):
        chance.forward(timedelta(minutes=1))
        await relay.step()
        assert not await relay.step()
    assert len(channel.carried) <= WIDTH + 20
    assert channel.at_once <= WIDTH


async def test_a_full_lane_gathers_what_ends(channel: Channel) -> None:
    """With every place taken it waits a moment, so that many ends are written down at once; all are done."""
    for number in range(2 * WIDTH + 1):
        await channel.add(f"e{number}", subject=f"s{number}")
    relay = channel.relay()
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        while len(channel.carried) <= 2 * WIDTH:  # noqa: ASYNC110  a list tells nobody
            await asyncio.sleep(0.01)
    relay.stop()
    await running
    assert {each.state for each in await channel.world.effects()} == {EffectState.DELIVERED}


async def test_mails_that_come_one_by_one_are_written_down_together(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first goes out at once; those that come until the next transaction wait for it, and share it.

    Planted: no rest where the lane is not full; seen to fail.
    """
    monkeypatch.setattr("delivery.lane.PACE_SECONDS", 0.5)
    store, chance = channel.world.services.store, channel.world.chance
    lane = Lane(ChannelName.MAIL, store, chance, "mine", channel)
    running = asyncio.create_task(lane.run())
    async with asyncio.timeout(10):
        with statements() as asked:
            for number in range(WIDTH):
                await channel.add(f"e{number}", subject=f"s{number}")
                lane.wake()
                while not channel.carried:  # noqa: ASYNC110  a list tells nobody
                    await asyncio.sleep(0.01)
            while len(channel.carried) < WIDTH:  # noqa: ASYNC110  as above
                await asyncio.sleep(0.01)
    lane.stop()
    await running
    assert {each.state for each in await channel.world.effects()} == {EffectState.DELIVERED}
    claims = [each for each in writes(asked) if "attempts=" in each]
    assert 2 <= len(claims) < WIDTH // 2

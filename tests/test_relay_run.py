"""The relay at work: when it looks, when it stops, and what it does while the database is gone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.kinds import ChannelName, EffectKind, EffectState
from delivery.books import LEASE
from delivery.relay import POLL_SECONDS, Relay
from store.due_effects import DueEffects
from store.opening import embedded_path, open_store
from tests.channels import Channel
from tests.rows import effect_values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.model import Effect
    from credentials.secret import Secret
    from delivery.settlement import Settlement
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Seconds; only a test that is broken waits so long.
LONGEST = 10
#: Less than half of the time between two looks.
A_MOMENT = 0.1


@pytest.fixture
def channel(world: World) -> Channel:
    """A channel that notes."""
    return Channel(world)


async def _until(condition: asyncio.Event) -> None:
    await asyncio.wait_for(condition.wait(), LONGEST)


@pytest.fixture
async def running(channel: Channel) -> AsyncIterator[tuple[Channel, asyncio.Event]]:
    """A relay at work, and what says that it has carried something out."""
    carried = asyncio.Event()

    async def note(effect: Effect) -> Settlement:
        settlement = await channel(effect)
        carried.set()
        return settlement

    kinds = {EffectKind.MAIL_NOTICE: note, EffectKind.WEBHOOK: note}
    relay = Relay(channel.world.services.store, channel.world.chance, kinds)
    task = asyncio.create_task(relay.run())
    yield channel, carried
    relay.stop()
    await asyncio.wait_for(task, LONGEST)


async def test_it_wakes_at_once_on_a_commit(running: tuple[Channel, asyncio.Event]) -> None:
    """What is committed in this process is carried out before the next look at the outbox."""
    channel, carried = running
    await asyncio.sleep(0.05)
    began = asyncio.get_running_loop().time()
    await channel.add("one")
    await _until(carried)
    assert asyncio.get_running_loop().time() - began < POLL_SECONDS


async def test_what_is_committed_here_is_not_looked_for(
    running: tuple[Channel, asyncio.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit says which channel has something to do. Planted: a look after each commit; failed."""
    looks, look = list[datetime](), DueEffects.channels

    def counted(due: DueEffects, now: datetime) -> set[ChannelName]:
        looks.append(now)
        return look(due, now)

    monkeypatch.setattr(DueEffects, "channels", counted)
    channel, carried = running
    began = asyncio.get_running_loop().time()
    for number in range(20):
        await channel.add(f"mail{number}", subject=f"mail:{number}")
        await _until(carried)
        carried.clear()
    assert len(looks) <= 1 + (asyncio.get_running_loop().time() - began) / POLL_SECONDS


async def test_it_sees_what_other_processes_commit(
    running: tuple[Channel, asyncio.Event], database_url: Secret
) -> None:
    """The outbox is looked at twice a second, however much is committed for other channels here.

    Planted: no look while there are commits; failed.
    """
    channel, _ = running
    await asyncio.sleep(A_MOMENT)  # it has looked once
    other = open_store(database_url)
    hook = effect_values("hook", "webhook:one", kind=EffectKind.WEBHOOK)
    await other.write(lambda unit: unit.effects.add([hook]))
    await other.close()
    number = 0
    while "hook" not in channel.carried:
        assert number * A_MOMENT < 4 * POLL_SECONDS, "nobody looked"
        await channel.add(f"mail{number}", subject=f"mail:{number}")
        await asyncio.sleep(A_MOMENT)
        number += 1


async def test_it_stops_when_asked(channel: Channel) -> None:
    """Also before it has begun, and while it rests."""
    relay = channel.relay()
    relay.stop()
    await asyncio.wait_for(relay.run(), LONGEST)
    assert channel.carried == []


@ON_SQLITE
async def test_a_database_that_is_gone_is_waited_for(
    running: tuple[Channel, asyncio.Event], database_url: Secret
) -> None:
    """While the file is away the relay says so and goes on; once it is back the effect goes out.

    Planted: without the handler `run` ended; seen to fail.
    """
    channel, carried = running
    path = embedded_path(database_url)
    assert path is not None
    away = path.with_suffix(".away")
    await channel.add("one")
    await _until(carried)
    carried.clear()
    path.rename(away)
    with capture_logs() as logged:
        with suppress(TimeoutError):
            await asyncio.wait_for(carried.wait(), 3 * POLL_SECONDS)
        away.rename(path)
    assert "relay.waits" in {line["event"] for line in logged}
    await channel.add("two", subject="mail:john")  # the first may not have been settled, and keeps its lease
    await _until(carried)
    assert channel.carried[-1] == "two"


@ON_SQLITE
async def test_a_database_that_goes_while_a_mail_is_sent(channel: Channel, database_url: Secret) -> None:
    """The mail is out and cannot be settled: it is repeated after the lease, by whoever looks then."""
    path = embedded_path(database_url)
    assert path is not None
    away = path.with_suffix(".away")
    await channel.add("one")

    async def cut(effect: Effect) -> Settlement:
        path.rename(away)
        return await channel(effect)

    relay = Relay(channel.world.services.store, channel.world.chance, {EffectKind.MAIL_NOTICE: cut})
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(POLL_SECONDS)
    relay.stop()
    await asyncio.wait_for(running, LONGEST)
    away.rename(path)
    channel.world.chance.forward(LEASE)
    assert await channel.relay().step()
    assert channel.carried == ["one", "one"]
    assert (await channel.state()).state is EffectState.DELIVERED

"""The relay: at least once, in order per subject, and nothing stops it for good."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.kinds import EffectKind, EffectState
from delivery.books import ABANDON_AFTER, LEASE
from delivery.faults import PassingFault, PermanentFault
from delivery.lane import WIDTH
from delivery.relay import Relay
from resolvers.retry_delivery import DeliveryRetried, retry_delivery
from tests.channels import Channel
from tests.mailroom import Mailroom
from tests.rows import claim_mail, effect_values
from tests.world import OPERATOR

if TYPE_CHECKING:
    from pathlib import Path

    from credentials.model import Effect
    from delivery.settlement import Settlement
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def channel(world: World) -> Channel:
    """A channel that notes."""
    return Channel(world)


@pytest.fixture
def mailroom(world: World, tmp_path: Path) -> Mailroom:
    """A relay with a real mailbox."""
    return Mailroom(world, tmp_path / "mail")


async def test_what_is_due_is_delivered_once(channel: Channel) -> None:
    """An effect is carried out, settled with its time, and not touched again."""
    relay = channel.relay()
    assert not await relay.step()
    await channel.add("one")
    assert await relay.step()
    assert not await relay.step()
    effect = await channel.state()
    assert channel.carried == ["one"]
    assert (effect.state, effect.attempts, effect.last_error) == (EffectState.DELIVERED, 1, None)
    assert effect.settled_at == channel.world.chance.now()


async def test_a_subjects_order_is_kept(channel: Channel) -> None:
    """The second of a subject waits for the first, also while that is put off; other subjects do not.

    Planted: without the `first` condition of the claim; seen to fail.
    """
    relay = channel.relay()
    channel.faults = [PassingFault("busy")]
    await channel.add("a1", "a2", subject="a")
    await channel.add("b1", subject="b")
    assert await relay.step()
    assert sorted(channel.carried) == ["a1", "b1"]
    assert not await relay.step()
    channel.world.chance.forward(timedelta(seconds=2))
    assert await relay.step()
    assert await relay.step()
    assert channel.carried[2:] == ["a1", "a2"] or channel.carried[2:] == ["b1", "a2"]
    assert {each.state for each in await channel.world.effects()} == {EffectState.DELIVERED}


async def test_few_are_carried_at_once(channel: Channel) -> None:
    """A mail server is not asked for more connections than it takes from one client."""
    for number in range(WIDTH + 4):
        await channel.add(f"e{number}", subject=f"s{number}")
    relay = channel.relay()
    while await relay.step():
        pass
    assert len(channel.carried) == WIDTH + 4
    assert channel.at_once == WIDTH


async def test_a_passing_fault_is_tried_again(channel: Channel) -> None:
    """It stays PENDING with its reason, is due after the wait, and is DELIVERED in the end."""
    relay, chance = channel.relay(), channel.world.chance
    channel.faults = [PassingFault("busy"), PassingFault("still busy")]
    await channel.add("one")
    for wait in (2, 4):
        assert await relay.step()
        effect = await channel.state()
        assert effect.state is EffectState.PENDING
        assert "busy" in (effect.last_error or "")
        chance.forward(timedelta(seconds=wait - 1))
        assert not await relay.step()
        chance.forward(timedelta(seconds=1))
    assert await relay.step()
    effect = await channel.state()
    assert (effect.state, effect.attempts) == (EffectState.DELIVERED, 3)


async def test_a_mail_is_given_up_after_a_day(channel: Channel) -> None:
    """FAILED, with the last reason, at the first failure that is a day after it was written."""
    relay, chance = channel.relay(), channel.world.chance
    channel.faults = [PassingFault("busy"), PassingFault("busy")]
    await channel.add("one")
    chance.forward(ABANDON_AFTER - timedelta(seconds=1))
    assert await relay.step()
    assert (await channel.state()).state is EffectState.PENDING
    chance.forward(timedelta(seconds=2))
    assert await relay.step()
    effect = await channel.state()
    assert (effect.state, effect.last_error) == (EffectState.FAILED, "Given up after a day of trying: busy")


async def test_other_effects_are_never_given_up(world: World) -> None:
    """An XMPP server that is away for a week still gets the password that is current then."""
    channel = Channel(world, [PassingFault("away")])
    relay = Relay(world.services.store, world.chance, {EffectKind.XMPP_PASSWORD: channel})
    values = effect_values("one", kind=EffectKind.XMPP_PASSWORD)
    await world.services.store.write(lambda unit: unit.effects.add([values]))
    world.chance.forward(timedelta(days=7))
    assert await relay.step()
    assert (await channel.state()).state is EffectState.PENDING


async def test_a_lasting_fault_fails_at_once_and_can_be_retried(channel: Channel) -> None:
    """FAILED with its reason; retryDelivery has it carried out again, and it is DELIVERED."""
    relay = channel.relay()
    channel.faults = [PermanentFault("No such receiver.")]
    await channel.add("one")
    assert await relay.step()
    effect = await channel.state()
    assert (effect.state, effect.last_error) == (EffectState.FAILED, "No such receiver.")
    assert isinstance(await retry_delivery(channel.world.services, OPERATOR, "one"), DeliveryRetried)
    assert await relay.step()
    effect = await channel.state()
    assert (effect.state, effect.last_error) == (EffectState.DELIVERED, None)


async def test_a_defect_keeps_nobody_else_waiting(channel: Channel) -> None:
    """It is logged and put off like a passing fault; the other subjects' effects go out.

    Planted: without the handler the relay ended for good; seen to fail.
    """
    relay = channel.relay()
    channel.faults = [KeyError("hunter2")]
    await channel.add("a1", subject="a")
    await channel.add("b1", subject="b")
    with capture_logs() as logged:
        assert await relay.step()
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["delivery.defect"]
    states = [each.state for each in await channel.world.effects()]
    assert sorted(states) == [EffectState.DELIVERED, EffectState.PENDING]
    assert "hunter2" not in str([each.last_error for each in await channel.world.effects()])
    channel.world.chance.forward(timedelta(seconds=2))
    assert await relay.step()
    assert {each.state for each in await channel.world.effects()} == {EffectState.DELIVERED}


async def test_a_relay_that_dies_is_replaced(mailroom: Mailroom) -> None:
    """Claimed, then dropped: after the lease another relay delivers, and there is one file.

    Planted: `leased_until` left out of the claim; seen to fail (it would be delivered at once).
    """
    await mailroom.world.user()
    await mailroom.wish()
    store, now = mailroom.world.services.store, mailroom.world.chance.now()
    assert len(await store.write(lambda unit: claim_mail(unit, "dead", now, now + LEASE))) == 1
    assert not await mailroom.relay.step()
    mailroom.world.chance.forward(LEASE)
    await mailroom.deliver()
    assert (await mailroom.effect()).state is EffectState.DELIVERED
    assert len(mailroom.mails()) == 1


async def test_a_relay_that_sent_and_died_is_repeated_in_the_same_file(mailroom: Mailroom) -> None:
    """Killed between the mail and its settling: the next try writes the very same octets."""
    await mailroom.world.user()
    await mailroom.wish()
    store, now = mailroom.world.services.store, mailroom.world.chance.now()
    (claimed,) = await store.write(lambda unit: claim_mail(unit, "dead", now, now + LEASE))
    await mailroom.post().deliver(claimed)
    (first,) = mailroom.mails()
    mailroom.world.chance.forward(LEASE)
    await mailroom.deliver()
    (second,) = mailroom.mails()
    assert first.octets == second.octets


async def test_who_lost_the_lease_settles_nothing(channel: Channel) -> None:
    """A relay that was slow finds the effect in another's hands and leaves it there."""
    await channel.add("one")
    store, now = channel.world.services.store, channel.world.chance.now()

    async def slow(effect: Effect) -> Settlement:
        later = now + 2 * LEASE
        await store.write(lambda unit: claim_mail(unit, "other", later, later + LEASE))
        return await channel(effect)

    relay = Relay(store, channel.world.chance, {EffectKind.MAIL_NOTICE: slow})
    assert await relay.step()
    assert (await channel.state()).state is EffectState.PENDING


async def test_two_relays_share_the_work(channel: Channel) -> None:
    """Two processes' relays at once: each effect is carried out by one of them.

    Planted: without FOR UPDATE SKIP LOCKED; seen to fail on PostgreSQL.
    """
    for number in range(3 * WIDTH):
        await channel.add(f"e{number}", subject=f"s{number}")
    relays = [channel.relay() for _ in range(4)]
    while any(await asyncio.gather(*(relay.step() for relay in relays))):
        pass
    assert sorted(channel.carried) == sorted(f"e{number}" for number in range(3 * WIDTH))


async def test_a_code_that_no_server_takes_is_forgotten(world: World) -> None:
    """A system's sealed code lies at rest only until it is known that there is no XMPP server to have it."""
    made = await world.system()
    jid = made.system.jid_pbxagent
    assert await world.account(jid) == made.activation_code
    relay = Relay(world.services.store, world.chance, {})
    while await relay.step():
        pass
    assert {each.state for each in await world.effects()} == {EffectState.SKIPPED}
    assert await world.account(jid) is None


async def test_a_code_is_kept_where_its_delivery_failed(world: World) -> None:
    """FAILED may be retried: the server must still get it."""
    made = await world.system()
    channel = Channel(world, [PermanentFault("no")])
    relay = Relay(world.services.store, world.chance, {EffectKind.XMPP_PASSWORD: channel})
    while await relay.step():
        pass
    assert await world.account(made.system.jid_pbxagent) == made.activation_code

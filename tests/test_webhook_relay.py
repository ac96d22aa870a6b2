"""Webhooks and the real relay: after a fault is mended everything arrives, in order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState, EventKind
from delivery.relay import Relay
from delivery.webhook_announcements import Announcements
from delivery.webhook_sending import Patience
from delivery.webhooks import WebhookChannel
from tests.certificates import make_certificates
from tests.test_webhook_events import event
from tests.webhook_receiver import CANARY, cut, long_answer, receiver, silence, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from delivery.webhook_endpoint import Endpoint
    from tests.webhook_receiver import Fault, Receiver
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Longer than the relay's longest wait.
LATER = timedelta(minutes=6)
EVENTS = [f"event-{number}" for number in range(4)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Receiver]:
    """A receiver of the test's own."""
    async with receiver(make_certificates(tmp_path)) as opened:
        yield opened


async def _announce(world: World, endpoints: Sequence[Endpoint]) -> None:
    events = [event(EventKind.PASSWORD_CHANGED, id=name, user_id="u1") for name in EVENTS]
    await world.services.store.write(Announcements(endpoints, world.chance).fan_out, events)


def _relay(world: World, channel: WebhookChannel) -> Relay:
    return Relay(world.services.store, world.chance, {EffectKind.WEBHOOK: channel.deliver})


async def _work_off(relay: Relay) -> None:
    while await relay.step():
        pass


def _ids(server: Receiver, path: str = "/hooks?to=crm") -> list[str]:
    return [name for each in server.taken if each.path == path for name in EVENTS if name in str(each.body)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(500), "The endpoint answered 500."),
        (
            status(302, headers="location: /elsewhere\r\n"),
            "The endpoint answered 302; redirects are not followed.",
        ),
        (long_answer(100_000_000, "500 Oops"), "The endpoint answered 500."),
        (silence, "The endpoint did not answer in time."),
        (cut, "The endpoint ended the connection, or did not answer in HTTP."),
    ],
    ids=["500", "redirect", "100 MB", "timeout", "cut"],
)
@ON_SQLITE
async def test_after_a_fault_everything_arrives_in_order(
    world: World, server: Receiver, fault: Fault, reason: str
) -> None:
    """Meanwhile the first waits with its reason and the others behind it, none overtaking.

    Planted: one subject for each event in place of one for each endpoint: seen to fail.
    """
    channel = WebhookChannel([server.endpoint()], world.chance, patience=Patience(answer=0.5))
    await _announce(world, [server.endpoint()])
    relay = _relay(world, channel)
    server.fault = fault
    await _work_off(relay)
    first, *others = await world.effects()
    assert (first.state, first.last_error, first.attempts) == (EffectState.PENDING, reason, 1)
    assert [each.attempts for each in others] == [0, 0, 0]
    assert CANARY not in repr(first)
    server.fault = None
    world.chance.forward(LATER)
    await _work_off(relay)
    assert _ids(server) == EVENTS
    assert {each.state for each in await world.effects()} == {EffectState.DELIVERED}
    assert server.received[0].headers["webhook-id"] == server.taken[0].headers["webhook-id"]
    assert server.received[0].body == server.taken[0].body
    await channel.close()


@ON_SQLITE
async def test_a_dead_endpoint_holds_up_no_other(world: World, server: Receiver) -> None:
    """While one endpoint takes no connections the other gets everything, in order."""
    crm, dead = server.endpoint(), server.endpoint("dead", host="127.0.0.2")
    channel = WebhookChannel([crm, dead], world.chance)
    await _announce(world, [dead, crm])
    await _work_off(_relay(world, channel))
    assert _ids(server) == EVENTS
    waiting = [each for each in await world.effects() if each.target == "dead"]
    assert [each.state for each in waiting] == [EffectState.PENDING] * len(EVENTS)
    assert waiting[0].last_error == "The endpoint takes no connections."
    await channel.close()

"""Webhooks in numbers: two relays on one database, a receiver that fails again and again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState, EventKind
from delivery.relay import Relay
from delivery.webhook_announcements import Announcements
from delivery.webhooks import WebhookChannel
from tests.certificates import make_certificates
from tests.test_webhook_events import event
from tests.webhook_receiver import cut, receiver, status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.webhook_receiver import Receiver
    from tests.world import World

pytestmark = pytest.mark.anyio
EVENTS = 40
NAMES = ("crm", "chat", "audit")


class Flaky:
    """A server that turns every third request away: with a status, or by cutting the connection."""

    def __init__(self) -> None:
        self._asked = 0

    async def __call__(self, opened: Receiver, writer: asyncio.StreamWriter) -> None:
        """Answers one request."""
        self._asked += 1
        if self._asked % 3:
            opened.taken.append(opened.received[-1])
            await status(204)(opened, writer)
        else:
            await (cut if self._asked % 2 else status(503))(opened, writer)


async def test_two_relays_keep_each_endpoints_order(world: World, tmp_path: Path) -> None:
    """120 webhooks to three endpoints: each arrives, none twice, in order for each endpoint.

    Planted: the receiver asked twice for each webhook (the attempt repeated in the channel): seen to fail.
    """
    async with receiver(make_certificates(tmp_path)) as server:
        server.fault = Flaky()
        endpoints = [server.endpoint(name) for name in NAMES]
        events = [event(EventKind.SESSION_REVOKED, id=f"{number:02}") for number in range(EVENTS)]
        await world.services.store.write(Announcements(endpoints, world.chance).fan_out, events)
        channels = [WebhookChannel(endpoints, world.chance) for _ in range(2)]
        relays = [
            Relay(world.services.store, world.chance, {EffectKind.WEBHOOK: channel.deliver})
            for channel in channels
        ]
        for _ in range(EVENTS):
            while any(await asyncio.gather(*(relay.step() for relay in relays))):
                pass
            world.chance.forward(timedelta(minutes=6))
        assert {each.state for each in await world.effects()} == {EffectState.DELIVERED}
        for name in NAMES:
            told = [json.loads(each.body)["data"]["eventId"] for each in server.taken if name in each.path]
            assert told == sorted(told)
            assert set(Counter(told).values()) == {1}
            assert len(told) == EVENTS
        for channel in channels:
            await channel.close()

"""Events become webhooks."""

from __future__ import annotations

import re
import ssl
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState, EventKind
from delivery.webhook_announcements import Announcements, details_of
from delivery.webhook_endpoint import Endpoint, read_url
from tests.chance import START
from tests.test_webhook_events import event
from tests.webhook_receiver import SECRET

if TYPE_CHECKING:
    from credentials.model import Effect, Event
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _endpoint(name: str, *events: str) -> Endpoint:
    url = read_url("https://hooks.example.org/")
    return Endpoint(name, url, (SECRET,), frozenset(events), ssl.create_default_context())


async def _told(world: World, endpoints: list[Endpoint], *events: Event) -> list[Effect]:
    announcements = Announcements(endpoints, world.chance)
    await world.services.store.write(announcements.fan_out, events)
    return await world.effects()


async def test_each_endpoint_is_told_what_it_asked_for(world: World) -> None:
    """One effect for each event and endpoint, in the events' order, each endpoint a line of its own."""
    endpoints = [_endpoint("crm", "password.changed"), _endpoint("all", "password.changed", "system.reset")]
    effects = await _told(
        world,
        endpoints,
        event(EventKind.PASSWORD_CHANGED, id="e1", user_id="u1"),
        event(EventKind.SYSTEM_RESET, id="e2", system_id="s1"),
        event(EventKind.USER_CREATED, id="e3"),
    )
    assert [(each.subject, each.target, each.details["event"]) for each in effects] == [
        ("webhook:crm", "crm", "e1"),
        ("webhook:all", "all", "e1"),
        ("webhook:all", "all", "e2"),
    ]
    assert {(each.kind, each.state) for each in effects} == {(EffectKind.WEBHOOK, EffectState.PENDING)}
    assert [(each.user_id, each.system_id) for each in effects] == [("u1", None), ("u1", None), (None, "s1")]


@ON_SQLITE
async def test_every_webhook_has_an_id_of_its_own(world: World) -> None:
    """Two endpoints told of one event get two ids, without the full stop that signatures are joined with."""
    endpoints = [_endpoint("a", "user.created"), _endpoint("b", "user.created")]
    first, second = await _told(world, endpoints, event(EventKind.USER_CREATED))
    assert first.id != second.id
    assert re.fullmatch("[a-z0-9]{26}", first.id)


@ON_SQLITE
async def test_failures_reach_nobody(world: World) -> None:
    """A refused attempt leaves the outbox empty."""
    endpoints = [_endpoint("all", "session.created", "password.changed")]
    failed = [event(kind, success=False) for kind in EventKind]
    assert not await _told(world, endpoints, *failed, event(EventKind.SIGN_IN_FAILED))


async def test_details_hold_ids_only() -> None:
    """No address, no place, no client and nobody who acted; the time is in UTC as RFC 3339 has it."""
    at = START.astimezone(timezone(timedelta(hours=1)))
    told = event(EventKind.PASSWORD_RESET, at=at, user_id="u1", api_key_id="k1")
    assert details_of(told, "password.reset") == {
        "event": "event-1",
        "type": "password.reset",
        "at": "2026-11-20T12:00:00Z",
        "userId": "u1",
        "apiKeyId": "k1",
    }

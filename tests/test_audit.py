"""One line of the audit for each thing that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind
from resolvers.audit import record
from resolvers.selectors import GeoPoint
from resolvers.services import Origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_all_that_a_line_says(world: World) -> None:
    """T3: who did what to whom, when, from where, in which request; a code makes it a refusal."""
    where = Origin("r-1", "192.0.2.9", "x" * 300)
    now = world.chance.now()
    await world.services.store.write(
        lambda unit: record(
            unit,
            world.services,
            where,
            EventKind.PASSWORD_RESET,
            now=now,
            actor="user:u",
            code="INVALID_TOKEN",
            user_id="u",
            system_id="s",
            api_key_id="k",
            location=GeoPoint(-12.5, 130.25),
        )
    )
    (event,) = await world.events()
    assert (event.at, event.kind, event.success) == (now, EventKind.PASSWORD_RESET, False)
    assert (event.code, event.actor, event.request_id) == ("INVALID_TOKEN", "user:u", "r-1")
    assert (event.user_id, event.system_id, event.api_key_id) == ("u", "s", "k")
    assert (event.address, event.user_agent) == ("192.0.2.9", "x" * 256)
    assert (event.latitude, event.longitude) == (-12.5, 130.25)


async def test_what_a_line_leaves_out(world: World) -> None:
    """What is not known is null; without a code it is a success of nobody known."""
    now = world.chance.now()
    await world.services.store.write(
        lambda unit: record(unit, world.services, Origin("r-2"), EventKind.SIGNED_OUT, now=now)
    )
    (event,) = await world.events()
    assert (event.success, event.code, event.actor) == (True, None, "anonymous")
    owners = (event.user_id, event.system_id, event.api_key_id, event.address, event.user_agent)
    assert {*owners, event.latitude, event.longitude} == {None}

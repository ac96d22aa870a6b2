"""Activation codes that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind, SystemStatus
from resolvers.expire_activation_codes import BATCH, expire_activation_codes
from tests.agents import activate, activated, confirm
from tests.world import OPERATOR

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_an_unconfirmed_system_falls_back(world: World) -> None:
    """S7 S8: with its code ACTIVATING becomes CREATED, and the account has a password that nobody holds.

    Planted: the account left as it was; seen to fail.
    """
    made = await world.system()
    agent = await activated(world, made.system.pbx_id, made.activation_code)
    before = len(await world.effects())
    world.chance.forward(timedelta(hours=24))
    assert await expire_activation_codes(world.services) == 1
    found = await world.services.store.read(lambda unit: unit.systems.by_id(made.system.id))
    assert found is not None
    assert (found.system.status, found.code, found.system.code_expires_at) == (
        SystemStatus.CREATED,
        None,
        None,
    )
    kept = await world.account(made.system.jid_pbxagent)
    assert kept is not None
    assert kept not in (agent.jid_pbxagent_password, made.activation_code)
    assert [effect.kind for effect in (await world.effects())[before:]] == [
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
    ]
    (event,) = await world.events(EventKind.SYSTEM_RESET)
    assert (event.system_id, event.address) == (made.system.id, None)
    assert event.actor != OPERATOR.actor


async def test_a_code_that_nobody_used(world: World) -> None:
    """S8: a code that expires unused leaves the account with a password that nobody holds, once."""
    made = await world.system()
    world.chance.forward(timedelta(hours=24))
    assert await expire_activation_codes(world.services) == 1
    assert await expire_activation_codes(world.services) == 0
    assert await world.account(made.system.jid_pbxagent) != made.activation_code


async def test_what_is_alive_stays(world: World) -> None:
    """S7: neither a live code nor a confirmed system is touched."""
    confirmed, waiting = await world.system("one"), await world.system("two")
    agent = await activated(world, confirmed.system.pbx_id, confirmed.activation_code)
    await confirm(world, confirmed.system.pbx_id, agent.jid_pbxagent_password)
    world.chance.forward(timedelta(hours=24) - timedelta(microseconds=1))
    assert await expire_activation_codes(world.services) == 0
    await activate(world, waiting.system.pbx_id, waiting.activation_code)
    world.chance.forward(timedelta(microseconds=1))
    assert await expire_activation_codes(world.services) == 1
    assert await world.account(confirmed.system.jid_pbxagent) == agent.jid_pbxagent_password


async def test_a_hundred_at_a_time(world: World) -> None:
    """No sweep holds up the others for long: a hundred codes, then the rest."""
    for number in range(BATCH + 1):
        await world.system(f"system {number}")
    world.chance.forward(timedelta(hours=24))
    assert [await expire_activation_codes(world.services) for _ in range(3)] == [BATCH, 1, 0]

"""Delete a system."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.model import EffectKind, EventKind
from resolvers.delete_system import SystemDeleted, delete_system
from resolvers.outcomes import InvalidToken, SystemNotFound
from resolvers.selectors import SystemSelector
from tests.agents import activate
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("by", ["id", "pbx_id"])
async def test_a_deleted_system_is_gone(world: World, by: str) -> None:
    """S8 1.7: the code opens nothing, nobody holds the account's password, its resources are disconnected."""
    made = await world.system()
    before = len(await world.effects())
    selector = SystemSelector(**{by: getattr(made.system, by)})
    assert await delete_system(world.services, origin(), OPERATOR, selector) == SystemDeleted()
    assert await activate(world, made.system.pbx_id, made.activation_code) == InvalidToken()
    assert await world.account(made.system.jid_pbxagent) is None
    jid = made.system.jid_pbxagent
    assert [(each.kind, each.target, each.system_id) for each in (await world.effects())[before:]] == [
        (EffectKind.XMPP_PASSWORD, jid, made.system.id),
        (EffectKind.XMPP_DISCONNECT, jid, made.system.id),
    ]
    (event,) = await world.events(EventKind.SYSTEM_DELETED)
    assert (event.system_id, event.actor) == (made.system.id, OPERATOR.actor)


async def test_its_names_are_free_again(world: World) -> None:
    """1.7: `pbxId` and JID may be given again; the id is never used again."""
    names = {"pbx_id": "PBX", "jid_pbxagent": "agent@localhost"}
    made = await world.system(**names)
    await delete_system(world.services, origin(), OPERATOR, SystemSelector(id=made.system.id))
    again = await world.system(**names)
    assert again.system.id != made.system.id


async def test_deleted_once(world: World) -> None:
    """1.7: of four deletions at once one is done; the others find no system."""
    made = await world.system()
    asked = (world.services, origin(), OPERATOR, SystemSelector(id=made.system.id))
    answers = await asyncio.gather(*(delete_system(*asked) for _ in range(4)))
    assert answers.count(SystemDeleted()) == 1
    assert answers.count(SystemNotFound()) == 3
    assert len(await world.events(EventKind.SYSTEM_DELETED)) == 1


@pytest.mark.parametrize("name", ["", "nothing", "\0", "\ud800"])
async def test_an_unknown_system(world: World, name: str) -> None:
    """1.7: a name that no system has, or that no database takes, is not found."""
    for selector in (SystemSelector(id=name), SystemSelector(pbx_id=name)):
        assert await delete_system(world.services, origin(), OPERATOR, selector) == SystemNotFound()

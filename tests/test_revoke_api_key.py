"""End an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind
from resolvers.outcomes import NotFound
from resolvers.revoke_api_key import ApiKeyRevoked, revoke_api_key
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_revoked_key_opens_nothing(world: World) -> None:
    """A revoked key is dead at once, and once; the others live."""
    caller, other = await world.key_caller(), await world.made_key(await world.admin())
    asked = (world.services, origin(), OPERATOR, caller.key.id)
    assert await revoke_api_key(*asked) == ApiKeyRevoked()
    assert await revoke_api_key(*asked) == NotFound()
    assert await world.key_is_alive(other)
    ((_, key), _) = await world.services.store.read(lambda unit: unit.api_keys.page(None, 9))
    assert (key.id, key.revoked_at) == (caller.key.id, world.chance.now())
    (event,) = await world.events(EventKind.API_KEY_REVOKED)
    assert (event.api_key_id, event.actor) == (caller.key.id, OPERATOR.actor)


@pytest.mark.parametrize("key_id", ["", "nothing", "\0", "\ud800"])
async def test_an_unknown_key(world: World, key_id: str) -> None:
    """1.7: an id of no key, or one that no database takes, is not found."""
    assert await revoke_api_key(world.services, origin(), OPERATOR, key_id) == NotFound()

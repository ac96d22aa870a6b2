"""Make an API key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind, Role
from resolvers.authenticate import authenticate
from resolvers.create_api_key import LONGEST_LIFE, ApiKeyCreated, create_api_key
from resolvers.outcomes import Forbidden, InvalidInput, ReauthenticationRequired
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_works(world: World) -> None:
    """C8 T2: a key speaks for its application, lives 90 days, and lies in the database as a digest only."""
    caller = await world.admin()
    made = await create_api_key(world.services, origin(), caller, "backup", Role.ADMIN, None)
    assert isinstance(made, ApiKeyCreated)
    assert made.expires_at == world.chance.now() + timedelta(days=90)
    assert await authenticate(world.services, origin(), made.api_key) is not None
    found = await world.services.store.read(lambda unit: unit.api_keys.find(made.id))
    assert found is not None
    key, digest = found
    assert (key.name, key.role, key.created_by) == ("backup", Role.ADMIN, caller.actor)
    assert made.api_key.reveal().rpartition("_")[2].encode() not in digest.value
    (event,) = await world.events(EventKind.API_KEY_CREATED)
    assert (event.api_key_id, event.actor) == (made.id, caller.actor)
    assert [each.details["what"] for each in await world.effects()][-1] == "API_KEY_CREATED"


async def test_no_key_makes_keys(world: World) -> None:
    """C8: an API key cannot make keys, whatever else is wrong.

    Planted: a key let through; seen to fail.
    """
    key = await world.key_caller()
    assert await create_api_key(world.services, origin(), key, "", Role.GUEST, None) == Forbidden()


async def test_a_fresh_sign_in_is_needed(world: World) -> None:
    """C8: a session of more than 15 minutes makes no key, whatever else is wrong."""
    caller = await world.admin()
    world.chance.forward(timedelta(minutes=15, microseconds=1))
    refusal = await create_api_key(world.services, origin(), caller, "", Role.GUEST, None)
    assert refusal == ReauthenticationRequired()


async def test_a_key_lives_a_year_at_most(embedded: World) -> None:
    """A key expires in the future, within 365 days."""
    now = embedded.chance.now()
    asked = (embedded.services, origin(), OPERATOR, "backup", Role.USER)
    for until in (now + timedelta(microseconds=1), now + LONGEST_LIFE):
        made = await create_api_key(*asked, until)
        assert isinstance(made, ApiKeyCreated)
        assert made.expires_at == until
    beyond = now + LONGEST_LIFE + timedelta(microseconds=1)
    for until in (now, beyond, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        refusal = await create_api_key(*asked, until)
        assert isinstance(refusal, InvalidInput)
        assert [(each.field, each.code) for each in refusal.faults] == [("expiresAt", "OUT_OF_RANGE")]


async def test_shape(embedded: World) -> None:
    """1.7: every fault is named at once: the name, and a role that no key has."""
    for name, code in (("", "REQUIRED"), ("x" * 101, "TOO_LONG"), ("\ud800", "MALFORMED")):
        refusal = await create_api_key(embedded.services, origin(), OPERATOR, name, Role.GUEST, None)
        assert isinstance(refusal, InvalidInput)
        found = [(each.field, each.code) for each in refusal.faults]
        assert found == [("name", code), ("role", "NOT_ALLOWED")]
    assert await embedded.events() == []

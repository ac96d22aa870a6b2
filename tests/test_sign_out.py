"""End one's own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.model import EventKind
from resolvers.outcomes import NotFound
from resolvers.sign_out import SessionRevoked, SignedOut, revoke_session, sign_out
from tests.world import origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_signing_out_ends_this_session_only(world: World) -> None:
    """After `signOut` the session is dead at once, the user's others are not."""
    await world.user()
    here, elsewhere = await world.caller(), await world.caller()
    assert await sign_out(world.services, origin(), here) == SignedOut()
    assert not await world.is_alive(here)
    assert await world.is_alive(elsewhere)
    (event,) = await world.events(EventKind.SIGNED_OUT)
    assert (event.actor, event.user_id) == (here.actor, here.user.id)


async def test_signing_out_twice_is_as_good(world: World) -> None:
    """A session that ended in between is signed out; the audit has it once."""
    await world.user()
    caller = await world.caller()
    for _ in range(2):
        assert await sign_out(world.services, origin(), caller) == SignedOut()
    assert len(await world.events(EventKind.SIGNED_OUT)) == 1


async def test_another_session_of_ones_own_is_revoked(world: World) -> None:
    """A user ends another of their sessions by its id, once."""
    await world.user()
    here, elsewhere = await world.caller(), await world.caller()
    asked = (world.services, origin(), here, elsewhere.session.id)
    assert await revoke_session(*asked) == SessionRevoked()
    assert await revoke_session(*asked) == NotFound()
    assert await world.is_alive(here)
    assert not await world.is_alive(elsewhere)
    assert len(await world.events(EventKind.SESSION_REVOKED)) == 1


async def test_a_session_that_was_ended_ends_no_other(world: World) -> None:
    """Its owner ended it from another one while its request waited for its turn.

    Planted: whoever asked when the guard looked; seen to fail.
    """
    await world.user()
    stolen, own = await world.caller(), await world.caller()
    assert await revoke_session(world.services, origin(), own, stolen.session.id) == SessionRevoked()
    assert await revoke_session(world.services, origin(), stolen, own.session.id) == NotFound()
    assert await world.is_alive(own)


async def test_nobody_ends_anothers_session(world: World) -> None:
    """R2: the session of another user is not found, whoever asks.

    Planted: the owner not compared; seen to fail.
    """
    await world.user()
    administrator, mary = await world.admin(), await world.caller()
    asked = (world.services, origin(), administrator)
    assert await revoke_session(*asked, mary.session.id) == NotFound()
    assert await world.is_alive(mary)
    assert not await world.events(EventKind.SESSION_REVOKED)


@pytest.mark.parametrize("session_id", ["", "nothing", "\0", "\ud800"])
async def test_an_id_that_names_nothing(world: World, session_id: str) -> None:
    """1.7: an id of no session, or one that no database takes, is not found."""
    await world.user()
    assert await revoke_session(world.services, origin(), await world.caller(), session_id) == NotFound()
